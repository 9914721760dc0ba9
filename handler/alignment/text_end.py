"""Find where a text ends in a recording that goes on: an aligner would stretch its last words over what follows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from handler.alignment.evidence import Passage, last_end
from handler.alignment.prober import Prober
from handler.alignment.thresholds import THRESHOLDS

# Multiples of the expected duration of some words: the sound of a quick score, and the upper bound of a search.
_QUICK, _SLOWEST = 1.3, 2.5
_BEYOND_S = (0.05, 0.2, 0.4)  # more sound that is tried: a last word counts as found before it is over


@dataclass(frozen=True)
class TextEnd:
    """The words from ``word`` to the end of the text, in ``passage``, which begins at ``sample``."""

    sample: int
    word: int
    passage: Passage

    @property
    def limit(self) -> int:
        """The sample before which the text ends."""
        return self.sample + len(self.passage.samples)


class TextEndSearch:
    """Searches for the end of the text."""

    def __init__(self, prober: Prober) -> None:
        self._prober = prober
        self._count = len(prober.words)

    def shortest(self, sample: int, word: int, longest_s: float) -> TextEnd | None:
        """The least sound that holds all words from one on, None if ``longest_s`` seconds do not.

        The length is found by doubling and bisection, as each call costs as much as it aligns.
        """
        least, most = 0.0, longest_s
        tried = min(longest_s, (self._count - word) / THRESHOLDS.words_per_s)
        holds = False
        while not holds or most - least > THRESHOLDS.end_step_s:
            if self._prober.probe(sample, word, tried).exhausted:
                holds, most = True, tried
            elif tried >= longest_s:
                return None
            else:
                least = tried
            tried = (least + most) / 2 if holds else min(longest_s, 1.5 * tried)
        probes = [self._prober.probe(sample, word, most + more) for more in _BEYOND_S]
        whole = [passage for passage in probes if passage.exhausted]
        best = max((passage.mean_confidence() for passage in whole), default=0.0) - THRESHOLDS.same_confidence
        # A little more is better where it is no worse: else the last word would be cut short.
        longest = next((passage for passage in reversed(whole) if passage.mean_confidence() >= best), None)
        return None if longest is None else TextEnd(sample, word, longest)

    def elsewhere(self, end: TextEnd) -> TextEnd | None:
        """Where the last phrases are, if they match there far better than where the words before them end."""
        starts = [start for start in self._prober.breaks if start >= end.word]
        doubtful = [
            start
            for start, after in pairwise([*starts, self._count])
            if self.is_tail(start)
            and end.passage.mean_confidence(start - end.word, after - end.word) < THRESHOLDS.tail_sure
        ][: THRESHOLDS.tail_phrases]
        if not doubtful:
            return None
        before = last_end(end.passage.times[: doubtful[0] - end.word])
        onsets = self._prober.speech_onsets(self._prober.after(end.sample, before))
        found = self._best([(onset, word) for onset in onsets for word in doubtful])
        if found is None:
            return None
        here = end.passage.mean_confidence(found.word - end.word)
        return found if found.passage.mean_confidence() > here + THRESHOLDS.tail_better else None

    def is_tail(self, word: int) -> bool:
        """Whether the words from one on are so few that they are searched for as a whole."""
        fewest, most = THRESHOLDS.tail_words
        return fewest <= self._count - word <= most

    def _best(self, points: Iterable[tuple[int, int]]) -> TextEnd | None:
        """Where all words from one on are spoken, of some samples and words; None where they are at none of them."""
        scores = [(self._quick_score(sample, word), sample, word) for sample, word in points]
        found = []
        for _, sample, word in sorted(scores, reverse=True)[: THRESHOLDS.tail_tries]:
            end = self.shortest(sample, word, _SLOWEST * (self._count - word) / THRESHOLDS.words_per_s)
            if end is None or end.passage.widest_gap >= THRESHOLDS.tail_gap_s:
                continue
            confidence = end.passage.mean_confidence()
            if confidence >= THRESHOLDS.tail_confidence:
                found.append((word, -confidence, end))
            if confidence >= THRESHOLDS.tail_sure:
                break
        return min(found, key=lambda each: each[:2], default=(0, 0.0, None))[2]

    def _quick_score(self, sample: int, word: int) -> float:
        count = self._count - word
        passage = self._prober.probe(sample, word, _QUICK * count / THRESHOLDS.words_per_s)
        return passage.mean_confidence() * len(passage.times) / count
