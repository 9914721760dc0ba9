"""What tests hear of encoded sound: the samples that ffmpeg decodes, and clicks in them."""

from __future__ import annotations

import subprocess

import imageio_ffmpeg
import numpy as np

from handler.types import Samples

DECODED_RATE = 48_000


def decoded(body: bytes, sample_rate: int = DECODED_RATE, *options: str) -> Samples:
    """What ffmpeg plays of a file, or of its beginning, none if it cannot; ``options`` say what raw samples are."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *options, "-i", "pipe:0", "-f", "f32le", "-ac", "1"]
    done = subprocess.run([*command, "-ar", str(sample_rate), "pipe:1"], input=body, capture_output=True, check=False)
    return np.frombuffer(done.stdout, np.float32)


def raw(sample_rate: int) -> tuple[str, ...]:
    """The options that tell ffmpeg of raw 16-bit samples."""
    return "-f", "s16le", "-ar", str(sample_rate), "-ac", "1"


def lag(heard: Samples, given: Samples) -> int:
    """By how many samples the sound comes later than in what was given."""
    size = 1 << (len(heard) + len(given)).bit_length()
    match = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(given, size)), size)
    at = int(np.argmax(match))
    return at if at < size // 2 else at - size
