"""What makes a person's voice hard, done to speech without moving it in time: creaks, a cold, hurry."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from benchmarks.truth_set.acoustics import fitted
from handler.media import audio
from handler.types import Samples

Frames = npt.NDArray[np.float64]
"""A row of values for each frame."""

_FRAME_S, _HOP_S = 0.03, 0.005
_LIFTER_S = 0.0022  # of the cepstrum: below the periods of voices up to 450 Hz, so formants stay and harmonics go
_ROUNDS = 8  # of the true envelope: then it lies within two decibels of the harmonics
_BLOCK = 250  # frames: more do not fit into a processor's cache
_QUIET = 1e-5  # of the loudest magnitude, -100 dB: what a silent frame has

_VOICED, _VOICED_RANGE = 0.5, 0.2  # normalised autocorrelation of half-voiced sound, and from none to all
_PITCH_HZ = (60.0, 400.0)
_SILENT_DB = 45.0  # below the loudest frame there is no voice
_FRICATION_HZ = 4000.0  # above it voiced sounds hiss, and keep their own sound
_CREAK_HZ = 62.0  # creaks have 50 to 80 pulses a second and fewer
_ALTERNATING, _JITTER, _SHIMMER = 0.12, 0.1, 0.2  # of the period, of the period and of the pulse, all as logarithms
_DAMPING_S = 0.005  # a pulse is gone when the next comes

_MURMUR_HZ, _ZERO_HZ, _SECOND_ZERO_HZ = (270.0, 100.0), (950.0, 300.0), (2400.0, 500.0)  # middle, width
_MURMUR_DB, _ZERO_DB, _SECOND_ZERO_DB = 6.0, -14.0, -10.0
_MUFFLED_HZ = 2800.0
_WEAKER = 0.35  # of the depth of formants, in decibels

_UNDERSHOOT_S = 0.07  # a hurried tongue reaches the mean of so much of its way
_CONTRAST = 0.6  # of the differences of level, in decibels
_FAINT_DB = 35.0  # quieter than the loudest frame: is not lifted further


def creaky(samples: Samples, rate: int, rng: np.random.Generator) -> Samples:
    """The speech with a creaky voice (vocal fry): few pulses, by turns early and late, each damped before the next.

    The voice below _FRICATION_HZ is replaced: where the speech is voiced, a pulse has the minimum phase of the
    spectrum's envelope there. All else stays.
    """
    envelopes = _envelopes(samples, rate)
    voiced = np.interp(np.arange(len(samples)), _centres(len(envelopes), rate), _voicing(samples, rate))
    fall = np.exp(-np.arange(_size(rate)) / (_DAMPING_S * rate))
    fall[_size(rate) // 2 :] = 0.0
    made = np.zeros(len(samples) + _size(rate))
    for at in _pulses(len(samples), rate, rng):
        pulse = _minimum_phase(envelopes[min(round(at / _hop(rate)), len(envelopes) - 1)]) * fall
        made[at : at + len(pulse)] += voiced[at] * np.exp(_SHIMMER * rng.standard_normal()) * pulse
    low = _lows(samples, rate)
    creak = _lows(np.asarray(made[: len(samples)], np.float32), rate)
    creak *= audio.rms(low * np.float32(voiced > _VOICED)) / max(1e-9, audio.rms(creak))
    return fitted(np.asarray(samples - voiced * low + creak, np.float32))


def cold(samples: Samples, rate: int) -> Samples:
    """The speech with a blocked nose: its zeros, weaker formants, and less of all that is high."""
    hertz = np.fft.rfftfreq(_size(rate), 1 / rate)
    curve_db = -10 * np.log10(1 + (hertz / _MUFFLED_HZ) ** 4)
    for (middle, width), gain_db in (
        (_MURMUR_HZ, _MURMUR_DB),
        (_ZERO_HZ, _ZERO_DB),
        (_SECOND_ZERO_HZ, _SECOND_ZERO_DB),
    ):
        curve_db += gain_db * np.exp(-(((hertz - middle) / width) ** 2))
    envelopes = _envelopes(samples, rate)
    level = envelopes.mean(axis=1, keepdims=True)
    return _reshaped(samples, rate, _WEAKER * (level - envelopes) + curve_db * np.log(10) / 20)


def hurried(samples: Samples, rate: int) -> Samples:
    """The speech of somebody in a hurry: sounds pass into each other, and stressed ones are hardly louder."""
    envelopes = _envelopes(samples, rate)
    count = round(_UNDERSHOOT_S / _HOP_S)
    window = np.hanning(count + 2)[1:-1] / np.hanning(count + 2).sum()
    level = np.log(np.exp(2 * envelopes).mean(axis=1, keepdims=True)) / 2
    shape = np.apply_along_axis(np.convolve, 0, envelopes - level, window, "same")
    faint = level.max() - _FAINT_DB * np.log(10) / 20
    lifted = (_CONTRAST - 1) * (np.maximum(level, faint) - level.max())
    # Pauses stay as they are: they have no shape of their own.
    return _reshaped(samples, rate, np.where(level > faint, shape - (envelopes - level), 0.0) + lifted)


def _pulses(count: int, rate: int, rng: np.random.Generator) -> Iterator[int]:
    """The samples at which the vocal folds close."""
    at, long = 0.0, 1
    while at < count:
        yield int(at)
        at += rate / _CREAK_HZ * np.exp(_ALTERNATING * long + _JITTER * rng.standard_normal())
        long = -long


def _voicing(samples: Samples, rate: int) -> Frames:
    """How far each frame is voiced, 0 to 1."""
    frames = _framed(samples, rate)
    size = 2 * _size(rate)
    alike = np.fft.irfft(np.square(np.abs(np.fft.rfft(frames, size))), size)
    window = np.fft.irfft(np.square(np.abs(np.fft.rfft(np.hanning(frames.shape[1]), size))), size)
    first, last = (round(rate / hertz) for hertz in reversed(_PITCH_HZ))
    last = min(last, frames.shape[1] // 2)
    periodic = alike[:, first:last] / window[first:last] * window[0] / np.maximum(alike[:, :1], 1e-9)
    sounding = alike[:, 0] > alike[:, 0].max() / 10 ** (_SILENT_DB / 10)
    return np.asarray(np.clip((periodic.max(axis=1) - _VOICED) / _VOICED_RANGE + 0.5, 0, 1) * sounding)


def _envelopes(samples: Samples, rate: int) -> Frames:
    """The logarithm of the spectrum's envelope in each frame.

    This is the true envelope of S. Imai and Y. Abe (1979), as A. Röbel and X. Rodet describe it in "Efficient spectral
    envelope estimation and its application to pitch shifting and envelope preservation" (DAFx 2005): the smoothest
    curve by the cepstrum that lies on the harmonics, not between them.
    """
    frames = _framed(samples, rate)
    magnitudes = np.concatenate(
        [np.abs(np.fft.rfft(frames[at : at + _BLOCK], _size(rate))) for at in range(0, len(frames), _BLOCK)]
    )
    target = np.log(np.maximum(magnitudes, _QUIET * magnitudes.max(initial=1e-9)))
    kept = round(_LIFTER_S * rate)
    return np.concatenate([_true_envelope(target[at : at + _BLOCK], kept) for at in range(0, len(target), _BLOCK)])


def _true_envelope(target: Frames, kept: int) -> Frames:
    """The envelope of logarithmic spectra by so many coefficients of the cepstrum."""
    smooth = target
    for _ in range(_ROUNDS):
        cepstra = np.fft.irfft(np.maximum(target, smooth))
        cepstra[:, kept : cepstra.shape[1] - kept + 1] = 0.0
        smooth = np.asarray(np.fft.rfft(cepstra).real)
    return smooth


def _minimum_phase(envelope: Frames) -> Frames:
    """The sound with a spectrum's envelope whose power comes first."""
    cepstrum = np.fft.irfft(envelope)
    half = len(cepstrum) // 2
    cepstrum[1:half] *= 2
    cepstrum[half + 1 :] = 0.0
    return np.asarray(np.fft.irfft(np.exp(np.fft.rfft(cepstrum))))


