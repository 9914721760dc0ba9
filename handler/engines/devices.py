"""The device that the engines of torch compute on."""

from __future__ import annotations

import torch


def default() -> str:
    """The first GPU, or the CPU where there is none."""
    return "cuda:0" if torch.cuda.is_available() else "cpu"


def described(device: torch.device) -> str:
    """The device as `status` and logs name it: ``cpu``, ``cuda:0 NVIDIA …``."""
    return f"{device} {torch.cuda.get_device_name(device)}" if device.type == "cuda" else str(device)
