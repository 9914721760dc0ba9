"""Cues that are on screen at the same time become one cue after another, each with all the lines of its time.

Players stack such cues; a style draws one cue at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from handler.captions.layout import MIN_VISIBLE_S
from handler.errors import BadRequest
from handler.types import Cue, TimedText

MAX_STACKED = 5  # cues at a time: more leave no room for a picture


def stacked(cues: Sequence[Cue]) -> tuple[Cue, ...]:
    """Cues in the order of their start without overlap: while several are on, one has the lines of all, oldest first.

    A cue that goes on for less than MIN_VISIBLE_S into the next one ends where that begins. The words keep their times.
    """
    waiting = list(_without_slivers(cues))
    edges = sorted({edge for cue in waiting for edge in (cue.start, cue.end)})
    made: list[Cue] = []
    on: list[Cue] = []
    waiting.reverse()
    for start, end in pairwise(edges):
        on = [cue for cue in on if cue.end > start]
        while waiting and waiting[-1].start <= start:
            on.append(waiting.pop())
        if on:
            made.append(replace(on[0], start=start, end=end, lines=tuple(line for cue in on for line in cue.lines)))
    return tuple(made)


def _without_slivers(cues: Sequence[Cue]) -> Iterator[Cue]:
    for cue, after in pairwise((*cues, None)):
        assert cue is not None
        sliver = after is not None and cue.start < after.start < cue.end < after.start + MIN_VISIBLE_S
        yield replace(cue, end=after.start) if after is not None and sliver else cue


def check_stack(cues: Sequence[TimedText], field: str) -> None:
    """Raise BadRequest on ``field`` where more than MAX_STACKED cues, in the order of their start, are on at a time."""
    on: list[TimedText] = []
    for cue in cues:
        on = [*(before for before in on if before.end > cue.start), cue]
        if len(on) > MAX_STACKED:
            message = f"{len(on)} cues are shown at {cue.start:.3f} s, when cue {cue.number} begins"
            raise BadRequest.of(field, f"{message}; a style shows at most {MAX_STACKED} at a time, send fewer")
