"""What two aligners find for the same words, as one: where they agree the finer edges, else the likelier time.

How far aligners agree on a word falls with the distance of its two starts, by a logistic function. Where they do not
agree, three things tell which is right: which of them is the finer one; which time is as long as this word usually
takes at this pace; and which is later, for aligners err by giving a word the pause, or the neighbour, before it. Their
confidence says little about that: it tells said words from others, not exact edges from inexact ones.

Of all choices that keep the words in order, the one with the most right words to be expected is taken, by dynamic
programming (Viterbi).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType

from handler.alignment.evidence import Times, spoken_length
from handler.types import WordTime

EDGE_ERRORS_S: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        # benchmarks/truth.py (clean, room, telephone) and benchmarks/alignment.py on people's speech
        "sphinx": (0.02, 0.02),
        "whisper": (0.045, 0.05),
        # Not measured here: published figures of people's speech, and half a step of the service.
        "whisperx": (0.03, 0.035),
        "google": (0.06, 0.06),
    }
)
"""Mean errors of an aligner's starts and ends, in seconds: the smaller, the finer."""

_UNMEASURED_S = (0.05, 0.05)  # of an aligner that somebody adds: finer than one with steps of 100 ms

# Half agreed at this share of the sum of both mean errors (97 ms for sphinx and whisper), and how steep that is.
_APART, _STEEPNESS = 1.5, 4.0

# Log odds of a logistic regression on the 261 words that sphinx and whisper place more than 100 ms apart, in the truth
# set and people's speech; means and far words hardly change when these are a third larger or smaller.
_LENGTH_ODDS = 1.5  # for each square of the logarithm by which a time is too long or too short
_LATER_ODDS = 1.1
_SURER_ODDS = 0.1  # for the log odds of the confidence

_SHORTEST_S = 0.01
_SUREST = 0.99


@dataclass(frozen=True)
class Found:
    """The times that the aligner ``name`` has found: one for each word, None where it has none."""

    name: str
    times: Times

    @property
    def errors_s(self) -> tuple[float, float]:
        """The mean errors of its starts and ends, in seconds."""
        return EDGE_ERRORS_S.get(self.name, _UNMEASURED_S)


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


def combined(words: Sequence[str], found: Mapping[str, Times]) -> list[WordTime | None]:
    """The times of the words from those of one or two aligners, by name; of two in order and without overlap.

    Where both agree, a word has the finer start and the finer end, and the higher confidence; the farther they are
    apart, the lower it is. A word that only one has a time for gets that one. Raises ValueError if an aligner has more
    or fewer times than there are words.
    """
    first, *others = [Found(name, times) for name, times in found.items()]
    if not others:
        return list(first.times)
    (second,) = others
    lengths = _usual_lengths(words, first.times, second.times)
    rows = zip(_in_order(first.times), _in_order(second.times), lengths, strict=True)
    chosen = _most_right([_choices((one, other), (first, second), length) for one, other, length in rows])
    times: list[WordTime | None] = []
    following = math.inf
    for choice in reversed(chosen):
        time = replace(choice.time, end=min(choice.time.end, following)) if choice.exists else None
        following = time.start if time else following
        times.append(time)
    return times[::-1]


def _usual_lengths(words: Sequence[str], *times: Times) -> list[float]:
    """How many seconds each word takes, by its letters, at the median pace of both aligners."""
    letters = [spoken_length(word) for word in words]
    paces = [
        (time.end - time.start) / length
        for each in times
        for time, length in zip(each, letters, strict=True)
        if time and time.said
    ]
    pace = statistics.median(paces) if paces else 1.0
    return [length * pace for length in letters]


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


def _choices(found: tuple[_Choice, _Choice], by: tuple[Found, Found], length: float) -> tuple[_Choice, _Choice]:
    """The times that a word may take, the first aligner's and the second's, with the confidence that it then has."""
    one, other = found
    if not (one.exists and other.exists):
        return found
    errors = [each.errors_s for each in by]
    finer_start, finer_end = (int(errors[1][edge] < errors[0][edge]) for edge in (0, 1))
    apart = abs(one.time.start - other.time.start) / (errors[0][0] + errors[1][0])
    agreement = _logistic(_STEEPNESS * (_APART - apart))
    first_right = _logistic(_log_odds(one.time, other.time, length) + math.log(errors[1][0] / errors[0][0]))
    agreed_end = found[finer_end].time.end if agreement > 0.5 else 0.0
    surest = max(one.time.confidence, other.time.confidence)

    def choice(at: int, alone: float) -> _Choice:
        time = found[at].time
        end = agreed_end if agreed_end > time.start else time.end
        confidence = agreement * surest + (1 - agreement) * alone * time.confidence
        right = agreement * (at == finer_start) + (1 - agreement) * alone
        return _Choice(WordTime(time.start, end, confidence), right, exists=True)

    return choice(0, first_right), choice(1, 1 - first_right)


def _log_odds(one: WordTime, other: WordTime, length: float) -> float:
    """How much likelier one time of a word is than another one, of aligners that are equally fine."""
    by_length = _unusual(other, length) - _unusual(one, length)
    surer = _log_odds_of(one.confidence) - _log_odds_of(other.confidence)
    later = math.copysign(1.0, one.start - other.start)
    return _LENGTH_ODDS * by_length + _LATER_ODDS * later + _SURER_ODDS * surer


def _unusual(time: WordTime, length: float) -> float:
    """The square of the logarithm by which a word takes more or less time than it usually does."""
    return math.log(max(_SHORTEST_S, time.end - time.start) / max(_SHORTEST_S, length)) ** 2


def _log_odds_of(probability: float) -> float:
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
