import csv
import io
import json
import math
import re
from dataclasses import replace
from itertools import pairwise

import pysubs2
import pytest
import webvtt
from hypothesis import given, settings
from hypothesis import strategies as st

from handler.captions.formats import FORMATS, Captions
from handler.captions.formats.base import clock, printable, ticks
from handler.captions.formats.placement import typeset
from handler.captions.layout import joined
from handler.captions.styles import LOOKS, Look
from handler.types import Cue, Word
from tests.support.caption_words import captions, scripts, timed

PLAIN = [look for look in LOOKS.values() if look.effect in ("none", "karaoke")]
"""Looks that draw a cue as one event."""

SCRIPT = timed("Hello, {world}! It cost $1,234.56 — R&D <really>: naïve “quoted” Привет 漢字 --> end.", pauses={1: 3.0})
looks = st.sampled_from(
    [*LOOKS.values(), replace(LOOKS["karaoke"], case="upper"), replace(LOOKS["classic"], max_chars=12)]
)
HALF_MS, HALF_CS, CS = 0.0005 + 1e-9, 0.005 + 1e-9, 0.01 + 1e-9


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


def drawn(made: Captions) -> list[tuple[float, float, str]]:
    """What an .ass file shows: start and end in seconds, and the text, once where only its colours change."""
    shown: list[tuple[float, float, str]] = []
    begins = {ticks(cue.start, 100) for cue in made.cues}
    for event in pysubs2.SSAFile.from_string(FORMATS["ass"].write(made).decode("utf-8-sig"), format_="ass"):
        if event.is_drawing:
            continue
        start, end, text = event.start / 1000, event.end / 1000, read_ass(event.text)[0]
        new = any(abs(event.start / 10 - begin) < 5 for begin in begins)
        if made.look.effect == "highlight" and not new and shown[-1][1:] == (start, text):
            start = shown.pop()[0]
        shown.append((start, end, text))
    return shown


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
    assert " ".join(text for _, _, text in drawn(made)).split() == expected
    assert [row["word"] for row in csv.DictReader(io.StringIO(files["csv"].decode(), newline=""))] == expected
    assert [word["word"] for word in json.loads(files["json"])["words"]] == expected


@settings(max_examples=60, deadline=None)
@given(scripts(max_size=15), looks)
def test_srt_reads_back(script: tuple[tuple[Word, ...], float], look: Look) -> None:
    """pysubs2 reads from SRT what each cue shows, and its times within half a millisecond."""
    made = captions(script[0], look, script[1])
    events = pysubs2.SSAFile.from_string(FORMATS["srt"].write(made).decode(), format_="srt", keep_html_tags=True)
    # A number on a line of its own stands behind the line before.
    read = ["".join(event.text.replace("\\N", "").split()) for event in events]
    assert read == ["".join(text.replace("\\N", "").split()) for text in texts(made)]
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
        for line in caption.raw_text.split("\n"):
            found = re.findall(r"<([\d:.]+)>", line)
            assert len(found) != 2 or abs(in_seconds(found[1]) - cue.end) < 0.002 or len(set(tags)) < len(tags)
            # A line with just two times has a third, the end of its last word.
            assert set(found[:2] if line.endswith(">") and len(found) == 3 else found) <= starts


