"""Small videos, drawn by FFmpeg's test sources."""

from __future__ import annotations

import subprocess
from pathlib import Path

import imageio_ffmpeg

SIZE, SECONDS, FPS = (320, 180), 8.0, 25
TONE = 3000.0
LATE = 1.5
"""Seconds by which the sound of `talk` begins after its picture."""

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


def film(folder: Path, name: str = "v.mp4", seconds: float = SECONDS, *options: str, sound: bool = True) -> bytes:
    """A video of a gray square in a black picture, with a tone."""
    width, height = SIZE
    picture = f"color=c=black:s={width}x{height}:r={FPS}:d={seconds},drawbox=w=60:h=60:c=gray:t=fill"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "lavfi", "-i", picture]
    if sound:
        command += ["-f", "lavfi", "-i", f"sine={TONE}:d={seconds}:r=48000,volume=2", "-c:a", "aac"]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", *options, name]
    subprocess.run(command, cwd=folder, check=True)
    return (folder / name).read_bytes()


def talk(folder: Path, speech: Path, name: str = "v.mp4", seconds: float = 7, late: float = LATE) -> bytes:
    """A black video in which a recording is heard, beginning so many seconds late on the container's own clock."""
    picture = f"color=c=black:s={SIZE[0]}x{SIZE[1]}:r={FPS}:d={seconds}"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "lavfi", "-i", picture]
    command += ["-itsoffset", str(late), "-i", str(speech), "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"]
    subprocess.run([*command, name], cwd=folder, check=True)
    return (folder / name).read_bytes()
