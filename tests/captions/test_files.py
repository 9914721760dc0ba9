import csv
import io
import json
import re
from dataclasses import replace
from itertools import pairwise

import pysubs2
import pytest
import webvtt
from hypothesis import given, settings
from hypothesis import strategies as st

from handler.captions.files import FORMATS, Captions
from handler.captions.files.base import clock, printable, ticks
from handler.captions.layout import joined
from handler.captions.looks import LOOKS, Look
from handler.values import Cue, Word
from tests.captions.scripts import captions, scripts, timed

SCRIPT = timed("Hello, {world}! It cost $1,234.56 — R&D <really>: naïve “quoted” Привет 漢字 --> end.", pauses={1: 3.0})
looks = st.sampled_from(
    [*LOOKS.values(), replace(LOOKS["karaoke"], case="upper"), replace(LOOKS["classic"], max_chars=12)]
)
HALF_MS, HALF_CS = 0.0005 + 1e-9, 0.005 + 1e-9


def texts(made: Captions) -> list[str]:
    """What each cue should read, its lines joined with a newline."""
    case = made.look.cased
    return ["\n".join(joined(line, lambda shown: case(printable(shown))) for line in cue.lines) for cue in made.cues]


def in_seconds(stamp: str) -> float:
    """``HH:MM:SS.mmm`` in seconds."""
    hours, minutes, rest = stamp.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def read_ass(text: str) -> tuple[str, list[tuple[int, str]]]:
    """What libass draws of a text, and its syllables (start in centiseconds, text), after libass's own rules."""
    drawn, syllables, now, length = "", [], 0, 0
    for command, escape, char in re.findall(r"\{([^}]*)\}|\\([Nnh{}])|(.)", text, re.DOTALL):
        if command:
            now, length = (now + length, int(k[1])) if (k := re.fullmatch(r"\\kf?(\d+)", command)) else (now, length)
            syllables += [(now, "")] if k else []
            continue
        piece = {"N": "\n", "n": " ", "h": "\xa0"}.get(escape, escape) or char.replace("\u2060", "")
        drawn += piece
        syllables[-1:] = [(syllables[-1][0], syllables[-1][1] + piece)] if syllables else []
    return drawn, [*syllables, (now + length, "")]


@pytest.mark.parametrize("look", LOOKS.values(), ids=lambda look: look.name)
def test_all_five_carry_the_same_words(look: Look) -> None:
    """Read back by other people's parsers, each file has every word of the script once and in order."""
    made = captions(SCRIPT, look)
    files = {name: form.write(made) for name, form in FORMATS.items()}
    expected = [word.shown for word in SCRIPT]
    srt = pysubs2.SSAFile.from_string(files["srt"].decode(), format_="srt", keep_html_tags=True)
    assert " ".join(event.text.replace("\\N", " ") for event in srt).split() == expected
    vtt = webvtt.from_string(files["vtt"].decode()).captions
    unescaped = (
        " ".join(caption.text for caption in vtt).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    )
    assert unescaped.split() == expected
    ass = pysubs2.SSAFile.from_string(files["ass"].decode("utf-8-sig"), format_="ass")
    assert " ".join(read_ass(event.text)[0] for event in ass).split() == expected
    assert [row["word"] for row in csv.DictReader(io.StringIO(files["csv"].decode(), newline=""))] == expected
    assert [word["word"] for word in json.loads(files["json"])["words"]] == expected


@settings(max_examples=60, deadline=None)
@given(scripts(max_size=15), looks)
def test_srt_reads_back(script: tuple[tuple[Word, ...], float], look: Look) -> None:
    """pysubs2 reads from SRT what each cue shows, and its times within half a millisecond."""
    words, duration = script
    # Its reader takes digits on the last line of a file for a cue's number.
    made = captions((*words, Word("end", duration, duration + 1, 1, False, 999, 1002)), look, duration + 2)
    events = pysubs2.SSAFile.from_string(FORMATS["srt"].write(made).decode(), format_="srt", keep_html_tags=True)
    assert [event.text for event in events] == [text.replace("\n", "\\N") for text in texts(made)]
    for event, cue in zip(events, made.cues, strict=True):
        assert abs(event.start / 1000 - cue.start) <= HALF_MS
        assert abs(event.end / 1000 - cue.end) <= HALF_MS