@settings(max_examples=80, deadline=None)
@given(scripts(max_size=12), looks, st.sampled_from([24.0, 25.0, 30.0, 60.0]))
def test_ass_shows_each_cue_on_its_frames(script: tuple[tuple[Word, ...], float], look: Look, fps: float) -> None:
    """libass draws the letters of each cue, and from the frame on that is nearest to the cue's start, to the frame."""
    made = captions(script[0], replace(look, fps=fps), script[1])
    file = pysubs2.SSAFile.from_string(FORMATS["ass"].write(made).decode("utf-8-sig"), format_="ass")
    events = [event for event in file if not event.is_drawing]
    for cue, text in zip(made.cues, texts(made), strict=True):
        begin, end = (math.floor(at * fps + 0.5) for at in (cue.start, cue.end))
        frames = [(first_frame(event.start / 1000, fps), first_frame(event.end / 1000, fps)) for event in events]
        mine = [event for event, (first, after) in zip(events, frames, strict=True) if begin <= first and after <= end]
        shown = [read_ass(event.text)[0] for event in mine]
        if look.effect == "highlight":
            assert len(set(shown)) == 1
            shown = shown[:1]
        # A word that is broken has line breaks of its own.
        assert "".join("".join(shown).split()) == "".join(text.split())
        assert min(first_frame(event.start / 1000, fps) for event in mine) == begin
        assert max(first_frame(event.end / 1000, fps) for event in mine) == end


def first_frame(seconds: float, fps: float) -> int:
    """The first frame that a player shows of something that begins then."""
    return math.ceil(seconds * fps - 1e-6)


@settings(max_examples=60, deadline=None)
@given(scripts(max_size=15))
def test_karaoke_never_drifts(script: tuple[tuple[Word, ...], float]) -> None:
    """The syllables of a karaoke event add up to its length, and each word starts within half a centisecond."""
    made = captions(script[0], replace(LOOKS["karaoke"], size=30), script[1])
    events = pysubs2.SSAFile.from_string(FORMATS["ass"].write(made).decode("utf-8-sig"), format_="ass").events
    for event, cue in zip(events, made.cues, strict=True):
        syllables = read_ass(event.text)[1]
        assert syllables[-1][0] == (event.end - event.start) // 10
        begins = [event.start / 1000 + at / 100 for at, piece in syllables if piece]
        for begin, word in zip(begins, cue.words, strict=True):
            wanted = min(max(word.start, event.start / 1000), event.end / 1000)
            assert abs(begin - wanted) <= HALF_CS


def test_karaoke_after_a_long_pause() -> None:
    """A word after three seconds of silence inside a cue starts on its own centisecond."""
    words = tuple(
        Word(shown, start, end, 1, False, i * 2, i * 2 + 1)
        for i, (shown, start, end) in enumerate([("a", 0.504, 0.996), ("b", 3.996, 4.333), ("c", 4.333, 5.0)])
    )
    made = Captions(words, (Cue(0.504, 5.2, (words[:2], words[2:]), 0),), LOOKS["karaoke"], 6.0, "en", "engine")
    line = FORMATS["ass"].write(made).decode("utf-8-sig").splitlines()[-1]
    # The event begins with frame 15, which is drawn at 0.5 s.
    assert line.startswith("Dialogue: 0,0:00:00.49,0:00:05.19,")
    assert line.split(",,")[-1] == r"{\k1}{\kf50}a {\k300}{\kf33}b\N{\kf67}c{\k19}"


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
    """A word wider than the safe area is made smaller in ASS, its outline with it; a usual one is not."""
    made = captions(timed("short incomprehensible"), LOOKS["word"])
    short, long = FORMATS["ass"].write(made).decode("utf-8-sig").splitlines()[-2:]
    assert "\\fs" not in short
    size, outline = re.findall(r"\{\\fs(\d+)\\bord([\d.]+)\}", long)[0]
    assert 90 < int(size) < 180
    assert float(outline) == pytest.approx(10 * int(size) / 180, abs=0.1)


