"""How spoken chunks become the whole speech: one after another, unless something else assembles them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace

from handler.media import joining
from handler.pipeline.lines import Line, engine_voices
from handler.pipeline.takes import Take
from handler.types import Chunk, ChunkAudio, Samples, Span

Placed = tuple[Chunk, Take, Span]
"""A chunk, its take, and its span in the whole speech."""

ChunkMarker = Callable[[ChunkAudio, int], ChunkAudio]
"""Marks speech, of so many samples a second, as made by AI; no sample moves."""


def unmarked(spoken: ChunkAudio, _sample_rate: int) -> ChunkAudio:
    """The speech as it is."""
    return spoken


class Assembly(ABC):
    """Takes the chunks of a job in order, each with the take that was kept of it, and joins them, marked."""

    def __init__(self, sample_rate: int, cross_fade_s: float = 0.0, mark: ChunkMarker = unmarked) -> None:
        self._joiner = joining.Joiner(sample_rate, cross_fade_s)
        self._sample_rate = sample_rate
        self._mark = mark

    @abstractmethod
    def add(self, chunk: Chunk, take: Take) -> Placed | None:
        """Take the next chunk; return what is complete with it: this chunk, or several as one, or nothing yet."""

    def take(self, *, last: bool = False) -> Samples:
        """The samples that no further chunk changes, each once; with ``last`` all that are left."""
        return self._joiner.take(last=last)

    def joined(self) -> tuple[Samples, tuple[Span, ...]]:
        """The whole speech, and the span of everything that `add` returned."""
        return self._joiner.joined()

    def length_at(self, sample_rate: int) -> int | None:  # noqa: ARG002 - an assembly may ask for one
        """The samples that the whole must have at another rate; None for as many as it has once it is resampled."""
        return None


class Chunks(Assembly):
    """Assembles chunks one after another, with the pauses of the script between them."""

    @classmethod
    def of(cls, lines: Sequence[Line], mark: ChunkMarker = unmarked) -> Chunks:
        """For these lines: at the sample rate of the first one's engine, with the shortest cross-fade of them all."""
        cross_fade_s = min(each.engine.cross_fade_s(each.options) for each in engine_voices(lines))
        return cls(lines[0].said_by.engine.sample_rate, cross_fade_s, mark)

    def add(self, chunk: Chunk, take: Take) -> Placed:
        """Append the next chunk, marked."""
        take = replace(take, spoken=self._mark(take.spoken, self._sample_rate))
        return chunk, take, self._joiner.add(take.spoken.samples, chunk.pause_before, chunk.pause_after)
