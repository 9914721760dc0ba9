"""The features of pocketsphinx's acoustic model: cepstra of frames of 25.6 ms every 10 ms, and how they change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from handler.aligners.sphinx_decoding import FRAME_BYTES, SAMPLE_RATE

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

# The front end that the model was trained with (`feat.params` of the model, `fe_sigproc.c` of pocketsphinx).
_HOP, _WINDOW, _SPECTRUM = FRAME_BYTES // 2, 410, 512
_PREEMPHASIS = 0.97
_FILTERS, _LOWEST_HZ, _HIGHEST_HZ = 25, 130.0, 6800.0
_CEPSTRA, _LIFTER = 13, 22
_LOG_FLOOR = 1e-4
# Its suppression of noise (`fe_noise.c`, after Kim and Stern's PNCC): how slowly power, noise and peaks change.
_POWER, _RISE, _FALL, _PEAK = 0.7, 0.995, 0.5, 0.85
_MASKED = 0.2  # the share of a peak that what it masks is set to
_MAX_GAIN = 20.0
_FORGOTTEN = 1e-20  # the weight of what is too long ago to count
_NEIGHBOURS = 4  # filters on either side over which the gain is averaged


def filter_energies(sound: bytes) -> Array:
    """[frame, filter] of 16-bit samples at 16 kHz: what the model's filters let through, noise and all."""
    samples = np.frombuffer(sound, "<i2").astype(np.float32)
    emphasised = samples - _PREEMPHASIS * np.concatenate([np.zeros(1, np.float32), samples[:-1]])
    count = max(1, -(-(len(samples) - _WINDOW) // _HOP) + 1)
    emphasised = np.pad(emphasised, (0, max(0, (count - 1) * _HOP + _WINDOW - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(emphasised, _WINDOW)[::_HOP][:count]
    window = np.hamming(_WINDOW).astype(np.float32)
    block = 250  # frames: a spectrum takes some fifteen times the memory of its samples
    blocks = range(0, count, block)
    return np.concatenate(
        [np.abs(np.fft.rfft(frames[at : at + block] * window, _SPECTRUM)) ** 2 @ _MEL_FILTERS for at in blocks]
    )


def features(energies: Array) -> Array:
    """[frame, stream, dimension] of energies: cepstra less their mean, their first and their second differences."""
    cepstra = np.log(_without_noise(energies) + _LOG_FLOOR) @ _TRANSFORM
    cepstra -= cepstra.mean(0)
    padded = np.pad(cepstra, ((3, 3), (0, 0)), "edge")

    def at(offset: int) -> Array:
        return padded[3 + offset : 3 + offset + len(cepstra)]

    return np.stack([cepstra, at(2) - at(-2), at(3) - at(-1) - at(1) + at(-3)], axis=1).astype(np.float32)


def _without_noise(filtered: Array) -> Array:
    """The energies [frame, filter] less a slowly changing noise, and with what a louder sound masks lowered."""
    power = (1 - _POWER) * filtered
    power[0] = filtered[0]
    power = _scanned(np.add, power, _POWER)
    initial = filtered[0] / _MAX_GAIN
    signal = np.maximum(power - _envelope(initial, power), 1.0)
    floor = _envelope(initial, signal)
    masking = np.zeros_like(signal)  # nothing masks the first frame
    masking[1:] = _PEAK * _scanned(np.maximum, signal, _PEAK)[:-1]
    audible = np.where(signal < _PEAK * masking, _MASKED * masking, signal)
    gains = np.maximum(audible, floor) / power
    return np.asarray(filtered * (np.clip(gains, 1 / _MAX_GAIN, _MAX_GAIN) @ _AVERAGE))


def _scanned(join: np.ufunc, values: Array, factor: float) -> Array:
    """What ``now = join(factor * before, value)`` gives at each frame (Hillis and Steele, 1986: steps that double)."""
    found = values.copy()
    step = 1
    while step < len(values) and factor**step > _FORGOTTEN:
        found[step:] = join(found[step:], factor**step * found[:-step])
        step *= 2
    return found


def _envelope(initial: Array, values: Array) -> Array:
    """Follow the lower envelope of values [frame, filter]: fast down, slowly up."""
    found = np.empty_like(values)
    before = initial
    for at, now in enumerate(values):
        change = now - before
        # Of a rise the slow step is the lesser one, of a fall the fast one.
        before = before + np.minimum(_FALL * change, (1 - _RISE) * change)
        found[at] = before
    return found


def _averages() -> Array:
    numbers = np.arange(_FILTERS)
    near = (np.abs(numbers[:, None] - numbers) <= _NEIGHBOURS).astype(np.float64)
    return np.asarray(near / near.sum(0))


def _mel_filters() -> Array:
    """Triangles of area one between points that are equally far apart in mel, each at a line of the spectrum."""
    step = SAMPLE_RATE / _SPECTRUM
    lowest, highest = (2595 * np.log10(1 + hertz / 700) for hertz in (_LOWEST_HZ, _HIGHEST_HZ))
    mels = np.linspace(lowest, highest, _FILTERS + 2)
    points = np.floor(700 * (10 ** (mels / 2595) - 1) / step + 0.5) * step
    lines = (np.arange(_SPECTRUM // 2 + 1) * step)[:, None]
    left, middle, right = points[:-2], points[1:-1], points[2:]
    rising, falling = (lines - left) / (middle - left), (right - lines) / (right - middle)
    return np.asarray(np.maximum(0, np.minimum(rising, falling)) * 2 / (right - left))


def _transform() -> Array:
    """A cosine transform (DCT-II, unitary) and the lifter, [filter, cepstrum]."""
    numbers = np.arange(_CEPSTRA)
    cosines = np.cos(np.pi / _FILTERS * (np.arange(_FILTERS)[:, None] + 0.5) * numbers) * np.sqrt(2 / _FILTERS)
    cosines[:, 0] /= np.sqrt(2)
    return np.asarray(cosines * (1 + _LIFTER / 2 * np.sin(np.pi * numbers / _LIFTER)))


_MEL_FILTERS, _TRANSFORM, _AVERAGE = _mel_filters(), _transform(), _averages()
