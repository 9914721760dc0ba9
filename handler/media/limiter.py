"""Bring speech to a loudness under a true peak: one gain, and a look-ahead limiter for the loudest moments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from handler.cancellation import NEVER, Cancellation
from handler.media import loudness
from handler.media.loudness import Loudness, amplitude
from handler.types import Samples

if TYPE_CHECKING:
    import numpy.typing as npt

    Gains = npt.NDArray[np.float64]

TOLERANCE_LU = 0.1
MAX_ROUNDS = 8
MAX_DRIVE_DB = 12.0  # beyond the gain alone, into the limiter: more would only crush the speech
MIN_SLOPE = 0.25  # LU that a dB of gain is taken to add at least, where the limiter takes most of it

GAIN_STEP_S = 0.0005  # the limiter's gain is computed at each, and runs straight between
LOOK_AHEAD_STEPS = 8  # even: in so many the gain comes down before a peak
RELEASE_DB_PER_S = 240.0
MARGIN_DB = 0.1  # under the true peak that is asked for: other meters oversample with other filters


@dataclass(frozen=True)
class Levelled:
    """Samples, and what was measured in them."""

    samples: Samples
    sample_rate: int
    measured: Loudness


def level(
    samples: Samples,
    sample_rate: int,
    target_lufs: float | None,
    true_peak_dbtp: float,
    cancellation: Cancellation = NEVER,
) -> Levelled:
    """Bring samples to ``target_lufs`` with no peak above ``true_peak_dbtp``, not even between two samples.

    The limiter takes loudness away, so the gain is raised until the result is within TOLERANCE_LU, or MAX_DRIVE_DB are
    spent. Samples without a loudness, and all where no target is given, are only limited.
    """
    now = loudness.integrated(samples, sample_rate)
    if target_lufs is None or now is None:
        return _measured(limited(samples, sample_rate, true_peak_dbtp), sample_rate, true_peak_dbtp)
    peaks = loudness.peaks(samples, sample_rate, _gain_step(sample_rate))

    def at_gain(gain_db: float) -> tuple[Samples, float]:
        factor = np.float32(amplitude(gain_db))
        made = _limited(samples * factor, peaks * factor, sample_rate, true_peak_dbtp)
        return made, loudness.integrated(made, sample_rate) or loudness.ABSOLUTE_GATE_LUFS

    needed = gain = target_lufs - now
    made, reached = at_gain(gain)
    slope = 1.0
    for _ in range(MAX_ROUNDS):
        cancellation.check()
        missing = target_lufs - reached
        if abs(missing) <= TOLERANCE_LU / 2 or (missing > 0 and gain >= needed + MAX_DRIVE_DB):
            break
        raised = min(gain + missing / slope, needed + MAX_DRIVE_DB)
        made, then = at_gain(raised)
        slope = min(1.0, max(MIN_SLOPE, (then - reached) / (raised - gain)))
        gain, reached = raised, then
    return _measured(made, sample_rate, true_peak_dbtp)


def _measured(samples: Samples, sample_rate: int, true_peak_dbtp: float) -> Levelled:
    """The samples as they are, or that little softer by which a peak is still too high."""
    found = loudness.measure(samples, sample_rate)
    if found.true_peak_dbtp is None or found.true_peak_dbtp <= true_peak_dbtp:
        return Levelled(samples, sample_rate, found)
    softer = samples * np.float32(amplitude(true_peak_dbtp - MARGIN_DB - found.true_peak_dbtp))
    return Levelled(softer, sample_rate, loudness.measure(softer, sample_rate))


def limited(samples: Samples, sample_rate: int, true_peak_dbtp: float) -> Samples:
    """Lower the loudest moments, so that the true peak is MARGIN_DB below the one given; the rest is untouched.

    The gain comes down smoothly before a peak, within the look-ahead, and goes up again by RELEASE_DB_PER_S.
    """
    peaks = loudness.peaks(samples, sample_rate, _gain_step(sample_rate))
    return _limited(samples, peaks, sample_rate, true_peak_dbtp)


def _gain_step(sample_rate: int) -> int:
    return max(1, round(GAIN_STEP_S * sample_rate))


def _limited(samples: Samples, peaks: Samples, sample_rate: int, true_peak_dbtp: float) -> Samples:
    """As `limited`, with the true peak in each step."""
    ceiling = amplitude(true_peak_dbtp - MARGIN_DB)
    if float(peaks.max(initial=0.0)) <= ceiling:
        return samples
    step = _gain_step(sample_rate)
    gains = _gains(20 * np.log10(ceiling / np.maximum(peaks.astype(np.float64), ceiling)), step / sample_rate)
    return _applied(samples, gains, step)


def _gains(allowed_db: Gains, step_s: float) -> Gains:
    """The gain at the beginning of each step, and at the end of the last, by the one that is allowed in each step."""
    reach, width = LOOK_AHEAD_STEPS, LOOK_AHEAD_STEPS + 1
    # Each gain becomes a mean of those within the reach, so all of them have to be allowed where it is.
    lowest = _lowest(np.pad(allowed_db, 2 * reach + 1), 2 * reach + 2)
    rise = RELEASE_DB_PER_S * step_s * np.arange(len(lowest))
    released = np.minimum.accumulate(lowest - rise) + rise
    return np.asarray(10 ** (_mean(_mean(released, width), width) / 20))


def _lowest(values: Gains, width: int) -> Gains:
    """The least of each run of so many values."""
    covered = 1
    while covered < width:
        more = min(covered, width - covered)
        values = np.minimum(values[:-more], values[more:])
        covered += more
    return values


def _mean(values: Gains, width: int) -> Gains:
    """The mean of each run of so many values."""
    sums = np.cumsum(np.pad(values, (1, 0)))
    return (sums[width:] - sums[:-width]) / width


def _applied(samples: Samples, gains: Gains, step: int) -> Samples:
    """Multiply the samples by gains that are ``step`` samples apart, and straight lines between."""
    count = len(gains) - 1
    ramp = np.arange(step, dtype=np.float32) / np.float32(step)
    points = gains.astype(np.float32)
    between = points[:-1, None] + (points[1:] - points[:-1])[:, None] * ramp
    padded = np.pad(samples, (0, count * step - len(samples))).reshape(count, step)
    return np.ascontiguousarray((padded * between).reshape(-1)[: len(samples)])
