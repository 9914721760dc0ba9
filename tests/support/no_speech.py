"""Sounds in which nobody speaks, half a dozen seconds each, at 16 kHz."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from handler.types import Samples

Sound = Any  # float64 samples: what numpy makes of them
RATE = 16_000
SECONDS = 6.0
_TIME = np.arange(round(SECONDS * RATE)) / RATE
_SCALE_HZ = (262, 294, 330, 349, 392, 440, 494, 523)


def _random() -> np.random.Generator:
    return np.random.default_rng(1)


def _white() -> Sound:
    return 0.1 * _random().standard_normal(len(_TIME))


def _pink() -> Sound:
    spectrum = np.fft.rfft(_random().standard_normal(len(_TIME)))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
    noise = np.fft.irfft(spectrum, len(_TIME))
    return 0.3 * noise / np.abs(noise).max()


def _hum() -> Sound:
    return np.sum([0.2 / order * np.sin(2 * np.pi * 50 * order * _TIME) for order in (1, 2, 3, 5)], axis=0)


def _melody() -> Sound:
    """A note with five overtones every 0.4 s, which dies away as that of a piano."""
    notes = _random().choice(_SCALE_HZ, size=round(SECONDS / 0.4) + 1)
    frequency = notes[(_TIME / 0.4).astype(int)]
    overtones = np.sum([np.sin(2 * np.pi * frequency * order * _TIME) / order for order in range(1, 6)], axis=0)
    return 0.2 * overtones * np.exp(-4 * (_TIME % 0.4))


def _applause() -> Sound:
    """Sixty claps a second."""
    samples, random = np.zeros(len(_TIME) + RATE), _random()
    decay = np.exp(-np.arange(320) / 64)
    for at in random.integers(len(_TIME), size=round(60 * SECONDS)):
        samples[at : at + 320] += random.uniform(0.05, 0.4) * random.standard_normal(320) * decay
    return np.clip(samples[: len(_TIME)], -1, 1)


_SOUNDS: dict[str, Callable[[], Sound]] = {
    "silence": lambda: np.zeros(len(_TIME)),
    "offset": lambda: np.full(len(_TIME), 0.01),
    "white noise": _white,
    "pink noise": _pink,
    "hum": _hum,
    "melody": _melody,
    "applause": _applause,
}

NO_SPEECH: dict[str, Samples] = {name: np.asarray(make(), np.float32) for name, make in _SOUNDS.items()}
