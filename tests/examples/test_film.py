"""The demo's joining: the picture changes at a frame, the sound gets its loudness, the file stays small."""

from __future__ import annotations

import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from examples.film import LOUDNESS_LUFS, MAX_PEAK_DBTP, join, loudness
from tests.support.videos import H264, lavfi

TONE = "sine=220:r=48000:d=4"
CLICKS = "sine=220:r=48000:d=4,volume='0.02+0.9*lt(mod(t,0.5),0.004)':eval=frame"


def clip(path: Path, picture: str, sound: str = TONE) -> Path:
    return lavfi(path, f"{picture}:r=30:d=4", "-f", "lavfi", "-i", sound, *H264, "-c:a", "aac")


def greens(video: Path) -> list[bool]:
    """Of each frame: whether its corner is green."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(video), "-vf", "format=rgb24,crop=1:1:0:0"]
    body = subprocess.run([*command, "-f", "rawvideo", "-"], check=True, capture_output=True).stdout
    return [bool(green > red) for red, green, _ in np.frombuffer(body, np.uint8).reshape(-1, 3)]


def test_picture_changes_at_its_frame(tmp_path: Path) -> None:
    """The first video is shown until the frame of the change, the second from there on; no frame is lost or doubled."""
    first, second = clip(tmp_path / "1.mp4", "color=red:s=108x192"), clip(tmp_path / "2.mp4", "color=green:s=108x192")
    join(first, second, 51, 1.0, tmp_path / "out.mp4")
    assert greens(tmp_path / "out.mp4") == [False] * 51 + [True] * 69


@pytest.mark.parametrize("sound", [f"{TONE},volume=-25dB", f"{TONE},volume=15dB", CLICKS])
def test_loudness_is_set(sound: str, tmp_path: Path) -> None:
    """Quiet, loud and uneven sounds become as loud as wanted, without a peak above the limit."""
    video = clip(tmp_path / "v.mp4", "color=red:s=108x192", sound)
    reached = join(video, video, 60, 1.0, tmp_path / "out.mp4")
    assert abs(reached.lufs - LOUDNESS_LUFS) <= 1
    assert reached.peak_dbtp <= MAX_PEAK_DBTP
    assert reached == loudness(tmp_path / "out.mp4")


def test_any_picture_stays_small(tmp_path: Path) -> None:
    """Even noise, which cannot be compressed, takes less than 5 MB for 18 s."""
    noise = "color=gray:s=270x480:r=30:d=6,noise=alls=60:allf=t"
    sound = ("-f", "lavfi", "-i", "sine=d=6")
    video = lavfi(tmp_path / "v.mp4", noise, *sound, *H264, "-preset", "ultrafast")
    join(video, video, 60, 1.0, tmp_path / "out.mp4")
    assert (tmp_path / "out.mp4").stat().st_size * 18 / 6 < 5_000_000 < video.stat().st_size * 18 / 6
