"""One chunk on its way through the model: what is said in which time, and what becomes of the model's sound."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from handler.engines.f5 import durations, symbols
from handler.engines.f5.durations import SAMPLE_RATE
from handler.errors import EngineError
from handler.media import audio
from handler.types import Chunk, ChunkAudio, JobWarning, Samples, SpeechOptions

if TYPE_CHECKING:
    from handler.engines.f5.sampler import Item
else:
    Item = Any

LEAD = 0.1
"""Seconds of quiet that speech may begin with."""

_GOLDEN = 0x9E3779B1
"""2³² divided by the golden ratio: its multiples lie far apart."""

TAILS = {**dict.fromkeys(",;:，", (0.1, 0.2)), **dict.fromkeys(".!?…。！？", (0.25, 0.4))}
"""Seconds of quiet at the end, at least and at most, by the last mark: what a speaker leaves there."""

NO_TAIL = (0.02, 0.12)

FAINT = 1e-4
"""RMS of sound under which the model has said nothing: made louder, it would be noise."""

_NOT_BOTH = JobWarning(
    "option_ignored", "speed and remove_silence are ignored, for target_duration says how long the speech is"
)

TAKE = 1 << 29
"""Between the seeds of a chunk's takes: a job has fewer chunks, and 2³² has room for eight takes."""


def seed_of(seed: int, chunk: int, take: int = 0) -> int:
    """The seed of a chunk's take in a job with ``seed``: seed + chunk + take · 2²⁹ modulo 2³².

    No two of a job are the same, take 0 has the seeds of a job without takes, and a job of that chunk alone with this
    seed speaks it as it was: it is one that a request may hold.
    """
    return (seed + chunk + take * TAKE) % (1 << 32)


@dataclass(frozen=True)
class Portion:
    """A text that the model says in one go, and the seconds it is given for it."""

    text: str
    seconds: float


@dataclass(frozen=True)
class Utterance:
    """A chunk and how to say it. ``last`` is the job's last chunk; ``share`` the samples that a target leaves it."""

    chunk: Chunk
    last: bool
    options: SpeechOptions
    share: int | None = None

    def portions(self, clip_seconds: float, pace: float) -> list[Portion]:
        """The whole chunk in one, but for one that would pass the longest that the model knows, clip included.

        ``pace`` is the voice's own, in units a second.
        """
        speed = self.options.speed
        given = None if self.share is None else self.share / SAMPLE_RATE
        if given is not None:
            speed = durations.speech_seconds(self.chunk.text, pace) / given
        words = [
            word
            for token in self.chunk.tokens
            for word in (*token.spoken[:-1], token.spoken[-1] + token.mark)
        ]  # fmt: skip
        texts = durations.portions(words, durations.LONGEST - clip_seconds, pace, speed)
        texts = [
            symbols.closed(text, final=self._ends_sentence and index == len(texts) - 1)
            for index, text in enumerate(texts)
        ]
        seconds = [durations.speech_seconds(text, pace, speed) for text in texts]
        if given is not None:
            seconds = [given * one / sum(seconds) for one in seconds]
        return [
            Portion(text, min(one, durations.LONGEST - clip_seconds)) for text, one in zip(texts, seconds, strict=True)
        ]

    @property
    def _ends_sentence(self) -> bool:
        end = self.chunk.tokens[-1]
        return self.last or end.paragraph or end.pause_after > 0

    def finished(self, samples: Samples, portion: Portion) -> Samples:
        """The model's sound at the loudness asked for, with as much quiet around it as belongs there.

        With a ``share`` no quiet is added or taken away.
        """
        if self.share is None and self.options.remove_silence:
            samples, _ = audio.shorten_silences(samples, SAMPLE_RATE)
        samples = audio.at_loudness(samples, SAMPLE_RATE, self.options.target_rms)
        if self.share is not None:
            return samples
        least, most = TAILS.get(portion.text[-1], NO_TAIL)
        samples = audio.trimmed(samples, SAMPLE_RATE, LEAD, most)
        missing = max(0, round(least * SAMPLE_RATE) - audio.quiet_edges(samples, SAMPLE_RATE)[1])
        # What is added is digital silence: the sound must have died away where it begins.
        return np.pad(audio.faded(samples, SAMPLE_RATE), (0, missing)) if missing else samples

    def joined(self, pieces: Sequence[Samples]) -> Samples:
        """The finished sounds of all portions as one; with a ``share`` that many samples exactly."""
        samples = pieces[0]
        if len(pieces) > 1:
            fade = self.options.cross_fade_duration if self.share is None else 0.0
            samples, _ = audio.join(pieces, SAMPLE_RATE, [(0.0, 0.0)] * len(pieces), fade)
        if self.share is None:
            return samples
        # Less than a frame is missing, the model's unit; too much there is of symbols that have less than one each.
        return np.pad(samples[: self.share], (0, max(0, self.share - len(samples))))


@dataclass(frozen=True)
class Spelled:
    """An utterance ready for the model: what is sampled for each portion, and characters that will not be spoken."""

    utterance: Utterance
    portions: Sequence[Portion]
    items: Sequence[Item]
    unknown: Sequence[str]

    def take(self, take: int) -> list[Item]:
        """The items of one take, each with a seed of its own."""
        # Portions are rare. Their seeds are spread over all there are: a CPU's generator knows 32 bits of them.
        return [
            replace(item, seed=(self._seed(take) + number * _GOLDEN) % 2**32) for number, item in enumerate(self.items)
        ]

    def spoken(self, take: int, sounds: Sequence[Samples]) -> ChunkAudio:
        """What a chunk's take has become, of the sound of each portion."""
        options = self.utterance.options
        finished = [self.utterance.finished(*each) for each in zip(sounds, self.portions, strict=True)]
        warnings = _unknown(self.unknown)
        if self.utterance.share is not None and (options.remove_silence or options.speed != 1.0):
            warnings = (*warnings, _NOT_BOTH)
        return ChunkAudio(self.utterance.joined(finished), None, warnings, self._seed(take))

    def _seed(self, take: int) -> int:
        return seed_of(self.utterance.options.seed, self.utterance.chunk.index, take)


def heard(samples: Samples) -> Samples:
    """What the model said for a portion, centred; EngineError when that is nothing, or no sound at all."""
    if not np.isfinite(samples).all():
        raise EngineError("the model's speech holds values that are no numbers; send the job with another seed")
    samples = audio.without_offset(samples, SAMPLE_RATE)
    if _rms(samples) < FAINT or not audio.sounding(samples, SAMPLE_RATE).any():
        raise EngineError("the model said nothing; send the job with another seed or other words")
    return samples


def _rms(samples: Samples) -> float:
    return math.sqrt(float(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0


def _unknown(characters: Sequence[str]) -> tuple[JobWarning, ...]:
    if not characters:
        return ()
    told = " ".join(list(dict.fromkeys(characters))[:20])
    return (JobWarning("unknown_characters", f"the model has no symbols for {told}; they were not spoken"),)
