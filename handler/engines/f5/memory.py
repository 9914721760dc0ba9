"""How many frames a batch may have: what fits into the device's memory, and not more than it takes to fill it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

ONE_AT_A_TIME = 1
"""A budget under every item's frames: on a CPU one item keeps all cores busy, and a batch only makes others wait."""

MARGIN = 2.0
"""What a frame may take in a batch, times what it took in a short utterance alone: allocators leave gaps."""

SHARE = 0.8
"""Of the free memory: a vocoder's and a mel's work, and batches that interrupt others, need some as well."""

MOST = 32_768
"""Frames with which a large GPU is full, about twenty chunks of 15 s: more would only make a step longer, and with it
the wait of whoever comes. Reckoned (0.8 TFLOP for a thousand frames and step, guided), not measured."""


@dataclass
class Measure:
    """Bytes on a device: ``free`` for more (None on a CPU), and ``used`` at the most while something was computed."""

    free: int | None = None
    used: int = 0


@contextmanager
def measured(device: torch.device) -> Iterator[Measure]:
    """What the block takes beyond what was there before it, and what is free after it."""
    measure = Measure()
    if device.type != "cuda":
        yield measure
        return
    before = torch.cuda.memory_allocated(device)
    torch.cuda.reset_peak_memory_stats(device)
    yield measure
    measure.used = torch.cuda.max_memory_allocated(device) - before
    # What torch keeps for later is free for it.
    kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    measure.free = torch.cuda.mem_get_info(device)[0] + kept


def frame_budget(measure: Measure, frames: int) -> int:
    """Frames of a batch, padding included, where computing ``frames`` took what was measured."""
    if measure.free is None:
        return ONE_AT_A_TIME
    each = max(1.0, MARGIN * measure.used / frames)
    return max(ONE_AT_A_TIME, min(int(SHARE * measure.free / each), MOST))
