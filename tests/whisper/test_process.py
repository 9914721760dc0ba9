"""Whisper in a process of its own: one model for all questions, the CPU where the GPU kills it, an end when idle."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from handler.cancellation import Cancellation
from handler.errors import Cancelled, ConfigError
from handler.media import audio
from handler.types import Samples
from handler.whisper.process import ON_CPU, WhisperProcess, shared
from tests.support.human_clip import HUMAN_TEXT
from tests.support.human_samples import RATE, human_samples
from tests.support.whisper_base import whisper_models

__all__ = ["whisper_models"]


@pytest.fixture(scope="module")
def clip() -> Samples:
    return audio.resample(human_samples(), RATE, 16_000)


@pytest.fixture
def model(whisper_models: Path) -> Path:
    return whisper_models / "whisper"


@pytest.fixture
def dying() -> Iterator[WhisperProcess]:
    process = WhisperProcess("tests.support.dying_whisper")
    yield process
    process.end()


SAID = HUMAN_TEXT.lower().replace(",", "").rstrip(".").split()


def heard(process: WhisperProcess, model: Path, clip: Samples) -> list[str]:
    words = process.ask("transcribe", model, clip, "en", None, seconds=6.0)
    return [text.strip(" ,.").lower() for text, _ in words]


def test_the_process_and_its_model_answer_many_questions(model: Path, clip: Samples) -> None:
    """The second question is answered by the process that loaded the model for the first."""
    process = shared()
    assert heard(process, model, clip) == SAID
    child = process._process._child
    assert heard(process, model, clip) == SAID
    assert process._process._child is child
    assert process.warnings == ()
    assert shared() is process


def test_a_process_that_the_gpu_kills_goes_on_with_the_cpu(dying: WhisperProcess, model: Path, clip: Samples) -> None:
    """The question that killed it is answered by the CPU, a warning says so, and the GPU is not tried again."""
    assert heard(dying, model, clip) == SAID
    assert dying.warnings == (ON_CPU,)
    child = dying._process._child
    assert heard(dying, model, clip) == SAID
    assert dying._process._child is child


def test_a_damaged_model_is_a_config_error(model: Path, tmp_path: Path) -> None:
    """A model that cannot be loaded is a ConfigError without its path."""
    for file in model.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes() if file.suffix == ".json" else b"broken")
    with pytest.raises(ConfigError, match="damaged") as caught:
        shared().ask("transcribe", tmp_path, np.zeros(16_000, np.float32), "en", None, seconds=1.0)
    assert str(tmp_path) not in caught.value.message


def test_an_idle_process_ends_and_another_answers(model: Path, clip: Samples) -> None:
    """It ends when nobody has asked for so long, and the next question starts another."""
    process = WhisperProcess(idle_s=0.0)
    assert process.ask("find_speech", None, clip, seconds=6.0)
    timer = process._process._idle
    if timer is not None:
        timer.join(30)
    with process._process._lock:
        assert process._process._child is None
    assert process.ask("find_speech", None, clip, seconds=6.0)
    process.end()


def test_a_cancelled_question_is_left_at_once(model: Path, clip: Samples) -> None:
    """The caller goes on while the process still answers; the next question is answered as well."""
    cancellation = Cancellation()
    timer = threading.Timer(0.2, cancellation.cancel)
    timer.start()
    with pytest.raises(Cancelled):
        shared().ask("transcribe", model, np.tile(clip, 2), "en", None, seconds=11.0, cancellation=cancellation)
    assert heard(shared(), model, clip) == SAID
