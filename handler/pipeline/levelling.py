"""The loudness of a job's audio: brought to what was asked for, and measured for the reply."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from handler.jobs import Job
from handler.media import audio, limiter, loudness
from handler.media.limiter import TOLERANCE_LU, Levelled
from handler.media.loudness import Loudness
from handler.requests import ConvertInput, SpeechFields
from handler.settings import Settings
from handler.types import Samples

DEFAULT_TRUE_PEAK_DBTP = -1.0  # what streaming services ask for


@dataclass(frozen=True)
class Target:
    """What a job's audio is brought to. Without ``lufs`` only its peaks are lowered."""

    lufs: float | None
    true_peak_dbtp: float


@dataclass(frozen=True)
class LevelledAudio:
    """The samples of a job's file, their rate, and what was measured in them; None where that is still to be done."""

    samples: Samples
    sample_rate: int
    measured: Loudness | None = None


def target(request: SpeechFields | ConvertInput, settings: Settings) -> Target | None:
    """The loudness and the true peak of the request, else those of the worker; None where audio stays as it is."""
    lufs = settings.loudness if request.loudness is None else request.loudness
    if lufs is None and request.true_peak is None:
        return None
    return Target(lufs, DEFAULT_TRUE_PEAK_DBTP if request.true_peak is None else request.true_peak)


def level(
    samples: Samples, sample_rate: int, rate: int, target: Target | None, job: Job, length: int | None = None
) -> LevelledAudio:
    """Bring samples to the ``rate`` of their file and to the target, and warn of one not reached.

    With a target they are measured, without one not yet: `measure` does it, beside what else is done with them.

    They are then exactly as many as ``length`` says, if that is given. Raises EngineError for samples that are no
    sound.
    """
    audio.check(samples)
    with job.timed("level"):
        samples = audio.resample(samples, sample_rate, rate)
        if length is not None:
            samples = np.pad(samples[:length], (0, max(0, length - len(samples))))
        if target is None:
            return LevelledAudio(samples, rate)
        levelled = limiter.level(samples, rate, target.lufs, target.true_peak_dbtp, job.cancellation)
    if target.lufs is not None and (problem := _problem(levelled, target.lufs, target.true_peak_dbtp)):
        job.warn("loudness_not_reached", f"loudness: {problem}")
    return LevelledAudio(levelled.samples, levelled.sample_rate, levelled.measured)


def measure(levelled: LevelledAudio, job: Job) -> dict[str, float | None]:
    """What the reply says of the loudness of samples that `level` gave."""
    if levelled.measured is not None:
        return levelled.measured.fields()
    with job.timed("level"):
        return loudness.measure(levelled.samples, levelled.sample_rate).fields()


def _problem(levelled: Levelled, lufs: float, true_peak_dbtp: float) -> str | None:
    """Why the loudness is not the one that was asked for; None if it is."""
    found, seconds = levelled.measured.integrated_lufs, len(levelled.samples) / levelled.sample_rate
    if found is None and seconds < loudness.BLOCK_STEPS * loudness.STEP_S:
        return f"{seconds:.2f} s of audio are too short to have one (0.4 s are needed); they stay as they are"
    if found is None:
        return "the audio is silent and has none; it stays as it is"
    if abs(found - lufs) <= TOLERANCE_LU:
        return None
    room = f"the true peak of {true_peak_dbtp:g} dBTP leaves no more room"
    return f"{lufs:g} LUFS were asked for, and it is {found:.1f}: {room}; send a lower loudness, or a higher true_peak"
