"""ffmpeg reads our caption files back, and makes each from the others."""

from __future__ import annotations

import subprocess
from pathlib import Path

import imageio_ffmpeg
import pysubs2
import pytest

from handler.captions.formats import FORMATS, Captions
from handler.captions.layout import joined
from handler.captions.styles import STYLES, Style
from tests.support.caption_words import captions, timed

READ = ("srt", "vtt", "ass")
"""The formats that are for players."""

STEP = {"srt": 1, "vtt": 1, "ass": 10}
"""Milliseconds: what a format rounds its times to."""

SCRIPT = timed(
    "It cost $1,234.56, in all — R&D, «quotes» and Привет! At the end 7 of 10 watched it to the last second, twice.",
    pauses={2: 1.5, 8: 3.0},
)


def convert(source: Path, target: Path) -> list[tuple[int, int, str]]:
    """Have ffmpeg make one format from another; each cue of the result: start and end in milliseconds, text."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-xerror", "-y", "-i", str(source), str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    read = pysubs2.load(str(target), encoding="utf-8", format_=target.suffix[1:])
    return [(event.start, event.end, event.plaintext) for event in read]


def cues(made: Captions) -> list[tuple[float, float, str]]:
    """The cues of a file: start and end in milliseconds, and text."""
    return [(cue.start * 1000, cue.end * 1000, "\n".join(map(joined, cue.lines))) for cue in made.cues]


@pytest.mark.parametrize("target", READ)
@pytest.mark.parametrize("source", READ)
@pytest.mark.parametrize("style", [STYLES["word"], STYLES["classic"], STYLES["karaoke"]], ids=lambda style: style.name)
def test_each_becomes_each(style: Style, source: str, target: str, tmp_path: Path) -> None:
    """Converted by ffmpeg each file has the same cues: the words exactly, the times as the formats round them."""
    made = captions(SCRIPT, style)
    (tmp_path / f"given.{source}").write_bytes(FORMATS[source].write(made))
    read = convert(tmp_path / f"given.{source}", tmp_path / f"made.{target}")
    expected = cues(made)
    assert [text for _, _, text in read] == [text for _, _, text in expected]
    # ASS is written for the frames of the style: its times may differ from the words' by half a frame and a unit.
    near = max(STEP[source], STEP[target]) + (500 / style.fps + 10 if source == "ass" else 0)
    for got, wanted in zip(read, expected, strict=True):
        assert got[:2] == pytest.approx(wanted[:2], abs=near)
