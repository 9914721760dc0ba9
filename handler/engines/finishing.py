"""Finish a model's sound: check that it is speech at all, and give its ends the quiet that speakers leave there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from handler.cancellation import Cancellation
from handler.errors import EngineError
from handler.media import audio
from handler.media.tempo import at_tempo
from handler.types import Chunk, Samples

MAX_LEAD_S = 0.1  # quiet that speech may begin with

# Quiet at the end, at least and at most, by the last mark, as speakers leave it.
TAILS_S = {**dict.fromkeys(",;:，", (0.1, 0.2)), **dict.fromkeys(".!?…。！？", (0.25, 0.4))}
NO_TAIL_S = (0.02, 0.12)
MIN_RMS = 1e-4  # sound below this counts as silence: made louder, it would be noise


def validated(samples: Samples, sample_rate: int) -> Samples:
    """The model's sound without offset. Raises EngineError if it is silent or not finite."""
    if not np.isfinite(samples).all():
        raise EngineError("the model's speech holds values that are not numbers; send the job with another seed")
    samples = audio.without_offset(samples, sample_rate)
    if audio.rms(samples) < MIN_RMS or not audio.sounding(samples, sample_rate).any():
        raise EngineError("the model's speech is silent; send the job with another seed or other words")
    return samples


def finished(
    samples: Samples,
    sample_rate: int,
    chunk: Chunk,
    speed: float,
    cancellation: Cancellation,
    marked: Callable[[Samples], Samples] = lambda samples: samples,
) -> Samples:
    """The sound of a model that knows one pace only: validated, at ``speed`` and the chunk's rate, with natural quiet.

    ``marked`` gives it a watermark, which a change of tempo might blur. Raises as `validated` and `at_tempo` do.
    """
    samples = at_tempo(validated(samples, sample_rate), sample_rate, speed * chunk.rate, cancellation)
    return with_natural_quiet(marked(samples), sample_rate, chunk.text[-1])


def with_natural_quiet(samples: Samples, sample_rate: int, mark: str) -> Samples:
    """The sound with the quiet at its ends that speech has before and after ``mark``, its text's last character."""
    least, most = TAILS_S.get(mark, NO_TAIL_S)
    samples = audio.trimmed(samples, sample_rate, MAX_LEAD_S, most)
    missing = max(0, round(least * sample_rate) - audio.quiet_edges(samples, sample_rate)[1])
    # The padding is digital silence: the sound must have died away where it begins.
    return np.pad(audio.faded(samples, sample_rate), (0, missing)) if missing else samples
