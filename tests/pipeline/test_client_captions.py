"""Captions of a client become cues in a style, or stay the document that they were."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from handler.alignment.evidence import Times
from handler.cancellation import NEVER
from handler.captions import Captions, resolve
from handler.captions.font_files import read_faces
from handler.captions.reading import read
from handler.captions.styles import Style
from handler.errors import BadRequest
from handler.pipeline import client_captions
from handler.pipeline.client_captions import ClientCaptions
from handler.requests import CaptionStyle, OverlayInput
from handler.types import JobWarning, TimedText
from tests.captions.test_fonts import local_store

SRT = "00:00:01,000 --> 00:00:03,000\nFresh bread\nevery day\n\n00:00:03,000 --> 00:00:04,000\n42\n"


class Finder:
    """Finds no word, or each at its own second; keeps what it was asked for."""

    language, method = "en", "none"

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def find(self, cue: TimedText, words: list[str]) -> Times:
        self.asked.append(words)
        return [None] * len(words)

    def report(self) -> None:
        """Nothing to tell."""


class FakeJob:
    def __init__(self) -> None:
        self.warnings: list[JobWarning] = []
        self.reports: list[tuple[str, int, int]] = []
        self.cancellation = NEVER

    def check(self) -> None:
        """Goes on."""

    def progress(self, *report: Any) -> None:
        self.reports.append(report)

    def warn(self, code: str, message: str) -> None:
        self.warnings.append(JobWarning(code, message))

    def warn_all(self, warnings: list[JobWarning]) -> None:
        self.warnings += warnings


def given(text: str) -> ClientCaptions:
    return ClientCaptions("captions", read(text, field="captions"))


def drawn(text: str, style: Style, finder: Finder | None = None) -> Captions:
    captions = given(text)
    return client_captions.in_style(captions, captions.read.cues, style, finder or Finder(), FakeJob())  # type: ignore[arg-type]


def lines(captions: Captions) -> list[list[str]]:
    return [[" ".join(word.shown for word in line) for line in cue.lines] for cue in captions.cues]


def style(**fields: Any) -> Style:
    return resolve(CaptionStyle.model_construct(**{"preset": "classic"} | fields), whole_cues=True)


def test_cues_keep_their_times_and_lines() -> None:
    """A cue has its own line breaks where they fit, in presets of few words, too; its words share its time."""
    for preset in ("classic", "word", "karaoke"):
        finder = Finder()
        made = drawn(SRT, style(preset=preset), finder)
        assert lines(made) == [["Fresh bread", "every day"], ["42"]]
        assert (made.cues[0].start, made.cues[0].end, made.words[0].start) == (1.0, 3.0, 1.0)
        assert made.words[3].end <= 3.0 <= made.words[4].start
        assert finder.asked == [["Fresh", "bread", "every", "day"], ["forty", "two"]]


def test_lines_that_do_not_fit_are_broken_anew() -> None:
    """All of the cue's words get new lines, none wider than the canvas allows."""
    long = SRT.replace("every day", "every day of the week and twice on Sundays, as everybody here knows well")
    made = drawn(long, style(canvas="1080x1920"))
    [first, second] = lines(made)
    assert len(first) > 2
    assert " ".join(first).startswith("Fresh bread every day of")
    assert second == ["42"]


def test_words_per_cue_divides_cues() -> None:
    """Asked for by name, it shows so many words at a time, inside the cue's own time."""
    made = drawn(SRT, style(words_per_cue=2))
    assert lines(made) == [["Fresh bread"], ["every day"], ["42"]]
    assert made.cues[0].start >= 1.0
    assert made.cues[1].end <= 3.0


def test_speakers_are_handed_on() -> None:
    """Each word knows who says it."""
    made = drawn("WEBVTT\n\n00:01.000 --> 00:02.000\n<v Anna>Hi there\n", style())
    assert [word.speaker for word in made.words] == ["Anna", "Anna"]


