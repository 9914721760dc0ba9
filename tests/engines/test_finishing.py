"""What is done to a model's sound: checked, at the pace of the job and the chunk, marked, with quiet at its ends."""

from __future__ import annotations

import numpy as np
import pytest

from handler.cancellation import NEVER
from handler.engines.finishing import finished
from handler.errors import EngineError
from handler.media import audio
from handler.types import Chunk, Samples, Token

RATE = 24_000


def tone(seconds: float) -> Samples:
    return (0.3 * np.sin(2 * np.pi * 220 * np.arange(round(RATE * seconds)) / RATE)).astype(np.float32)


def chunk_of(rate: float = 1.0, mark: str = ".") -> Chunk:
    return Chunk(0, (Token("Hello.", ("Hello",), 0, 6, mark, rate=rate),))


def test_pace_is_of_the_job_times_the_chunk() -> None:
    """Speech at twice the job's pace, in a chunk at half, lasts as long as it did; its quiet is not sped up."""
    plain = len(finished(tone(2.0), RATE, chunk_of(), 1.0, NEVER))
    assert len(finished(tone(2.0), RATE, chunk_of(0.5), 2.0, NEVER)) == plain
    assert len(finished(tone(2.0), RATE, chunk_of(), 2.0, NEVER)) == plain - RATE


def test_mark_is_given_after_the_tempo() -> None:
    """A watermark gets the sound at its last pace, and the quiet after the full stop follows it."""
    seen: list[int] = []

    def marked(samples: Samples) -> Samples:
        seen.append(len(samples))
        return samples

    sound = finished(tone(2.0), RATE, chunk_of(), 2.0, NEVER, marked=marked)
    assert seen == [RATE]
    assert audio.quiet_edges(sound, RATE)[1] >= (0.25 - audio.MARGIN_S) * RATE


def test_silence_is_no_speech() -> None:
    """A model that made silence has failed."""
    with pytest.raises(EngineError, match="silent"):
        finished(np.zeros(RATE, np.float32), RATE, chunk_of(), 1.0, NEVER)