@settings(max_examples=60, deadline=None)
@given(scripts(max_size=15), looks)
def test_vtt_reads_back(script: tuple[tuple[Word, ...], float], look: Look) -> None:
    """webvtt-py reads what each cue shows; word tags increase strictly inside the cue and name the word's start."""
    made = captions(script[0], look, script[1])
    read = webvtt.from_string(FORMATS["vtt"].write(made).decode()).captions
    assert [caption.text for caption in read] == [
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for text in texts(made)
    ]
    for caption, cue in zip(read, made.cues, strict=True):
        assert "-->" not in caption.raw_text
        assert abs(in_seconds(caption.start) - cue.start) <= HALF_MS
        assert abs(in_seconds(caption.end) - cue.end) <= HALF_MS
        tags = [caption.start, *re.findall(r"<([\d:.]+)>", caption.raw_text), caption.end]
        assert all(first < second for first, second in pairwise(tags))
        starts = {clock(ticks(word.start, 1000), 1000, ".") for word in cue.words}
        assert set(tags[1:-1]) <= starts


@settings(max_examples=60, deadline=None)
@given(scripts(max_size=15), looks)
def test_ass_reads_back(script: tuple[tuple[Word, ...], float], look: Look) -> None:
    """libass draws what each cue shows, and pysubs2 reads its times within half a centisecond."""
    made = captions(script[0], look, script[1])
    events = pysubs2.SSAFile.from_string(FORMATS["ass"].write(made).decode("utf-8-sig"), format_="ass").events
    assert [read_ass(event.text)[0] for event in events] == texts(made)
    for event, cue in zip(events, made.cues, strict=True):
        assert abs(event.start / 1000 - cue.start) <= HALF_CS
        assert abs(event.end / 1000 - cue.end) <= HALF_CS


@settings(max_examples=60, deadline=None)
@given(scripts(max_size=15))
def test_karaoke_never_drifts(script: tuple[tuple[Word, ...], float]) -> None:
    """The syllables of a karaoke event add up to its length, and each word starts within half a centisecond."""
    made = captions(script[0], LOOKS["karaoke"], script[1])
    events = pysubs2.SSAFile.from_string(FORMATS["ass"].write(made).decode("utf-8-sig"), format_="ass").events
    for event, cue in zip(events, made.cues, strict=True):
        syllables = read_ass(event.text)[1]
        assert syllables[-1][0] == (event.end - event.start) // 10
        begins = [event.start / 1000 + at / 100 for at, piece in syllables if piece]
        for begin, word in zip(begins, cue.words, strict=True):
            wanted = min(max(word.start, cue.start), cue.end)
            assert abs(begin - wanted) <= HALF_CS


def test_karaoke_after_a_long_pause() -> None:
    """A word after three seconds of silence inside a cue starts on its own centisecond."""
    words = tuple(
        Word(shown, start, end, 1, False, i * 2, i * 2 + 1)
        for i, (shown, start, end) in enumerate([("a", 0.504, 0.996), ("b", 3.996, 4.333), ("c", 4.333, 5.0)])
    )
    made = Captions(words, (Cue(0.504, 5.2, (words[:2], words[2:]), 0),), LOOKS["karaoke"], 6.0, "en", "engine")
    text = FORMATS["ass"].write(made).decode("utf-8-sig").splitlines()[-1].split(",,")[-1]
    assert text == r"{\kf50}a {\k300}{\kf33}b\N{\kf67}c{\k20}"


def test_ass_header() -> None:
    """The document says its type and canvas, one style after the look, and opens with a byte order mark."""
    made = captions(SCRIPT, replace(LOOKS["karaoke"], position="top", colour="#112233"))
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
    """A word wider than the safe area is scaled down in ASS, a usual one is not."""
    made = captions(timed("short antidisestablishmentarianism"), LOOKS["word"])
    short, long = FORMATS["ass"].write(made).decode("utf-8-sig").splitlines()[-2:]
    assert "\\fscx" not in short
    assert re.search(r"\{\\fscx(\d+)\\fscy\1\}", long)


def test_case_is_for_the_screen_only() -> None:
    """Upper case changes SRT, VTT and ASS; CSV and JSON keep the script's own spelling."""
    made = captions(timed("Hello you"), replace(LOOKS["classic"], case="upper"))
    files = {name: form.write(made).decode("utf-8-sig") for name, form in FORMATS.items()}
    assert all("HELLO" in files[name] and "Hello" not in files[name] for name in ("srt", "vtt", "ass"))
    assert all("HELLO" not in files[name] and "Hello" in files[name] for name in ("csv", "json"))


