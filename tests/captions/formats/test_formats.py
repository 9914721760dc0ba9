import csv
import io
import json
import re
import urllib.request
from dataclasses import replace

import pysubs2
import pytest
import webvtt

from docs.generate import request_table
from handler.captions.formats import FORMATS, Captions, Format
from handler.captions.styles import STYLES, Style
from handler.dispatch import dispatch
from handler.protocols import Services
from handler.requests import GenerateInput
from handler.types import Word
from tests.support.caption_words import captions, drawn, timed

SCRIPT = timed("Hello, {world}! It cost $1,234.56 — R&D <really>: naïve “quoted” Привет 漢字 --> end.", pauses={1: 3.0})


@pytest.mark.parametrize("style", STYLES.values(), ids=lambda style: style.name)
def test_all_formats_carry_the_same_words(style: Style) -> None:
    """Read back by other people's parsers, each file has every word of the script once and in order."""
    made = captions(SCRIPT, style)
    files = {name: form.write(made) for name, form in FORMATS.items()}
    script = [word.shown for word in SCRIPT]
    expected = [style.apply_case(shown) for shown in script]
    srt = pysubs2.SSAFile.from_string(files["srt"].decode(), format_="srt", keep_html_tags=True)
    assert " ".join(event.text.replace("\\N", " ").replace("\u2060", "") for event in srt).split() == expected
    vtt = webvtt.from_string(files["vtt"].decode()).captions
    unescaped = (
        " ".join(caption.text for caption in vtt).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    )
    assert unescaped.split() == expected
    assert " ".join(text for _, _, text in drawn(made)).split() == expected
    assert [row["word"] for row in csv.DictReader(io.StringIO(files["csv"].decode(), newline=""))] == script
    assert [word["word"] for word in json.loads(files["json"])["words"]] == script


def test_case_is_for_the_screen_only() -> None:
    """Upper case changes SRT, VTT and ASS; CSV and JSON keep the script's own spelling."""
    made = captions(timed("Hello you"), replace(STYLES["classic"], case="upper"))
    files = {name: form.write(made).decode("utf-8-sig") for name, form in FORMATS.items()}
    assert all("HELLO" in files[name] and "Hello" not in files[name] for name in ("srt", "vtt", "ass"))
    assert all("HELLO" not in files[name] and "Hello" in files[name] for name in ("csv", "json"))


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
    made = captions((Word("x", seconds, seconds + 1, 1, False, 0, 1),), STYLES["word"])
    assert f"\n{srt} --> " in FORMATS["srt"].write(made).decode()
    assert f"\n{vtt} --> " in FORMATS["vtt"].write(made).decode()
    assert f"Dialogue: 0,{ass}," in FORMATS["ass"].write(made).decode("utf-8-sig")


@pytest.mark.parametrize("name", ["srt", "vtt", "ass"])
def test_control_characters_are_replaced(name: str) -> None:
    """A NUL would end the text for players written in C: it is shown as U+FFFD."""
    words = (Word("x\x00y", 0.0, 1.0, 1, False, 0, 3),)
    text = FORMATS[name].write(captions(words, STYLES["word"])).decode("utf-8-sig")
    assert "x\ufffdy" in text
    assert "\x00" not in text


@pytest.mark.parametrize("target", ["srt", "vtt", "ass"])
@pytest.mark.parametrize("source", ["srt", "vtt", "ass"])
@pytest.mark.parametrize("style", STYLES.values(), ids=lambda style: style.name)
def test_pysubs2_converts_each_to_the_others(style: Style, source: str, target: str) -> None:
    """No cue, word or time is lost on the way from one format to another, not even a number on the last line."""
    script = "We sold 12 of them in a year. In 1984 it was only 42, and then came\n2024"
    if source == "ass":
        # pysubs2 itself loses a number on a line of its own.
        style = replace(style, size=style.size / 2, max_chars=30)
    made = captions(timed(script, pauses={6: 1.0}), style)
    read = pysubs2.SSAFile.from_string(FORMATS[source].write(made).decode("utf-8-sig"), format_=source)
    again = pysubs2.SSAFile.from_string(read.to_string(target), format_=target)
    shown: list[str] = []
    for event in again:
        # Of the times of words in VTT it knows nothing: it takes them for text.
        text = re.sub(r"<[\d:.]+>", "", re.sub(r"\{[^}]*\}", "", event.text)).replace("\\N", " ")
        if not event.is_drawing and shown[-1:] != [text]:
            shown.append(text)
    assert " ".join(shown).split() == style.apply_case(script).split()
    assert abs(again[0].start / 1000 - made.cues[0].start) <= 0.5 / style.fps + 0.01
    assert abs(max(event.end for event in again) / 1000 - made.cues[-1].end) <= 0.5 / style.fps + 0.01


def test_new_format_is_a_row(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new row is accepted in requests, made by its name and by `all`, and listed in the documents."""
    monkeypatch.setitem(FORMATS, "lrc", Format("text/plain", lambda made: made.words[0].shown.encode()))
    reply = dispatch({"input": {"text": "Hello.", "timing_format": "LRC"}}, services)
    assert urllib.request.urlopen(reply["timing_files"]["lrc"]).read() == b"Hello."
    assert "lrc" in dispatch({"input": {"text": "Hello.", "timing_format": "all"}}, services)["timing_files"]
    assert "`lrc`" in request_table(GenerateInput)


def test_empty_captions_are_written_as_utf8() -> None:
    """Each row writes UTF-8, also when there is nothing to write."""
    empty = Captions((), (), STYLES["word"], 0.0, "en", "engine")
    for form in FORMATS.values():
        form.write(empty).decode("utf-8")
