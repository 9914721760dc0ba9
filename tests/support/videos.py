"""Small videos, drawn by FFmpeg's test sources."""

from __future__ import annotations

import subprocess
from pathlib import Path

import imageio_ffmpeg

H264 = ("-c:v", "libx264", "-pix_fmt", "yuv420p")


def lavfi(path: Path, picture: str, *options: str) -> Path:
    """A video of what FFmpeg's test sources draw."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "lavfi", "-i", picture, *options, str(path)]
    subprocess.run(command, check=True)
    return path


def jumping(path: Path, seconds: float, *sound: str, source: str = "sine=300:d=2:r=48000") -> Path:
    """A video of two seconds; after four tenths the clock of its sound goes on so many seconds later."""
    at = "0.4/TB"
    options = ["-f", "lavfi", "-i", source, *(sound or ("-ac", "2", "-c:a", "aac"))]
    jump = f"setts=ts='if(gt(PTS,{at}),PTS+{seconds}/TB,PTS)'"
    return lavfi(path, "color=gray:s=64x64:r=20:d=2", *options, *H264, "-bsf:a", jump)
