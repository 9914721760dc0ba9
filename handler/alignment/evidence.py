"""What was found in a stretch of sound, and how far it can be believed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np

from handler.media import audio
from handler.types import Samples, WordTime

if TYPE_CHECKING:
    import numpy.typing as npt

RUN = 8
"""Words that must be unlikely together: single ones are in every right text."""

UNLIKELY = 0.45
"""Of what right words have in this recording: the mean confidence under which a run of words is not believed."""

UNSAID = 1.2
"""Seconds of sound without a word that no breath and no cough explains."""

PAUSE = 0.2
"""Seconds of quiet in which a window may end and a passage begin."""

DRAGGED = 1.5
"""Seconds that a last word seldom takes: an aligner may have stretched it over what is not in the text."""

_DIP, _APART, _AROUND = 0.1, 0.5, 2.0
"""Seconds: how long a quiet moment is, between two of them, and what is around it."""

_EVEN = 0.5
"""The confidence that right and wrong words have as often."""

_TURN = 10.0
"""Seconds before the end of what was found in which the last word to keep is looked for: the next window hears the
rest together with what comes after it."""


@dataclass(frozen=True)
class Passage:
    """The times of words in some samples, in seconds from the first sample."""

    samples: Samples
    sample_rate: int
    times: Sequence[WordTime | None]
    exhausted: bool
    """Whether these are all the words there were to find, so that sound after them means nothing."""

    @cached_property
    def _sound(self) -> npt.NDArray[np.int64]:
        """Samples of sound before each sample."""
        return np.concatenate([[0], np.cumsum(audio.sounding(self.samples, self.sample_rate))])

    def sound(self, start: float, end: float) -> float:
        """Seconds of sound between two times."""
        edges = np.clip(np.round(np.array([start, end]) * self.sample_rate).astype(int), 0, len(self.samples))
        return max(0.0, float(self._sound[edges[1]] - self._sound[edges[0]]) / self.sample_rate)

    @property
    def duration(self) -> float:
        return len(self.samples) / self.sample_rate

    @property
    def _known(self) -> Iterator[tuple[int, WordTime]]:
        return ((at, time) for at, time in enumerate(self.times) if time is not None)

    @property
    def end(self) -> float:
        """Where the last word ends, 0 if there is none."""
        return max((time.end for _, time in self._known), default=0.0)

    @property
    def fit(self) -> float:
        """The confidence of the words, each as much as it lasts, over all the sound that they should account for."""
        heard = self.sound(0.0, self.end if self.exhausted else self.duration)
        sure = sum(time.confidence * (time.end - time.start) for _, time in self._known)
        return min(1.0, sure / heard) if heard else 0.0

    def sure(self, since: int = 0, upto: int | None = None) -> float:
        """The mean confidence of the words, from the one ``since`` on and before the one ``upto``."""
        sure = [time.confidence if time else 0.0 for time in self.times[since:upto]]
        return sum(sure) / len(sure) if sure else 0.0

    def turn(self, about: int) -> int:
        """The word near the one ``about`` before which most are likely and after which most are not."""
        first = max(0, about - RUN)
        gains = accumulate((time.confidence if time else 0.0) - _EVEN for time in self.times[first : about + RUN])
        return first + max(enumerate([0.0, *gains]), key=lambda gain: gain[1])[0]

    @property
    def widest_gap(self) -> float:
        """Seconds of sound between two words at most."""
        times = [time for _, time in self._known]
        return max((self.sound(one.end, other.start) for one, other in pairwise(times)), default=0.0)

    @property
    def dragged(self) -> bool:
        """Whether one of the last words lasts longer than words do."""
        return any(time and time.end - time.start > DRAGGED for time in self.times[-RUN:])

    def stray(self, level: float, after: float = 0.0) -> int | None:
        """How many of the words can be believed before text and audio part; None if they do not.

        ``level`` is the `fit` of right words in this recording; before ``after`` seconds all is believed.
        """
        known = [(at, time) for at, time in self._known if time.end > after]
        sure = np.array([time.confidence for _, time in known])
        strays = [
            known[at + int(np.argmax(sure[at : at + RUN] < UNLIKELY * level))][0]
            for at in range(len(known) - RUN + 1)
            if sure[at : at + RUN].mean() < UNLIKELY * level
        ][:1]
        edge = after
        for at, time in known:
            if self.sound(edge, time.start) > UNSAID:
                strays.append(at)
                break
            edge = max(edge, time.end)
        else:
            if not self.exhausted and self.sound(edge, self.duration) > UNSAID:
                strays.append(len(self.times))
        return min(strays, default=None)

    def breath(self) -> tuple[int, float]:
        """How many words to keep, and the time after them: the widest gap after one of the last words."""
        known = list(self._known)
        ends = [time.end for _, time in known]
        starts = [*(time.start for _, time in known[1:]), max(self.duration, self.end) if self.exhausted else self.end]
        if not self.exhausted:
            starts[-1] = self.duration
        late = [n for n, end in enumerate(ends) if end >= self.end - _TURN] or [len(known) - 1]
        best = max(late, key=lambda n: (min(starts[n] - ends[n], 1.0), n))
        return known[best][0] + 1, ends[best] + min(max(0.0, starts[best] - ends[best]) / 2, 0.1)


def pauses(samples: Samples, sample_rate: int) -> list[tuple[float, float]]:
    """The stretches of quiet of PAUSE or more: start and end in seconds."""
    quiet = ~audio.sounding(samples, sample_rate)
    edges = np.flatnonzero(np.diff(quiet.astype(np.int8), prepend=0, append=0)).reshape(-1, 2) / sample_rate
    return [(float(start), float(end)) for start, end in edges if end - start >= PAUSE]


def dips(samples: Samples, sample_rate: int) -> list[float]:
    """The quietest moments of sound without pauses, in seconds: speech may begin there. Half a second apart, in order.

    Where there is much noise no pause is quiet, but it is quieter than what is around it.
    """
    size = max(1, round(_DIP * sample_rate))
    blocks = samples[: len(samples) // size * size].reshape(-1, size)
    if len(blocks) == 0:
        return []
    level = np.log10(np.maximum(np.einsum("ij,ij->i", blocks, blocks) / size, 1e-12))
    around = round(_AROUND / _DIP)
    padded = np.pad(level, around, mode="reflect" if len(level) > around else "edge")
    deep = level - np.convolve(padded, np.ones(2 * around + 1) / (2 * around + 1), "valid")
    near = round(_APART / _DIP)
    lowest = [at for at in range(len(deep)) if deep[at] == deep[max(0, at - near) : at + near + 1].min()]
    return [(at + 0.5) * size / sample_rate for at in lowest if deep[at] < 0.0]
