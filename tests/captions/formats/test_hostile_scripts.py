"""Scripts that look like the syntax of a caption format: each file, read back by others, has just the cues written."""

import csv
import io
import json
import re
import subprocess
from pathlib import Path

import imageio_ffmpeg
import pysubs2
import pytest
import webvtt
from hypothesis import example, given, settings
from hypothesis import strategies as st

from handler.captions.formats import FORMATS, Captions
from handler.captions.formats.base import printable
from handler.captions.formats.csv import COLUMNS
from handler.captions.styles import STYLES, Style
from handler.types import Cue, Word
from tests.support.caption_words import HALF_MS, any_style, captions, drawn, in_seconds, texts

HOSTILE = (
    "00:00:00,000", "00:00:00,000 -->", "-->", "00:00:09,000", "00:00:00,000-->00:00:09,000", "0:00:01.50", "12:30.50",
    "1", "12", "WEBVTT", "NOTE", "STYLE", "REGION", "<v Bob>", "</c>", "<00:00:01.000>", "&lrm;", "&", "{\\an8}", "\\h",
    "Dialogue: 0,0:00:00.00,0:00:09.00,Default,,0,0,0,,x", "[Events]", "{\\p1}m", "x\\N", "\\", "{", "}", "a\u2028b",
    "\u2029", "a\x85b", "\ud800", "x\udfff", "\u202eabc", "\u2066", "\u200b", "\ufeff", "\xa0", "\u3000", "a\r\n\r\n2",
    "x\x00y", "\x1b[0m", "\t=1", "=cmd|' /C calc'!A0", "@SUM(1)", "'=1+1", "''-1+1", "+1-800-555", "-5", "+3.5", "-",
    "=", "a,b", '"q"', "'tis", "＝1+1", "שלום", "(א)",
    "漢字", "の",
)  # fmt: skip
_SHOWN = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=()), min_size=1, max_size=9))
INVISIBLE = re.compile("[\u2060\u200e\u200f]")


@st.composite
def scripts(draw: st.DrawFn) -> tuple[Word, ...]:
    """Words that hold anything, with short times."""
    words, now, at = [], 0.2, 0
    for shown in draw(st.lists(_SHOWN, min_size=1, max_size=12)):
        end = now + draw(st.sampled_from((0.1, 0.3, 0.7)))
        words.append(Word(shown, now, end, 0.5, False, at, at + len(shown)))
        now, at = end + draw(st.sampled_from((0.0, 0.1, 0.8))), at + len(shown) + draw(st.sampled_from((1, 1, 0)))
    return tuple(words)


def bare(text: str) -> str:
    """Text without white space and invisible characters: a line may be broken elsewhere."""
    return "".join(INVISIBLE.sub("", text).split())


def forged() -> Captions:
    """A cue whose text is a cue of SRT."""
    shown = ("Hello", "00:00:00,000 -->", "00:00:09,000", "Evil", "2")
    words = tuple(Word(text, i / 2, i / 2 + 0.5, 1, False, i * 20, i * 20 + len(text)) for i, text in enumerate(shown))
    cue = Cue(0.0, 3.0, (words[:1], words[1:3], words[3:4], words[4:]), 0)
    return Captions(words, (cue,), STYLES["classic"], 3.0, "en", "engine")


@settings(max_examples=150)
@given(scripts(), any_style)
def test_srt_has_the_cues_that_were_written(words: tuple[Word, ...], style: Style) -> None:
    """pysubs2 reads as many cues, with these times and these words."""
    made = captions(words, style)
    read = pysubs2.SSAFile.from_string(FORMATS["srt"].write(made).decode(), format_="srt")
    # It reads a line break as \N, which a word that ends with a backslash may also make with the next one.
    broken = str.maketrans("", "", "\\N")
    wanted = [bare(text).translate(broken) for text in texts(made)]
    assert [bare(event.text).translate(broken) for event in read] == wanted
    for event, cue in zip(read, made.cues, strict=True):
        assert event.start / 1000 == pytest.approx(cue.start, abs=HALF_MS)
        assert event.end / 1000 == pytest.approx(cue.end, abs=HALF_MS)


