import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pysubs2
import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from handler.captions.fonts import Font
from handler.captions.formats import FORMATS, Captions
from handler.captions.formats.placement import place_cue
from handler.captions.styles import STYLES, Style
from handler.types import Cue, Word
from tests.captions.test_frames import DARK, middle
from tests.captions.test_frames import drawn as drawn_frames
from tests.support.caption_words import HALF_CS, any_style, captions, read_ass, scripts, texts, timed


@settings(max_examples=80)
@given(scripts(max_size=12), any_style, st.sampled_from([24.0, 25.0, 30.0, 60.0]))
def test_cues_appear_on_their_frames(script: tuple[tuple[Word, ...], float], style: Style, fps: float) -> None:
    """libass draws the letters of each cue, and from the frame on that is nearest to the cue's start, to the frame."""
    made = captions(script[0], replace(style, fps=fps), script[1])
    file = pysubs2.SSAFile.from_string(FORMATS["ass"].write(made).decode("utf-8-sig"), format_="ass")
    events = [event for event in file if not event.is_drawing]
    for cue, text in zip(made.cues, texts(made), strict=True):
        begin, end = (math.floor(at * fps + 0.5) for at in (cue.start, cue.end))
        frames = [(first_frame(event.start / 1000, fps), first_frame(event.end / 1000, fps)) for event in events]
        mine = [event for event, (first, after) in zip(events, frames, strict=True) if begin <= first and after <= end]
        shown = [read_ass(event.text)[0] for event in mine]
        if style.effect == "highlight":
            assert len(set(shown)) == 1
            shown = shown[:1]
        # A word that is broken has line breaks of its own; marks keep brackets beside letters of the other direction.
        assert re.sub(r"[\s\u200e\u200f]", "", "".join(shown)) == re.sub(r"[\s\u200e\u200f]", "", text)
        assert min(first_frame(event.start / 1000, fps) for event in mine) == begin
        assert max(first_frame(event.end / 1000, fps) for event in mine) == end


@settings(max_examples=60)
@given(scripts(max_size=15))
def test_karaoke_never_drifts(script: tuple[tuple[Word, ...], float]) -> None:
    """The syllables of a karaoke event add up to its length, and each word starts within half a centisecond."""
    made = captions(script[0], replace(STYLES["karaoke"], size=30), script[1])
    events = pysubs2.SSAFile.from_string(FORMATS["ass"].write(made).decode("utf-8-sig"), format_="ass").events
    for event, cue in zip(events, made.cues, strict=True):
        syllables = read_ass(event.text)[1]
        assert syllables[-1][0] == (event.end - event.start) // 10
        begins = [event.start / 1000 + at / 100 for at, part in syllables if part]
        for begin, word in zip(begins, cue.words, strict=True):
            wanted = min(max(word.start, event.start / 1000), event.end / 1000)
            assert abs(begin - wanted) <= HALF_CS


def test_karaoke_after_a_long_pause() -> None:
    """A word after three seconds of silence inside a cue starts on its own centisecond."""
    words = tuple(
        Word(shown, start, end, 1, False, i * 2, i * 2 + 1)
        for i, (shown, start, end) in enumerate([("a", 0.504, 0.996), ("b", 3.996, 4.333), ("c", 4.333, 5.0)])
    )
    made = Captions(words, (Cue(0.504, 5.2, (words[:2], words[2:]), 0),), STYLES["karaoke"], 6.0, "en", "engine")
    line = FORMATS["ass"].write(made).decode("utf-8-sig").splitlines()[-1]
    # The event begins with frame 15, which is drawn at 0.5 s.
    assert line.startswith("Dialogue: 0,0:00:00.49,0:00:05.19,")
    assert line.split(",,")[-1] == r"{\k1}{\kf50}a {\k300}{\kf33}b\N{\kf67}c{\k19}"


def test_box_is_clear_of_the_next_word() -> None:
    """Between a box and the outline of the next word something of the picture is seen."""
    style = STYLES["box"]
    made = captions(timed("is on it,"), style)
    edges = [int(x) for x in re.findall(r"m (\d+)", FORMATS["ass"].write(made).decode())]
    assert len(edges) == 3
    # A box's own left edge is its corner's radius before the point where it begins to be drawn.
    lefts = [edge - round(0.12 * style.size) for edge in edges]
    for left, before in zip(lefts[1:], place_cue(made.cues[0], style).fragments, strict=False):
        assert left - (before.x + before.width / 2 + style.outline) >= 0.06 * style.size


@pytest.mark.parametrize("style", [STYLES["box"], STYLES["pop"]], ids=lambda style: style.name)
def test_placed_words_are_drawn_once(style: Style) -> None:
    """Presets that place words have one text event a word, and a box one more."""
    words = timed("Getting a voice clone ready")
    file = FORMATS["ass"].write(captions(words, style)).decode("utf-8-sig")
    texts = re.findall(r"^Dialogue: .*\\an5.*\}(\w+)$", file, re.MULTILINE)
    assert texts == [word.shown for word in words]
    assert len(re.findall(r"\\p1", file)) == (5 if style.name == "box" else 0)


@pytest.mark.parametrize("name", STYLES)
def test_signs_are_drawn_as_they_are_written(name: str, tmp_path: Path) -> None:
    """Inter has an arrow for ``-->`` and a cross for the x of ``3x4``, both of other widths: neither is drawn."""
    marked = {"colour": "#000000", "highlight": "#FFFFFF" if name == "box" else "#000000"}
    style = replace(STYLES[name], canvas=(960, 200), size=100, outline=0.0, position="middle", **marked)  # type: ignore[arg-type]
    for text in ("-->", "3x4"):
        (word,) = timed(text)
        made = captions((word,), style)
        picture = drawn_frames(made, [middle(word)], tmp_path / text)[middle(word)]
        columns = np.flatnonzero((picture < DARK).any(axis=0))
        ((part,),) = place_cue(made.cues[0], style).lines
        bearings = sum(_bearings(text, style.typeface)) * style.size
        assert columns[-1] - columns[0] == pytest.approx(part.width - bearings, abs=3)


def _bearings(text: str, typeface: Font) -> tuple[float, float]:
    """The empty space before the first letter of a text and after the last one, as shares of the line's height."""
    with TTFont(typeface.body) as font:
        line, cmap = font["OS/2"].usWinAscent + font["OS/2"].usWinDescent, font.getBestCmap()
        glyphs = [cmap[ord(char)] for char in (text[0], text[-1])]
        shapes, advances = [font["glyf"][glyph] for glyph in glyphs], [font["hmtx"][glyph][0] for glyph in glyphs]
        return shapes[0].xMin / line, (advances[1] - shapes[1].xMax) / line


def first_frame(seconds: float, fps: float) -> int:
    """The first frame that a player shows of something that begins then."""
    return math.ceil(seconds * fps - 1e-6)
