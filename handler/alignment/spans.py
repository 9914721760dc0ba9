"""Stretches of a recording: start and end in seconds."""

from __future__ import annotations

from collections.abc import Sequence

Spans = list[tuple[float, float]]


def merged(spans: Sequence[tuple[float, float]]) -> Spans:
    """The spans in order, those that touch as one."""
    whole: Spans = []
    for start, end in sorted(spans):
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(end, whole[-1][1]))
        else:
            whole.append((start, end))
    return whole


def without(spans: Sequence[tuple[float, float]], others: Sequence[tuple[float, float]]) -> Spans:
    """What is left of spans without others."""
    left = list(spans)
    for begin, end in others:
        left = [
            piece for start, stop in left for piece in ((start, min(stop, begin)), (max(start, end), stop))
            if piece[0] < piece[1]
        ]  # fmt: skip
    return left
