"""Loudness and true peak are those of ITU-R BS.1770: by EBU's test signals, and by ffmpeg's meter."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter  # type: ignore[import-untyped]

from handler.media import loudness
from handler.media.audio import resample
from handler.types import Samples
from tests.support.ebur128 import metered_samples
from tests.support.human_samples import RATE as HUMAN_RATE
from tests.support.human_samples import human_samples, noise, silence

RATE = 24_000
MONO_DB = -3.01  # EBU's signals are in two channels: one of them alone is half as loud


def sine(seconds: float, dbfs: float, hertz: float = 1000.0, rate: int = RATE, phase: float = 0.0) -> Samples:
    times = np.arange(round(seconds * rate)) / rate
    wave = 10 ** (dbfs / 20) * np.sin(2 * np.pi * hertz * times + np.radians(phase))
    return np.asarray(wave, np.float32)


def faded(tone: Samples) -> Samples:
    """With soft ends: a hard one rings in every filter, and in each as it does."""
    ramp = np.minimum(1, np.arange(len(tone)) / 500).astype(np.float32)
    return np.asarray(tone * ramp * ramp[::-1])


@pytest.mark.parametrize(
    ("parts", "lufs"),
    [
        ([(20, -23)], -23.0),
        ([(20, -33)], -33.0),
        ([(10, -36), (60, -23), (10, -36)], -23.0),
        ([(10, -72), (10, -36), (60, -23), (10, -36), (10, -72)], -23.0),
        ([(20, -26), (20.1, -20), (20, -26)], -23.0),
    ],
)
def test_signals_of_ebu_tech_3341(parts: list[tuple[float, float]], lufs: float) -> None:
    """Cases 1 to 5 come out within 0.1 LU: the absolute gate and the relative one are applied."""
    samples = np.concatenate([sine(*part) for part in parts])
    assert loudness.integrated(samples, RATE) == pytest.approx(lufs + MONO_DB, abs=0.1)


@pytest.mark.parametrize(("parts", "range_lu"), [([-20, -30], 10), ([-20, -15], 5), ([-40, -20], 20)])
def test_range_of_ebu_tech_3342(parts: list[float], range_lu: float) -> None:
    """Cases 1 to 3 for the loudness range, 20 s at each level, come out within 1 LU as EBU asks."""
    samples = np.concatenate([sine(20, dbfs) for dbfs in parts])
    assert loudness.measure(samples, RATE).range_lu == pytest.approx(range_lu, abs=1)


@pytest.mark.parametrize("phase", [0.0, 45.0, 60.0, 67.5])
@pytest.mark.parametrize("rate", [8_000, 22_050, 48_000])
def test_peak_between_samples_is_found(phase: float, rate: int) -> None:
    """Cases 15 to 18 of Tech 3341: a tone at a quarter of the rate has its peak, wherever its samples are."""
    tone = sine(1, -6.0, rate / 4, rate, phase)
    assert loudness.measure(faded(tone), rate).true_peak_dbtp == pytest.approx(-6.0, abs=0.1)


def test_weighting_is_that_of_the_standard() -> None:
    """The recursive filters with the standard's own coefficients for 48 kHz give the same power in each step.

    Speech of several passes, and a last window that is not full, are measured without a seam.
    """
    parts = [sine(1, -12, 45, 48_000), resample(human_samples(), HUMAN_RATE, 48_000)]
    samples = np.resize(np.concatenate(parts), 37 * 48_000 + 100)
    shelf = ([1.53512485958697, -2.69169618940638, 1.19839281085285], [1, -1.69065929318241, 0.73248077421585])
    high_pass = ([1.0, -2.0, 1.0], [1, -1.99004745483398, 0.99007225036621])
    weighted = lfilter(*high_pass, lfilter(*shelf, samples.astype(np.float64)))
    steps = weighted[: len(weighted) // 4800 * 4800].reshape(-1, 4800)
    np.testing.assert_allclose(loudness.step_powers(samples, 48_000), np.square(steps).mean(1), rtol=1e-3, atol=1e-9)


SOUNDS = {
    "a person": lambda rate: resample(human_samples(), HUMAN_RATE, rate),
    "a person in noise": lambda rate: resample(noise(human_samples(), 10), HUMAN_RATE, rate),
    "speech with long pauses": lambda rate: resample(
        np.concatenate([silence(3), human_samples(), silence(7), human_samples() * np.float32(0.2)]), HUMAN_RATE, rate
    ),
    "a deep tone": lambda rate: sine(5, -12, 60, rate),
    "a high tone": lambda rate: faded(sine(5, -12, 0.4 * rate, rate)),
}


@pytest.mark.parametrize("sound", SOUNDS)
@pytest.mark.parametrize("rate", [8_000, 22_050, 24_000, 44_100, 48_000])
def test_ffmpeg_measures_the_same(sound: str, rate: int) -> None:
    """ffmpeg's ebur128 agrees within 0.1 LU of loudness and range, and within 0.2 dB of true peak, at every rate."""
    samples = SOUNDS[sound](rate)
    ours, theirs = loudness.measure(samples, rate), metered_samples(samples, rate)
    assert ours.integrated_lufs == pytest.approx(theirs.integrated, abs=0.1)
    assert ours.true_peak_dbtp == pytest.approx(theirs.true_peak, abs=0.2)
    assert ours.range_lu == pytest.approx(theirs.range, abs=0.15)


def test_silence_has_no_loudness() -> None:
    """Digital silence has neither loudness nor peak, nor has nothing at all; a reply says null."""
    for samples in (np.zeros(5 * RATE, np.float32), np.zeros(0, np.float32)):
        assert set(loudness.measure(samples, RATE).fields().values()) == {None}


def test_short_speech_has_no_loudness() -> None:
    """Under 0.4 s there is no block to measure, and under 3 s no range; the peak is always there."""
    assert loudness.measure(sine(0.39, -20), RATE).integrated_lufs is None
    assert loudness.measure(sine(0.39, -20), RATE).true_peak_dbtp == pytest.approx(-20, abs=0.1)
    second = loudness.measure(sine(1, -20), RATE)
    assert second.integrated_lufs is not None
    assert second.range_lu is None


def test_peaks_are_those_of_each_run() -> None:
    """Each run of samples has its own peak, also where many runs are more than is computed at once."""
    samples = np.zeros(100_000, np.float32)
    samples[[10, 40_000, 99_999]] = (0.5, -0.25, 0.125)
    found = loudness.peaks(samples, RATE, 100)
    assert len(found) == 1000
    assert found[[0, 400, 999]] == pytest.approx([0.5, 0.25, 0.125])
    assert found[[200, 600]].max() < 1e-4


@pytest.mark.parametrize("rate", [8_000, 22_050, 48_000])
def test_true_peak_is_the_largest_of_all_peaks(rate: int) -> None:
    """What looks at few places finds the same as what looks at all: noise, tones of all pitches, clips."""
    rng = np.random.default_rng(rate)
    length = 70_000
    times = np.arange(length)
    for pitch in (0.01, 0.1, 0.25, 0.45, 0.499):
        swell = np.exp(-(((times - length * rng.uniform()) / rng.uniform(100, 9000)) ** 2))
        tone = np.sin(2 * np.pi * pitch * times + rng.uniform(0, 6)) * swell
        for sound in (tone, rng.standard_normal(length) * swell, np.clip(3 * tone, -1, 1), np.zeros(length)):
            samples = sound.astype(np.float32)
            assert loudness.true_peak(samples, rate) == float(loudness.peaks(samples, rate).max())
