"""The words that an aligner found in a stretch of sound, and how far they can be believed."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from handler.alignment.thresholds import THRESHOLDS
from handler.media import audio
from handler.types import Samples, WordTime

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

Times = Sequence[WordTime | None]

CHARS_PER_S = 12.0  # the usual pace, by `spoken_length`
PAUSE_S = 0.2  # shortest silence in which a window may end and a passage begin

_MINIMUM_S, _APART_S, _AROUND_S = 0.1, 0.5, 2.0  # an energy minimum, its distance from the next, its surroundings
_EPSILON = 1e-9  # for rounding errors of a mean
_WIDE_CHARACTER = 2.5  # letters that a Chinese or Japanese character or a Korean syllable counts for


@dataclass(frozen=True)
class Match:
    """Where a text and a recording match; times are seconds of the recording."""

    times: tuple[WordTime | None, ...]
    """One for each spoken word."""
    unspoken: tuple[tuple[int, int], ...]
    """Ranges of words that the recording does not say; their times are not to be believed."""
    untranscribed: tuple[tuple[float, float], ...]
    """Stretches of sound that the text does not have: start and end."""
    earlier_takes: tuple[tuple[float, float], ...] = ()
    """Those of them that say what follows them a first time."""

    @property
    def unspoken_words(self) -> frozenset[int]:
        """The numbers of the words in `unspoken`."""
        return frozenset(word for start, end in self.unspoken for word in range(start, end))


@dataclass(frozen=True)
class Passage:
    """The times of words in some samples, in seconds from the first sample."""

    samples: Samples
    sample_rate: int
    times: Times
    exhausted: bool
    """Whether no word was left to be found, so that sound after the last one means nothing."""
    speech_db: float | None = None
    """The level of speech elsewhere in the recording, where these samples may have none."""

    @cached_property
    def _sounding(self) -> npt.NDArray[np.int64]:
        """Samples of sound before each sample; the noise of the room is none."""
        mask = audio.sounding(self.samples, self.sample_rate, over_noise=True, speech_db=self.speech_db)
        return np.concatenate([[0], np.cumsum(mask)])

    def sound(self, start: float, end: float) -> float:
        """Seconds of sound between two times."""
        edges = np.clip(np.round(np.array([start, end]) * self.sample_rate).astype(int), 0, len(self.samples))
        return max(0.0, float(self._sounding[edges[1]] - self._sounding[edges[0]]) / self.sample_rate)

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / self.sample_rate

    @property
    def _placed(self) -> list[tuple[int, WordTime]]:
        return [(at, time) for at, time in enumerate(self.times) if time is not None and time.said]

    @property
    def end(self) -> float:
        """As `last_end`."""
        return last_end(self.times)

    @property
    def coverage(self) -> float:
        """The confidence of the words, weighted by duration, over all the sound that they should account for."""
        sound = self.sound(0.0, self.end if self.exhausted else self.duration)
        covered = sum(time.confidence * (time.end - time.start) for _, time in self._placed)
        return min(1.0, covered / sound) if sound else 0.0

    @property
    def level(self) -> float:
        """The confidence of the words, weighted by duration, whatever sound is between them."""
        lengths = [time.end - time.start for _, time in self._placed]
        return (
            float(np.average([time.confidence for _, time in self._placed], weights=lengths)) if any(lengths) else 0.0
        )

    def mean_confidence(self) -> float:
        """The mean confidence of the words, those without a time at 0."""
        values = confidences(self.times)
        return float(values.mean()) if len(values) else 0.0

    def gaps(self, after: float = 0.0) -> Iterator[tuple[int, float, float]]:
        """Sound without words: the word that follows it (or how many words there are), its start and its end."""
        edge = after
        for at, time in self._placed:
            if time.end > after:
                if self.sound(edge, time.start) > THRESHOLDS.max_gap_s:
                    yield at, edge, time.start
                edge = max(edge, time.end)
        if not self.exhausted and self.sound(edge, self.duration) > THRESHOLDS.max_gap_s:
            yield len(self.times), edge, self.duration

    def unlikely_index(self, level: float, after: float = 0.0) -> int | None:
        """The first unlikely word of a run of them that end after so many seconds; None if there is no such run.

        ``level`` is the `coverage` of right words in this recording.
        """
        placed = [(at, time) for at, time in self._placed if time.end > after]
        floor, size = THRESHOLDS.unlikely * level, THRESHOLDS.run_words
        values = confidences([time for _, time in placed])
        runs = unlikely_runs(values, size, floor)
        return placed[runs[0][0] + int(np.argmax(values[slice(*runs[0])] < floor))][0] if runs else None

    def change_point(self, about: int) -> int:
        """The word near the one ``about`` before which most are likely and after which most are not."""
        first = max(0, about - THRESHOLDS.run_words)
        return first + change_point(confidences(self.times[first : about + THRESHOLDS.run_words]))

    def last_safe_boundary(self) -> tuple[int, float]:
        """How many words to keep, and the time after them: the widest gap after one of the last words."""
        placed = self._placed
        ends = [time.end for _, time in placed]
        starts = [time.start for _, time in placed[1:]]
        starts.append(max(self.duration, self.end) if self.exhausted else self.duration)
        gaps = [start - end for end, start in zip(ends, starts, strict=True)]
        late = [n for n, end in enumerate(ends) if end >= self.end - THRESHOLDS.keep_s]
        best = max(late, key=lambda n: (min(gaps[n], 1.0), n))
        return placed[best][0] + 1, ends[best] + min(max(0.0, gaps[best]) / 2, 0.1)


def confidences(times: Times) -> FloatArray:
    """The confidence of each word, 0 for one without a time."""
    return np.array([time.confidence if time else 0.0 for time in times])


def last_end(times: Times) -> float:
    """Where the last word ends, 0 if none has a time."""
    return max((time.end for time in times if time is not None), default=0.0)


def spoken_length(word: str) -> float:
    """The letters of a word and a blank, a measure of how long it takes to say."""
    return 1 + sum(_WIDE_CHARACTER if unicodedata.east_asian_width(letter) in "WF" else 1.0 for letter in word)


def unlikely_runs(values: FloatArray, size: int, floor: float) -> list[tuple[int, int]]:
    """Every run of ``size`` confidences with a mean below ``floor``: its first word, and the one after its last."""
    if len(values) < size:
        return []
    means = np.convolve(values, np.full(size, 1 / size), "valid")
    return [(int(start), int(start) + size) for start in np.flatnonzero(means < floor - _EPSILON)]


def any_found(times: Times) -> bool:
    """Whether any run of words is likely: a single word may fit by chance."""
    size = min(THRESHOLDS.run_words, len(times))
    return len(unlikely_runs(confidences(times), size, THRESHOLDS.missing)) <= len(times) - size


def change_point(values: FloatArray) -> int:
    """The word before which most confidences are those of right words, and after which most are not."""
    gains = np.concatenate([[0.0], np.cumsum(values - THRESHOLDS.even_confidence)])
    return int(gains.argmax())


def silences(samples: Samples, sample_rate: int) -> list[tuple[float, float]]:
    """The silences of PAUSE_S or more: start and end in seconds."""
    quiet = ~audio.sounding(samples, sample_rate, over_noise=True)
    edges = [(first / sample_rate, after / sample_rate) for first, after in audio.runs(quiet)]
    return [(start, end) for start, end in edges if end - start >= PAUSE_S]


def energy_minima(samples: Samples, sample_rate: int) -> list[float]:
    """The quietest moments of sound without silences, in seconds, in order, half a second apart or more.

    In loud noise no pause is silent, but each is quieter than its surroundings: speech may begin there.
    """
    size = max(1, round(_MINIMUM_S * sample_rate))
    blocks = samples[: len(samples) // size * size].reshape(-1, size)
    if len(blocks) == 0:
        return []
    level = np.log10(np.maximum(np.einsum("ij,ij->i", blocks, blocks) / size, 1e-12))
    around = round(_AROUND_S / _MINIMUM_S)
    padded = np.pad(level, around, mode="reflect" if len(level) > around else "edge")
    depth = level - np.convolve(padded, np.ones(2 * around + 1) / (2 * around + 1), "valid")
    near = round(_APART_S / _MINIMUM_S)
    lowest = [at for at in range(len(depth)) if depth[at] == depth[max(0, at - near) : at + near + 1].min()]
    return [(at + 0.5) * size / sample_rate for at in lowest if depth[at] < 0.0]
