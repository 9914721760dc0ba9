from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from handler.captions.bidi import LEFT_TO_RIGHT_MARK, RIGHT_TO_LEFT_MARK
from handler.captions.fonts import Font
from handler.captions.formats import Captions
from handler.captions.formats.placement import place_cue
from handler.captions.graphemes import graphemes
from handler.captions.layout import cues
from handler.captions.segmentation import segments
from handler.captions.styles import STYLES, Style
from tests.captions.test_fonts import FILES
from tests.captions.test_frames import DARK, middle, small
from tests.captions.test_frames import drawn as drawn_frames
from tests.support.caption_words import captions, drawn, timed

MARKS = LEFT_TO_RIGHT_MARK + RIGHT_TO_LEFT_MARK

HEBREW = "שלום לכם חברים"


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("one two three", "one two three"),
        (HEBREW, "חברים לכם שלום"),
        ("we say שלום לכם there", "we say לכם שלום there"),
        ("שלום to you חברים", "חברים to you שלום"),
        ("שלום 12 34", "34 12 שלום"),
        ("שלום 12 לכם", "לכם 12 שלום"),
        ("12 34", "12 34"),
        ("iPhone הוא טלפון", "טלפון הוא iPhone"),
    ],
)
def test_words_stand_in_the_order_of_their_script(line: str, seen: str) -> None:
    """Words of scripts that run to the left stand from right to left; numbers and words of others do not."""
    style = replace(STYLES["pop"], size=30, max_chars=60, words_per_cue=9)
    placed = place_cue(captions(timed(line), style).cues[0], style)
    assert [part.text for part in sorted(placed.fragments, key=lambda part: part.x)] == seen.split()


@pytest.mark.parametrize(
    ("line", "runs"),
    [
        ("בשעה 12:30–14:00 היום", [(0, "בשעה"), (1, "14:00"), (1, "–"), (1, "12:30"), (2, "היום")]),
        ("ירידה של 5%- היום", [(0, "ירידה"), (1, "של"), (2, "-"), (2, "5%"), (3, "היום")]),
        ("(שלום) abc.", [(0, "(שלום)"), (1, "."), (1, "abc")]),
    ],
)
def test_word_is_cut_where_its_direction_changes(line: str, runs: list[tuple[int, str]]) -> None:
    """A word of several directions has a run for each, from left to right, and each run is of one direction."""
    style = replace(STYLES["box"], size=30, max_chars=60, words_per_cue=9)
    placed = place_cue(captions(timed(line), style).cues[0], style)
    assert [(part.word, run.text.strip(MARKS)) for part in placed.fragments for run in part.runs] == runs


MIXED = (
    "שלום 12:30–14:00 לכם",
    "עלה 5% או 12 % ביום (abc) def.",
    "מחיר 1,234.56 ₪ או $5 עכשיו",
    "ראו https://example.com/a?b=1 שם!",
    "טל 03-123-4567 או +972 3 טוב",
    "iPhone הוא (טלפון) חדש?",
    "כ -5 מעלות, 3–4 ימים",
    "السعر 5% و 12:30 غدا",
    "في ٢٥ يونيو ٢٠٢٤ (abc) هنا",
    "we say שלום 12 there",
    "A-ב xyz ג-D",
)


@pytest.mark.parametrize("line", MIXED)
def test_words_are_placed_where_libass_lays_them_out(line: str, tmp_path: Path) -> None:
    """Each word is placed where libass draws it when it lays out the whole line."""
    font = Font("DejaVu Sans", FILES / "DejaVuSans-Bold.ttf", "fonts/DejaVuSans-Bold.ttf")
    style = replace(small("highlight"), size=24, max_chars=60, words_per_cue=9, font=font.family, typeface=font)
    style = replace(style, canvas=(960, 160))
    words = timed(line)
    made = Captions(words, cues(words, style, 9.0), style, 9.0, "he", "engine")
    assert len(made.cues) == len(made.cues[0].lines) == 1
    pictures = drawn_frames(made, [middle(word) for word in words], tmp_path / "all")
    placed = list(place_cue(made.cues[0], style).fragments)
    for index, word in enumerate(words):
        columns = np.flatnonzero((pictures[middle(word)] < DARK).any(axis=0))
        edges = [edge for run in placed[index].runs for edge in (run.x - run.width / 2, run.x + run.width / 2)]
        assert columns[0] == pytest.approx(min(edges), abs=5), word.shown
        assert columns[-1] == pytest.approx(max(edges), abs=5), word.shown


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
    assert "".join(part.text for part in placed.fragments) == style.apply_case(made.words[0].shown)
    assert placed.size >= 0.5 * style.size
    assert all(part.width <= style.line_width + 1 for part in placed.fragments)
    margins, height = style.margins, style.canvas[1]
    assert all(margins.top <= part.y - placed.size / 2 for part in placed.fragments)
    assert all(part.y + placed.size / 2 <= height - margins.bottom for part in placed.fragments)
    assert "".join("".join(text.split()) for _, _, text in drawn(made)) == style.apply_case(made.words[0].shown)


def test_thai_word_is_broken_between_words() -> None:
    """A phrase of Thai, which has no blanks, takes several lines that begin with whole words."""
    phrase = "ผมชอบกินข้าวผัดกับเพื่อนทุกวันที่ร้านอาหารใกล้บ้าน"
    placed = place_cue(captions(timed(phrase), STYLES["word"]).cues[0], STYLES["word"])
    rows = [line[0].text for line in placed.lines]
    assert "".join(rows) == phrase
    assert len(rows) > 1
    starts = {sum(map(len, segments(phrase, "th")[:count])) for count in range(30)}
    assert {phrase.index(row) for row in rows} <= starts
