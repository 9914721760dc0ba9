"""Speech whose word times are known: those of the engine that has spoken it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from handler import text
from handler.engines import ENGINES
from handler.protocols import Engine
from handler.settings import Settings
from handler.types import Chunk, Samples, SpeechOptions, SpeechRequest, WordTime

SEED = 1


@dataclass(frozen=True)
class SpokenClip:
    """Samples, the words they say, and where each stands; None for a word that the engine lost."""

    samples: Samples
    rate: int
    words: tuple[str, ...]
    times: tuple[WordTime | None, ...]

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.rate

    def start_errors_ms(self, found: Sequence[WordTime | None]) -> list[float]:
        """How much later than here each word starts that both have."""
        return [1000 * (one.start - known.start) for one, known in zip(found, self.times, strict=True) if one and known]


def speaker(engine: str) -> Engine:
    """An engine that knows its own word times: ``piper`` or ``espeak``."""
    return ENGINES[engine].create(Settings.read({}))


def spoken(engine: Engine, script: str, language: str, *, pause_s: float = 0.0, seed: int = SEED) -> SpokenClip:
    """A script in the engine's own voice, with so much silence after it."""
    chunk = Chunk(0, text.tokenize(script, language))
    request = SpeechRequest(chunk, seed)
    (audio,) = engine.speak([request], engine.default_voice(language), SpeechOptions())
    assert audio.words is not None
    samples = np.concatenate([audio.samples, np.zeros(round(pause_s * engine.sample_rate), np.float32)])
    return SpokenClip(samples, engine.sample_rate, chunk.words, audio.words)


def joined(clips: Sequence[SpokenClip]) -> SpokenClip:
    """Clips of one rate, one after the other."""
    times: list[WordTime | None] = []
    at = 0.0
    for clip in clips:
        times += [time and time.moved(at) for time in clip.times]
        at += clip.duration_s
    words = tuple(word for clip in clips for word in clip.words)
    return SpokenClip(np.concatenate([clip.samples for clip in clips]), clips[0].rate, words, tuple(times))
