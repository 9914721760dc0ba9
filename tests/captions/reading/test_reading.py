"""Captions that clients send are read whole: times, text and speakers, from every format and program."""

from __future__ import annotations

import pytest

from handler.captions.reading import Read, read
from handler.errors import BadRequest, TooLarge

SRT = """1
00:00:01,000 --> 00:00:02,500
{\\an8}<font color="red">Some call me</font>
<b>nature</b>,

2
00:00:03,000 --> 00:00:04,000
[wind howls] AT&T & 7 < 8 {not} an override

3
00:00:04,000 --> 00:00:05,000
42
"""

VTT = """WEBVTT - a title
Kind: captions

STYLE
::cue { color: red }

NOTE nobody sees this

first
00:00:01.000 --> 00:00:02.500 align:start position:0%
<v.loud Anna>Some call me <c.yellow><00:00:01.900>nature</c>,</v>

01:03.000 --> 100:00:04.000 line:0
- {Others}\\N call&nbsp;<i>me</i> &amp;lt;
- <ruby>\u6f22\u5b57<rt>kanji</rt></ruby>
"""

ASS = """\ufeff[Script Info]
ScriptType: v4.00+
PlayResX: 640

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour
Style: Default,Arial,20,&H00FFFFFF

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:09.00,Default,,0,0,0,,nobody sees this
Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,{\\p1}m 0 0 l 10 0{\\c&H0000FF&} l 9 9{\\p0}after\\h<b>{\\pos(1,2)} it
Dialogue: 0,0:00:01.00,0:00:02.50,Default,Anna,0,0,0,,{\\k20}Some, {\\k30}ca{\\kf10}ll\\Nme\\nnature
Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{\\p1}m 0 0 l 10 0
Dialogue: 0,0:00:05.00,0:00:05.00,Default,,0,0,0,,no time
"""


def seen(found: Read) -> list[tuple[float, float, str, str]]:
    return [(cue.start, cue.end, cue.text, cue.speaker) for cue in found.cues]


def test_srt_is_read_with_its_line_breaks() -> None:
    """Tags and overrides go, what only looks like them stays, and a number that is shown is no cue's number."""
    found = read(SRT, field="captions")
    assert found.kind == "srt"
    assert seen(found) == [
        (1.0, 2.5, "Some call me\nnature,", ""),
        (3.0, 4.0, "[wind howls] AT&T & 7 < 8 {not} an override", ""),
        (4.0, 5.0, "42", ""),
    ]


def test_vtt_is_read_with_its_speakers() -> None:
    """Settings, ids, notes, styles and word times go; a voice becomes the speaker; hours may be missing or above 99."""
    found = read(VTT, field="captions")
    assert found.kind == "vtt"
    assert seen(found) == [
        (1.0, 2.5, "Some call me nature,", "Anna"),
        (63.0, 360_004.0, "- {Others}\\N call me &lt;\n- \u6f22\u5b57", ""),
    ]


def test_ass_is_read_without_what_is_drawn() -> None:
    """Overrides, drawings, comments and lines without length go; ``\\N`` breaks a line; cues come by time."""
    found = read(ASS.encode(), field="captions")
    assert found.kind == "ass"
    assert seen(found) == [
        (1.0, 2.5, "Some, call\nme nature", "Anna"),
        (3.0, 4.0, "after <b> it", ""),
    ]
    assert [cue.number for cue in found.cues] == [2, 1]
    assert found.document.startswith("[Script Info]")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_every_encoding_is_read(encoding: str, ends: str) -> None:
    """What programs write with, Unicode or not, and any ends of lines."""
    text = "1\n00:00:01,000 --> 00:00:02,000\nCaf\xe9 d\xe9j\xe0 vu\n".replace("\n", ends)
    assert seen(read(text.encode(encoding), field="captions")) == [(1.0, 2.0, "Caf\xe9 d\xe9j\xe0 vu", "")]


