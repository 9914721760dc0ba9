"""Where a text ends in a recording that goes on: an aligner would stretch its last words over all that follows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from handler.alignment.evidence import Passage

USUAL = 2.7
"""Words a second of speech."""

FEWEST, MOST = 4, 16
"""Words to the end of the text that are looked for as a whole: fewer are found anywhere, more fill a probe."""

_ENOUGH = 0.75
"""The mean confidence of so few words at their place: a person's have 0.77 to 0.94 there and up to 0.72 elsewhere, or
0.8 where they are torn apart by more than _GAP."""

_GAP = 0.6
"""Seconds of sound between two of so few words that nobody leaves."""

PLAIN = 0.85
"""The mean confidence with which no other place needs to be tried."""

_TRIES = 3
"""The places that look best at a glance, at which the end is looked for."""

_GLANCE = 1.3
"""Of the usual time of the words: a little more audio does no harm, they need not last as long."""

_SLOWEST = 2.5
"""Of the usual time of the words: all that they may take at a place that is only tried."""

_CLOSE = 0.15
"""Seconds to which the end is found."""

_BEYOND = (0.05, 0.2, 0.4)
"""Seconds after it that are tried: the last word counts as heard before it is over."""

_ALIKE = 0.02
"""Of mean confidence that is no difference."""


@dataclass(frozen=True)
class Ending:
    """The words from ``word`` to the end of the text, in ``passage``, which begins at the sample ``at``."""

    at: int
    word: int
    passage: Passage

    @property
    def until(self) -> int:
        """The sample before which the text ends."""
        return self.at + len(self.passage.samples)


@dataclass(frozen=True)
class Endings:
    """Looks for the end of a text of ``words`` words; ``hear`` is given a sample, a word and seconds to hear."""

    words: int
    hear: Callable[[int, int, float], Passage]

    def shortest(self, at: int, word: int, longest: float) -> Ending | None:
        """The least audio from a sample on that holds all words from one on, None if ``longest`` seconds do not."""
        least, most = 0.0, longest
        tried = min(longest, (self.words - word) / USUAL)
        holds = False
        while not holds or most - least > _CLOSE:
            if self.hear(at, word, tried).exhausted:
                holds, most = True, tried
            elif tried >= longest:
                return None
            else:
                least = tried
            tried = (least + most) / 2 if holds else min(longest, 1.5 * tried)
        heard = [self.hear(at, word, most + more) for more in _BEYOND]
        whole = [one for one in heard if one.exhausted]
        best = max((one.sure() for one in whole), default=0.0)
        # A little more is better where it is no worse: else the last word would be cut short.
        return next((Ending(at, word, one) for one in reversed(whole) if one.sure() >= best - _ALIKE), None)

    def best(self, places: Iterable[tuple[int, int]]) -> Ending | None:
        """Where all words from one on are said, of some samples and words; None where they are at none of them."""
        glances = [(self._glance(at, word), at, word) for at, word in places if self.few(word)]
        found = []
        for _, at, word in sorted(glances, reverse=True)[:_TRIES]:
            ending = self.shortest(at, word, _SLOWEST * (self.words - word) / USUAL)
            if ending and ending.passage.sure() >= _ENOUGH and ending.passage.widest_gap < _GAP:
                found.append(ending)
                if ending.passage.sure() >= PLAIN:
                    break
        return min(found, key=lambda ending: (ending.word, -ending.passage.sure()), default=None)

    def few(self, word: int) -> bool:
        """Whether the words from one on are so few that they are looked for as a whole."""
        return FEWEST <= self.words - word <= MOST

    def _glance(self, at: int, word: int) -> float:
        passage = self.hear(at, word, _GLANCE * (self.words - word) / USUAL)
        return passage.sure() * len(passage.times) / (self.words - word)
