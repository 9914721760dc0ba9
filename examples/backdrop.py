"""The demo's moving backdrop: blurred lights that drift, drawn here so that nobody owns them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from handler.media import ffmpeg
from handler.media.ffmpeg import Input

SIZE = (108, 192)
"""Pixels. The canvas of `overlay` is ten times as wide, which nobody sees: there is no edge in the picture."""

FPS = 30
NIGHT = (0.030, 0.035, 0.090)

# Colour (red, green, blue), middle and drift (x, y), radius, seconds of a round trip. Lengths are shares of the width.
LIGHTS = (
    ((0.13, 0.15, 0.50), (0.10, 0.35), (0.30, 0.20), 0.75, 41),
    ((0.30, 0.10, 0.44), (0.95, 0.80), (0.25, 0.35), 0.60, 33),
    ((0.01, 0.27, 0.33), (0.20, 1.40), (0.30, 0.25), 0.60, 50),
    ((0.45, 0.09, 0.22), (0.85, 1.70), (0.40, 0.20), 0.50, 29),
)


def backdrop(out: Path, frames: int) -> None:
    """Draw its first frames as an MP4 without sound. Raises ffmpeg.Failed or OSError where that cannot be written."""
    raw = ("-pixel_format", "rgb48le", "-video_size", f"{SIZE[0]}x{SIZE[1]}", "-framerate", str(FPS))
    encode = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "4", "-pix_fmt", "yuv420p10le"]
    tagged = "scale=out_color_matrix=bt709,setparams=colorspace=bt709"
    with tempfile.TemporaryDirectory(prefix="backdrop-") as name:
        folder = Path(name)
        with (folder / "frames").open("wb") as file:
            file.writelines((frame * 65535).astype("<u2").tobytes() for frame in _frames(frames))
        source = Input(folder / "frames", "rawvideo", "rawvideo", ("-f", "rawvideo", *raw))
        ffmpeg.run([source], ["-vf", tagged, *encode, "b.mp4"], folder, timeout=300)
        shutil.move(folder / "b.mp4", out)


def _frames(count: int) -> Iterator[npt.NDArray[np.float64]]:
    """Each frame as [height, width, 3], red, green and blue from 0 to 1."""
    colours, middles, drifts, radii, trips = (np.array(column) for column in zip(*LIGHTS, strict=True))
    x, y = (np.arange(pixels) / SIZE[0] for pixels in SIZE)
    for number in range(count):
        turn = 2 * np.pi * number / FPS / trips
        # A round light is the product of one blur along the width and one along the height.
        across = np.exp(-(((x - (middles[:, :1] + drifts[:, :1] * np.sin(turn)[:, None])) / radii[:, None]) ** 2))
        down = np.exp(-(((y - (middles[:, 1:] + drifts[:, 1:] * np.cos(turn)[:, None])) / radii[:, None]) ** 2))
        lit = np.einsum("ly,lx,lc->yxc", down, across, colours, optimize=True) + NIGHT
        yield np.clip(lit, 0, 1)
