"""Networks whose forward pass ends between two layers, once the job that waits for it has ended."""

from __future__ import annotations

from typing import Any

from handler.cancellation import current


def end_between_layers(network: Any) -> None:
    """Let each layer of a torch network ask first whether the work goes on: nothing interrupts a forward pass itself.

    Half a minute of sound takes seconds on a CPU, for which the next job would wait. It asks `current`, so the pass
    must be below a `Cancellation.run`.
    """
    for module in network.modules():
        # What a list holds is called layer by layer. Named, not imported: torch is loaded by those who have a network.
        if type(module).__name__ == "ModuleList":
            for layer in module:
                layer.register_forward_pre_hook(_check)


def _check(*_: object) -> None:
    current().check()
