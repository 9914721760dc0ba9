"""What the tests of `generate` share: engines and aligners made up here, and how a job is sent and its files read."""

from __future__ import annotations

import io
import threading
import urllib.request
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from typing import Any, TypeVar

import numpy as np
import pytest
import soundfile

from handler.backends import Backend, Pool, Registry
from handler.cancellation import NEVER, Cancellation
from handler.dispatch import dispatch
from handler.engines.espeak import EspeakEngine
from handler.engines.f5.options import F5Options
from handler.errors import BadRequest, StorageError
from handler.media import audio
from handler.protocols import Aligner, Services
from handler.settings import Settings
from handler.types import Chunk, ChunkAudio, Samples, SpeechOptions, SpeechRequest, Token, Voice, WordTime

T = TypeVar("T")

LINES = (
    "The quick brown fox jumps over the lazy dog.",
    "Some call me nature, others call me mother nature.",
    "She sells sea shells by the sea shore.",
    "An old man walked slowly along the river.",
)
TEXT = "\n\n".join(LINES)
WORDS = len(TEXT.split())

PATIENCE = 30.0
"""Seconds after which a test that waits for another thread has failed."""


def registry(**backends: T) -> Registry[T]:
    """A registry of backends that exist already, by name."""

    def row(backend: T) -> Backend[T]:
        return Backend(lambda _: backend)

    table = {name: row(backend) for name, backend in backends.items()}
    return Registry("aligner", table, Settings.read({}))


class Louder:
    """A converter that changes nothing but the rate, and is a little long, as real ones are.

    A stand-in: the real one has half a gigabyte of weights, and is tested where it lives.
    """

    name = "louder"
    sample_rate = 24_000
    model_license = "MIT"
    supports_cloning = True
    watermarks = False

    def __init__(self) -> None:
        self.pieces: list[float] = []
        self.asked: list[tuple[str, int]] = []

    def default_voice(self, language: str | None) -> Voice:
        raise BadRequest.of("voice", "is missing")

    def prepare(self, voice: Voice, seed: int, _: Cancellation = NEVER) -> Callable[[Samples, int], Samples]:
        assert voice.clip is not None
        self.asked.append((voice.name, seed))

        def convert(samples: Samples, rate: int) -> Samples:
            self.pieces.append(len(samples) / rate)
            return np.pad(audio.resample(samples, rate, self.sample_rate), (0, 700))

        return convert


class Speaker(EspeakEngine):
    """espeak without word times, with takes and the options of f5; ``asked`` is called before each chunk is made."""

    supports_seeds = True
    supports_phonemes = False

    def __init__(self, settings: Settings, asked: Callable[[int], None] = lambda _: None) -> None:
        super().__init__(settings)
        self.asked = asked
        self.spoken = 0
        self.closed = False

    def cross_fade_s(self, options: SpeechOptions) -> float:
        return F5Options.of(options).cross_fade_s

    def speak(
        self,
        requests: Sequence[SpeechRequest],
        voice: Voice,
        options: SpeechOptions,
        cancellation: Cancellation = NEVER,
    ) -> Generator[ChunkAudio]:
        try:
            for chunk, same in groupby(request.chunk for request in requests):
                self.asked(chunk.index)
                for take, _ in enumerate(same):
                    self.spoken += 1
                    yield self.made(chunk, take, voice, options)
        finally:
            self.closed = True

    def made(self, chunk: Chunk, take: int, voice: Voice, options: SpeechOptions) -> ChunkAudio:
        (sound,) = super().speak([SpeechRequest(chunk, 0)], voice, options)
        return replace(sound, words=None)