@settings(max_examples=150)
@given(scripts(), any_style)
def test_vtt_has_the_cues_that_were_written(words: tuple[Word, ...], style: Style) -> None:
    """webvtt-py reads the cues with their times and words, and pysubs2 as many cues."""
    made = captions(words, style)
    file = FORMATS["vtt"].write(made).decode()
    read = webvtt.from_string(file).captions
    plain = [
        text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") for text in (cue.text for cue in read)
    ]
    assert [bare(text) for text in plain] == [bare(text) for text in texts(made)]
    for caption, cue in zip(read, made.cues, strict=True):
        assert in_seconds(caption.start) == pytest.approx(cue.start, abs=HALF_MS)
        assert in_seconds(caption.end) == pytest.approx(cue.end, abs=HALF_MS)
    assert len(pysubs2.SSAFile.from_string(file, format_="vtt")) == len(made.cues)


@settings(max_examples=100)
@given(scripts(), st.sampled_from([STYLES["word"], STYLES["classic"], STYLES["karaoke"], STYLES["highlight"]]))
def test_ass_has_the_cues_that_were_written(words: tuple[Word, ...], style: Style) -> None:
    """pysubs2 reads the events of the cues, and libass's rules give their letters."""
    made = captions(words, style)
    assert [bare(text) for _, _, text in drawn(made)] == [bare(text) for text in texts(made)]


@settings(max_examples=150)
@given(scripts())
@example(tuple(Word(text, i, i + 1, 1, False, 0, 1) for i, text in enumerate(HOSTILE)))
def test_csv_has_every_word_and_no_formula(words: tuple[Word, ...]) -> None:
    """Every word comes back by taking one apostrophe off what would be a formula; no cell is one."""
    file = FORMATS["csv"].write(captions(words, STYLES["word"])).decode()
    header, *rows = csv.reader(io.StringIO(file, newline=""))
    assert tuple(header) == COLUMNS
    cells = [row[0] for row in rows]
    assert [re.sub("^'(?='*[=+@＝＋－＠\t\r-].*[^\\W_])", "", cell) for cell in cells] == [
        printable(word.shown) for word in words
    ]
    number = re.compile(r"[+-]?[.,]?\d[\d.,:]*[%‰°]?[\W_]{0,2}")
    for cell in cells:
        runs = cell[0] in "=+-@＝＋－＠\t\r" and re.search(r"[^\W_]", cell) and not number.fullmatch(cell)
        assert not runs, cell


@pytest.mark.parametrize("cell", ["-5", "+3.5", "-", "-->", "'tis", "-12:30", "±5", "- ", "don't"])
def test_numbers_and_signs_are_written_as_they_are(cell: str) -> None:
    """A negative number or a lone sign is no formula and has no apostrophe."""
    file = FORMATS["csv"].write(captions((Word(cell, 0.0, 1.0, 1, False, 0, 1),), STYLES["word"])).decode()
    assert list(csv.reader(io.StringIO(file)))[1][0] == cell


@settings(max_examples=100)
@given(scripts())
def test_json_has_every_word_as_the_script_spells_it(words: tuple[Word, ...]) -> None:
    """JSON gives every word back exactly, on lines that no program ends early."""
    file = FORMATS["json"].write(captions(words, STYLES["word"])).decode()
    assert [word["word"] for word in json.loads(file)["words"]] == [word.shown for word in words]
    assert file.splitlines() == file.split("\n")


@pytest.mark.parametrize("format_", ["srt", "vtt"])
def test_script_cannot_forge_a_cue(format_: str, tmp_path: Path) -> None:
    """A time line in the script stays text, for pysubs2 and for ffmpeg."""
    made = forged()
    (tmp_path / f"a.{format_}").write_bytes(FORMATS[format_].write(made))
    read = pysubs2.load(str(tmp_path / f"a.{format_}"), format_=format_)
    assert len(read) == 1
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", f"a.{format_}", "b.ass"]
    subprocess.run(command, cwd=tmp_path, check=True)
    (event,) = pysubs2.load(str(tmp_path / "b.ass"))
    assert event.plaintext.split() == " ".join(word.shown for word in made.words).split()


def test_override_of_directions_stays_in_its_word() -> None:
    """What turns directions around is in no file that shows text: it would turn the words after it, too."""
    words = (Word("a\u202eb", 0.0, 1.0, 1, False, 0, 3), Word("\u2067c", 1.0, 2.0, 1, False, 4, 6))
    made = captions(words, STYLES["classic"])
    for name in ("srt", "vtt", "ass"):
        assert "ab c" in re.sub(r"<[\d:.]+>", "", FORMATS[name].write(made).decode("utf-8-sig"))
