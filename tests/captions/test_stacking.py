"""Cues at the same time become one after another, each with what is on screen then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handler.captions.reading import read
from handler.captions.stacking import MAX_STACKED, check_stack, stacked
from handler.errors import BadRequest
from handler.types import Cue, TimedText, Word


def cue(shown: str, start: float, end: float) -> Cue:
    return Cue(start, end, ((Word(shown, start, end, 1.0, False, 0, len(shown)),),), 0)


def shown(*cues: Cue) -> list[tuple[float, float, list[str]]]:
    return [(one.start, one.end, [word.shown for word in one.words]) for one in stacked(cues)]


def test_cues_apart_stay_as_they_are() -> None:
    """Nothing is changed where no two cues are on at a time."""
    cues = [cue("a", 0, 1), cue("b", 1, 2), cue("c", 3, 4)]
    assert stacked(cues) == tuple(cues)


def test_overlapping_cues_are_stacked_for_as_long_as_both_are_on() -> None:
    """One inside another, one into another, and two at once: the older is above."""
    assert shown(cue("a", 0, 10), cue("b", 2, 4)) == [(0, 2, ["a"]), (2, 4, ["a", "b"]), (4, 10, ["a"])]
    assert shown(cue("a", 0, 3), cue("b", 2, 4)) == [(0, 2, ["a"]), (2, 3, ["a", "b"]), (3, 4, ["b"])]
    assert shown(cue("a", 0, 3), cue("b", 0, 3)) == [(0, 3, ["a", "b"])]


def test_a_stack_of_two_speakers_is_nobody_s() -> None:
    """It has the colour of neither; their own time has theirs."""
    one, other = cue("a", 0, 3), cue("b", 2, 4)
    anna = replace(one, lines=((replace(one.words[0], speaker="Anna"),),))
    bob = replace(other, lines=((replace(other.words[0], speaker="Bob"),),))
    assert [each.speaker for each in stacked([anna, bob])] == ["Anna", "", "Bob"]


def test_an_overlap_too_short_to_be_seen_is_none() -> None:
    """Many programs let a cue end some milliseconds after the next begins."""
    assert shown(cue("a", 0, 2.02), cue("b", 2, 4)) == [(0, 2, ["a"]), (2, 4, ["b"])]


def test_more_cues_at_a_time_than_fit_are_refused() -> None:
    """The message names the time and the cue; cues that are over do not count."""
    cues = [TimedText(at / 10, 2, "x", number=at + 1) for at in range(MAX_STACKED)]
    after = TimedText(2, 3, "y", number=90)
    check_stack([*cues, after], "captions")
    with pytest.raises(BadRequest, match=r"^captions: 6 cues are shown at 1\.500 s, when cue 9 begins; .* at most 5"):
        check_stack([*cues, TimedText(1.5, 3, "z", number=9)], "captions")


def test_layers_of_one_caption_are_no_stack() -> None:
    """ASS draws the same text several times, for its shadow or its outline."""
    rows = "".join(f"Dialogue: {at},0:00:01.00,0:00:02.00,D,,0,0,0,,{{\\bord{at}}}Hello\n" for at in range(9))
    assert [one.text for one in read(rows, field="captions").cues] == ["Hello"]
