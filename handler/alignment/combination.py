"""What two aligners find for the same words, as one: where they agree the finer edges, else the likelier time.

How far aligners agree on a word falls with the distance of its two starts, by a logistic function; a word that both
place alike is wrong only if both are. Where they do not agree, the odds are those of their mean errors: the finer one
is right the more often. A confidence counts as far as it tells exact starts from others, which that of most aligners
does not. The usual length of a word tells nothing: people stretch words.

Of all choices that keep the words in order, the one with the most right words to be expected is taken, by dynamic
programming (Viterbi).

`benchmarks/best.py --fit` finds the numbers: those of sphinx and whisper are of 2,552 words of the truth set in ten
conditions (docs/benchmarks.md).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple

from handler.alignment.evidence import Times
from handler.types import WordTime


class Exactness(NamedTuple):
    """The mean errors of an aligner's starts and ends in seconds, without words that are far off.

    ``telling`` is the factor by which the log odds of its confidence count, where two aligners disagree, towards its
    time being the right one.
    """

    start_s: float
    end_s: float
    telling: float = 0.0

    def log_odds(self, time: WordTime) -> float:
        """How far a time can be believed: less those of another aligner, the log odds that it is the right one."""
        return self.telling * logit(time.confidence) - math.log(self.start_s)


EXACTNESS: Mapping[str, Exactness] = MappingProxyType(
    {
        # On halves of the conditions the confidence has 0.23 and 0.33, on people's speech 0.5.
        "sphinx": Exactness(0.018, 0.019, 0.3),
        # Its confidence says that a word is said, and is no higher where its start is exact.
        "whisper": Exactness(0.041, 0.042),
        # Not measured here: published figures of people's speech, and half a step of the service.
        "whisperx": Exactness(0.03, 0.035),
        "google": Exactness(0.06, 0.06),
    }
)

_UNMEASURED = Exactness(0.05, 0.05)  # an aligner that somebody adds: finer than one with steps of 100 ms

# Of two starts so many sums of both mean errors apart (90 ms for sphinx and whisper) half are both within 80 ms, and
# how steeply that falls. People's speech has 1.2 and 4.0, the truth set 1.6 and 4.4.
APART, STEEPNESS = 1.5, 4.0

_SUREST = 0.99


@dataclass(frozen=True)
class _Choice:
    """A time that a word may take, and the probability that it is the one to take.

    Without ``exists`` it has no length, and only holds the word's place in the order.
    """

    time: WordTime
    right: float
    exists: bool

    def may_follow(self, other: _Choice) -> bool:
        """Whether it leaves at least half of the other one, which then ends where this begins."""
        return self.time.start >= (other.time.start + other.time.end) / 2


def combined(found: Mapping[str, Times]) -> list[WordTime | None]:
    """The times of words from those of one or two aligners, by name; of two in order and without overlap.

    Where both agree, a word has the finer start and the finer end, and a higher confidence than either gives it; the
    farther they are apart, the lower it is. A word that only one has a time for gets that one. Raises ValueError if one
    has more times than the other.
    """
    first, *others = found.values()
    if not others:
        return list(first)
    (second,) = others
    exact = [EXACTNESS.get(name, _UNMEASURED) for name in found]
    pairs = zip(_in_order(first), _in_order(second), strict=True)
    chosen = _most_right([_choices(one, other, *exact) for one, other in pairs])
    times: list[WordTime | None] = []
    following = math.inf
    for choice in reversed(chosen):
        time = replace(choice.time, end=min(choice.time.end, following)) if choice.exists else None
        following = time.start if time else following
        times.append(time)
    return times[::-1]


def _in_order(times: Times) -> Iterator[_Choice]:
    """Each time where the one before it ends, or later."""
    last = 0.0
    for time in times:
        if time is None:
            yield _Choice(WordTime(last, last, 0.0), 0.0, exists=False)
            continue
        start = max(last, time.start)
        last = max(start, time.end)
        confidence = min(1.0, max(0.0, time.confidence))
        yield _Choice(WordTime(start, last, confidence), confidence, exists=True)


def _choices(one: _Choice, other: _Choice, first: Exactness, second: Exactness) -> tuple[_Choice, _Choice]:
    """The times that a word may take, the first aligner's and the second's, with the confidence that it then has."""
    found = one, other
    if not (one.exists and other.exists):
        return found
    finer_start, finer_end = int(second.start_s < first.start_s), int(second.end_s < first.end_s)
    apart = abs(one.time.start - other.time.start) / (first.start_s + second.start_s)
    agreement = _logistic(STEEPNESS * (APART - apart))
    first_right = _logistic(first.log_odds(one.time) - second.log_odds(other.time))
    agreed_end = found[finer_end].time.end if agreement > 0.5 else 0.0
    both = 1 - (1 - one.time.confidence) * (1 - other.time.confidence)

    def choice(at: int, alone: float) -> _Choice:
        time = found[at].time
        end = agreed_end if agreed_end > time.start else time.end
        confidence = agreement * both + (1 - agreement) * alone * time.confidence
        right = agreement * (at == finer_start) + (1 - agreement) * alone
        return _Choice(WordTime(time.start, end, confidence), right, exists=True)

    return choice(0, first_right), choice(1, 1 - first_right)


def logit(probability: float) -> float:
    """The log odds of a probability, which counts as no surer than _SUREST."""
    inside = min(_SUREST, max(1 - _SUREST, probability))
    return math.log(inside / (1 - inside))


def _logistic(value: float) -> float:
    return 0.5 + 0.5 * math.tanh(value / 2)


def _most_right(choices: Sequence[tuple[_Choice, _Choice]]) -> list[_Choice]:
    """A choice for each word; all of one aligner's are in order, so there is always a way from word to word."""
    sums = [choice.right for choice in choices[0]] if choices else []
    origins: list[list[int]] = []  # for each choice of a word: that of the word before, on the best way to it
    for before, now in pairwise(choices):
        possible = [[at for at in (0, 1) if at == to or now[to].may_follow(before[at])] for to in (0, 1)]
        origins.append([max(each, key=sums.__getitem__) for each in possible])
        sums = [sums[at] + choice.right for at, choice in zip(origins[-1], now, strict=True)]
    way = [max((0, 1), key=sums.__getitem__)] if choices else []
    for origin in reversed(origins):
        way.append(origin[way[-1]])
    return [pair[at] for pair, at in zip(choices, reversed(way), strict=True)]
