"""How exact the truth is: the engines' own times against what the sound itself shows.

After a pause a word begins where the sound rises. Within a phrase the sound shows it where a hiss (s, sh) begins a word
after a vowel, a nasal or a liquid: there the power moves from the low to the high frequencies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.recordings import PAUSE_S
from benchmarks.truth_set.speech import Clip, rise_near
from handler.types import Samples

WINDOW_S, STEP_S = 0.008, 0.001
REACH_S = 0.08
HISS_S = 0.02
"""A hiss lasts so long at least."""
LOW_HZ, HIGH_HZ = (100.0, 2_000.0), (3_500.0, 10_000.0)

_HISSES = re.compile(r"s", re.IGNORECASE)
_VOICED_END = re.compile(r"([aoynmlr]|the)$", re.IGNORECASE)


def rows(clips: Sequence[Clip]) -> Iterator[tuple[str, str, list[float]]]:
    """A speaker, what was compared, and how much later the truth is than the sound shows, in milliseconds."""
    for speaker in dict.fromkeys(clip.speaker for clip in clips):
        own = [clip for clip in clips if clip.speaker == speaker]
        yield speaker, "after pauses", [each for clip in own for each in rises(clip)]
        yield speaker, "hisses in phrases", [each for clip in own for each in hisses(clip)]


def rises(clip: Clip) -> Iterator[float]:
    """How much later the words after pauses begin than their sound rises."""
    for number, time in enumerate(clip.times):
        if time and clip.pause_before(number) >= PAUSE_S and (rise := rise_near(clip, number)) is not None:
            yield 1000 * (time.start - rise)


def hisses(clip: Clip) -> Iterator[float]:
    """How much later the words that begin with a hiss do so than the hiss."""
    words = clip.words
    for number, time in enumerate(clip.times):
        if not (number and time and _HISSES.match(words[number]) and _VOICED_END.search(words[number - 1])):
            continue
        if clip.pause_before(number) < STEP_S and (begins := _hiss(clip, time.start)) is not None:
            yield 1000 * (time.start - begins)


def _hiss(clip: Clip, near: float) -> float | None:
    """When a hiss begins; None if there is none, or there is one all along."""
    window, step = round(WINDOW_S * clip.rate), round(STEP_S * clip.rate)
    starts = np.arange(round((near - REACH_S) * clip.rate), round((near + REACH_S) * clip.rate), step) - window // 2
    if starts[0] < 0 or starts[-1] + window > len(clip.samples):
        return None
    frames = clip.samples[starts[:, None] + np.arange(window)] * np.hanning(window)
    power = np.square(np.abs(np.fft.rfft(frames)))
    hertz = np.fft.rfftfreq(window, 1 / clip.rate)
    hissing = _band(power, hertz, HIGH_HZ) > _band(power, hertz, LOW_HZ)
    lasting = round(HISS_S / STEP_S)
    full = np.convolve(hissing, np.ones(lasting), "valid") >= lasting
    if hissing[0] or not full.any():
        return None
    return float(starts[int(np.argmax(full))] + window // 2) / clip.rate


def _band(power: Samples, hertz: Samples, band: tuple[float, float]) -> Samples:
    return np.asarray(power[:, (hertz >= band[0]) & (hertz < band[1])].sum(axis=1), np.float32)
