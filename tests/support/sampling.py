"""One chunk of speech, sampled by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from handler.cancellation import NEVER, Cancellation
from handler.engines.f5.loading import Model
from handler.engines.f5.sampler import Sampling, item


def sample(
    model: Model,
    reference: Tensor,
    text: Sequence[str],
    frames: int,
    *,
    cancellation: Cancellation = NEVER,
    **options: Any,
) -> Tensor:
    """Its mel, float32 [frames − reference frames + lead, channels]. Arguments are those of `sampler.item`."""
    sampling = Sampling(model, [item(model, reference, text, frames, **options)])
    while not sampling.finished:
        cancellation.check()
        sampling.step()
    return sampling.mel(0)
