"""The device that engines compute on, and its name."""

from __future__ import annotations

import pytest
import torch

from handler.engines import devices


def test_first_gpu_is_taken_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is a GPU it is taken, and named with its kind; else the CPU is."""
    # No GPU is here: what torch says of one is stood in for.
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "NVIDIA H200")
    for found, name in ((True, "cuda:0"), (False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda found=found: found)
        assert devices.default() == name
    assert devices.described(torch.device("cuda:0")) == "cuda:0 NVIDIA H200"
    assert devices.described(torch.device("cpu")) == "cpu"
