"""Captions that other programs write, and our own files, are read with their words and times."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg
import pysubs2
import pytest
import webvtt

from handler.captions.formats import FORMATS, Captions
from handler.captions.layout import cues
from handler.captions.reading import read
from handler.captions.styles import STYLES
from handler.types import Word

SHOWN = "Fresh bread & 7 < 8 rolls, every day! \u201cGood\u201d 42 {ok} <b> c:\\nice".split()
WORDS = tuple(
    Word(shown, 0.5 * at + 0.1, 0.5 * at + 0.5, 1.0, False, 10 * at, 10 * at + len(shown))
    for at, shown in enumerate(SHOWN)
)
SRT = (
    "1\n00:00:01,000 --> 00:00:02,500\n<i>Fresh</i> bread & rolls\nevery day\n\n2\n01:00:03,040 --> 01:00:04,000\n42\n"
)
SEEN = [(1.0, 2.5, "Fresh bread & rolls\nevery day"), (3603.04, 3604.0, "42")]


def seen(body: bytes | str) -> list[tuple[float, float, str]]:
    return [(cue.start, cue.end, cue.text) for cue in read(body, field="captions").cues]


@pytest.mark.parametrize("preset", sorted(STYLES))
@pytest.mark.parametrize("kind", ["srt", "vtt", "ass"])
def test_our_own_files_are_read(kind: str, preset: str) -> None:
    """What is written in each style is read: all words in order, and the times of the cues to a frame."""
    style = STYLES[preset]
    made = cues(WORDS, style, 9.0)
    captions = Captions(WORDS, made, style, 9.0, "en", "engine")
    shown = style.apply_case(" ".join(SHOWN)).split()
    found = read(FORMATS[kind].write(captions), field="captions")
    assert found.kind == kind
    if kind == "ass" and style.effect in ("box", "pop"):  # which have an event for each word
        assert sorted(" ".join(cue.text for cue in found.cues).split()) == sorted(shown)
        return
    assert [word for cue in found.cues for word in cue.text.split()] == shown
    frame = 1.01 / 30
    assert [cue.start for cue in found.cues] == pytest.approx([cue.start for cue in made], abs=frame)
    assert [cue.end for cue in found.cues] == pytest.approx([cue.end for cue in made], abs=frame)


@pytest.mark.parametrize("kind", ["srt", "vtt", "ass", "ssa"])
def test_files_of_pysubs2_are_read(kind: str) -> None:
    """Each format that it writes, of the same captions."""
    assert seen(pysubs2.SSAFile.from_string(SRT).to_string(kind)) == SEEN


def test_files_of_webvtt_are_read(tmp_path: Path) -> None:
    """The same, from webvtt-py, with an identifier and a voice."""
    (tmp_path / "a.srt").write_text(SRT, "utf-8")
    captions = webvtt.from_srt(str(tmp_path / "a.srt"))
    captions.captions[0].identifier = "first"
    captions.captions[0].text = "<v Anna>Fresh bread &amp; rolls</v>\nevery day"
    assert seen(captions.content) == SEEN
    assert read(captions.content, field="captions").cues[0].speaker == "Anna"


@pytest.mark.parametrize("kind", ["srt", "vtt", "ass"])
@pytest.mark.parametrize("source", ["srt", "vtt", "ass"])
def test_conversions_of_ffmpeg_are_read(tmp_path: Path, source: str, kind: str) -> None:
    """What ffmpeg makes of each format in each other one."""
    (tmp_path / f"a.{source}").write_text(pysubs2.SSAFile.from_string(SRT).to_string(source), "utf-8")
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-i", f"a.{source}", f"b.{kind}"]
    subprocess.run(command, cwd=tmp_path, check=True)
    assert seen((tmp_path / f"b.{kind}").read_bytes()) == SEEN


def test_speakers_of_a_file_are_read() -> None:
    """Names in the rows of ASS and in VTT's voices; several voices in one cue are none."""
    subs = pysubs2.SSAFile.from_string(SRT)
    subs[0].name = "Anna"
    assert [cue.speaker for cue in read(subs.to_string("ass"), field="captions").cues] == ["Anna", ""]
    vtt = (
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Anna &amp; Co>Hi\n\n"
        "00:02.000 --> 00:03.000\n<v Ann>Yes</v> <v Bob>No</v>\n"
    )
    assert [cue.speaker for cue in read(vtt, field="captions").cues] == ["Anna & Co", ""]


def test_upper_case_styles_stay_so() -> None:
    """What a file shows is what is read."""
    style = replace(STYLES["classic"], case="upper")
    captions = Captions(WORDS, cues(WORDS, style, 9.0), style, 9.0, "en", "engine")
    assert "FRESH BREAD" in read(FORMATS["srt"].write(captions), field="captions").cues[0].text
