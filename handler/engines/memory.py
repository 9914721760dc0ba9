"""The memory of a device: how many frames of a batch fit into it and keep it busy, and errors where it does not do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from handler.errors import EngineError, OutOfMemory

# A budget below every item's frames: on a CPU one item keeps all cores busy, and a batch only makes others wait.
ONE_AT_A_TIME = 1
FRAME_MARGIN = 2.0  # memory of a frame in a batch, as a multiple of that in a short utterance: allocators leave gaps
MEMORY_SHARE = 0.8  # of the free memory: the vocoder, mels, and batches that preempt others need some as well
# About twenty chunks of 15 s keep a large GPU busy: more would only make a step longer, and with it the wait of new
# jobs. Estimated (0.8 TFLOP for a thousand frames and step, guided), not measured.
MAX_BATCH_FRAMES = 32_768
OUT_OF_MEMORY = "the device ran out of memory while speaking: send the job again, or a shorter text"


@dataclass
class Measure:
    """Bytes on a device: ``free`` (None on a CPU), and the peak ``used`` by a computation."""

    free: int | None = None
    used: int = 0


@contextmanager
def measured(device: torch.device) -> Iterator[Measure]:
    """Measure the peak memory of the block beyond what was allocated before, and the free memory after it."""
    measure = Measure()
    if device.type != "cuda":
        yield measure
        return
    before = torch.cuda.memory_allocated(device)
    torch.cuda.reset_peak_memory_stats(device)
    yield measure
    measure.used = torch.cuda.max_memory_allocated(device) - before
    # Memory that torch keeps in reserve is free for it.
    kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    measure.free = torch.cuda.mem_get_info(device)[0] + kept


def frame_budget(measure: Measure, frames: int) -> int:
    """Frames of a batch, padding included, if computing ``frames`` took the measured memory."""
    if measure.free is None:
        return ONE_AT_A_TIME
    each = max(1.0, FRAME_MARGIN * measure.used / frames)
    return max(ONE_AT_A_TIME, min(int(MEMORY_SHARE * measure.free / each), MAX_BATCH_FRAMES))


@contextmanager
def within_memory() -> Iterator[None]:
    """Raise OutOfMemory when the block does not fit into the device's memory."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise OutOfMemory(OUT_OF_MEMORY) from error


def explain(device: torch.device, error: Exception) -> Exception:
    """The error for the client. torch raises RuntimeErrors, of which there is no list."""
    if not isinstance(error, RuntimeError):
        return error
    failure: EngineError | OutOfMemory
    if isinstance(error, torch.OutOfMemoryError):
        failure = OutOfMemory(OUT_OF_MEMORY)
    else:
        failure = EngineError("the model failed while speaking; send the job again")
        # After most errors on a GPU nothing more can be computed in the same process.
        failure.refresh_worker = device.type == "cuda"
    failure.__cause__ = error
    return failure
