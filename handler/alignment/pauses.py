"""Find the pauses of speech in its own sound, and say how surely each of their edges is known.

A stretch of sound is speech where its spectrum stands out of the noise: the measure is the logarithm of how much
likelier the sound is with speech in it than without, averaged over bands (J. Sohn, N. S. Kim and W. Sung, "A
statistical model-based voice activity detection", IEEE Signal Processing Letters 6(1), 1999). One band is enough, so a
nasal counts by its low frequencies and a fricative by its high ones. The noise of a band is what the band falls to now
and then, as in "minimum statistics" (R. Martin, 2001), or so far below the speech in that band that nobody hears it in
speech. Other voices and music change too much for that: their level is that of the sound between the words, and only
long pauses are told from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from handler.media import audio
from handler.types import Samples

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    Mask = npt.NDArray[np.bool_]

HOP_S = 0.005
_WINDOW_HOPS = 2
_BATCH_FRAMES = 1024
# Hertz: the critical bands of hearing, two by two (Zwicker 1961). Below there is hum, above little speech.
_BAND_EDGES_HZ = (100, 300, 510, 770, 1080, 1480, 2000, 2700, 3700, 5300, 7700)

_SMOOTH_FRAMES = 5  # over which noise is measured: single windows of it are far below their mean
_NOISE_PERCENTILE, _NOISE_BIAS_DB = 10, 1.0  # the tenth of so few frames is still below the mean
# Between words, where there is so much of it: noise that changes by more than the first in the middle band is other
# sound (voices by 8 to 14, music by more, a person's room by 4), if it is no farther below the speech than the second.
_LEAST_BETWEEN_S, _EDGE_S = 0.4, 0.03  # without what the aligner may have left of the words at their edges
_CHANGE_DB, _HEARD_DB = 6.0, 40.0
_CHANGE_PERCENTILES, _SPEECH_PERCENTILE = (20, 80), 85
# Of other sound: from 80 on, weak beginnings of words are lost in babble; at 50, its louder half is taken for words.
_OTHER_PERCENTILE = 65
_OVER_NOISE_DB = 6.0  # a band whose speech is no louder tells nothing; what is louder in a band is its speech
_LOUD_PERCENTILE = 80  # of the frames over the noise

# Decibels below the loud frames of a band. Ends are looked for higher, as rooms go on for a while.
_FAINT_DB, _SURE_DB, _END_DB = 48.0, 34.0, 26.0
# Hysteresis, in nats: noise seldom passes the first; what stays below the second all the time is a breath or a rustle.
_ON, _CERTAIN = 1.0, 3.0
_LEAST_SOUND_FRAMES = 2
_FADE_FRAMES, _RELEASE_FRAMES = 30, 20  # how long a word fades at most, and a plosive is closed before its release

PAUSE_S = 0.09
"""Least silence of a pause in steady noise. A plosive between two words is closed for 50 to 90 ms."""


class _Limits(NamedTuple):
    """What can be told from a kind of noise.

    The decibels of speech over noise below which no pause can be told, and those from which on its edges are known to
    the frame; and the least pause in seconds.
    """

    noisy_db: float
    clear_db: float
    pause_s: float


_STEADY = _Limits(20.0, 40.0, PAUSE_S)
# Over the level of other sound, which is above most of it, less is enough. But weak beginnings of words, as of
# "before", are lost in it, and are as long as short pauses.
_OTHER_SOUND = _Limits(12.0, 28.0, 0.2)


class Pause(NamedTuple):
    """A silence between sounds, in seconds.

    The sound before it goes on to ``end`` at least and may be heard until ``faint_end``; that after it may be heard
    from ``faint_start`` and is surely there from ``start`` on.
    """

    end: float
    faint_end: float
    faint_start: float
    start: float


def find_pauses(samples: Samples, sample_rate: int, words: Sequence[tuple[float, float]]) -> tuple[list[Pause], float]:
    """The pauses, in order, and how well their edges are known, 0 (there may be none) to 1 (to the frame).

    ``words`` are where words are said, in seconds, as far as an aligner knows.
    """
    power, hop = _band_powers(samples, sample_rate)
    seconds = hop / sample_rate
    smooth = np.stack([np.convolve(band, np.full(_SMOOTH_FRAMES, 1 / _SMOOTH_FRAMES), "same") for band in power])
    noise = np.percentile(smooth, _NOISE_PERCENTILE, axis=1) * 10 ** (_NOISE_BIAS_DB / 10)
    between = _between(words, power.shape[1], seconds)
    limits = _STEADY
    if between.sum() * seconds >= _LEAST_BETWEEN_S and _other_sound(smooth, between):
        noise = np.maximum(noise, np.percentile(smooth[:, between], _OTHER_PERCENTILE, axis=1))
        limits = _OTHER_SOUND
    (faint, sure, ending), snr_db = _evidence(power, noise)
    clearness = float(np.clip((snr_db - limits.noisy_db) / (limits.clear_db - limits.noisy_db), 0.0, 1.0))
    audible = faint > _ON
    pauses = []
    for first, after in audio.runs(~_certain(sure)):
        if (after - first) * seconds < limits.pause_s:
            continue
        quietest = first + int(np.argmin(np.convolve(faint[first:after], np.full(3, 1 / 3), "same")))
        start = after
        while start > quietest + 1 and audible[start - 1]:
            start -= 1
        end = first
        while end > max(0, first - _FADE_FRAMES) and ending[end - 1] <= _ON:
            end -= 1
        pauses.append(Pause(*(frame * seconds for frame in (end, _last_audible(audible, first, start), start, after))))
    return pauses, clearness


def _between(words: Sequence[tuple[float, float]], frames: int, seconds: float) -> Mask:
    """The frames before, between and after words."""
    between = np.ones(frames, np.bool_)
    for start, end in words:
        between[max(0, int((start - _EDGE_S) / seconds)) : max(0, int((end + _EDGE_S) / seconds) + 1)] = False
    return between


def _other_sound(smooth: FloatArray, between: Mask) -> bool:
    """Whether what is heard between the words changes as voices and music do."""
    if between.all():
        return False
    low, high = np.percentile(smooth[:, between], _CHANGE_PERCENTILES, axis=1)
    total = smooth.sum(0)
    speech = np.percentile(total[~between], _SPEECH_PERCENTILE)
    heard = speech < 10 ** (_HEARD_DB / 10) * np.percentile(total[between], _CHANGE_PERCENTILES[0])
    return bool(heard and np.median(high / low) > 10 ** (_CHANGE_DB / 10))


def _last_audible(audible: Mask, first: int, before: int) -> int:
    """The frame after the last audible one: of the sound that goes on at ``first``, or of the release after it."""
    end = first
    for begin, after in audio.runs(audible[first:before]):
        if begin == 0 or (begin <= _RELEASE_FRAMES and after - begin >= _LEAST_SOUND_FRAMES):
            end = first + after
    return end


def _certain(evidence: FloatArray) -> Mask:
    """The frames of sound, with hysteresis: runs over the lower threshold that pass the higher one somewhere."""
    certain = np.zeros(len(evidence), np.bool_)
    for first, after in audio.runs(evidence > _ON):
        if after - first >= _LEAST_SOUND_FRAMES and evidence[first:after].max() > _CERTAIN:
            certain[first:after] = True
    return certain


def _band_powers(samples: Samples, sample_rate: int) -> tuple[FloatArray, int]:
    """The power of each band in windows of two hops, float64 [bands, frames], and the samples of a hop.

    Frame *i* has its middle in the middle of the hop *i*.
    """
    hop = max(1, round(HOP_S * sample_rate))
    size = _WINDOW_HOPS * hop
    padded = np.pad(samples, ((size - hop) // 2, size))
    windows = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop][: -(-len(samples) // hop)]
    taper = np.hanning(size + 2)[1:-1].astype(np.float32)
    length = 1 << (size - 1).bit_length()
    hertz = np.fft.rfftfreq(length, 1 / sample_rate)
    edges = [edge for edge in _BAND_EDGES_HZ if edge < sample_rate / 2]
    firsts = np.searchsorted(hertz, edges)
    power = np.empty((max(1, len(edges) - 1), len(windows)))
    for at in range(0, len(windows), _BATCH_FRAMES):
        spectrum = np.abs(np.fft.rfft(windows[at : at + _BATCH_FRAMES] * taper, length)) ** 2
        for band, (low, high) in enumerate(pairwise(firsts)):
            power[band, at : at + _BATCH_FRAMES] = spectrum[:, low:high].sum(axis=1)
    return np.maximum(power, 1e-12), hop


def _evidence(power: FloatArray, noises: FloatArray) -> tuple[FloatArray, float]:
    """Of each frame the mean log likelihood ratio of speech against noise, over its floor of _FAINT_DB, _SURE_DB and
    _END_DB, float64 [3, frames]; and the median of the bands' signal to noise ratios in decibels.

    The ratio of a band with posterior signal to noise ratio γ is γ − 1 − ln γ, the likeliest prior one being γ − 1.
    """
    evidence = np.zeros((3, power.shape[1]))
    ratios = []
    over = 10 ** (_OVER_NOISE_DB / 10)
    for band, noise in zip(power, noises.tolist(), strict=True):
        speech = band[band > over * noise]
        loud = float(np.percentile(speech, _LOUD_PERCENTILE)) if len(speech) else noise
        ratios.append(10 * np.log10(loud / noise))
        for total, below_db in zip(evidence, (_FAINT_DB, _SURE_DB, _END_DB), strict=True):
            ratio = np.maximum(band / max(noise, loud * 10 ** (-below_db / 10)), 1.0)
            total += ratio - 1 - np.log(ratio)
    return evidence / len(power), float(np.median(ratios))
