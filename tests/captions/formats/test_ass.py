import re
from dataclasses import replace

import pysubs2
import pytest

from handler.captions.formats import FORMATS, Captions
from handler.captions.styles import STYLES
from handler.types import Cue
from tests.support.caption_words import captions, timed

SCRIPT = timed("Hello, {world}! It cost $1,234.56 — R&D <really>: naïve “quoted” Привет 漢字 --> end.", pauses={1: 3.0})

HEBREW = "שלום לכם חברים"


def test_header_and_style() -> None:
    """The document names its type and canvas, has one style like the captions', and opens with a byte order mark."""
    made = captions(SCRIPT, replace(STYLES["karaoke"], position="top", colour="#112233"))
    raw = FORMATS["ass"].write(made)
    assert raw.startswith(b"\xef\xbb\xbf[Script Info]")
    read = pysubs2.SSAFile.from_string(raw.decode("utf-8-sig"), format_="ass")
    assert read.info["ScriptType"] == "v4.00+"
    assert (read.info["PlayResX"], read.info["PlayResY"]) == ("1080", "1920")
    style = read.styles["Default"]
    assert (style.fontname, style.alignment, style.marginv) == ("Inter", 8, 250)
    assert style.primarycolor == pysubs2.Color(0xFF, 0xD6, 0x0A)
    assert style.secondarycolor == pysubs2.Color(0x11, 0x22, 0x33)


def test_long_word_is_drawn_smaller() -> None:
    """A word wider than the safe area is made smaller in ASS, its outline with it; a usual one is not."""
    made = captions(timed("short incomprehensible"), STYLES["word"])
    short, long = FORMATS["ass"].write(made).decode("utf-8-sig").splitlines()[-2:]
    assert "\\fs" not in short
    size, outline = re.findall(r"\{\\fs(\d+)\\bord([\d.]+)\}", long)[0]
    assert 90 < int(size) < 180
    assert float(outline) == pytest.approx(10 * int(size) / 180, abs=0.1)


def test_encoding_lets_libass_detect_direction() -> None:
    """A file with words that run to the left lets libass find each line's direction; another leaves that alone."""
    for text, encoding in ((HEBREW, "-1"), ("iPhone-מכשיר", "-1"), ("hello", "1")):
        file = FORMATS["ass"].write(captions(timed(text), STYLES["classic"])).decode("utf-8-sig")
        style = next(line for line in file.splitlines() if line.startswith("Style:"))
        assert style.rpartition(",")[2] == encoding


def test_line_of_both_directions_runs_as_the_script_does() -> None:
    """In a Hebrew script a line that begins with a Latin name has a mark that it runs to the left."""
    words = timed(f"{HEBREW} iPhone חדש iPhone 15")
    lines = (words[:3], words[3:5], words[5:])
    cues = tuple(Cue(line[0].start, line[-1].end, (line,), words.index(line[0])) for line in lines)
    made = Captions(words, cues, STYLES["classic"], 9.0, "he", "engine")
    shown = [
        line.split(",,", 1)[1].rpartition(",")[2] for line in FORMATS["ass"].write(made).decode().splitlines()[-3:]
    ]
    assert shown == [HEBREW, "\u200fiPhone חדש", "iPhone 15"]
