"""The transcriber loads its model for a call only, tells the language it heard, and says no in one sentence.

There are no weights to be had here: the library's model is stood in for, what is around it is real.
"""

from __future__ import annotations

import gc
import logging
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faster_whisper
import numpy as np
import pytest

from handler.app import make_services
from handler.errors import BadReference, BadRequest, Cancelled, ConfigError, WorkerError
from handler.media.decode import decode
from handler.settings import Settings
from handler.transcribers.faster_whisper import FasterWhisper
from handler.types import Samples, Transcript
from handler.voices import library
from tests.support.cancellations import Checked
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.transcribers.test_whisper_models import put_model

SECOND = np.zeros(16_000, np.float32)


class Whisper:
    """In place of the library's model: remembers how it was used, has heard ``language`` unless it is told one."""

    supported_languages = ("en", "fr", "jw", "no", "pt")
    segments = ((f" {HUMAN_TEXT[:20]}", 0.0, -0.2), (f" {HUMAN_TEXT[20:].strip()}", 0.7, -0.3))
    language = "en"
    fails: Callable[[str], object] = staticmethod(str)
    used: dict[str, Any]
    built: list[weakref.ref[Whisper]]

    def __init__(self, path: str, **options: Any) -> None:
        if (Path(path) / "model.bin").read_bytes() == b"broken":
            raise RuntimeError(f"Unsupported model binary version in {path}")
        self.fails("load")
        self.built.append(weakref.ref(self))

    def transcribe(self, samples: Samples, *, language: str | None, **options: Any) -> tuple[Iterator[Any], Any]:
        self.used.update(samples=samples, language=language, **options)
        self.fails("listen")
        return self.said(), SimpleNamespace(language=language or self.language)

    def said(self) -> Iterator[Any]:
        for text, silence, trust in self.segments:
            self.fails("write")
            yield SimpleNamespace(text=text, no_speech_prob=silence, avg_logprob=trust)


@pytest.fixture(autouse=True)
def whisper(monkeypatch: pytest.MonkeyPatch) -> type[Whisper]:
    stand_in = type("StandIn", (Whisper,), {"used": {}, "built": []})
    monkeypatch.setattr(faster_whisper, "WhisperModel", stand_in)
    return stand_in


@pytest.fixture
def transcriber(settings: Settings) -> FasterWhisper:
    put_model(settings.models_dir / "whisper")
    return FasterWhisper(settings)


def all_gone(whisper: type[Whisper]) -> bool:
    gc.collect()
    return bool(whisper.built) and not any(model() for model in whisper.built)


def test_a_clip_is_written_down(transcriber: FasterWhisper, whisper: type[Whisper]) -> None:
    """The words of all segments as one text, from 16 kHz; the model is loaded only then and gone afterwards."""
    assert not whisper.built
    said = transcriber.transcribe(np.zeros(72_000, np.float32), 24_000, "pt-BR")
    assert said == Transcript(HUMAN_TEXT, "pt-BR")
    assert (len(whisper.used["samples"]), whisper.used["language"]) == (48_000, "pt")
    assert all_gone(whisper)


@pytest.mark.parametrize(
    ("given", "asked", "heard", "told"),
    [
        (None, None, "fr", "fr"), (None, None, "jw", "jv"), ("fr", "fr", "en", "fr"), ("jv", "jw", "en", "jv"),
        ("nb-NO", "no", "en", "nb-NO"), ("tlh", None, "en", "tlh"),
    ],
)  # fmt: skip
def test_the_language_is_the_one_given_or_heard(
    transcriber: FasterWhisper, whisper: type[Whisper], given: str | None, asked: str | None, heard: str, told: str
) -> None:
    """A language that Whisper knows is asked of it by Whisper's name; without one it listens, and BCP 47 is told."""
    whisper.language = heard
    assert transcriber.transcribe(SECOND, 16_000, given).language == told
    assert whisper.used["language"] == asked


