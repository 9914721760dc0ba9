"""Short files of every kind that is marked, made by the worker's own encoders and by ffmpeg."""

from __future__ import annotations

import subprocess

import imageio_ffmpeg
import numpy as np

from handler.media import audio
from handler.types import Samples

MEDIA_TYPES = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "m4a": "audio/mp4",
}
RATE = 24_000


def voice(seconds: float = 1.0, rate: int = RATE) -> Samples:
    """A buzz with the harmonics of a voice, and some noise."""
    times, noise = np.arange(round(seconds * rate)) / rate, np.random.default_rng(1)
    tones = sum(np.sin(2 * np.pi * 130 * part * times) / part for part in range(1, 20))
    return (0.15 * tones + 0.002 * noise.standard_normal(len(times))).astype(np.float32)


def made(format_: str, seconds: float = 1.0) -> bytes:
    """A file of MEDIA_TYPES."""
    if format_ != "m4a":
        return audio.encode(voice(seconds), RATE, format_).body
    return converted(made("wav", seconds), "-c:a", "aac", "-f", "ipod", "-movflags", "frag_keyframe+empty_moov")


def converted(body: bytes, *options: str) -> bytes:
    """What ffmpeg makes of a file."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", "pipe:0", *options, "pipe:1"]
    return subprocess.run(command, input=body, capture_output=True, check=True).stdout
