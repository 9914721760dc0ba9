"""Draw codes from scores, all rows at once: upstream's repetition penalty, temperature, top_k and top_p, in this order.

A row's code depends on its own scores and chance alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class Drawing(NamedTuple):
    """How the codes of a row are drawn."""

    temperature: float
    top_k: int
    top_p: float


class Drawings(NamedTuple):
    """Those of all rows, [rows, 1] each."""

    temperature: Tensor
    top_k: Tensor
    top_p: Tensor

    @staticmethod
    def of(rows: Sequence[Drawing], device: torch.device) -> Drawings:
        """Each row's own."""
        temperature, top_k, top_p = zip(*rows, strict=True)
        # Upstream leaves top_p out at 1; rounded sums may reach it before the last code.
        bounds = [bound if bound < 1 else torch.inf for bound in top_p]
        return Drawings(
            torch.tensor(temperature, device=device)[:, None],
            torch.tensor(top_k, device=device)[:, None],
            torch.tensor(bounds, dtype=torch.float64, device=device)[:, None],
        )


def penalized(scores: Tensor, used: Tensor, penalty: float) -> Tensor:
    """The scores [rows, codes] with those of used codes, which are true, made less likely."""
    return torch.where(used, torch.where(scores < 0, scores * penalty, scores / penalty), scores)


def shares(scores: Tensor, drawings: Drawings) -> tuple[Tensor, Tensor]:
    """How likely each code is: shares [rows, codes], the largest first, and their codes. Their sum may be below 1."""
    ranked, codes = torch.sort(scores / drawings.temperature, descending=True, stable=True)
    least = ranked.gather(-1, drawings.top_k.clamp(max=ranked.shape[-1]) - 1)
    # As upstream, also those that are as likely as the last of top_k.
    kept = torch.softmax(ranked.masked_fill(ranked < least, -torch.inf), dim=-1, dtype=torch.float64)
    return kept.masked_fill(kept.cumsum(-1) - kept >= drawings.top_p, 0.0), codes


def draw(scores: Tensor, drawings: Drawings, chances: Tensor) -> Tensor:
    """A code for each row of scores [rows, codes], by its chance [rows, 1] in [0, 1), float32."""
    kept, codes = shares(scores, drawings)
    summed = kept.cumsum(-1)
    # The product is below the sum: a float32 below 1 is so by more than float64 rounds.
    places = torch.searchsorted(summed, chances.double() * summed[:, -1:], right=True)
    # Scores that are not numbers have no place: their row's sound will be refused.
    return codes.gather(-1, places.clamp(max=scores.shape[-1] - 1))[:, 0]
