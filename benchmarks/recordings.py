"""Recordings as people make them, from a clean one: room tone, music and clapping at the pauses, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from handler.types import Samples

KINDS = ("room", "music", "applause")
PAUSE_S = 0.1  # least pause in which other sound is put
_ONSET_WINDOW_S = 0.008
_ONSET_SHARE = 0.01  # of the loud level


@dataclass(frozen=True)
class Interval:
    """A word and where it stands, in seconds."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Studio:
    """Makes other sound for one recording: its own room tone has the spectrum and level of its quietest pauses."""

    samples: Samples
    rate: int
    words: Sequence[Interval]

    def sound(self, kind: str, seconds: float, seed: int = 0) -> Samples:
        """So many seconds of room tone, of a chord that changes each second, or of applause."""
        count = round(seconds * self.rate)
        if kind == "music":
            return self._music(count)
        made = {"room": self._room, "applause": self._applause}[kind]
        return made(count, np.random.default_rng(seed))

    def _room(self, count: int, rng: np.random.Generator) -> Samples:
        margin = 0.03
        pauses = [
            self.samples[round((one.end + margin) * self.rate) : round((other.start - margin) * self.rate)]
            for one, other in zip(self.words, self.words[1:], strict=False)
            if other.start - one.end >= PAUSE_S + 2 * margin
        ]
        quiet = sorted(pauses, key=lambda pause: float(np.mean(np.square(pause))))[: max(1, len(pauses) // 2)]
        power = np.mean([np.abs(np.fft.rfft(pause, 2048)) ** 2 / len(pause) for pause in quiet], axis=0)
        spectrum = np.fft.rfft(rng.standard_normal(count))
        gain = np.sqrt(np.interp(np.linspace(0, 1, len(spectrum)), np.linspace(0, 1, len(power)), power))
        room: Samples = np.asarray(np.fft.irfft(spectrum * gain, count), np.float32)
        return room

    def _music(self, count: int) -> Samples:
        chords = ((220, 277, 330), (196, 247, 294), (175, 220, 262), (262, 330, 392))
        time = np.arange(count) / self.rate
        made = np.zeros(count)
        for second in range(int(np.ceil(count / self.rate))):
            here = (time >= second) & (time < second + 1)
            fade = np.exp(-1.5 * (time[here] - second))
            for hertz in chords[second % len(chords)]:
                for overtone in (1, 2, 3):
                    made[here] += np.sin(2 * np.pi * hertz * overtone * (time[here] - second)) * fade / overtone
        return np.asarray(made / np.abs(made).max() * 0.2, np.float32)

    def _applause(self, count: int, rng: np.random.Generator) -> Samples:
        made = np.zeros(count + 800)
        for at in rng.integers(0, max(1, count), count * 25 // self.rate):
            made[at : at + 800] += rng.standard_normal(800) * np.exp(-np.arange(800) / 120) * rng.uniform(0.3, 1)
        return np.asarray(made[:count] / np.abs(made).max() * 0.3, np.float32)


def with_gaps(studio: Studio, words: Sequence[Interval], kind: str, seconds: float) -> tuple[Samples, list[Interval]]:
    """The recording with other sound put into the middle of each pause, and its words where they are then."""
    pieces: list[Samples] = []
    moved: list[Interval] = []
    cut, shift = 0, 0.0
    for number, word in enumerate(words):
        moved.append(replace(word, start=word.start + shift, end=word.end + shift))
        after = words[number + 1].start if number + 1 < len(words) else word.end
        if after - word.end >= PAUSE_S:
            middle = round((word.end + after) / 2 * studio.rate)
            pieces += [studio.samples[cut:middle], studio.sound(kind, seconds, number)]
            cut, shift = middle, shift + seconds
    return np.concatenate([*pieces, studio.samples[cut:]]), moved


def between(studio: Studio, words: Sequence[Interval], kind: str, seconds: float) -> tuple[Samples, list[Interval]]:
    """The recording with other sound before and after it, and its words where they are then."""
    around = [studio.sound(kind, seconds, seed) for seed in (1, 2)]
    moved = [replace(word, start=word.start + seconds, end=word.end + seconds) for word in words]
    return np.concatenate([around[0], studio.samples, around[1]]), moved


def onset(samples: Samples, rate: int, after: float) -> float:
    """When the sound rises again that is quiet at ``after`` or falls then, in seconds."""
    window = round(_ONSET_WINDOW_S * rate)
    energy = np.cumsum(np.square(np.pad(samples, (1, 0)), dtype=np.float64))
    power = (energy[window:] - energy[:-window]) / window
    loud = _ONSET_SHARE**2 * np.percentile(power, 95)
    quiet = round(after * rate)
    # A word before may fade out a little after its end.
    quiet += int(np.argmax(power[quiet:] < loud))
    return (quiet + int(np.argmax(power[quiet:] >= loud)) + window / 2) / rate
