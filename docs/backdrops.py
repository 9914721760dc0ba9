"""What captions of the gallery stand on: a light, a dark and a busy picture, drawn here so that nobody owns them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.float64]
"""[height, width, 3], red, green and blue from 0 to 1."""


def light(width: int, height: int) -> Picture:
    """A beach at noon: hardly anything in it is darker than its white clouds."""
    rng = np.random.default_rng(1)
    y, x = _grid(width, height)
    sky = _blend((0.72, 0.87, 0.97), (0.97, 0.98, 0.98), np.clip(y / 0.6, 0, 1))
    picture = np.where((y > 0.6)[..., None], _blend((0.80, 0.93, 0.94), (0.97, 0.94, 0.86), (y - 0.6) / 0.12), sky)
    for _ in range(26):
        cx, cy, r = rng.uniform(0, width / height), rng.uniform(0.05, 0.5), rng.uniform(0.03, 0.09)
        _spot(picture, x, y, (cx, cy), (2.6 * r, r), (1.0, 1.0, 1.0), 0.55)
    return picture


def dark(width: int, height: int) -> Picture:
    """A street at night, out of focus."""
    rng = np.random.default_rng(2)
    y, x = _grid(width, height)
    picture = _blend((0.03, 0.04, 0.09), (0.10, 0.07, 0.10), y)
    lamps = ((1.0, 0.65, 0.25), (0.95, 0.30, 0.25), (0.35, 0.60, 1.0), (1.0, 0.85, 0.6))
    for _ in range(60):
        cx, cy, r = rng.uniform(0, width / height), rng.normal(0.55, 0.16), rng.uniform(0.008, 0.035)
        _spot(picture, x, y, (cx, cy), (r, r), lamps[rng.integers(len(lamps))], rng.uniform(0.1, 0.5), hard=6)
    return picture


def busy(width: int, height: int) -> Picture:
    """A market: every colour, small and large, with hard edges, white and yellow among them."""
    rng = np.random.default_rng(3)
    y, x = _grid(width, height)
    picture = _blend((0.55, 0.35, 0.25), (0.25, 0.45, 0.35), y)
    colours = ((0.96, 0.94, 0.90), (0.93, 0.74, 0.25), (0.78, 0.27, 0.24), (0.28, 0.49, 0.66), (0.33, 0.56, 0.38))
    for size in (0.08, 0.04, 0.02):
        for _ in range(260):
            cx, cy = rng.uniform(0, width / height), rng.uniform(0, 1)
            wide, tall = size * rng.uniform(0.4, 1.2, 2)
            _spot(picture, x, y, (cx, cy), (wide, tall), colours[rng.integers(len(colours))], 0.85, hard=12)
    return picture


def film(path: Path, size: tuple[int, int], cuts: Sequence[float], duration: float) -> None:
    """A video of ``duration`` seconds that goes from light to dark to busy at the two ``cuts``, in seconds."""
    width, height = size
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y"]
    for backdrop, start, end in zip(BACKDROPS, (0.0, *cuts), (*cuts, duration), strict=True):
        picture = path.with_name(f"{backdrop.__name__}-{width}x{height}.ppm")
        if not picture.exists():
            pixels = (np.clip(backdrop(width, height), 0, 1) * 255).astype(np.uint8)
            picture.write_bytes(f"P6 {width} {height} 255\n".encode() + pixels.tobytes())
        command += ["-loop", "1", "-framerate", "30", "-t", f"{end - start:.3f}", "-i", str(picture)]
    encode = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "14", "-pix_fmt", "yuv420p"]
    graph = "[0:v][1:v][2:v]concat=n=3:v=1,scale=out_color_matrix=bt709"
    subprocess.run([*command, "-filter_complex", graph, *encode, str(path)], check=True)


def _grid(width: int, height: int) -> tuple[Picture, Picture]:
    """How far each pixel is from the top and the left, in heights."""
    y, x = np.mgrid[0:height, 0:width] / height
    return y, x


def _blend(first: Sequence[float], second: Sequence[float], share: Picture) -> Picture:
    share = np.clip(share, 0, 1)[..., None]
    return np.array(first) * (1 - share) + np.array(second) * share


def _spot(
    picture: Picture, x: Picture, y: Picture, middle: tuple[float, float], radii: Sequence[float],
    colour: Sequence[float], strength: float, hard: float = 1.0,
) -> None:  # fmt: skip
    """Lay an ellipse of a colour over the picture; its edge is the sharper, the higher ``hard`` is."""
    height, width = picture.shape[:2]
    top, bottom = (int(np.clip((middle[1] + side * 2 * radii[1]) * height, 0, height)) for side in (-1, 1))
    left, right = (int(np.clip((middle[0] + side * 2 * radii[0]) * height, 0, width)) for side in (-1, 1))
    box = np.s_[top:bottom, left:right]
    distance = np.hypot((x[box] - middle[0]) / radii[0], (y[box] - middle[1]) / radii[1])
    cover = (strength * np.clip((1 - distance) * hard, 0, 1))[..., None]
    picture[box] = picture[box] * (1 - cover) + np.array(colour) * cover


BACKDROPS: tuple[Callable[[int, int], Picture], ...] = (light, dark, busy)
