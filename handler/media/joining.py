"""Join chunks of speech, and know where each begins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from handler.media import audio
from handler.types import Samples, Span


class Joiner:
    """Joins chunks as they come. The span of each is known once it is added.

    Nothing is cut: sample *i* of a chunk is sample ``span.start + i`` of the whole. Two chunks without a pause between
    them overlap by ``cross_fade`` seconds, or as much of it as is quiet in both: sound never overlaps.
    """

    def __init__(self, sample_rate: int, cross_fade: float = 0.0) -> None:
        self._sample_rate = sample_rate
        self._cross_fade = cross_fade
        self._shortest = round(audio.FADE_S * sample_rate)
        self._chunks: list[Samples] = []
        self._spans: list[Span] = []
        self._fades: list[tuple[int, int]] = []
        self._end = 0
        self._taken = 0

    def add(self, samples: Samples, pause_before: float = 0.0, pause_after: float = 0.0) -> Span:
        """Append a chunk between two pauses (seconds of silence); return its span, which stays as it is."""
        lead, shared = round(pause_before * self._sample_rate), 0
        if self._chunks and self._end == self._spans[-1].end and not lead:
            shared = overlap(self._chunks[-1], samples, self._sample_rate, self._cross_fade)
        fade = max(self._shortest, shared)
        if self._fades:
            self._fades[-1] = (self._fades[-1][0], fade)
        self._fades.append((fade, self._shortest))
        start = self._end + lead - shared
        span = Span(start, start + len(samples))
        self._chunks.append(samples)
        self._spans.append(span)
        self._end = span.end + round(pause_after * self._sample_rate)
        return span

    def take(self, *, last: bool = False) -> Samples:
        """Return the samples that no further chunk changes, each sample once; with ``last`` all that are left.

        All takes one after the other are what `joined` returns.
        """
        final = self._end
        if not last and self._spans:
            # Room for the longest fade into the next chunk.
            length = len(self._chunks[-1])
            held = min(max(self._shortest, round(self._cross_fade * self._sample_rate)), length // 2)
            final = max(self._taken, self._spans[-1].end - held)
        piece = np.zeros(final - self._taken, np.float32)
        for samples, span, (rise, fall) in zip(
            reversed(self._chunks), reversed(self._spans), reversed(self._fades), strict=True
        ):
            if span.end <= self._taken:
                break
            start, end = max(span.start, self._taken), min(span.end, final)
            if start < end:
                piece[start - self._taken : end - self._taken] += audio.fade(samples, rise, fall)[
                    start - span.start : end - span.start
                ]
        self._taken = final
        return piece

    def joined(self) -> tuple[Samples, tuple[Span, ...]]:
        """Return all chunks as one, and the span of each."""
        whole = np.zeros(self._end, np.float32)
        for samples, span, (rise, fall) in zip(self._chunks, self._spans, self._fades, strict=True):
            whole[span.start : span.end] += audio.fade(samples, rise, fall)
        return whole, tuple(self._spans)


def join(
    chunks: Sequence[Samples], sample_rate: int, pauses: Sequence[tuple[float, float]], cross_fade: float = 0.0
) -> tuple[Samples, tuple[Span, ...]]:
    """Join chunks by a `Joiner`; ``pauses`` holds the seconds of silence before and after each."""
    joiner = Joiner(sample_rate, cross_fade)
    for samples, (before, after) in zip(chunks, pauses, strict=True):
        joiner.add(samples, before, after)
    return joiner.joined()


def overlap(one: Samples, other: Samples, sample_rate: int, cross_fade: float) -> int:
    """Return the samples by which a `Joiner` overlaps two chunks: ``cross_fade`` seconds, if so much is quiet."""
    if cross_fade <= 0:
        return 0
    # Never more than half of a chunk, or one that is quiet all through would be overlapped from both its ends.
    whole = min(round(cross_fade * sample_rate), len(one) // 2, len(other) // 2)
    return min(whole, audio.quiet_edges(one, sample_rate)[1], audio.quiet_edges(other, sample_rate)[0])
