"""Files of lines with times are read although people's files break the rules of their formats."""

from __future__ import annotations

import pytest

from handler.voices.transcript_files import read

HEADS = (  # two heads of cues
    ("00:00:04,000 --> 00:00:06,000", "00:00:06,000 --> 00:00:09,000"),
    ("00:00:04 --> 00:00:06", "00:00:06 --> 00:00:09"),
    ("0:00:04.5 --> 0:00:06.25", "0:00:06.25 --> 0:00:09"),
    ("00:04.000 --> 00:06.000", "00:06.000 --> 00:09.000"),
    ("00:04 --> 00:06", "00:06 --> 00:09"),
    ("00:00:04,000 -> 00:00:06,000", "00:00:06,000 → 00:00:09,000"),
    ("00:00:04,000-->00:00:06,000", "00:00:06,000-->00:00:09,000"),
    ("00:00:04,000 --> ", "00:00:06,000 --> "),
    ("00:00:04:12 --> 00:00:06:00", "00:00:06:00 --> 00:00:09:00"),
    ("00:00:00.-004 --> 00:00:06.0", " 00:00:06.0 --> 00:00:09.0 "),
    ("00:00:04,000 --> 00:00:06,000 X1:1 Y1:2", "00:06.000 --> 00:09.000 align:start position:0%"),
)


@pytest.mark.parametrize("heads", HEADS)
@pytest.mark.parametrize(
    "layout",
    [
        "1\n{}\nFresh bread\n\n2\n{}\nevery day.",
        "{}\nFresh bread\n\n2\n{}\nevery day.\n",
        "{}\nFresh bread\n\n{}\nevery day.",
        "1\n{}\nFresh bread\n2\n{}\nevery day.\n",
        "{}\nFresh bread\n{}\nevery day.",
        "1\n{}\n\nFresh\n\nbread\n\n2\n{}\nevery day.",
        "1\n\n{}\n\nFresh bread\n\n2\n\n{}\n\nevery day.",
        "```srt\n1\n{}\nFresh bread\n\n2\n{}\nevery day.\n```",
        "WEBVTT\n\none\n{}\nFresh bread\n\ntwo\n{}\nevery day.",
        "\n\n1\r\n{}\r\nFresh bread\r\n\r\n\r\n2\r\n{}\r\nevery day.",
    ],
)
def test_captions_are_read_without_what_they_lack(heads: tuple[str, str], layout: str) -> None:
    """Numbers, blank lines, milliseconds, hours and ends of times may be missing, and arrows may differ."""
    assert read(layout.format(*heads).encode()) == "Fresh bread every day."


def test_numbers_that_are_said_stay() -> None:
    """A caption of a number alone is no number of a cue."""
    cues = [f"{at}\n00:00:0{at},000 --> 00:00:0{at + 1},000\n{4 - at}" for at in (1, 2, 3)]
    body = "\n\n".join(cues)
    assert read(body.encode()) == "3 2 1"


def test_comments_of_vtt_are_not_said() -> None:
    """NOTE, STYLE, REGION, ids and header text are no speech, wherever they stand; "note that" in a cue is."""
    body = (
        "WEBVTT - a title\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:fred\n\nNOTE one\n\nintro\n"
        "00:00.000 --> 00:01.000\nnote that\nbread is good.\n\nNOTE checked by Ann\nand Bob\n\nNOTE\n\nsecond\n"
        "00:01.000 --> 00:02.000\nNOTE well.\nWEBVTT is a format.\n\nSTYLE\n::cue { }\n"
    )
    assert read(body.encode()) == "note that bread is good. NOTE well. WEBVTT is a format."


def test_joined_parts_of_a_stream_are_read_once() -> None:
    """Headers between the parts of a stream are no speech, and a cue that two parts share is read once."""
    part = "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000\n\n"
    body = (
        f"{part}00:00.000 --> 00:01.000\nGood\n\n{part}00:00.000 --> 00:01.000\nGood\n\n00:01.000 --> 00:02.000\nday\n"
    )
    assert read(body.encode()) == "Good day"
    anew = f"{part}00:08.000 --> 00:09.000\nGood\n\n{part}00:00.000 --> 00:01.000\nday\n"
    assert read(anew.encode()) == "Good day"


