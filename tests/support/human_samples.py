"""A person's clip as samples, and what tests do to it."""

from __future__ import annotations

import numpy as np
import soundfile

from handler.types import Samples
from tests.support.human_clip import HUMAN_CLIP

RATE = 24_000


def human_samples() -> Samples:
    """A person who says HUMAN_TEXT, 5.3 s at 24 kHz: the example that comes with F5-TTS."""
    samples, rate = soundfile.read(HUMAN_CLIP, dtype="float32")
    assert rate == RATE
    return np.asarray(samples)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.float32)


def noise(samples: Samples, decibels: float) -> Samples:
    """White noise so many decibels under the speech."""
    level = np.sqrt(np.mean(samples**2)) * 10 ** (-decibels / 20)
    noisy: Samples = (samples + level * np.random.default_rng(1).standard_normal(len(samples))).astype(np.float32)
    return noisy
