"""The demo's backdrop: it moves, slowly and softly, and captions are readable on it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np

from examples.backdrop import FPS, SIZE, backdrop


def test_backdrop_moves_softly_and_stays_dark(tmp_path: Path) -> None:
    """It has all its frames, no edge and no jump, and no part of it is bright."""
    backdrop(tmp_path / "b.mp4", 6 * FPS)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(tmp_path / "b.mp4"), "-pix_fmt", "gray"]
    body = subprocess.run([*command, "-f", "rawvideo", "-"], check=True, capture_output=True).stdout
    frames = np.frombuffer(body, np.uint8).reshape(-1, SIZE[1], SIZE[0]).astype(np.int16)
    assert len(frames) == 6 * FPS
    assert frames.max() < 128
    assert 0 < np.abs(np.diff(frames, axis=0)).max() <= 6
    assert np.abs(np.diff(frames, axis=2)).max() <= 6
    assert np.abs(frames[-1] - frames[0]).mean() > 3
