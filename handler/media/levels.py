"""The level of a recording from frame to frame, and the checks of its quality as a voice.

The limits were set on five clean human recordings of 5 to 10 seconds with white noise and clipping added by degrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from handler.errors import BadReference
from handler.media.clipping import clipping_ratio
from handler.media.decode import Sound
from handler.types import JobWarning, Samples

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    Mask = npt.NDArray[np.bool_]

FRAME_S = 0.02
MIN_SOUND_S, SHORT_S = 1.0, 3.0  # sound below the first makes no voice, below the second a poor one

# Level of the loud frames. Below the first is the noise of a cheap microphone with nobody there.
_SILENT_DB, _QUIET_DB = -60.0, -40.0

# Between the quietest and the loudest frames. White noise at true ratios of 20, 10, 5 and 0 dB measures about 26, 17,
# 12 and 8, for the loud frames are louder than the mean of the speech; clean rooms measure 34 and more. A cloned voice
# takes over the noise: at 10 it is as loud as the soft half of the speech.
_NOISY_DB, _HISSING_DB = 10.0, 15.0

# Share of samples in flat tops. Clean speech and pure tones have none; 6 dB too loud gives 0.005 to 0.02, 12 dB 0.035
# to 0.11.
_CLIPPED_RATIO, _CRUSHED_RATIO = 0.003, 0.03

_AUDIBLE_DC, _MAX_DC = 0.02, 0.5  # mean of the samples: a small one is removed, a large one leaves no room for sound
_MIN_SOUNDING_RATIO = 0.4  # share of the clip, between its first and last sound, below which it is mostly silence
_ECHO_S = 0.1  # a word may sound on for so long after the end that an aligner gives it
_STRONG_DB = 25.0  # below the loud frames: breath and soft consonants are weaker, each syllable has something stronger
_DIGITAL_SILENCE_DB = -90.0  # frames without even noise (gates, cuts) say nothing about the noise under the speech


@dataclass(frozen=True)
class Levels:
    """The level of each frame, of the loud frames and of the quiet ones, in dB of full scale."""

    frames: FloatArray
    loud_db: float
    noise_db: float

    @property
    def snr_db(self) -> float:
        """Decibels between the loud and the quiet frames: an upper bound of the signal-to-noise ratio, nearly."""
        return self.loud_db - self.noise_db

    @property
    def sounding(self) -> Mask:
        """Frames with any sound in them; all, where noise and speech cannot be distinguished."""
        return self.frames > max(self.loud_db - 35, min(self.noise_db + 6, self.loud_db - 20))

    @property
    def clear(self) -> Mask:
        """Frames that are surely more than noise; soft speech is missing."""
        return self.frames > max(self.loud_db - 35, min(self.noise_db + 6, self.loud_db - 6))

    @property
    def strong(self) -> Mask:
        """Clear frames that are no breath, nor the last of a room's echo."""
        return self.clear & (self.frames > self.loud_db - _STRONG_DB)

    def extent(self) -> tuple[float, float]:
        """Seconds at which the sound begins and ends; a click by itself of one frame does not count."""
        where = np.flatnonzero(np.convolve(self.sounding, [1, 1, 1], "same") >= 2)
        return (float(where[0] * FRAME_S), float((where[-1] + 1) * FRAME_S)) if len(where) else (0.0, 0.0)

    def pause(self, time: float) -> tuple[float, float]:
        """Where the quiet after a word that ends at about ``time`` begins, and how long it is; 0 where speech flows on.

        The word may sound on for a moment, and a click in the quiet does not end it.
        """
        strong = self.strong[max(0, round(time / FRAME_S)) :]
        tail = len(strong) if strong.all() else int(np.argmin(strong))
        if tail * FRAME_S > _ECHO_S:
            return time, 0.0
        again = np.flatnonzero(strong[tail:-1] & strong[tail + 1 :])
        frames = int(again[0]) if len(again) else len(strong) - tail
        return time + tail * FRAME_S, frames * FRAME_S

    def strong_seconds(self, start: float, end: float) -> float:
        """Seconds of strong sound between two times."""
        return float(self.strong[max(0, round(start / FRAME_S)) : max(0, round(end / FRAME_S))].sum() * FRAME_S)

    def clear_seconds(self, start: float, end: float) -> float:
        """Seconds of clear sound between two times."""
        return float(self.clear[max(0, round(start / FRAME_S)) : max(0, round(end / FRAME_S))].sum() * FRAME_S)