def test_silence_is_no_speech(
    transcriber: FasterWhisper, whisper: type[Whisper], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Whisper dreams up for silence is dropped, and a clip with nothing else is a bad reference."""
    for segments in ((), ((" Thanks for watching!", 0.9, -1.4),), ((" ... ", 0.0, 0.0),)):
        monkeypatch.setattr(whisper, "segments", segments)
        with pytest.raises(BadReference, match="no speech"):
            transcriber.transcribe(SECOND, 16_000, None)


def test_a_damaged_model_says_so(settings: Settings, transcriber: FasterWhisper) -> None:
    """A model that cannot be loaded is the worker's fault, told without its path."""
    (settings.models_dir / "whisper" / "model.bin").write_bytes(b"broken")
    with pytest.raises(ConfigError, match=r"damaged.*ref_text") as caught:
        transcriber.transcribe(SECOND, 16_000, "en")
    assert str(settings.models_dir) not in caught.value.message


@pytest.mark.parametrize("place", ["load", "listen", "write"])
@pytest.mark.parametrize(
    "error",
    [RuntimeError("CT2: no such op"), ValueError("/x"), IndexError(), MemoryError(), KeyError("<|xx|>"), OSError(5)],
    ids=repr,
)
def test_nothing_it_raises_is_internal(
    transcriber: FasterWhisper, whisper: type[Whisper], caplog: pytest.LogCaptureFixture, place: str, error: Exception
) -> None:
    """Whatever the library raises, and wherever, is one sentence that asks for ref_text; the cause is in the log, and
    the next call may succeed."""

    def fail(here: str) -> None:
        if here == place:
            raise error

    whisper.fails = staticmethod(fail)
    with caplog.at_level(logging.WARNING), pytest.raises(WorkerError, match="; send ref_text") as caught:
        transcriber.transcribe(SECOND, 16_000, None)
    worker = isinstance(error, MemoryError) or place == "load"
    assert type(caught.value) is (ConfigError if worker else BadReference)
    assert [record.exc_info[1] for record in caplog.records if record.exc_info] == [error]
    assert caught.value.__cause__ is error
    whisper.fails = staticmethod(str)
    assert transcriber.transcribe(SECOND, 16_000, None).text == HUMAN_TEXT


def test_a_job_that_is_stopped_listens_no_more(transcriber: FasterWhisper, whisper: type[Whisper]) -> None:
    """A check that raises between two pieces of the text goes through, and frees the model."""
    written: list[str] = []
    whisper.fails = staticmethod(written.append)

    def check() -> None:
        if written.count("write") == 1:
            raise Cancelled("no more")

    with pytest.raises(Cancelled):
        transcriber.transcribe(SECOND, 16_000, None, Checked(check))
    assert written == ["load", "listen", "write"]
    assert all_gone(whisper)


def test_who_waits_for_another_call_can_be_stopped(transcriber: FasterWhisper, whisper: type[Whisper]) -> None:
    """While one call has the model another does not load it as well, and its check ends its wait."""
    listening, go_on = threading.Event(), threading.Event()

    def fail(place: str) -> None:
        if place == "listen":
            listening.set()
            assert go_on.wait(30)

    def stopped() -> None:
        raise Cancelled("no more")

    whisper.fails = staticmethod(fail)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(transcriber.transcribe, SECOND, 16_000, None)
        assert listening.wait(30)
        with pytest.raises(Cancelled):
            transcriber.transcribe(SECOND, 16_000, None, Checked(stopped))
        go_on.set()
        assert first.result().text == HUMAN_TEXT
    assert len(whisper.built) == 1


def test_an_upload_without_a_transcript_is_transcribed_or_asks_for_one(environ: dict[str, str]) -> None:
    """With a model a clip without words becomes a voice with them; without one, or with a damaged one, ref_text is
    asked for."""
    settings = Settings.read(environ | {"ALIGNERS": "engine"})
    sound = decode(HUMAN_CLIP)
    with pytest.raises(BadRequest, match="ref_text"):
        library.make(sound, None, None, make_services(settings))
    put_model(settings.models_dir / "whisper")
    services = make_services(settings)
    made = library.make(sound, None, None, services)
    assert (made.text, made.language) == (HUMAN_TEXT, "en")
    (settings.models_dir / "whisper" / "model.bin").write_bytes(b"broken")
    with pytest.raises(BadRequest, match="ref_text"):
        library.make(sound, None, None, services)
