"""Speech is brought to a loudness under a true peak, in time that does not depend on how it is made."""

from __future__ import annotations

import numpy as np
import pytest

from handler.cancellation import Cancellation
from handler.errors import Cancelled
from handler.media import limiter, loudness
from handler.media.audio import resample
from handler.types import Samples
from tests.support.ebur128 import metered_samples
from tests.support.human_samples import RATE, human_samples


def speech(rate: int = RATE) -> Samples:
    return resample(human_samples(), RATE, rate)


@pytest.mark.parametrize("rate", [8_000, 22_050, 24_000, 48_000])
@pytest.mark.parametrize("lufs", [-40, -23, -16, -14])
def test_target_is_reached_under_the_peak(lufs: float, rate: int) -> None:
    """ffmpeg's meter finds the loudness within 0.1 LU, and no peak above the one allowed."""
    made = limiter.level(speech(rate), rate, lufs, -1.0)
    found = metered_samples(made.samples, rate)
    assert found.integrated == pytest.approx(lufs, abs=0.11)
    assert found.true_peak <= -1.0
    assert made.measured.integrated_lufs == pytest.approx(found.integrated, abs=0.1)
    assert len(made.samples) == len(speech(rate))


def test_too_loud_a_target_is_told() -> None:
    """At -5 LUFS the peak still holds, and what is measured says how loud the speech has become: louder than before."""
    made = limiter.level(speech(), RATE, -5.0, -1.0)
    assert made.measured.true_peak_dbtp is not None
    assert made.measured.true_peak_dbtp <= -1.0
    assert made.measured.integrated_lufs is not None
    assert -13 < made.measured.integrated_lufs < -6


def test_gain_alone_changes_nothing_else() -> None:
    """Where no peak is too high every sample is multiplied by the same factor."""
    made = limiter.level(speech(), RATE, -30.0, -1.0).samples
    factor = made[np.abs(speech()).argmax()] / np.abs(speech()).max()
    np.testing.assert_allclose(made, np.abs(factor) * speech(), atol=1e-6)


@pytest.mark.parametrize("peak", [-9.0, -1.0, 0.0])
def test_peaks_are_lowered_smoothly(peak: float) -> None:
    """A burst inside a tone comes down to the peak; the gain never jumps, and far from the burst it is 1."""
    times = np.arange(RATE * 2) / RATE
    tone = (0.2 * np.sin(2 * np.pi * 1000 * times)).astype(np.float32)
    tone[RATE : RATE + 480] *= 10
    made = limiter.limited(tone, RATE, peak)
    assert loudness.measure(made, RATE).true_peak_dbtp == pytest.approx(peak - limiter.MARGIN_DB, abs=0.05)
    np.testing.assert_array_equal(made[: RATE - 300], tone[: RATE - 300])
    np.testing.assert_array_equal(made[-RATE // 2 :], tone[-RATE // 2 :])
    sounding = np.abs(tone) > 0.05
    gain = made[sounding] / tone[sounding]
    assert np.abs(np.diff(gain)).max() < 0.03
    assert gain.max() <= 1.0001


def test_short_or_silent_samples_are_limited_alone() -> None:
    """What has no loudness keeps its level, and its peaks are lowered all the same."""
    loud = np.full(100, 1.5, np.float32)
    assert np.abs(limiter.level(loud, RATE, -16.0, -1.0).samples).max() <= loudness.amplitude(-1.0)
    for quiet in (np.zeros(RATE, np.float32), np.zeros(0, np.float32), speech()[:1000] * np.float32(0.1)):
        np.testing.assert_array_equal(limiter.level(quiet, RATE, -16.0, -1.0).samples, quiet)


def test_levelling_can_be_cancelled() -> None:
    """A cancelled job does not go through all rounds."""
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(Cancelled):
        limiter.level(speech(), RATE, -14.0, -1.0, cancellation)
