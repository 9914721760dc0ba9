"""Speech at another pace keeps its pitch and has exactly the length asked for."""

from __future__ import annotations

import numpy as np
import pytest

from handler.cancellation import Cancellation
from handler.errors import Cancelled
from handler.media.tempo import at_tempo

RATE, PITCH_HZ = 24_000, 220.0
TONE = (0.5 * np.sin(2 * np.pi * PITCH_HZ * np.arange(2 * RATE) / RATE)).astype(np.float32)


def pitch(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * RATE / len(samples))


@pytest.mark.parametrize("factor", [0.25, 0.5, 0.8, 1.25, 2.0, 3.3, 4.0])
def test_length_follows_and_pitch_stays(factor: float) -> None:
    """The samples are those asked for, as loud and as high as before, from the first to the last."""
    changed = at_tempo(TONE, RATE, factor)
    assert len(changed) == round(len(TONE) / factor)
    assert changed.dtype == np.float32
    assert pitch(changed) == pytest.approx(PITCH_HZ, abs=3)
    for part in np.array_split(changed, 8)[1:-1]:
        assert np.sqrt(np.mean(part**2)) == pytest.approx(np.sqrt(np.mean(TONE**2)), rel=0.15)


def test_same_pace_is_the_same_sound() -> None:
    """A factor of 1 changes nothing, and an empty sound stays empty."""
    assert at_tempo(TONE, RATE, 1.0) is TONE
    assert len(at_tempo(TONE[:0], RATE, 2.0)) == 0


def test_same_request_has_the_same_bytes() -> None:
    """Two runs agree to the last bit."""
    assert np.array_equal(at_tempo(TONE, RATE, 1.3), at_tempo(TONE, RATE, 1.3))


def test_cancelled_while_it_is_changed() -> None:
    """A cancelled job does not wait for the end."""
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(Cancelled):
        at_tempo(TONE, RATE, 1.5, cancellation)
