from dataclasses import replace
from itertools import pairwise

import pytest

from handler.captions.formats.placement import graphemes, place_cue, visual_order
from handler.captions.styles import STYLES, Style
from tests.support.caption_words import captions, drawn, timed

HEBREW = "שלום לכם חברים"


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("one two three", "one two three"),
        (HEBREW, "חברים לכם שלום"),
        ("we say שלום לכם there", "we say לכם שלום there"),
        ("שלום to you חברים", "חברים to you שלום"),
        ("שלום 12 34", "34 12 שלום"),
        ("12 34", "12 34"),
    ],
)
def test_visual_order(line: str, seen: str) -> None:
    """Words of scripts that run to the left stand from right to left, and those of others among them do not."""
    words = line.split()
    assert [words[index] for index in visual_order(words)] == seen.split()


def test_right_to_left_words_are_placed_from_the_right() -> None:
    """The first word of a Hebrew line is its rightmost, words keep a blank apart, and the line is in the middle."""
    style = replace(STYLES["pop"], size=60, max_chars=40)
    made = captions(timed(HEBREW), style)
    parts = sorted(place_cue(made.cues[0], style).fragments, key=lambda part: part.x)
    assert [part.word for part in parts] == [2, 1, 0]
    blank = style.typeface.width(" ") * 60
    for left, right in pairwise(parts):
        assert right.x - right.width / 2 - left.x - left.width / 2 == pytest.approx(blank)
    edges = parts[0].x - parts[0].width / 2, parts[-1].x + parts[-1].width / 2
    assert sum(edges) / 2 == pytest.approx(540)


@pytest.mark.parametrize("position", ["top", "middle", "bottom"])
def test_lines_are_placed_by_position(position: str) -> None:
    """Lines are one size high, one below the other, at the margin or in the middle of the canvas."""
    style = replace(STYLES["pop"], position=position)  # type: ignore[arg-type]
    cue = captions(timed("getting a voice"), style).cues[0]
    tops = [line[0].y - style.size / 2 for line in place_cue(cue, style).lines]
    assert len(tops) == 2
    assert tops[1] - tops[0] == style.size
    start = {"top": 250.0, "middle": 960 - style.size, "bottom": 1920 - 520 - 2 * style.size}[position]
    assert tops[0] == start


def test_graphemes_keep_marks_and_joiners() -> None:
    """A word is never broken inside a letter with its accents, or inside an emoji of several parts."""
    assert graphemes("e\u0301a👩\u200d💻x\ufe0f") == ["e\u0301", "a", "👩\u200d💻", "x\ufe0f"]


@pytest.mark.parametrize("style", STYLES.values(), ids=lambda style: style.name)
def test_endless_word_is_broken(style: Style) -> None:
    """A word of 120 letters stands on several lines that fit, large enough to be read, with no letter lost."""
    made = captions(timed("x" * 50 + "W" * 70), style)
    placed = place_cue(made.cues[0], style)
    assert "".join(part.text for part in placed.fragments) == made.words[0].shown
    assert placed.size >= 0.5 * style.size
    assert all(part.width <= style.line_width + 1 for part in placed.fragments)
    margins, height = style.margins, style.canvas[1]
    assert all(margins.top <= part.y - placed.size / 2 for part in placed.fragments)
    assert all(part.y + placed.size / 2 <= height - margins.bottom for part in placed.fragments)
    assert "".join("".join(text.split()) for _, _, text in drawn(made)) == made.words[0].shown
