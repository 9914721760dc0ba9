"""How loud a recording is from moment to moment, and what that says of its use as a voice.

The thresholds were set on five clean human recordings of 5 to 10 seconds with white noise and clipping added by
degrees; the figures stand with each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from handler.errors import BadReference
from handler.media.clipping import flat_share
from handler.media.decode import Sound
from handler.types import JobWarning, Samples

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    Mask = npt.NDArray[np.bool_]

FRAME = 0.02
"""Seconds of one frame."""

SHORTEST, SHORT = 1.0, 3.0
"""Seconds of sound: under the first a voice cannot be told, under the second it is told badly."""

_SILENT, _QUIET = -60.0, -40.0
"""dB of full scale, of the loud frames. Below the first is the noise of a cheap microphone with nobody there."""

_NOISY, _HISSING = 10.0, 15.0
"""dB between the quietest and the loudest frames. White noise at true ratios of 20, 10, 5 and 0 dB measures about 26,
17, 12 and 8, for the loud frames are louder than the mean of the speech; clean rooms measure 34 and more. A cloned
voice takes over the noise: at 10 it is as loud as the soft half of the speech."""

_CLIPPED, _CRUSHED = 0.003, 0.03
"""Share of samples in flat tops. Clean speech and pure tones have none; 6 dB too loud gives 0.005 to 0.02, 12 dB 0.035
to 0.11."""

_OFFSET, _ALL_OFFSET = 0.02, 0.5
"""Mean of the samples. A small one is taken out; a large one leaves no room for the sound."""

_PAUSES = 0.4
"""Share of the clip, between its first and last sound, below which it is mostly silence."""

_ECHO = 0.1
"""Seconds that a word may sound on after the end that an aligner gives it."""

_STRONG = 25.0
"""dB below the loud frames: breath and soft consonants are below that, each syllable has something above it."""

_DIGITAL_SILENCE = -90.0
"""dB: frames without even noise (gates, cuts) tell nothing of the noise under the speech."""


@dataclass(frozen=True)
class Levels:
    """The level of each frame in dB of full scale; ``loud`` and ``noise`` are those of the loud and quiet frames."""

    frames: FloatArray
    loud: float
    noise: float

    @property
    def range(self) -> float:
        """Decibels between the loud and the quiet frames: an upper bound of the signal-to-noise ratio, nearly."""
        return self.loud - self.noise

    @property
    def sounding(self) -> Mask:
        """Frames with any sound in them; where noise and speech cannot be told apart, all."""
        return self.frames > max(self.loud - 35, min(self.noise + 6, self.loud - 20))

    @property
    def clear(self) -> Mask:
        """Frames that are surely more than noise; soft speech is missing."""
        return self.frames > max(self.loud - 35, min(self.noise + 6, self.loud - 6))

    @property
    def strong(self) -> Mask:
        """Clear frames that are no breath, nor the last of a room's echo."""
        return self.clear & (self.frames > self.loud - _STRONG)

    def extent(self) -> tuple[float, float]:
        """Seconds at which the sound begins and ends; a click by itself of one frame does not count."""
        where = np.flatnonzero(np.convolve(self.sounding, [1, 1, 1], "same") >= 2)
        return (float(where[0] * FRAME), float((where[-1] + 1) * FRAME)) if len(where) else (0.0, 0.0)

    def pause(self, time: float) -> tuple[float, float]:
        """Where the quiet after a word that ends at about ``time`` begins, and how long it is; 0 where speech flows on.

        The word may sound on for a moment, and a click in the quiet does not end it.
        """
        strong = self.strong[max(0, round(time / FRAME)) :]
        tail = len(strong) if strong.all() else int(np.argmin(strong))
        if tail * FRAME > _ECHO:
            return time, 0.0
        again = np.flatnonzero(strong[tail:-1] & strong[tail + 1 :])
        frames = int(again[0]) if len(again) else len(strong) - tail
        return time + tail * FRAME, frames * FRAME

    def strong_seconds(self, start: float, end: float) -> float:
        """Seconds of strong sound between two times."""
        return float(self.strong[max(0, round(start / FRAME)) : max(0, round(end / FRAME))].sum() * FRAME)

    def clear_seconds(self, start: float, end: float) -> float:
        """Seconds of clear sound between two times."""
        return float(self.clear[max(0, round(start / FRAME)) : max(0, round(end / FRAME))].sum() * FRAME)