def test_only_cues_of_a_readable_length_are_drawn_in_a_style() -> None:
    """The message names the cue, or the number of all characters."""
    long = given("00:00:01,000 --> 00:00:02,000\n" + "word " * 300)
    with pytest.raises(BadRequest, match=r"^captions: cue 1 has 1499 characters, at most 1000 are shown at a time"):
        client_captions._check_size(long)
    cue = "{}:00:{:02d},000 --> {}:00:{:02d},500\n" + "word " * 190
    many = given(
        "\n\n".join(cue.format(at // 60, at % 60, at // 60, at % 60).replace("word", f"w{at}") for at in range(400))
    )
    with pytest.raises(BadRequest, match=r"^captions: the cues have \d+ characters, at most 200000"):
        client_captions._check_size(many)


def test_the_first_preset_is_that_of_players() -> None:
    """A style without a preset starts from `classic`, and one with a preset keeps it."""
    assert client_captions.style_of(None).preset == "classic"
    assert client_captions.style_of(CaptionStyle.model_construct(size=50.0)).preset == "classic"
    assert client_captions.style_of(CaptionStyle.model_construct(preset="pop")).preset == "pop"


ASS = (
    "[Script Info]\nPlayResX: 640\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\nStyle: A,DejaVu Serif,20\n"
    "Style: B,Nobody Has This,20\n\n[Events]\nFormat: Layer, Start, End, Style, Text\n"
    "Dialogue: 0,0:00:01.00,0:00:02.00,A,{\\b1}Hi \U0001f9ff there\n"
)


def kept(text: str, folder: Path) -> tuple[Any, list[JobWarning]]:
    job, services = FakeJob(), type("Services", (), {"store": local_store(folder, "DejaVuSerif-Bold.ttf")})()
    document = client_captions.as_they_are(given(text), style(), job, services)  # type: ignore[arg-type]
    return document, job.warnings


def test_a_document_gets_the_fonts_of_the_bucket(tmp_path: Path) -> None:
    """Fonts that its events use are found; characters that no font has are left out, with a warning."""
    document, warnings = kept(ASS, tmp_path)
    assert [font.family for font in document.fonts] == ["DejaVu Serif"]
    assert read_faces(document.fonts[0].body)
    assert [warning.code for warning in warnings] == ["glyph_missing"]
    assert document.body.decode() == ASS.replace("\U0001f9ff", "")


def test_fonts_that_are_not_there_are_named(tmp_path: Path) -> None:
    """A font that the bucket lacks, and fonts in the file itself, are a warning each."""
    text = ASS.replace("\U0001f9ff ", "").replace(",A,", ",B,") + "[Fonts]\nfontname: x.ttf\n!!!\n"
    document, warnings = kept(text, tmp_path)
    assert [warning.code for warning in warnings] == ["font_replaced", "font_replaced"]
    assert "fonts and pictures in the file are not used" in warnings[0].message
    assert re.match(r"captions: no font file of the family Nobody Has This was found", warnings[1].message)
    assert b"!!!" not in document.body


def test_requests_name_one_source_of_words() -> None:
    """`has_captions` is about text and link alike."""
    assert OverlayInput.model_construct(captions="x").has_captions
    assert OverlayInput.model_construct(captions_url="x").has_captions
    assert not OverlayInput.model_construct(text="x").has_captions


def test_speakers_have_colours_and_labels() -> None:
    """As those of a job: a colour each, a label where each begins, and a warning of a name that nobody has."""
    text = "WEBVTT\n\n" + "".join(
        f"00:0{at}.000 --> 00:0{at + 1}.000\n<v {name}>{said} you.\n\n"
        for at, (name, said) in enumerate([("Anna", "See"), ("Anna", "Hear"), ("Bob", "Mind"), ("Anna", "Thank")])
    )
    asked = replace(given(text), labels=True, colours={"Bob": "#00FFFF", "Zoe": "#FF0000"})
    job = FakeJob()
    made = client_captions.in_style(asked, asked.read.cues, style(), Finder(), job)  # type: ignore[arg-type]
    assert lines(made) == [["Anna: See you."], ["Hear you."], ["Bob: Mind you."], ["Anna: Thank you."]]
    assert made.style.speaker_colours == {"Anna": made.style.colour, "Bob": "#00FFFF"}
    assert [warning.code for warning in job.warnings] == ["option_ignored"]
    assert "'Zoe'" in job.warnings[0].message


@pytest.mark.parametrize("late", [0.0, 0.04, 0.0999, 0.1001, 0.15, 0.51])
def test_what_a_viewer_misses_is_reported(late: float) -> None:
    """A cue that ends some frames after the video is no warning; the two times of a warning differ as they are read."""
    given = ClientCaptions("captions", read(SRT, field="captions"))
    job: Any = FakeJob()
    shown = client_captions.cut(given, 4.0 - late, job)
    assert shown[-1].end == 4.0 - late
    said = [re.findall(r"\d\.\d", warning.message) for warning in job.warnings]
    assert len(said) == (late > 0.1)
    assert all(cue != video for cue, video in said)