@pytest.mark.parametrize("look", LOOKS.values(), ids=lambda look: look.name)
def test_endless_word_is_broken(look: Look) -> None:
    """A word of 120 letters stands on several lines that fit, large enough to be read, with no letter lost."""
    made = captions(timed("x" * 50 + "W" * 70), look)
    set_ = typeset(made.cues[0], look)
    assert "".join(piece.text for piece in set_.pieces) == made.words[0].shown
    assert set_.size >= 0.5 * look.size
    assert all(piece.width <= look.line_width + 1 for piece in set_.pieces)
    margins, height = look.margins, look.canvas[1]
    assert all(margins.top <= piece.y - set_.size / 2 for piece in set_.pieces)
    assert all(piece.y + set_.size / 2 <= height - margins.bottom for piece in set_.pieces)
    assert "".join("".join(text.split()) for _, _, text in drawn(made)) == made.words[0].shown


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
        # ASS has the last centisecond before the frame.
        (59.9996, "00:01:00,000", "00:01:00.000", "0:00:59.99"),
        (60.0346, "00:01:00,035", "00:01:00.035", "0:01:00.03"),
        (3599.9999, "01:00:00,000", "01:00:00.000", "0:59:59.99"),
        (3661.2345, "01:01:01,235", "01:01:01.235", "1:01:01.23"),
        (1.005, "00:00:01,005", "00:00:01.005", "0:00:00.99"),
        (36000.04, "10:00:00,040", "10:00:00.040", "10:00:00.03"),
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


@pytest.mark.parametrize("target", ["srt", "vtt", "ass"])
@pytest.mark.parametrize("source", ["srt", "vtt", "ass"])
@pytest.mark.parametrize("look", LOOKS.values(), ids=lambda look: look.name)
def test_pysubs2_converts_each_to_the_others(look: Look, source: str, target: str) -> None:
    """No cue, word or time is lost on the way from one format to another, not even a number on the last line."""
    script = "We sold 12 of them in a year. In 1984 it was only 42, and then came\n2024"
    made = captions(timed(script, pauses={6: 1.0}), look)
    read = pysubs2.SSAFile.from_string(FORMATS[source].write(made).decode("utf-8-sig"), format_=source)
    again = pysubs2.SSAFile.from_string(read.to_string(target), format_=target)
    shown: list[str] = []
    for event in again:
        # Of the times of words in VTT it knows nothing: it takes them for text.
        text = re.sub(r"<[\d:.]+>", "", re.sub(r"\{[^}]*\}", "", event.text)).replace("\\N", " ")
        if not event.is_drawing and shown[-1:] != [text]:
            shown.append(text)
    assert " ".join(shown).split() == script.split()
    assert abs(again[0].start / 1000 - made.cues[0].start) <= 0.5 / look.fps + 0.01
    assert abs(max(event.end for event in again) / 1000 - made.cues[-1].end) <= 0.5 / look.fps + 0.01


def test_line_of_vtt_never_has_just_two_times() -> None:
    """A line with two times gets a third, which pysubs2 would take for the head of a cue: where its last word ends."""
    words = timed("one two three four five six")
    cue = Cue(words[0].start, words[5].end + 0.5, (words[:3], words[3:]), 0)
    text = FORMATS["vtt"].write(Captions(words, (cue,), LOOKS["classic"], 9.0, "en", "engine")).decode()
    first, second = text.splitlines()[3:]
    assert re.findall(r"<[\d:.]+>|\w+", first)[-1] == f"<{clock(ticks(words[3].start, 1000) - 1, 1000, '.')}>"
    assert [len(re.findall("<", line)) for line in (first, second)] == [3, 3]


def test_number_alone_on_the_last_line_of_srt() -> None:
    """A last line of digits only joins the one before: some programs take it for the number of a cue."""
    words = timed("It was in 2024")
    cue = Cue(words[0].start, words[3].end, (words[:3], words[3:]), 0)
    made = Captions(words, (cue,), LOOKS["classic"], 9.0, "en", "engine")
    assert FORMATS["srt"].write(made).decode().splitlines()[2:] == ["It was in 2024"]


def test_format_table() -> None:
    """Each row has the suffix of its name and writes UTF-8, also when there is nothing to write."""
    from handler.requests import FORMATS as NAMES

    empty = Captions((), (), LOOKS["word"], 0.0, "en", "engine")
    assert tuple(FORMATS) == NAMES
    for name, form in FORMATS.items():
        assert form.suffix == name
        form.write(empty).decode("utf-8")
