"""A batch of an engine, computed without a scheduler."""

from __future__ import annotations

from typing import TypeVar

from handler.engines.scheduler import Batch

T = TypeVar("T")


def in_batch(batch: Batch[T], rows: int) -> list[T]:
    """The results of a batch of so many rows, each taken as soon as it is ready, as the scheduler does."""
    left = list(range(rows))
    found: dict[int, T] = {}
    while left:
        batch.step()
        ready = sorted(batch.finished)
        found |= {left[row]: batch.result(row) for row in ready}
        batch.drop(ready)
        left = [row for row in left if row not in found]
    return [found[row] for row in range(rows)]