def measure(samples: Samples, sample_rate: int) -> Levels:
    """The levels of a recording of at least one frame, its mean taken out beforehand."""
    size = round(FRAME_S * sample_rate)
    blocks = samples[: len(samples) // size * size].reshape(-1, size)
    power = np.einsum("ij,ij->i", blocks, blocks, dtype=np.float32) / size
    frames = 10 * np.log10(np.maximum(power.astype(np.float64), 1e-12))
    audible = frames[frames > _DIGITAL_SILENCE_DB]
    loud, noise = np.percentile(audible, (95, 10)) if len(audible) else (-120.0, -120.0)
    return Levels(frames, float(loud), float(noise))


def is_silent(samples: Samples, sample_rate: int) -> bool:
    """Whether nobody can be heard: there is less than two frames of sound, or only the noise of a microphone."""
    if len(samples) < 2 * FRAME_S * sample_rate:
        return True
    return measure(remove_dc(samples), sample_rate).loud_db < _SILENT_DB


def remove_dc(samples: Samples) -> Samples:
    """The samples without their mean."""
    return samples - np.float32(samples.mean(dtype=np.float64))


def check_quality(sound: Sound) -> tuple[JobWarning, ...]:
    """Warnings for a doubtful recording.

    Raises BadReference for one that makes no voice: damaged, silent, under MIN_SOUND_S seconds of sound,
    crushed, or drowned in noise.
    """
    offset = _offset(sound.samples)
    if sound.duration < FRAME_S * 2:
        raise BadReference(_too_short(sound.duration))
    samples = sound.samples - np.float32(offset)
    levels = measure(samples, sound.sample_rate)
    if levels.loud_db < _SILENT_DB:
        raise BadReference("the clip is silent; send a recording of one person speaking, 3 to 12 seconds long")
    seconds = float(levels.sounding.sum() * FRAME_S)
    if seconds < MIN_SOUND_S:
        raise BadReference(_too_short(seconds))
    flat = clipping_ratio(samples)
    if flat > _CRUSHED_RATIO:
        raise BadReference("the clip is heavily clipped; record it again with the microphone turned down")
    if levels.snr_db < _NOISY_DB:
        raise BadReference(
            f"the clip is too noisy, or no speech: its quiet moments are only {levels.snr_db:.0f} dB below its loud "
            f"ones, {_NOISY_DB:.0f} are needed; record one person in a quieter room, or clean the clip first"
        )
    found = _warnings(offset, levels, flat, seconds)
    return tuple(JobWarning(code, message) for code, message in found.items())


def _offset(samples: Samples) -> float:
    if not np.isfinite(samples).all():
        raise BadReference("the clip holds samples that are not numbers; export it again, best as 16-bit wav")
    offset = float(samples.mean(dtype=np.float64)) if len(samples) else 0.0
    if abs(offset) > _MAX_DC:
        raise BadReference("the clip is a constant voltage rather than sound; check the recording, and export it again")
    return offset


def _too_short(seconds: float) -> str:
    return f"the clip has only {seconds:.1f} seconds of sound; send 3 to 12 seconds of one person speaking"


def _warnings(offset: float, levels: Levels, flat: float, seconds: float) -> dict[str, str]:
    """The message for each warning code."""
    start, end = levels.extent()
    found: dict[str, str] = {}
    if abs(offset) > _AUDIBLE_DC:
        found["clip_offset"] = f"the clip's waveform is off centre by {abs(offset):.2f}; this was taken out"
    if flat > _CLIPPED_RATIO:
        harsh = "the voice may sound harsh; record it a little softer"
        found["clip_clipped"] = f"the clip is clipped in its loudest places and {harsh}"
    if levels.loud_db < _QUIET_DB:
        level = f"{levels.loud_db:.0f} dB of full scale"
        found["clip_quiet"] = f"the clip is quiet ({level}) and its noise is made louder with it"
    if levels.snr_db < _HISSING_DB:
        ratio = f"{levels.snr_db:.0f} dB"
        found["clip_noisy"] = f"the clip's noise is only {ratio} below the speech, and the voice will carry it"
    if seconds < _MIN_SOUNDING_RATIO * (end - start):
        sound = f"{seconds:.1f} of {end - start:.1f} seconds are sound"
        found["clip_pauses"] = f"the clip is mostly silence ({sound}) and the voice may drag"
    if seconds < SHORT_S:
        found["clip_short"] = f"the clip has only {seconds:.1f} seconds of sound; 3 to 12 give a truer voice"
    return found