def _reshaped(samples: Samples, rate: int, gains: Frames) -> Samples:
    """The speech with other envelopes: a logarithm to add in each frame, at each frequency. It is as loud as before."""
    window = np.hanning(round(_FRAME_S * rate))
    spectra = np.fft.rfft(_framed(samples, rate), _size(rate)) * np.exp(gains)
    sounds = np.fft.irfft(spectra)
    before = len(window) // 2
    made, weight = np.zeros((2, before + len(samples) + _size(rate) + _hop(rate)))
    for number, sound in enumerate(sounds):
        at = number * _hop(rate)
        made[at : at + len(sound)] += sound
        weight[at : at + len(window)] += window
    made = (made / np.maximum(weight, 1e-3))[before : before + len(samples)]
    return fitted(np.asarray(made * audio.rms(samples) / audio.rms(np.asarray(made, np.float32)), np.float32))


def _lows(samples: Samples, rate: int) -> Samples:
    """What is below _FRICATION_HZ, without delay."""
    hertz = np.fft.rfftfreq(len(samples), 1 / rate)
    gain = 1 / (1 + (hertz / _FRICATION_HZ) ** 8)
    return np.asarray(np.fft.irfft(np.fft.rfft(samples) * gain, len(samples)), np.float32)


def _framed(samples: Samples, rate: int) -> Frames:
    """Windowed frames around every hop."""
    length = round(_FRAME_S * rate)
    padded = np.pad(samples.astype(np.float64), (length // 2, length))
    frames = np.lib.stride_tricks.sliding_window_view(padded, length)[: len(samples) + 1 : _hop(rate)]
    return np.asarray(frames * np.hanning(length))


def _centres(count: int, rate: int) -> Frames:
    """The sample in the middle of each frame."""
    return np.arange(count, dtype=np.float64) * _hop(rate)


def _size(rate: int) -> int:
    """Samples of a spectrum: more than a frame, so that the ringing of an envelope's filter has room."""
    return 1 << round((_FRAME_S + 2 * _LIFTER_S) * rate).bit_length()


def _hop(rate: int) -> int:
    return round(_HOP_S * rate)
