"""The frames of a CTC model, and the times of words in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from handler.media import audio
from handler.types import Samples, WordTime

MAX_ENDING_S = 0.25  # how long a word's last sound may go on after the model's last frame for it


class WordFrames(NamedTuple):
    """The frames of a word, from ``start`` to before ``end``.

    Its last character starts at ``last``; whatever follows the word starts at ``limit``. A word that was left out has
    no frames.
    """

    start: int
    last: int
    end: int
    limit: int
    confidence: float


@dataclass(frozen=True)
class Frames:
    """The frames of a model in samples: ``hop`` from one to the next, each computed from ``field`` samples."""

    hop: int = 320
    field: int = 400

    @classmethod
    def from_convolutions(cls, convolutions: Sequence[tuple[int, int]]) -> Frames:
        """The frames of a chain of convolutions, given as (kernel, stride) (Dumoulin, arXiv 1603.07285)."""
        hop, field = 1, 1
        for kernel, stride in convolutions:
            field += (kernel - 1) * hop
            hop *= stride
        return cls(hop, field) if convolutions else cls()

    def count(self, samples: int) -> int:
        """Return how many frames so many samples have."""
        return max(0, (samples - self.field) // self.hop + 1)

    def at(self, frame: int) -> int:
        """Return the first sample that a frame stands for: one hop in the middle of its field."""
        return frame * self.hop + (self.field - self.hop) // 2

    def pieces(self, samples: int, max_samples: int, context: int) -> Iterator[tuple[int, int, int, int]]:
        """Cut so many samples into overlapping pieces of at most ``max_samples``.

        Yields a piece's first sample, the one after its last, how many frames to drop at its front, and how many to
        keep. Every frame is kept once, with up to ``context`` frames on either side.
        """
        frames = self.count(samples)
        if samples <= max_samples:
            yield 0, samples, 0, frames
            return
        step = self.count(max_samples) - 2 * context
        for first in range(0, frames, step):
            kept = min(step, frames - first)
            begin, end = max(0, first - context), min(frames, first + kept + context)
            yield begin * self.hop, (end - 1) * self.hop + self.field, first - begin, kept


def word_times(
    words: Sequence[WordFrames | None], frames: Frames, samples: Samples, sample_rate: int, duration_s: float
) -> list[WordTime | None]:
    """Convert frames to seconds, none beyond ``duration_s``, and move each word's end to the end of its sound.

    A model writes a character mostly in one frame, whatever its length. So the end is searched in the samples, up to
    whatever follows the word and for at most MAX_ENDING_S.
    """
    speech = audio.sounding_exactly(samples, sample_rate)
    reach = round(MAX_ENDING_S * sample_rate)

    def time(word: WordFrames) -> WordTime:
        if word.start == word.end:  # it was left out
            at = min(frames.at(word.start) / sample_rate, duration_s)
            return WordTime(at, at, 0.0)
        limit = frames.at(word.limit) if word.limit < frames.count(len(samples)) else len(samples)
        end = _end(word, frames, speech, min(limit, frames.at(word.end) + reach))
        start = frames.at(word.start)
        first, after = (min(edge / sample_rate, duration_s) for edge in (start, max(start, end)))
        return WordTime(first, after, word.confidence)

    return [time(word) if word else None for word in words]


def _end(word: WordFrames, frames: Frames, speech: audio.Mask, limit: int) -> int:
    """Return the sample at which the word's sound ends."""
    last, end = frames.at(word.last), frames.at(word.end)
    sounding = np.flatnonzero(speech[last:end])
    if len(sounding) == 0:
        # A stop is silent before its burst.
        return frames.at(word.last + 1)
    until = last + int(sounding[-1]) + 1
    if until < end:
        return until
    quiet = np.flatnonzero(~speech[end:limit])
    return end + int(quiet[0]) if len(quiet) else max(end, limit)
