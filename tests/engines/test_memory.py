"""How many frames fit, from figures alone: there is no GPU where the tests run."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from handler.engines.memory import (
    FRAME_MARGIN,
    MAX_BATCH_FRAMES,
    MEMORY_SHARE,
    Measure,
    explain,
    frame_budget,
    measured,
    within_memory,
)
from handler.errors import EngineError, OutOfMemory

GIB = 1 << 30


def test_budget_fits_into_free_memory() -> None:
    """Free bytes, less what is kept back, over what a frame takes, with its margin."""
    measure = Measure(free=4 * GIB, used=500 * 200_000)
    assert frame_budget(measure, 500) == int(MEMORY_SHARE * 4 * GIB / (FRAME_MARGIN * 200_000))


def test_budget_is_bounded() -> None:
    """A huge device computes no more at a time than it takes to fill it, a full one one chunk at a time, a CPU too."""
    assert frame_budget(Measure(free=1000 * GIB, used=1000), 500) == MAX_BATCH_FRAMES
    assert frame_budget(Measure(free=1000 * GIB, used=0), 500) == MAX_BATCH_FRAMES
    assert frame_budget(Measure(free=0, used=10**8), 500) == 1
    assert frame_budget(Measure(), 500) == 1


def test_measured_peak_and_free_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Used is the peak beyond what was there; what the allocator keeps for later is free."""
    state = {"allocated": 100, "peak": 900, "reserved": 300}
    cuda = SimpleNamespace(
        memory_allocated=lambda _: state["allocated"],
        reset_peak_memory_stats=lambda _: state.update(peak=100),
        max_memory_allocated=lambda _: state["peak"],
        memory_reserved=lambda _: state["reserved"],
        mem_get_info=lambda _: (5000, 9000),
    )
    monkeypatch.setattr(torch, "cuda", cuda)
    with measured(torch.device("cuda")) as measure:
        state.update(peak=700, allocated=110)
    assert measure == Measure(free=5000 + 190, used=600)


def test_cpu_is_not_measured() -> None:
    """On a CPU there is nothing to find out."""
    with measured(torch.device("cpu")) as measure:
        pass
    assert measure == Measure()


def test_errors_of_torch_become_ours() -> None:
    """Memory that does not suffice is OutOfMemory; after another error a GPU asks for a new worker, a CPU does not."""
    with pytest.raises(OutOfMemory, match="send the job again"), within_memory():
        raise torch.OutOfMemoryError("GPU 0")
    for device in ("cpu", "cuda"):
        failure = explain(torch.device(device), RuntimeError("CUDA error"))
        assert isinstance(failure, EngineError)
        assert failure.refresh_worker is (device == "cuda")
        assert "CUDA" not in failure.message
    assert isinstance(explain(torch.device("cuda"), torch.OutOfMemoryError("GPU 0")), OutOfMemory)
    mistake = ValueError("a mistake of ours")
    assert explain(torch.device("cpu"), mistake) is mistake
