"""The forward pass of a network ends with the job that waits for it."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import torch
from torch import nn

from handler.backends.interruption import end_between_layers
from handler.cancellation import Cancellation
from handler.errors import Cancelled


class Layer(nn.Module):
    def __init__(self, calls: list[str], name: str, then: Any) -> None:
        super().__init__()
        self._calls, self._name, self._then = calls, name, then

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        self._calls.append(self._name)
        self._then()
        return values


class Network(nn.Module):
    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            values = layer(values)
        return values


def test_no_layer_follows_the_end_of_the_job() -> None:
    """The layer in which the job is cancelled is the last, and the lock that the pass holds is free again."""
    cancellation, busy, calls = Cancellation(), threading.Lock(), list[str]()
    network = Network(
        Layer(calls, "first", lambda: None), Layer(calls, "second", cancellation.cancel), Layer(calls, "third", int)
    )
    end_between_layers(network)

    def work() -> None:
        with busy:
            network(torch.zeros(1))

    with pytest.raises(Cancelled):
        cancellation.run(work)
    assert busy.acquire(timeout=60)
    assert calls == ["first", "second"]
    network(torch.zeros(1))
    assert calls[2:] == ["first", "second", "third"]
