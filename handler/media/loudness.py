"""Loudness and true peak by ITU-R BS.1770-5, and the loudness range by EBU Tech 3342, of one channel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, log10, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from handler.types import Samples

if TYPE_CHECKING:
    import numpy.typing as npt

    Powers = npt.NDArray[np.float64]

STEP_S = 0.1  # a block of 0.4 s begins at each
BLOCK_STEPS, SHORT_TERM_STEPS = 4, 30
ABSOLUTE_GATE_LUFS, RELATIVE_GATE_LU, RANGE_GATE_LU = -70.0, -10.0, -20.0
OFFSET_LUFS = -0.691  # 0 dB of full scale at 997 Hz is -3.01 LUFS
TRUE_PEAK_RATE = 192_000  # Hz that samples are brought to, at least, before their peak is read

_SILENCE = 1e-10  # as a peak: 200 dB below full scale
_DECAY_STEPS = 1  # in which the answer of the K-weighting to a click dies away: to 1e-9 of it
_WINDOWS = 32  # transformed at once: while NumPy is at work, other threads run
_PEAK_BLOCK, _CONTEXT = 1 << 15, 256  # samples that are brought to TRUE_PEAK_RATE at once, and more of them around
_RATES = 16  # rates whose filters are kept: a client may ask for any of 40,000, and those of one have 0.3 MB
_BESIDE = 0.7  # cos(45°), and a hundredth less: filters are not ideal
_MOST_NEAR = 0.02  # share of the samples that may be beside a peak; with more, all of them are no dearer
_TAPS, _AS_LARGE = 128, 0.999  # samples on each side that make what lies between two, to a thousandth


@dataclass(frozen=True)
class Loudness:
    """What was measured; None where there is nothing to measure: in silence, and where the speech is too short.

    ``integrated_lufs`` needs a block of 0.4 s, ``range_lu`` 3 s.
    """

    integrated_lufs: float | None
    true_peak_dbtp: float | None
    range_lu: float | None

    def fields(self) -> dict[str, float | None]:
        """As replies have them, with two decimals."""
        named = {
            "integrated_lufs": self.integrated_lufs,
            "true_peak_dbtp": self.true_peak_dbtp,
            "loudness_range_lu": self.range_lu,
        }
        return {name: None if value is None else round(value, 2) for name, value in named.items()}


def measure(samples: Samples, sample_rate: int) -> Loudness:
    """The loudness of a whole recording, in time that grows with its length alone."""
    powers = step_powers(samples, sample_rate)
    return Loudness(_integrated(powers), to_db(true_peak(samples, sample_rate)), _range(powers))


class Meter:
    """Measures speech that comes in pieces, of which it keeps no more than the filters look back at."""

    def __init__(self, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._powers: list[Powers] = []
        self._held = np.zeros(0, np.float32)
        self._counted = 0  # steps of what is held that were measured before
        self._peak = 0.0

    def add(self, samples: Samples) -> None:
        """Take the next samples."""
        self._peak = max(self._peak, true_peak(samples, self._sample_rate))
        held = np.concatenate([self._held, samples])
        powers = step_powers(held, self._sample_rate)
        self._powers.append(powers[self._counted :])
        self._counted = min(_DECAY_STEPS, len(powers))
        self._held = held[(len(powers) - self._counted) * round(STEP_S * self._sample_rate) :]

    def measured(self) -> Loudness:
        """The loudness of all that came."""
        powers = np.concatenate([np.zeros(0), *self._powers])
        return Loudness(_integrated(powers), to_db(self._peak), _range(powers))


def integrated(samples: Samples, sample_rate: int) -> float | None:
    """The gated loudness in LUFS; None where no block of 0.4 s is above -70 LUFS."""
    return _integrated(step_powers(samples, sample_rate))


def true_peak(samples: Samples, sample_rate: int) -> float:
    """The largest magnitude, also between samples: the largest of `peaks`, for which it looks at few places.

    At twice the rate, the sample beside a peak has at least cos(45°) of it. What lies between the samples that are as
    large is computed next, and the block that has the largest is looked at as `peaks` does.
    """
    factor = ceil(TRUE_PEAK_RATE / sample_rate)
    near = _beside_peaks(samples) if len(samples) > _PEAK_BLOCK and factor > 2 else np.zeros(0, np.int64)
    if not 0 < len(near) < _MOST_NEAR * len(samples):
        return float(peaks(samples, sample_rate).max(initial=0.0))
    # A peak may lie after the sample, or before it.
    places = np.unique(np.clip(np.concatenate([near // 2, (near - 1) // 2]), 0, len(samples) - 1))
    around = np.lib.stride_tricks.sliding_window_view(np.pad(samples, _TAPS), 2 * _TAPS + 1)
    rough = np.maximum(np.abs(around[places] @ _filters_between(factor)).max(1), np.abs(samples[places]))
    starts = np.unique(places[rough >= _AS_LARGE * rough.max()] // _PEAK_BLOCK) * _PEAK_BLOCK
    ends = np.minimum(starts + _PEAK_BLOCK, len(samples))
    return max(
        float(_block_peaks(samples, int(start), int(end), factor, _PEAK_BLOCK).max())
        for start, end in zip(starts, ends, strict=True)
    )


def _beside_peaks(samples: Samples) -> npt.NDArray[np.int64]:
    """Where, in samples at twice the rate, the largest peak may be beside."""
    import soxr

    doubled = soxr.resample(samples, 1, 2, quality="VHQ")[: 2 * len(samples)]
    np.abs(doubled, out=doubled)
    # The filter may lower the samples themselves, as in `peaks`.
    np.maximum(doubled[0::2], np.abs(samples), out=doubled[0::2])
    return np.flatnonzero(doubled >= max(_BESIDE * doubled.max(), _SILENCE))


@lru_cache(_RATES)
def _filters_between(factor: int) -> Samples:
    """What `soxr` makes of the _TAPS samples around each, for each of the ``factor`` samples from there on."""
    import soxr

    click = np.zeros(4 * _TAPS + 1, np.float32)
    click[2 * _TAPS] = 1.0
    answer = soxr.resample(click, 1, factor, quality="VHQ")[: len(click) * factor].reshape(-1, factor)
    return np.ascontiguousarray(answer[_TAPS : 3 * _TAPS + 1][::-1])


def peaks(samples: Samples, sample_rate: int, step: int = 1 << 10) -> Samples:
    """The largest magnitude in each run of ``step`` samples, also between them, up to the next run."""
    factor, block = ceil(TRUE_PEAK_RATE / sample_rate), max(step, _PEAK_BLOCK // step * step)
    found = [
        _block_peaks(samples, start, min(start + block, len(samples)), factor, step)
        for start in range(0, len(samples), block)
    ]
    return np.concatenate(found) if found else np.zeros(0, np.float32)


def _block_peaks(samples: Samples, start: int, stop: int, factor: int, step: int) -> Samples:
    import soxr

    first, last = max(0, start - _CONTEXT), min(len(samples), stop + _CONTEXT)
    between = np.abs(soxr.resample(samples[first:last], 1, factor, quality="VHQ"))
    # The filter may lower the samples themselves, where they are close to half of their rate.
    found = np.abs(samples[start:stop])
    own = between[(start - first) * factor :][: len(found) * factor]
    length = -(-len(found) // step)
    inner = np.pad(own, (0, length * step * factor - len(own))).reshape(length, -1).max(1)
    outer = np.pad(found, (0, length * step - len(found))).reshape(length, -1).max(1)
    return np.asarray(np.maximum(inner, outer), np.float32)


def to_db(magnitude: float) -> float | None:
    """A magnitude in dB of full scale, None for silence."""
    return 20 * log10(magnitude) if magnitude > _SILENCE else None


def step_powers(samples: Samples, sample_rate: int) -> Powers:
    """The mean square of each whole STEP_S after the K-weighting.

    The filters are applied to the spectra of windows of half a second or so. Their answer to a click dies away within
    _DECAY_STEPS, with which each window begins, so that this is what the recursive filters of the standard give.
    """
    step = round(STEP_S * sample_rate)
    length = 1 << (4 * step - 1).bit_length()  # a power of two is transformed fastest, a short one stays in the cache
    weights = _weights(sample_rate, length)
    before, kept = _DECAY_STEPS * step, (length // step - _DECAY_STEPS) * step
    whole = len(samples) // step
    powers = [np.zeros(0)]
    for start in range(0, whole * step, _WINDOWS * kept):
        stop = min(start + _WINDOWS * kept, whole * step)
        first, last = start - before, start + -(-(stop - start) // kept) * kept
        piece = np.pad(samples[max(0, first) : stop], (max(0, -first), last - stop))
        windows = np.lib.stride_tricks.sliding_window_view(piece, before + kept)[::kept]
        weighted = np.fft.irfft(np.fft.rfft(windows, length) * weights, length)[:, before : before + kept]
        steps = weighted.reshape(len(windows), -1, step)
        powers.append(np.vecdot(steps, steps).reshape(-1)[: (stop - start) // step] / step)
    return np.concatenate(powers, dtype=np.float64)


@lru_cache(_RATES)
def _weights(sample_rate: int, length: int) -> npt.NDArray[np.complex64]:
    """The K-weighting at the frequencies of a spectrum of so many samples: a shelf for the head, and a high-pass."""
    back = np.exp(-2j * np.pi * np.arange(length // 2 + 1) / length)  # one sample back
    weights = np.ones(len(back), np.complex128)
    for b, a in (_shelf(sample_rate), _high_pass(sample_rate)):
        weights *= (b[0] + b[1] * back + b[2] * back**2) / (a[0] + a[1] * back + a[2] * back**2)
    return weights.astype(np.complex64)


class Biquad(NamedTuple):
    """The coefficients of a recursive filter of the second order."""

    b: tuple[float, float, float]
    a: tuple[float, float, float]


# The standard gives coefficients for 48 kHz alone. These are the analogue filters that they come from, as libebur128
# and pyloudnorm have them: the same coefficients at 48 kHz to ten decimals.
_SHELF_HZ, _SHELF_DB, _SHELF_Q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
_HIGH_PASS_HZ, _HIGH_PASS_Q = 38.13547087602444, 0.5003270373238773


def _shelf(sample_rate: int) -> Biquad:
    k = np.tan(np.pi * _SHELF_HZ / sample_rate)
    high = 10 ** (_SHELF_DB / 20)
    middle = high**0.4996667741545416
    scale = 1 + k / _SHELF_Q + k * k
    b = (high + middle * k / _SHELF_Q + k * k, 2 * (k * k - high), high - middle * k / _SHELF_Q + k * k)
    return Biquad((b[0] / scale, b[1] / scale, b[2] / scale), _poles(k, _SHELF_Q))


def _high_pass(sample_rate: int) -> Biquad:
    return Biquad((1.0, -2.0, 1.0), _poles(np.tan(np.pi * _HIGH_PASS_HZ / sample_rate), _HIGH_PASS_Q))


def _poles(k: float, q: float) -> tuple[float, float, float]:
    scale = 1 + k / q + k * k
    return 1.0, 2 * (k * k - 1) / scale, (1 - k / q + k * k) / scale


def _integrated(powers: Powers) -> float | None:
    blocks = _gated(_means(powers, BLOCK_STEPS), RELATIVE_GATE_LU)
    return float(_lufs(blocks.mean())) if len(blocks) else None


def _range(powers: Powers) -> float | None:
    blocks = _gated(_means(powers, SHORT_TERM_STEPS), RANGE_GATE_LU)
    if not len(blocks):
        return None
    low, high = np.percentile(_lufs(blocks), (10, 95))
    return float(high - low)


def _means(powers: Powers, steps: int) -> Powers:
    """The mean power of each run of so many steps."""
    if len(powers) < steps:
        return np.zeros(0)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(powers, steps).mean(1))


def _gated(blocks: Powers, relative_lu: float) -> Powers:
    """The blocks above the absolute gate, and above so many LU relative to the loudness of those."""
    blocks = blocks[_lufs(blocks) > ABSOLUTE_GATE_LUFS]
    return blocks[_lufs(blocks) > _lufs(blocks.mean()) + relative_lu] if len(blocks) else blocks


def _lufs(power: Powers | np.float64) -> Powers:
    return OFFSET_LUFS + 10 * np.log10(np.maximum(power, 1e-20))


def amplitude(db: float) -> float:
    """The factor that a gain in dB means."""
    return sqrt(10 ** (db / 10))
