"""Words at the edge of a passage that stand apart from the others, beyond sound that the text does not have.

An open search passes over other sound at the same cost wherever that is. So the first word of a text may be taken from
the speech before it, far from the second.
"""

from __future__ import annotations

from dataclasses import replace

from handler.alignment.evidence import CHARS_PER_S, Passage, Times, confidences, spoken_length
from handler.alignment.prober import Prober
from handler.alignment.resync import Cursor
from handler.alignment.thresholds import THRESHOLDS
from handler.types import WordTime

_CONTEXT_WORDS = 4  # words beside an island that are aligned with it
_PACES = (0.7, 1.1, 1.7, 2.5)  # room that is tried for an island, of what it takes at the usual pace


class Islands:
    """Joins the words of a passage that begins at a cursor."""

    def __init__(self, prober: Prober, cursor: Cursor) -> None:
        self._prober = prober
        self._cursor = cursor

    def joined(self, passage: Passage) -> Passage:
        """The passage with a few words at either edge moved to the others, where they fit nearly as well."""
        inner = [at for at, _, _ in replace(passage, exhausted=True).gaps() if any(passage.times[:at])]
        times = list(passage.times)
        if inner and inner[0] <= THRESHOLDS.island_words:
            self._join(times, 0, inner[0], inner[0] + _CONTEXT_WORDS)
        if inner and len(times) - inner[-1] <= THRESHOLDS.island_words:
            self._join(times, inner[-1] - _CONTEXT_WORDS, inner[-1], len(times), last=True)
        return replace(passage, times=times)

    def _join(self, times: list[WordTime | None], first: int, at: int, after: int, *, last: bool = False) -> None:
        """Align the words from ``first`` to before ``after`` without the sound before the word ``at``."""
        first, after = max(0, first), min(after, len(times))
        island = slice(at, after) if last else slice(first, at)
        beside = [time for time in (times[first:at] if last else times[at:after]) if time]
        if not beside:  # none of them can be pronounced
            return
        words = self._prober.words[self._cursor.word + island.start : self._cursor.word + island.stop]
        expected = sum(map(spoken_length, words)) / CHARS_PER_S
        surer = confidences(times[island]).mean() - THRESHOLDS.island_better
        needed = max(THRESHOLDS.even_confidence, surer)
        for pace in _PACES:
            begin, end = beside[0].start, beside[-1].end
            begin, end = (begin, end + pace * expected) if last else (max(0.0, begin - pace * expected), end)
            sample = self._prober.after(self._cursor.sample, begin)
            until = self._prober.after(self._cursor.sample, end)
            found = self._prober.forced(sample, until, self._cursor.word + first, after - first)
            moved = self._shifted(found or (), sample)
            # The least room first: in more, the words may again be taken from what is said before or after them.
            if any(moved) and confidences(moved[island.start - first : island.stop - first]).mean() >= needed:
                times[first:after] = moved
                return

    def _shifted(self, times: Times, sample: int) -> list[WordTime | None]:
        by = self._prober.seconds(sample - self._cursor.sample)
        return [time and time.moved(by) for time in times]