def test_captions_are_read_by_time() -> None:
    """Cues in any order are read as players show them."""
    assert read(b"1\n00:01:01,000 --> 00:01:02,000\nday\n\n2\n00:00:01,000 --> 00:00:02,000\nGood\n") == "Good day"


def test_rolling_vtt_of_youtube_is_read_once() -> None:
    """The automatic captions of YouTube, whose every line comes three times, give each word once."""
    body = (
        "WEBVTT\nKind: captions\nLanguage: en\n\n00:00:00.160 --> 00:00:01.990 align:start position:0%\n \n"
        "slice<00:00:00.700><c> the</c><c> onion</c>\n\n00:00:01.990 --> 00:00:02.000 align:start position:0%\n"
        "slice the onion\n \n\n00:00:02.000 --> 00:00:04.000 align:start position:0%\nslice the onion\n"
        "and<00:00:02.500><c> fry</c><c> it</c>\n"
    )
    assert read(body.encode()) == "slice the onion and fry it"
    assert read(body.replace("\n \n", "\n\n").encode()) == "slice the onion and fry it"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("0:00:00.599,0:00:04.160\nHi there,\nAnn\n\n0:00:04.160,0:00:06.770\n>> BOB: bye.", "Hi there, Ann bye."),
        ("[INFORMATION]\n[TITLE]x\n00:00:01.00,00:00:02.00\nHi[br]there", "Hi there"),
        ("[ar:Me]\n[ti:Song]\n[00:12.00]one\n[00:17.20]three\n[00:20.00][00:14.00]two", "one two three two"),
        ("[00:12.00] <00:12.00> one <00:12.50> two", "one two"),
        ("{1}{1}25\n{25}{50}Hi|there\n{60}{80}{y:i}you", "Hi there you"),
        ("[10][25]Hi|/there\n[30][40]you", "Hi there you"),
        ("[00:11.820 --> 00:12.980]   Hi there.\n[00:13.240 --> 00:16.360]   Bye.\n", "Hi there. Bye."),
    ],
)
def test_other_formats_with_times_are_read(body: str, words: str) -> None:
    """SBV, SubViewer, LRC, MicroDVD, MPL2 and Whisper's console give their words."""
    assert read(body.encode()) == words


def test_substation_captions_are_read() -> None:
    """Dialogue is read by time, with commas, without overrides, drawings, layers and comments."""
    body = (
        "[Script Info]\nTitle: x\n\n[Events]\n"
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Comment: 0,0:00:00.00,0:00:01.00,D,,0,0,0,,never\n"
        "Dialogue: 0,0:00:02.00,0:00:03.00,D,,0,0,0,,day, {\\i1}you{\\i0}\\Nthere\n"
        "Dialogue: 0,0:00:00.00,0:00:01.00,D,,0,0,0,,{\\k20}Go{\\k10}od\n"
        "Dialogue: 1,0:00:00.00,0:00:01.00,D,,0,0,0,,{\\blur3}Good\n"
        "Dialogue: 0,0:00:00.00,0:00:09.00,D,,0,0,0,,{\\p1}m 0 0 l 100 100{\\p0}\n"
    )
    assert read(body.encode()) == "Good day, you there"


def test_textgrids_are_read() -> None:
    """The words of a Praat TextGrid are read, not its phones."""
    tiers = {"phones": ["HH", "AY"], "words": ["hi", "", 'say ""you""']}
    items = (
        f'item [{at}]:\n name = "{name}"\n' + "".join(f' xmin = 0\n text = "{text}"\n' for text in texts)
        for at, (name, texts) in enumerate(tiers.items(), start=1)
    )
    body = 'File type = "ooTextFile"\nObject class = "TextGrid"\nitem []:\n' + "".join(items)
    assert read(body.encode("utf-16")) == 'hi say "you"'