def test_csv_is_the_contract_to_the_letter() -> None:
    """Columns, decimals and quoting of CSV are as documented."""
    words = (Word('a,"b"', 0.0004, 59.9996, 0.98765, True, 0, 5), Word("c", 60.0, 3600.0, 1.0, False, 6, 7))
    assert FORMATS["csv"].write(captions(words, LOOKS["word"])).decode().splitlines() == [
        "word,start_time,end_time,confidence,interpolated,start_char,end_char",
        '"a,""b""",0.000,60.000,0.988,true,0,5',
        "c,60.000,3600.000,1.000,false,6,7",
    ]


def test_json_is_the_contract_to_the_letter() -> None:
    """Keys and values of JSON are as documented."""
    words = (Word("Hi", 0.1234, 0.5, 0.98765, True, 0, 2), Word("you.", 0.5, 1.0, 1.0, False, 3, 7))
    assert json.loads(FORMATS["json"].write(captions(words, LOOKS["classic"], 1.50049))) == {
        "version": 1,
        "duration": 1.5,
        "language": "en",
        "method": "engine",
        "words": [
            {
                "word": "Hi", "start": 0.123, "end": 0.5, "confidence": 0.988,
                "interpolated": True, "start_char": 0, "end_char": 2,
            },
            {
                "word": "you.", "start": 0.5, "end": 1.0, "confidence": 1.0,
                "interpolated": False, "start_char": 3, "end_char": 7,
            },
        ],
        "cues": [{"start": 0.123, "end": 1.0, "text": "Hi you.", "first_word": 0, "last_word": 1}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "srt", "vtt", "ass"),
    [
        (59.9996, "00:01:00,000", "00:01:00.000", "0:01:00.00"),
        (3599.9999, "01:00:00,000", "01:00:00.000", "1:00:00.00"),
        (3661.2345, "01:01:01,235", "01:01:01.235", "1:01:01.23"),
        (1.005, "00:00:01,005", "00:00:01.005", "0:00:01.00"),
        (36000.0, "10:00:00,000", "10:00:00.000", "10:00:00.00"),
    ],
)
def test_rounding_carries(seconds: float, srt: str, vtt: str, ass: str) -> None:
    """Rounding up carries into minutes and hours: no file ever reads 0:00:60.00."""
    made = captions((Word("x", seconds, seconds + 1, 1, False, 0, 1),), LOOKS["word"])
    assert f"\n{srt} --> " in FORMATS["srt"].write(made).decode()
    assert f"\n{vtt} --> " in FORMATS["vtt"].write(made).decode()
    assert f"Dialogue: 0,{ass}," in FORMATS["ass"].write(made).decode("utf-8-sig")


@given(st.floats(0, 1e5), st.sampled_from([100, 1000]))
def test_ticks_round_to_the_nearest(seconds: float, per_second: int) -> None:
    """A time is never more than half a unit off, and a clock reads back as the same ticks."""
    units = ticks(seconds, per_second)
    assert abs(units / per_second - seconds) <= 0.5 / per_second + 1e-9
    read = clock(units, per_second, ".")
    assert all(float(part) < 60 for part in read.split(":")[1:])
    assert in_seconds(read) == pytest.approx(units / per_second)


@pytest.mark.parametrize("name", ["srt", "vtt", "ass"])
def test_control_characters_are_replaced(name: str) -> None:
    """A NUL would end the text for players written in C: it is shown as U+FFFD."""
    words = (Word("x\x00y", 0.0, 1.0, 1, False, 0, 3),)
    text = FORMATS[name].write(captions(words, LOOKS["word"])).decode("utf-8-sig")
    assert "x\ufffdy" in text
    assert "\x00" not in text


def test_format_table() -> None:
    """Each row has the suffix of its name and writes UTF-8, also when there is nothing to write."""
    from handler.job_input import FORMATS as NAMES

    empty = Captions((), (), LOOKS["word"], 0.0, "en", "engine")
    assert tuple(FORMATS) == NAMES
    for name, form in FORMATS.items():
        assert form.suffix == name
        form.write(empty).decode("utf-8")