class Spoiler(Speaker):
    """Of each chunk only one take is what it should be: another is drowned in noise, the others say other words."""

    def __init__(self, settings: Settings, good: Sequence[int], asked: Callable[[int], None] = lambda _: None) -> None:
        super().__init__(settings, asked)
        self.good = good

    def made(self, chunk: Chunk, take: int, voice: Voice, options: SpeechOptions) -> ChunkAudio:
        sound = super().made(chunk, take, voice, options)
        if take == self.good[chunk.index]:
            return sound
        if (take + chunk.index) % 2:
            noise = np.random.default_rng(take).standard_normal(len(sound.samples)).astype(np.float32) * np.float32(0.3)
            return replace(sound, samples=sound.samples + noise)
        wrong = tuple(Token(word, (word,), 0, 0) for word in ("yellow", "umbrellas", "rarely", "hurry", "upstairs"))
        return replace(sound, samples=super().made(Chunk(chunk.index, wrong), take, voice, options).samples)


class Watched:
    """An aligner that does as another one does, after ``before`` was called with the number of the call, from 0."""

    def __init__(self, aligner: Aligner, before: Callable[[int], None] = lambda _: None) -> None:
        self.aligner, self.name, self.before, self.calls = aligner, aligner.name, before, 0
        self.threads: set[threading.Thread] = set()

    def speaks(self, language: str) -> bool:
        return self.aligner.speaks(language)

    def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        self.threads.add(threading.current_thread())
        self.calls += 1
        self.before(self.calls - 1)
        return self.aligner.align(samples, rate, words, language)


class Even:
    """Says that every word lasts equally long, with a confidence that is given for the length of the samples."""

    def __init__(self, name: str, confidence: Callable[[Samples], float] = lambda _: 0.6) -> None:
        self.name, self.confidence = name, confidence

    def speaks(self, language: str) -> bool:
        return True

    def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        edges = np.linspace(0, len(samples) / rate, len(words) + 1)
        sure = self.confidence(samples)
        return [WordTime(float(start), float(end), sure) for start, end in pairwise(edges)]


def with_settings(services: Services, **changes: Any) -> Services:
    """The same worker with other settings."""
    return replace(services, settings=services.settings.model_copy(update=changes))


def with_backends(services: Services, engine: Any = None, **aligners: Any) -> Services:
    """The same worker with this engine for espeak, and with these aligners alone, in this order after the engine."""
    settings = services.settings.model_copy(update={"aligners": ("engine", *aligners)})
    engines = services.engines
    if engine is not None:
        engines = Pool("engine", {"espeak": Backend(lambda _: engine, options=F5Options)}, settings)
    return replace(services, settings=settings, engines=engines, aligners=registry(**aligners))


def full(services: Services, monkeypatch: pytest.MonkeyPatch, refused: Callable[[str], bool]) -> None:
    """Have the store refuse to keep objects whose key is ``refused``, as a full bucket does."""
    put = services.store.put

    def unless_refused(key: str, *arguments: Any, **options: Any) -> str:
        if refused(key):
            raise StorageError("the bucket is full")
        return put(key, *arguments, **options)

    monkeypatch.setattr(services.store, "put", unless_refused)


def happens(event: threading.Event) -> None:
    """Wait for what another thread does; the test has failed if it does not come."""
    assert event.wait(PATIENCE), "what should have happened in another thread did not"


class Fails(Even):
    """Fails with an error of its kind whenever ``when`` says so of the number of the call."""

    def __init__(self, name: str, when: Callable[[int], bool], error: Exception, confidence: float = 0.5) -> None:
        super().__init__(name, lambda _: confidence)
        self.when, self.error, self.calls = when, error, 0

    def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        self.calls += 1
        if self.when(self.calls - 1):
            raise self.error
        return super().align(samples, rate, words, language)


def run(services: Services, text: str = TEXT, **fields: Any) -> dict[str, Any]:
    reply = dispatch({"input": {"text": text, **fields}}, services)
    assert "error" not in reply, reply
    return reply


def read(url: str) -> bytes:
    body: bytes = urllib.request.urlopen(url).read()
    return body


def sound(url: str) -> tuple[Samples, int]:
    samples, rate = soundfile.read(io.BytesIO(read(url)), dtype="float32")
    return samples, rate


def codes(reply: dict[str, Any]) -> list[str]:
    return [warning["code"] for warning in reply["warnings"]]


def published(reports: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the last progress tells of chunks."""
    chunks: list[dict[str, Any]] = reports[-1]["chunks"]
    return chunks
