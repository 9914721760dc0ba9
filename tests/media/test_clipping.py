"""Clipping is distinguished from loud and from pure sounds."""

from __future__ import annotations

import numpy as np
import pytest

from handler.media.clipping import clipping_ratio
from handler.media.levels import remove_dc
from handler.types import Samples
from tests.support.human_samples import RATE, human_samples


@pytest.fixture(scope="module")
def human() -> Samples:
    return human_samples()


@pytest.mark.parametrize("rate", [8_000, RATE, 48_000])
def test_tone_is_not_clipped(rate: int) -> None:
    """However pure, loud or slow a tone is, and wherever its samples fall, its tops are round; so are those of chords,
    and of a tone that swells or has 8 bits."""
    times = np.arange(rate) / rate
    for hertz in (20, 55, 100, 220, 440, 500, 1000, 1333, 2000, 3000, rate / 2 - 10):
        for phase in (0.0, 0.3, np.pi / 4):
            tone = np.sin(2 * np.pi * hertz * times + phase)
            for sound in (tone, tone * (1 - 0.3 * np.sin(2 * np.pi * 3 * times) ** 2), np.round(tone * 127) / 128):
                assert clipping_ratio(remove_dc(sound.astype(np.float32))) < 0.0005, (hertz, phase)
    chord = sum(np.sin(2 * np.pi * hertz * times) for hertz in (220, 277, 330))
    assert clipping_ratio(remove_dc(np.asarray(chord, np.float32))) < 0.0005


@pytest.mark.parametrize("gain", [1.0, 0.3, 0.01])
@pytest.mark.parametrize("offset", [0.0, 0.3])
def test_flat_tops_are_clipping(human: Samples, gain: float, offset: float) -> None:
    """Square waves, clipped tones and clipped speech are known at any level, also when only one side was cut off or
    each at another height."""
    times = np.arange(RATE) / RATE
    for hertz in (50, 440, 1000):
        tone = np.sin(2 * np.pi * hertz * times)
        assert clipping_ratio(remove_dc((np.sign(tone + 1e-9) * gain + offset).astype(np.float32))) > 0.9
        assert clipping_ratio(remove_dc((np.clip(1.5 * tone, -1, 1) * gain + offset).astype(np.float32))) > 0.4
    loud = human / np.abs(human).max()
    clean, half, twice, much = (
        clipping_ratio(remove_dc((np.clip(loud * by, lowest, 1) * gain + offset).astype(np.float32)))
        for by, lowest in ((1, -1), (2, -9), (2, -1), (4, -1))
    )
    assert clean == 0.0
    assert 0.003 < half < twice < 0.03 < much