def measure(samples: Samples, sample_rate: int) -> Levels:
    """The levels of a recording of at least one frame, its mean taken out beforehand."""
    size = round(FRAME * sample_rate)
    blocks = samples[: len(samples) // size * size].reshape(-1, size)
    power = np.einsum("ij,ij->i", blocks, blocks, dtype=np.float32) / size
    frames = 10 * np.log10(np.maximum(power.astype(np.float64), 1e-12))
    heard = frames[frames > _DIGITAL_SILENCE]
    loud, noise = np.percentile(heard, (95, 10)) if len(heard) else (-120.0, -120.0)
    return Levels(frames, float(loud), float(noise))


def centred(samples: Samples) -> Samples:
    """The samples without their mean."""
    return samples - np.float32(samples.mean(dtype=np.float64))


def inspect(sound: Sound) -> tuple[JobWarning, ...]:
    """What is not quite right with a recording.

    Raises BadReference for one that no voice can be made of: damaged, silent, under SHORTEST seconds of sound,
    crushed, or drowned in noise.
    """
    offset = _offset(sound.samples)
    if sound.duration < FRAME * 2:
        raise BadReference(_too_short(sound.duration))
    samples = sound.samples - np.float32(offset)
    levels = measure(samples, sound.sample_rate)
    if levels.loud < _SILENT:
        raise BadReference("the clip is silent; send a recording of one person speaking, 3 to 12 seconds long")
    seconds = float(levels.sounding.sum() * FRAME)
    if seconds < SHORTEST:
        raise BadReference(_too_short(seconds))
    flat = flat_share(samples)
    if flat > _CRUSHED:
        raise BadReference("the clip is heavily clipped; record it again with the microphone turned down")
    if levels.range < _NOISY:
        raise BadReference(
            f"the clip is too noisy, or no speech: its quiet moments are only {levels.range:.0f} dB below its loud "
            f"ones, {_NOISY:.0f} are needed; record one person in a quieter room, or clean the clip first"
        )
    return tuple(_warnings(offset, levels, flat, seconds))


def _offset(samples: Samples) -> float:
    if not np.isfinite(samples).all():
        raise BadReference("the clip holds samples that are not numbers; export it again, best as 16-bit wav")
    offset = float(samples.mean(dtype=np.float64)) if len(samples) else 0.0
    if abs(offset) > _ALL_OFFSET:
        raise BadReference("the clip is a constant voltage rather than sound; check the recording, and export it again")
    return offset


def _too_short(seconds: float) -> str:
    return f"the clip has only {seconds:.1f} seconds of sound; send 3 to 12 seconds of one person speaking"


def _warnings(offset: float, levels: Levels, flat: float, seconds: float) -> list[JobWarning]:
    start, end = levels.extent()
    found = (
        (
            abs(offset) > _OFFSET,
            "clip_offset",
            f"the clip's waveform is off centre by {abs(offset):.2f}; this was taken out",
        ),
        (
            flat > _CLIPPED,
            "clip_clipped",
            "the clip is clipped in its loudest places and the voice may sound harsh; record it a little softer",
        ),
        (
            levels.loud < _QUIET,
            "clip_quiet",
            f"the clip is quiet ({levels.loud:.0f} dB of full scale) and its noise is made louder with it",
        ),
        (
            levels.range < _HISSING,
            "clip_noisy",
            f"the clip's noise is only {levels.range:.0f} dB below the speech, and the voice will carry it",
        ),
        (
            seconds < _PAUSES * (end - start),
            "clip_pauses",
            f"the clip is mostly silence ({seconds:.1f} of {end - start:.1f} seconds are sound) and the voice may drag",
        ),
        (
            seconds < SHORT,
            "clip_short",
            f"the clip has only {seconds:.1f} seconds of sound; 3 to 12 give a truer voice",
        ),
    )
    return [JobWarning(code, message) for holds, code, message in found if holds]
