"""What the demo prints, where things do not go as usual."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from examples.film import Loudness
from examples.terminal import print_summary, step


def test_step_that_fails_ends_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A step ends with its seconds; where it fails, what is printed next has a line of its own."""
    with step("Good"):
        pass
    with pytest.raises(OSError, match="full"), step("Bad"):
        raise OSError("full")
    good, bad, rest = capsys.readouterr().out.split("\n")
    assert re.fullmatch(r"  Good \.+ +\d\.\d s", good)
    assert re.fullmatch(r"  Bad \.+ ", bad)
    assert rest == ""


def test_summary_has_the_warnings_of_the_speech(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A warning of the job is printed, as is who spoke and who timed the words."""
    for name in ("demo.mp4", "frames.png", "demo.wav", "demo.srt"):
        (tmp_path / name).write_bytes(bytes(1234))
    speech = {"engine": "f5", "word_count": 9, "timing_method": "sphinx", "warnings": [{"message": "quite low"}]}
    video = {"width": 1080, "height": 1920, "duration": 17.96}
    files = [tmp_path / "demo.wav", tmp_path / "demo.srt"]
    print_summary(tmp_path, speech, video, Loudness(-14.1, -1.5), files, 12.34)
    printed = capsys.readouterr().out
    assert "1,234 bytes   the video: 1080x1920, 18.0 s, -14.1 LUFS, peak -1.5 dBTP\n" in printed
    assert "the speech, by f5\n" in printed
    assert "captions: 9 words, timed by sphinx\n" in printed
    assert "warning: quite low\n" in printed
    assert "Done in 12.3 s.\n" in printed
