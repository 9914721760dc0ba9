"""Where two aligners match a text with a recording, as one match."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from handler.alignment.combination import combined
from handler.alignment.evidence import Match
from handler.alignment.thresholds import THRESHOLDS
from handler.types import WordTime

UNHEARD = 0.5
"""Share of its confidence that a word keeps where one of two aligners says that it is not spoken: a right word, with
0.6 or more, still counts as spoken then."""


def joined(found: Mapping[str, Match]) -> Match:
    """What one or two aligners, by name, find of the same words in a recording.

    A word is unspoken if both say so, or if one does and the other is not sure of it. What neither has a word for is
    not in the text.
    """
    first, *others = found.values()
    if not others:
        return first
    unheard = {name: match.unspoken_words for name, match in found.items()}
    heard = {
        name: [None if at in unheard[name] else time for at, time in enumerate(match.times)]
        for name, match in found.items()
    }
    once, twice = frozenset.symmetric_difference(*unheard.values()), frozenset.intersection(*unheard.values())
    times = [
        replace(time, confidence=time.confidence * UNHEARD) if time and at in once else time
        for at, time in enumerate(combined(heard))
    ]
    unspoken = twice | {at for at in once if (time := times[at]) is None or time.confidence < THRESHOLDS.missing}
    times = [None if at in unspoken else time for at, time in enumerate(times)]
    untranscribed = tuple(_untranscribed(times, list(found.values())))
    earlier = [take for match in found.values() for take in match.earlier_takes]
    takes = tuple(span for span in untranscribed if any(_mostly_within(span, take) for take in earlier))
    return Match(tuple(times), tuple(_ranges(unspoken)), untranscribed, takes)


def _mostly_within(span: tuple[float, float], other: tuple[float, float]) -> bool:
    return min(span[1], other[1]) - max(span[0], other[0]) > (span[1] - span[0]) / 2


def _ranges(words: frozenset[int]) -> Iterator[tuple[int, int]]:
    """Numbers as ranges: the first of each, and the one after its last."""
    for _, run in groupby(enumerate(sorted(words)), key=lambda pair: pair[1] - pair[0]):
        numbers = [number for _, number in run]
        yield numbers[0], numbers[-1] + 1


def _untranscribed(times: Sequence[WordTime | None], matches: Sequence[Match]) -> Iterator[tuple[float, float]]:
    """The stretches that any of the matches has no words for, as far as the words that were taken are not there."""
    stretches = sorted(stretch for match in matches for stretch in match.untranscribed)
    placed = [time for time in times if time and time.said]
    at, edge = 0, 0.0
    for start, end in stretches:
        begin = max(start, edge)
        while at < len(placed) and placed[at].end <= begin:
            at += 1
        for time in placed[at:]:
            if time.start >= end:
                break
            if time.start - begin > THRESHOLDS.max_gap_s:
                yield begin, time.start
            begin = max(begin, time.end)
        if end - begin > THRESHOLDS.max_gap_s:
            yield begin, end
        edge = max(edge, end)
