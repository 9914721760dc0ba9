"""Which errors say that the GPU is broken for this process."""

from __future__ import annotations

import threading

import pytest
import torch

from handler.backends import device
from handler.errors import AlignerFailed


@pytest.fixture(autouse=True)
def whole_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device of each test's own, not broken."""
    monkeypatch.setattr(device, "_broken", threading.Event())


@pytest.mark.parametrize(
    "error",
    [
        torch.AcceleratorError("CUDA error: device-side assert triggered"),
        RuntimeError("CUDA error: an illegal memory access was encountered\nCUDA kernel errors might be reported"),
        RuntimeError("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm(...)`"),
        RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"),
    ],
)
def test_faults_of_cuda_break_the_device(error: Exception) -> None:
    """After such an error, also as the cause of one of ours, the process should be replaced."""
    assert not device.is_broken()
    ours = AlignerFailed("whisperx: the model failed on this audio")
    ours.__cause__ = error
    device.notice(ours)
    assert device.is_broken()


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        MemoryError("CUDA error"),
        RuntimeError("expected a tensor of 3 dimensions"),
        ValueError("CUDA error: said by a client"),
        None,
    ],
)
def test_other_errors_do_not(error: Exception | None) -> None:
    """Too little memory, and errors that are not the device's, leave it whole."""
    device.notice(error)
    assert not device.is_broken()
