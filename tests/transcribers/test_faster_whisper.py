"""The transcriber finds its model, loads it for a call only, and says no where it hears nothing.

There are no weights to be had here: the library's model is stood in for, what is around it is real.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faster_whisper
import huggingface_hub
import numpy as np
import pytest

from handler import voices
from handler.app import make_tools
from handler.decode import decode
from handler.errors import BadReference, BadRequest, ConfigError
from handler.settings import Settings
from handler.transcribers.faster_whisper import MODEL, FasterWhisper
from handler.values import Samples
from tests.samples import HUMAN_CLIP, HUMAN_TEXT


class Whisper:
    """In place of the library's model: remembers how it was used."""

    supported_languages = ("en", "pt")
    segments = ((f" {HUMAN_TEXT[:20]}", 0.0, -0.2), (f" {HUMAN_TEXT[20:].strip()}", 0.7, -0.3))
    used: dict[str, Any]
    built: list[weakref.ref[Whisper]]

    def __init__(self, path: str, **options: Any) -> None:
        if (Path(path) / "model.bin").read_bytes() == b"broken":
            raise RuntimeError(f"Unsupported model binary version in {path}")
        self.built.append(weakref.ref(self))

    def transcribe(self, samples: Samples, **options: Any) -> tuple[Iterator[Any], None]:
        self.used.update(samples=samples, **options)
        return (
            SimpleNamespace(text=text, no_speech_prob=silence, avg_logprob=trust)
            for text, silence, trust in self.segments
        ), None


@pytest.fixture(autouse=True)
def whisper(monkeypatch: pytest.MonkeyPatch) -> type[Whisper]:
    stand_in = type("StandIn", (Whisper,), {"used": {}, "built": []})
    monkeypatch.setattr(faster_whisper, "WhisperModel", stand_in)
    return stand_in


@pytest.fixture(autouse=True)
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of the hub, which cannot be reached."""
    asked: list[str] = []

    def refuse(repository: str, **_: Any) -> str:
        asked.append(repository)
        raise ConnectionError("no network at 10.0.0.1")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", refuse)
    return asked


def put_model(folder: Path, body: bytes = b"weights") -> None:
    folder.mkdir(parents=True)
    for name in ("model.bin", "config.json", "tokenizer.json", "preprocessor_config.json", "vocabulary.json"):
        (folder / name).write_bytes(body)


def snapshot(settings: Settings, repository: str) -> Path:
    return settings.models_dir / "huggingface" / f"models--{repository.replace('/', '--')}" / "snapshots" / "abc"


def test_a_clip_is_written_down(settings: Settings, whisper: type[Whisper]) -> None:
    """The words of all segments as one text, from 16 kHz, in the language said; the model is gone afterwards."""
    put_model(settings.models_dir / "whisper")
    transcriber = FasterWhisper(settings)
    assert not whisper.built
    assert transcriber.transcribe(np.zeros(72_000, np.float32), 24_000, "pt-BR") == HUMAN_TEXT
    assert (len(whisper.used["samples"]), whisper.used["language"]) == (48_000, "pt")
    transcriber.transcribe(np.zeros(16_000, np.float32), 16_000, "tlh")
    assert whisper.used["language"] is None
    gc.collect()
    assert [model() for model in whisper.built] == [None, None]


def test_silence_is_no_speech(settings: Settings, whisper: type[Whisper], monkeypatch: pytest.MonkeyPatch) -> None:
    """What Whisper dreams up for silence is dropped, and a clip with nothing else is a bad reference."""
    put_model(settings.models_dir / "whisper")
    for segments in ((), ((" Thanks for watching!", 0.9, -1.4),), ((" ... ", 0.0, 0.0),)):
        monkeypatch.setattr(whisper, "segments", segments)
        with pytest.raises(BadReference, match="no speech"):
            FasterWhisper(settings).transcribe(np.zeros(16_000, np.float32), 16_000, "en")


def test_the_best_model_on_the_disk_is_used(settings: Settings, fetched: list[str]) -> None:
    """One put into MODELS_DIR goes before the hub's cache, a large one before a small one, half of one counts not."""
    put_model(snapshot(settings, "Systran/faster-whisper-tiny"))
    FasterWhisper(settings)
    half = snapshot(settings, MODEL)
    half.mkdir(parents=True)
    (half / "model.bin").write_bytes(b"half")
    assert FasterWhisper(settings)._model == snapshot(settings, "Systran/faster-whisper-tiny")
    put_model(snapshot(settings, "Systran/faster-whisper-medium"))
    assert FasterWhisper(settings)._model == snapshot(settings, "Systran/faster-whisper-medium")
    put_model(settings.models_dir / "whisper")
    assert FasterWhisper(settings)._model == settings.models_dir / "whisper"
    assert not fetched


def test_without_a_model_it_cannot_be_had(settings: Settings, fetched: list[str]) -> None:
    """No MODELS_DIR: nothing is fetched for nobody. No network: the error says so, and what to send instead."""
    with pytest.raises(ConfigError, match="ref_text"):
        FasterWhisper(settings)
    assert not fetched
    settings.models_dir.mkdir(parents=True)
    with pytest.raises(ConfigError, match="ref_text") as caught:
        FasterWhisper(settings)
    assert fetched == [MODEL]
    assert "10.0.0.1" not in caught.value.message


def test_a_damaged_model_says_so(settings: Settings) -> None:
    """A model that cannot be loaded is the worker's fault, told without its path."""
    put_model(settings.models_dir / "whisper", b"broken")
    with pytest.raises(ConfigError, match="damaged") as caught:
        FasterWhisper(settings).transcribe(np.zeros(16_000, np.float32), 16_000, "en")
    assert str(settings.models_dir) not in caught.value.message


def test_an_upload_without_a_transcript_is_transcribed_or_asks_for_one(environ: dict[str, str]) -> None:
    """With a model a clip without words becomes a voice with them; without, ref_text is asked for."""
    settings = Settings.read(environ | {"ALIGNERS": "engine"})
    sound = decode(HUMAN_CLIP)
    with pytest.raises(BadRequest, match="ref_text"):
        voices.make(sound, None, "en", make_tools(settings))
    put_model(settings.models_dir / "whisper")
    made = voices.make(sound, None, "en", make_tools(settings))
    assert made.text == HUMAN_TEXT
