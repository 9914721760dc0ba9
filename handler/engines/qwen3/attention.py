"""Attention of the talker row by row: what it computes for a row, and the memory it takes, is that of the row alone.

In a common call the rows would have to be padded to one length, and a GPU may sum in another order for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional
from transformers import AttentionInterface, DynamicCache

NAME = "each_row_alone"
"""As transformers knows it; see `use`."""

PerRow: TypeAlias = Mapping[int, tuple[Tensor, Tensor]]


class Rows:
    """The caches of rows by their place in the batch, as transformers wants one for all. Other places are idle."""

    def __init__(self, caches: Mapping[int, DynamicCache]) -> None:
        self._caches = caches

    def update(self, keys: Tensor, values: Tensor, layer: int, *_: Any, **__: Any) -> tuple[PerRow, PerRow]:
        """Keep further positions [rows, heads, positions, channels]; return keys and values of all, by row, twice."""
        kept = {slot: cache.update(keys[slot, None], values[slot, None], layer) for slot, cache in self._caches.items()}
        return kept, kept


def attend(
    module: Any, query: Tensor, key: PerRow, value: PerRow, mask: None, *, scaling: float, **_: Any
) -> tuple[Tensor, None]:
    """Attend with queries [rows, heads, positions, channels], causally; 0 for idle rows. transformers calls it."""
    del module, value, mask
    attended = torch.zeros_like(query)
    for slot, (keys, values) in key.items():
        attended[slot, None] = functional.scaled_dot_product_attention(
            query[slot, None], keys, values, is_causal=query.shape[2] > 1, scale=scaling, enable_gqa=True
        )
    return attended.transpose(1, 2).contiguous(), None


def use(talker: Any) -> None:
    """Let the layers of a talker attend so: its caches have to be `Rows`.

    The predictor of a frame's other codes keeps its own way: all its rows are always of one length.
    """
    AttentionInterface.register(NAME, attend)
    talker.model.set_attn_implementation({"": NAME, "code_predictor_config": "sdpa"})