def test_speakers_who_say_the_same_are_both_kept() -> None:
    """A word that somebody else says after the first speaker is said again, not shown again."""
    cues = [f"00:0{n}.000 --> 00:0{n + 1}.000\n<v {'AB'[n % 2]}>Go.\n" for n in range(4)]
    found = read("WEBVTT\n\n" + "\n".join(cues), field="captions")
    assert seen(found) == [(float(n), n + 1.0, "Go.", "AB"[n % 2]) for n in range(4)]


def test_captions_that_roll_show_each_word_once() -> None:
    """YouTube's automatic captions: each line under the one before, with short cues between."""
    body = (
        "WEBVTT\n\n00:00.000 --> 00:02.000\nslice the onion\n\n00:02.000 --> 00:02.010\nslice the onion\n\n"
        "00:02.010 --> 00:04.000\nslice the onion\nand fry it\n\n00:04.000 --> 00:04.010\nand fry it\n\n"
    )
    assert seen(read(body, field="captions")) == [
        (0.0, 2.01, "slice the onion", ""),
        (2.01, 4.01, "and fry it", ""),
    ]


ONE = "00:00:01,000 --> 00:00:02,000\nHello\n\n"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "is empty"),
        (" \n\ufeff\n", "is empty"),
        ("WEBVTT\n\nNOTE nothing\n", "has no cue with text, read as vtt"),
        ("1\n00:00:01,000 --> 00:00:02,000\n<i></i>\n", "has no cue with text, read as srt"),
        (ONE + "00:00:05,000 --> 00:00:03,500\nNo\n", "cue 2 begins at 5.000 s and ends before, at 3.500 s"),
        (ONE + "-00:00:05,000 --> 00:00:03,500\nNo\n", "cue 2 begins at -5.000 s; no cue may begin before 0"),
        (ONE + "00:00:05,000 --> \nNo\n", "cue 2 does not say when it ends"),
        (ONE + "-->\nNo\n", "cue 2 does not say when it begins"),
        ("00:00:01:12 --> 00:00:02:00\nNo\n", "has times with frames, such as 00:00:01:12"),
        ("Hello, nobody\n", "has no cues in it"),
        ("subs.srt", "is the name of a file or a link; send the file's text"),
        ("https://example.com/a.vtt", "is the name of a file or a link"),
        ("1\n" + ONE + "2\nLost\n\n3\n00:00:05,000 --> 00:00:06,000\nNo\n", "cue 2 has no times; write when it begins"),
        (b"\0\0\0\x20ftypisom\0\0\2\0", "is a video, not captions"),
        ("<?xml version='1.0'?><tt xmlns='http://www.w3.org/ns/ttml'/>", "is XML, which is not read here"),
        ('[{"text": "hello", "start": 1}]', "is JSON of another kind, which is not read here"),
        ("{25}{50}Hello\n{50}{75}there\n", "is MicroDVD, which is not read here"),
        ("[00:01.00]Hello\n[00:02.00]there\n", "is LRC, which is not read here"),
        ("0:00:01.000,0:00:02.000\nHello\n", "is SBV, which is not read here"),
        ("<!doctype html><html>404</html>", "is a web page (html), not captions"),
        (b"%PDF-1.7", "is a PDF, not captions"),
        (b"RIFF\x00\x01WAVE", "is a recording, not captions"),
        (bytes(range(256)), "is no text that can be read, not captions"),
    ],
)
def test_what_cannot_be_is_refused(body: bytes | str, message: str) -> None:
    """Each wrong file has its own sentence, which names the field and the cue."""
    with pytest.raises(BadRequest, match=r"^captions_url: ") as caught:
        read(body, field="captions_url")
    assert message in caught.value.message


def test_all_cues_with_wrong_times_are_named() -> None:
    """The first five, and how many more there are."""
    body = "".join(f"00:00:0{at + 1},000 --> 00:00:0{at},000\nNo\n\n" for at in range(8))
    with pytest.raises(BadRequest, match=r"cue 1 .*cue 5 .*and 3 more$") as caught:
        read(body, field="captions")
    assert len(caught.value.issues) == 5


def test_large_captions_are_refused() -> None:
    """Ten megabytes are refused before anything is read of them."""
    with pytest.raises(TooLarge, match=r"^captions: has 10\.0 MB, at most 2 MB are read"):
        read(b"1" * 10_000_000, field="captions")
