"""Two aligners' times of the same words become one: in order, finer where both agree, and unsure where they do not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.alignment.combination import combined
from handler.alignment.evidence import Match, Times
from handler.alignment.joined_match import joined
from handler.types import WordTime


def spoken(*starts: float, length: float = 0.25, sure: float = 0.9) -> list[WordTime | None]:
    return [WordTime(start, start + length, sure) for start in starts]


OTHER = spoken(0.12, 0.53, 1.5, 1.83)
"""What the coarser aligner finds."""


@st.composite
def orderly(draw: st.DrawFn, count: int) -> list[WordTime | None]:
    """Times in order, some words without one, some of no length."""
    times: list[WordTime | None] = []
    at = 0.0
    for _ in range(count):
        start = at + draw(st.floats(0, 2))
        end = start + draw(st.floats(0, 2))
        found = draw(st.booleans()) or draw(st.booleans())
        times.append(WordTime(start, end, draw(st.floats(0, 1))) if found else None)
        at = end if found else at
    return times


def either(times: Sequence[WordTime]) -> float:
    """The probability that one of the times is right at least."""
    return 1 - math.prod(1 - time.confidence for time in times) + 1e-9


@st.composite
def pairs(draw: st.DrawFn) -> tuple[list[WordTime | None], list[WordTime | None]]:
    count = draw(st.integers(0, 12))
    return draw(orderly(count)), draw(orderly(count))


@given(pairs(), st.sampled_from(["whisper", "somebody"]))
def test_times_are_in_order_and_come_from_the_aligners(pair: tuple[Times, Times], name: str) -> None:
    """Whatever two aligners find: no word overlaps the next, every edge is one of theirs or the next word's start."""
    first, second = pair
    found = combined({"sphinx": first, name: second})
    placed = [time for time in found if time]
    assert all(time.start <= time.end and 0 <= time.confidence <= 1 for time in placed)
    assert all(one.end <= other.start for one, other in pairwise(placed))
    starts = {time.start for time in placed}
    for time, one, other in zip(found, first, second, strict=True):
        mine = [each for each in (one, other) if each]
        assert time is None or time.start in [each.start for each in mine]
        assert time is None or time.end in [each.end for each in mine] or time.end in starts
        assert time is None or time.confidence <= either(mine)
        assert time is not None or not mine or one is None or other is None


@given(st.integers(0, 8).flatmap(orderly))
def test_an_aligner_that_is_right_twice_stays_right(times: list[WordTime | None]) -> None:
    """Two aligners that find the same move nothing and are surer, and one that finds nothing at all changes nothing."""
    placed = [time for time in times if time]
    for other, count in ((times, 2), ([None] * len(times), 1)):
        found = combined({"sphinx": times, "whisper": other})
        assert [time is None for time in found] == [time is None for time in times]
        for time, own in zip((time for time in found if time), placed, strict=True):
            assert (time.start, time.end) == (own.start, own.end)
            assert time.confidence == pytest.approx(either([own] * count), abs=0.01)


def test_the_finer_edges_are_taken_where_both_agree_and_surely() -> None:
    """Of times some hundredths apart the finer aligner's are taken, in whatever order the two are given."""
    fine, coarse = spoken(0.1, 0.5, 0.9, 1.3, sure=0.7), spoken(0.14, 0.45, 0.95, 1.33, sure=0.95)
    for found in ({"sphinx": fine, "whisper": coarse}, {"whisper": coarse, "sphinx": fine}):
        times = [time for time in combined(found) if time]
        assert [(time.start, time.end) for time in times] == [(time.start, time.end) for time in fine if time]
        assert min(time.confidence for time in times) > 0.95


@pytest.mark.parametrize(("sure", "start"), [(0.9, 0.8), (0.02, 1.5)])
def test_an_unsure_word_of_the_finer_aligner_gets_the_other_time(sure: float, start: float) -> None:
    """Where they are far apart, the finer aligner is believed if it is sure; the confidence falls for that word."""
    finer = [*spoken(0.1, 0.5), WordTime(0.8, 1.75, sure), *spoken(1.8)]
    for found in ({"sphinx": finer, "whisper": OTHER}, {"whisper": OTHER, "sphinx": finer}):
        times = [time for time in combined(found) if time]
        assert [time.start for time in times] == [0.1, 0.5, start, 1.8]
        assert times.pop(2).confidence < 0.8
        assert min(time.confidence for time in times) > 0.95


def test_a_confidence_that_tells_nothing_of_edges_moves_none() -> None:
    """How sure whisper is decides nothing between its time and that of a finer aligner."""
    finer = [*spoken(0.1, 0.5), WordTime(0.8, 1.75, 0.4), *spoken(1.8)]
    for sure in (0.05, 1.0):
        other = [time and replace(time, confidence=sure) for time in OTHER]
        assert [time.start for time in combined({"sphinx": finer, "whisper": other}) if time] == [0.1, 0.5, 0.8, 1.8]


def test_a_word_is_not_moved_among_its_neighbours() -> None:
    """A time that would stand before the words before it is not taken, however sure its aligner is."""
    right = spoken(1.0, 1.3, 1.6, 1.9, sure=0.5)
    wild = [*spoken(1.02, 1.32), WordTime(1.9, 2.1, 0.99), WordTime(2.2, 2.5, 0.99)]
    wild[1] = WordTime(0.2, 0.5, 0.99)
    wild[0] = WordTime(0.0, 0.1, 0.99)
    times = [time for time in combined({"sphinx": right, "whisper": wild}) if time]
    assert all(one.end <= other.start for one, other in pairwise(times))
    assert [time.start for time in times[:2]] in ([1.0, 1.3], [0.0, 0.2])


def test_wrong_numbers_of_times_are_an_error() -> None:
    """Times that are not one for each word are refused rather than given to other words."""
    with pytest.raises(ValueError, match=r"shorter|longer"):
        combined({"sphinx": spoken(0.1, 0.5), "whisper": spoken(0.1, 0.5, 0.9, 1.3)})


def test_unspoken_is_what_both_miss_or_one_is_unsure_of() -> None:
    """What one alone is sure of is spoken, at half its confidence; sound is untranscribed where no word is."""
    one = Match(tuple(spoken(0.1, 0.5, 0.9, 8.0)), (), ((1.2, 7.9),))
    two = Match((*spoken(0.1), None, *spoken(0.9), None), ((1, 2), (3, 4)), ((3.0, 12.0),))
    found = joined({"sphinx": one, "whisper": two})
    assert (found.unspoken, found.untranscribed) == ((), ((1.2, 7.9), (8.25, 12.0)))
    assert [round(time.confidence, 2) for time in found.times if time] == [0.99, 0.45, 0.99, 0.45]
    unsure = Match((*spoken(0.1), *spoken(0.5, sure=0.5), *spoken(0.9), None), ((3, 4),), ())
    found = joined({"sphinx": unsure, "whisper": two})
    assert (found.unspoken, found.times[1], found.times[3]) == (((1, 2), (3, 4)), None, None)
