"""The transcriber loads its model for each call, detects the language, and explains its refusals.

The library's model is replaced by a fake, because there are no weights here.
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
from handler.errors import BadReference, BadRequest, Cancelled, ConfigError, NoSpeech, WorkerError
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
    """A fake of the library's model: it records its arguments, and detects ``language`` unless it gets one."""

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
        return self.results(), SimpleNamespace(language=language or self.language)

    def results(self) -> Iterator[Any]:
        for text, silence, confidence in self.segments:
            self.fails("write")
            yield SimpleNamespace(text=text, no_speech_prob=silence, avg_logprob=confidence)


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


def test_clip_is_transcribed(transcriber: FasterWhisper, whisper: type[Whisper]) -> None:
    """The text of all segments is joined, from sound at 16 kHz; the model is loaded for the call only."""
    assert not whisper.built
    transcript = transcriber.transcribe(np.zeros(72_000, np.float32), 24_000, "pt-BR")
    assert transcript == Transcript(HUMAN_TEXT, "pt-BR")
    assert (len(whisper.used["samples"]), whisper.used["language"]) == (48_000, "pt")
    assert all_gone(whisper)


@pytest.mark.parametrize(
    ("given", "asked", "detected", "returned"),
    [
        (None, None, "fr", "fr"), (None, None, "jw", "jv"), ("fr", "fr", "en", "fr"), ("jv", "jw", "en", "jv"),
        ("nb-NO", "no", "en", "nb-NO"), ("tlh", None, "en", "tlh"),
    ],
)  # fmt: skip
def test_language_is_the_given_or_the_detected_one(
    transcriber: FasterWhisper,
    whisper: type[Whisper],
    given: str | None,
    asked: str | None,
    detected: str,
    returned: str,
) -> None:
    """Whisper gets its own code of a language that it knows, else it detects one, returned as BCP 47."""
    whisper.language = detected
    assert transcriber.transcribe(SECOND, 16_000, given).language == returned
    assert whisper.used["language"] == asked


def test_silence_is_no_speech(
    transcriber: FasterWhisper, whisper: type[Whisper], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Segments that Whisper invents for silence are dropped, and a clip of nothing else is a BadReference."""
    for segments in ((), ((" Thanks for watching!", 0.9, -1.4),), ((" ... ", 0.0, 0.0),)):
        monkeypatch.setattr(whisper, "segments", segments)
        with pytest.raises(NoSpeech):
            transcriber.transcribe(SECOND, 16_000, None)


def test_damaged_model_is_a_config_error(settings: Settings, transcriber: FasterWhisper) -> None:
    """A model that cannot be loaded is a ConfigError without its path."""
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
def test_errors_of_the_library_are_worker_errors(
    transcriber: FasterWhisper, whisper: type[Whisper], caplog: pytest.LogCaptureFixture, place: str, error: Exception
) -> None:
    """Any error of the library asks for ref_text and is in the log, and the next call may succeed."""

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


def test_cancelled_job_stops_between_segments(transcriber: FasterWhisper, whisper: type[Whisper]) -> None:
    """A cancellation between two segments is raised, and the model is freed."""
    written: list[str] = []
    whisper.fails = staticmethod(written.append)

    def check() -> None:
        if written.count("write") == 1:
            raise Cancelled("no more")

    with pytest.raises(Cancelled):
        transcriber.transcribe(SECOND, 16_000, None, Checked(check))
    assert written == ["load", "listen", "write"]
    assert all_gone(whisper)


def test_cancelled_job_stops_waiting_for_another_call(transcriber: FasterWhisper, whisper: type[Whisper]) -> None:
    """A call waits while another one has the model, does not load it too, and can be cancelled."""
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


def test_upload_without_a_transcript_is_transcribed(environ: dict[str, str]) -> None:
    """A clip without ref_text is transcribed; without a model, or with a damaged one, the error asks for ref_text."""
    settings = Settings.read(environ | {"ALIGNERS": "engine"})
    sound = decode(HUMAN_CLIP)
    with pytest.raises(BadRequest, match="ref_text"):
        library.prepare_voice(sound, None, None, make_services(settings))
    put_model(settings.models_dir / "whisper")
    services = make_services(settings)
    made = library.prepare_voice(sound, None, None, services)
    assert (made.text, made.language) == (HUMAN_TEXT, "en")
    (settings.models_dir / "whisper" / "model.bin").write_bytes(b"broken")
    with pytest.raises(BadRequest, match="ref_text"):
        library.prepare_voice(sound, None, None, services)
