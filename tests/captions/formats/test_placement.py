import re
from dataclasses import replace
from itertools import pairwise

import pytest

from handler.captions.formats import FORMATS
from handler.captions.formats.ass_effects import readable_on, spoken
from handler.captions.formats.placement import is_right_to_left, letters, rightward, typeset
from handler.captions.styles import LOOKS, Look
from handler.types import Cue, Word
from tests.support.caption_words import captions, timed

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
def test_words_stand_as_they_are_read(line: str, seen: str) -> None:
    """Words of scripts that run to the left stand from right to left, and those of others among them do not."""
    words = line.split()
    assert [words[index] for index in rightward(words)] == seen.split()


def test_box_stands_clear_of_the_words_beside_it() -> None:
    """Between a box and the outline of the next word something of the picture is seen."""
    look = LOOKS["box"]
    made = captions(timed("is on screen,"), look)
    edges = [int(x) for x in re.findall(r"m (\d+)", FORMATS["ass"].write(made).decode())]
    assert len(edges) == 3
    # A box's own left edge is its corner's radius before the point where it begins to be drawn.
    lefts = [edge - round(0.12 * look.size) for edge in edges]
    for left, before in zip(lefts[1:], typeset(made.cues[0], look).pieces, strict=False):
        assert left - (before.x + before.width / 2 + look.outline) >= 0.06 * look.size


def test_places_follow_the_direction() -> None:
    """The first word of a Hebrew line is its rightmost, words keep a blank apart, and the line is in the middle."""
    look = replace(LOOKS["pop"], size=60, max_chars=40)
    made = captions(timed(HEBREW), look)
    pieces = sorted(typeset(made.cues[0], look).pieces, key=lambda piece: piece.x)
    assert [piece.word for piece in pieces] == [2, 1, 0]
    blank = look.typeface.width(" ") * 60
    for left, right in pairwise(pieces):
        assert right.x - right.width / 2 - left.x - left.width / 2 == pytest.approx(blank)
    edges = pieces[0].x - pieces[0].width / 2, pieces[-1].x + pieces[-1].width / 2
    assert sum(edges) / 2 == pytest.approx(540)


def test_direction_is_told_to_libass() -> None:
    """A file with words that run to the left lets libass find each line's direction; another leaves that alone."""
    for text, encoding in ((HEBREW, "-1"), ("hello", "1")):
        file = FORMATS["ass"].write(captions(timed(text), LOOKS["classic"])).decode("utf-8-sig")
        style = next(line for line in file.splitlines() if line.startswith("Style:"))
        assert style.rpartition(",")[2] == encoding
    assert (is_right_to_left("12 שלום"), is_right_to_left("a ש"), is_right_to_left("12!")) == (True, False, None)


@pytest.mark.parametrize("position", ["top", "middle", "bottom"])
def test_words_that_are_placed_stand_where_a_line_would(position: str) -> None:
    """Lines are one size high, one below the other, at the margin or in the middle of the canvas."""
    look = replace(LOOKS["pop"], position=position)  # type: ignore[arg-type]
    cue = captions(timed("getting a voice"), look).cues[0]
    tops = [line[0].y - look.size / 2 for line in typeset(cue, look).lines]
    assert len(tops) == 2
    assert tops[1] - tops[0] == look.size
    start = {"top": 250.0, "middle": 960 - look.size, "bottom": 1920 - 520 - 2 * look.size}[position]
    assert tops[0] == start


def test_letters_stay_with_their_marks() -> None:
    """A word is never broken inside a letter with its accents, or inside an emoji of several parts."""
    assert letters("e\u0301a👩\u200d💻x\ufe0f") == ["e\u0301", "a", "👩\u200d💻", "x\ufe0f"]


def test_word_is_the_spoken_one_until_the_next() -> None:
    """Over a short gap a word stays marked, so that nothing flickers; over a long one, and to the end, it does not."""
    shown = [("a", 0.0, 0.5), ("b", 0.7, 1.0), ("c", 2.0, 2.5)]
    words = tuple(Word(text, start, end, 1, False, i * 2, i * 2 + 1) for i, (text, start, end) in enumerate(shown))
    spans = spoken(Cue(0.0, 4.0, (words,), 0), LOOKS["highlight"])
    assert [(span.begin, span.end) for span in spans] == [(0, 21), (21, 30), (60, 75)]


def test_more_words_than_frames() -> None:
    """Where there are more words than frames, each is the spoken one for a frame, the last ones for the same."""
    words = tuple(Word("a", 1.0, 1.0, 1, True, i * 2, i * 2 + 1) for i in range(4))
    spans = spoken(Cue(1.0, 1.1, (words,), 0), LOOKS["pop"])
    assert [(span.begin, span.end) for span in spans] == [(30, 31), (31, 32), (32, 33), (32, 33)]


def test_text_on_a_box_is_readable() -> None:
    """Text on a light box is black, on a dark one white."""
    assert [readable_on(colour) for colour in ("#FFD60A", "#FFFFFF", "#7C3AED", "#000000")] == [
        "#000000", "#000000", "#FFFFFF", "#FFFFFF",
    ]  # fmt: skip


@pytest.mark.parametrize("look", [LOOKS["box"], LOOKS["pop"]], ids=lambda look: look.name)
def test_placed_words_are_drawn_once(look: Look) -> None:
    """Presets that place words have one event of text a word, and for a box one more."""
    words = timed("Getting a voice clone ready")
    file = FORMATS["ass"].write(captions(words, look)).decode("utf-8-sig")
    texts = re.findall(r"^Dialogue: .*\\an5.*\}(\w+)$", file, re.MULTILINE)
    assert texts == [word.shown for word in words]
    assert len(re.findall(r"\\p1", file)) == (5 if look.name == "box" else 0)
