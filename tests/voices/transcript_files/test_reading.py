"""Transcript files: every kind becomes the words that are said, whatever its name; nothing else is taken for one."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handler.errors import BadRequest
from handler.voices import transcript_files

SRT = """1
00:00:00,000 --> 00:00:01,500
{\\an8}<font color="red">Some call me</font>
<b>nature</b>,

2
00:00:01,500 --> 00:00:03,000
[wind howls] ♪ others call me
mother nature.
"""

VTT = """WEBVTT
Kind: captions

STYLE
::cue { color: red }

NOTE nobody says this

first
00:00:00.000 --> 00:00:01.500 align:start position:0%
<v Narrator>Some call me <c.yellow><00:00:00.900>nature</c>,

00:01.500 --> 00:03.000
>> others call <i>me</i>
mother&nbsp;nature.
"""

OURS = """word,start_time,end_time,confidence,interpolated,start_char,end_char
Some,0.000,0.300,0.9,false,0,4
call,0.300,0.500,0.9,false,5,9
me,0.500,0.600,0.9,false,10,12
"nature,",0.600,1.000,0.9,false,13,20
others,1.000,1.400,0.9,false,21,27
call,1.400,1.500,0.9,false,28,32
me,1.500,1.600,0.9,false,33,35
mother,1.600,1.900,0.9,false,36,42
nature.,1.900,2.300,0.9,false,43,50
"""

WORDS = "Some call me nature, others call me mother nature."


@pytest.mark.parametrize(
    ("body", "filename", "media_type"),
    [
        (WORDS, "a.txt", ""),
        (f"  {WORDS[:21]}\r\n\r\n {WORDS[21:]}\n", "", "text/plain; charset=utf-8"),
        (SRT, "a.srt", ""),
        (SRT, "A.SRT", "text/plain"),
        (SRT, "", "application/x-subrip"),
        (SRT, "watch", "text/plain"),
        (SRT.replace("\n", "\r\n"), "", ""),
        (VTT, "a.vtt", ""),
        (VTT, "", "text/vtt; charset=utf-8"),
        (VTT, "", ""),
        (OURS, "a.csv", ""),
        (OURS, "", "text/csv"),
        (OURS.replace(",", ";").replace("nature;", "nature,"), "a.csv", ""),
        (f"start\ttext\n0\t{WORDS[:21]}\n1\t{WORDS[21:]}\n", "a.csv", ""),
        (f"Text\n{WORDS}\n", "a.csv", ""),
        (f"{WORDS[:12]}\n{WORDS[13:]}\n", "a.csv", ""),
        (f'"{WORDS}"\n', "a.csv", ""),
    ],
)
def test_every_format_gives_the_words(body: str, filename: str, media_type: str) -> None:
    """txt, srt, vtt and csv, known by name, media type or first line, give the spoken words without markup."""
    assert transcript_files.read(body.encode(), filename, media_type) == WORDS


@pytest.mark.parametrize(
    "form", ["{}", '{{"text": "{}"}}', "start,text\n0,{}", "WEBVTT\n\n00:00.000 --> 00:01.000\n{}"]
)
def test_entities_and_invisible_characters_are_resolved(form: str) -> None:
    """Every kind of file gives the characters that entities name, and none that nobody sees."""
    body = form.format("It&#39;s R&amp;D\u200b wel\u00adcome&nbsp;you")
    assert transcript_files.read(body.encode()) == "It's R&D welcome you"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_every_usual_encoding_is_read(encoding: str) -> None:
    """UTF-8 with and without its mark, UTF-16 and the old Western encoding give the same letters."""
    assert transcript_files.read("Überall blüht der Café-Garten.".encode(encoding), "a.txt") == (
        "Überall blüht der Café-Garten."
    )


@pytest.mark.parametrize(
    ("body", "filename", "word"),
    [
        (b"", "a.txt", "no words"),
        (b" \n...\n", "a.txt", "no words"),
        (b"WEBVTT\n", "a.vtt", "no words"),
        (b"RIFF\x00\x00\x01\x00WAVEfmt ", "a.txt", "a recording"),
        (b"\0\1\2", "a.txt", "no text"),
        (b"PK\x03\x04", "a.docx", "Word"),
        (b"%PDF-1.7", "", "PDF"),
        (b"{\\rtf1 hello}", "a.txt", "RTF"),
        (b"\xff\xfeabc", "", "no text"),
        (b"a,b\n1,2\n", "a.csv", "column"),
        (b"<!DOCTYPE html><html>Log in</html>", "", "html"),
        (b'"' + b"x" * 150_000 + b'"', "a.csv", "csv"),
        (b"word " * 200_001, "a.txt", "1000 kB"),
        (b"word " * 30_000, "a.txt", "149999 characters"),
        (b"word " * 4_001, "a.txt", "20004 characters"),
    ],
)
def test_what_is_no_transcript_is_refused(body: bytes, filename: str, word: str) -> None:
    """A file without words, of bytes, of a web page or without a column to read is a bad request that says so."""
    with pytest.raises(BadRequest, match=word) as caught:
        transcript_files.read(body, filename)
    assert caught.value.issues[0].field == "transcript_url"


@pytest.mark.timeout(20)
@pytest.mark.parametrize("format_", ["srt", "vtt"])
@pytest.mark.parametrize(
    "caption",
    [
        "<a" * 90_000,
        "< " * 90_000,
        "<" + " " * 180_000,
        "{" * 180_000,
        "{\\" * 60_000,
        "[" * 180_000,
        "\n" * 180_000 + "x",
        "\n 1" * 60_000 + "x",
        ">" * 180_000 + "\n",
        "&#" + "9" * 10_000 + ";",
        "&#x" + "f" * 180_000,
    ],
)
def test_markup_without_end_costs_no_time(format_: str, caption: str) -> None:
    """Captions that are made to keep a parser busy are read at once: into the words that are there, or a refusal."""
    head = {"srt": "1\n00:00:00,000 --> 00:00:01,000\n", "vtt": "WEBVTT\n\n00:00.000 --> 00:01.000\n"}[format_]
    tail = head.replace("WEBVTT", "").replace("1\n", "2\n", 1)
    body = f"{head}Some words {caption}\n\n{tail}and more\n".encode()
    with suppress(BadRequest):
        words = transcript_files.read(body, f"a.{format_}")
        assert words.startswith("Some words")
        assert words.endswith("and more")


@given(
    st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)), st.sampled_from(["srt", "vtt", "csv"])
)
@settings(max_examples=150)
def test_any_file_gives_words_or_a_clear_refusal(body: bytes, suffix: str) -> None:
    """Whatever is in the file, the result is text in one line or a BadRequest."""
    try:
        words = transcript_files.read(body, f"a.{suffix}")
    except BadRequest:
        return
    assert words == " ".join(words.split())


@pytest.mark.parametrize(
    "text",
    [
        "Lunch is from\n12:00 → 13:00 today.",
        "Dialogue: it helps, they say.",
        "A note: WEBVTT is a format.",
        "a, b\nc, d",
    ],
)
def test_text_about_formats_is_text(text: str) -> None:
    """Text that has a sign of a format within it keeps its words."""
    assert transcript_files.read(text.encode()) == " ".join(text.split())


HOSTILE = (
    "\n", "a\n\n", "A: \n", "0:03\n", "[0:03", "-->\n", "0:0 --> 0:1\na\n", "NOTE\n\n", "<!--", "<rt>", "{\\p1", "\\p1",
    "[00:01.00]", "[1][2]a\n", "1\t2\t\n", '"', "&amp;", "<sync>", "<p class=a", "a:a", " a:a", " ", "é", "â€", "**a",
    "[a](http://", "---\na: b\n", '{"a":', "[[", "Dialogue: a,\n", 'text = "', "(laughs", "♪a", "0 : ", "1.2.",
)  # fmt: skip


@pytest.mark.timeout(20)
@pytest.mark.parametrize("unit", HOSTILE)
@pytest.mark.parametrize(
    "head", ["", "WEBVTT\n\n00:00.000 --> 00:01.000\n", "<tt><body><p>", "[Script Info]\nDialogue: 0,0,0,,"]
)
def test_hostile_files_take_linear_time(head: str, unit: str) -> None:
    """Files of one piece over and over, which take minutes where time grows with the square, are read at once."""
    with suppress(BadRequest):
        transcript_files.read((head + unit * (100_000 // len(unit))).encode())
