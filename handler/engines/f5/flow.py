"""The velocity field of F5-TTS's diffusion transformer, without the work that is constant over the steps.

Modulations (AdaLN) are computed once a schedule, rotary angles once a model, and reference and text once a chunk, where
upstream computes all of them in each step and block. The rest is upstream's arithmetic on its own weights; a test holds
the two to the same results. Weights that work on every frame are in the model's precision, all else is float32. In a
batch each chunk is computed as if alone: no frame attends to padding, and no convolution reads from it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

logger = logging.getLogger(__name__)

MAX_FRAMES = 8192  # frames of one chunk, reference included: upstream's table of text positions ends there (87 s)
MAX_SCHEDULES = 8  # cached schedules: 0.55 MB a step at full size
EPS = 1e-6


def computes_in_half(name: str) -> bool:
    """Whether a tensor of the transformer works on every frame of every step, by its name in the checkpoint."""
    blocks = name.startswith("transformer_blocks.") and (".attn." in name or ".ff." in name)
    return blocks or name.startswith("input_embed.conv_pos_embed.")


@dataclass(frozen=True)
class Modulation:
    """AdaLN's six vectors [dim] of one step and block; the scales have their 1 added."""

    shift_attention: Tensor
    scale_attention: Tensor
    gate_attention: Tensor
    shift_feed_forward: Tensor
    scale_feed_forward: Tensor
    gate_feed_forward: Tensor


@dataclass(frozen=True)
class Step:
    """The modulations of one step: those of each block, and shift and scale [dim] of the last norm."""

    blocks: tuple[Modulation, ...]
    shift: Tensor
    scale: Tensor


@dataclass(frozen=True)
class Conditions:
    """The input of a batch that is the same in every step.

    ``conditioning`` is projected reference and text [1 or 2, chunks, frames, dim]: the first row is with the
    conditions, the second, where there is guidance, without. ``lengths`` are each chunk's own frames, the longest is
    the batch's. ``mask`` [rows · chunks, frames] is true where a chunk has a frame; None where all are equally long.
    ``cos`` and ``sin`` are the rotary embedding of each frame.
    """

    conditioning: Tensor
    lengths: tuple[int, ...]
    mask: Tensor | None
    cos: Tensor
    sin: Tensor

    def unpadded(self, index: int) -> Tensor:
        """The conditioning of one chunk, [1 or 2, its frames, dim]."""
        return self.conditioning[:, index, : self.lengths[index]]


class Flow:
    """The transformer as a function of a noised mel and a time. Safe to call from several threads."""

    def __init__(self, transformer: Any, dtype: torch.dtype) -> None:
        self.transformer = transformer
        self.dtype = dtype
        if transformer.proj_out.weight.device.type == "cpu":
            has_fused_linear(dtype)  # found out now rather than in the first speech
        self.channels: int = transformer.proj_out.out_features
        self.schedule = lru_cache(MAX_SCHEDULES)(self._schedule)

    def _schedule(self, times: tuple[float, ...]) -> tuple[Step, ...]:
        """The modulations of each time."""
        net = self.transformer
        device = net.proj_out.weight.device
        embedded = functional.silu(net.time_embed(torch.tensor(times, device=device)))
        blocks = [block.attn_norm.linear(embedded) for block in net.transformer_blocks]
        last = [each.chunk(2) for each in net.norm_out.linear(embedded)]
        return tuple(
            Step(tuple(_modulation(block[number]) for block in blocks), shift, 1 + scale)
            for number, (scale, shift) in enumerate(last)
        )

    def conditioning(self, reference: Tensor, text: Tensor, frames: int, *, guided: bool) -> Tensor:
        """Project reference mel [reference frames, channels] and text ids [length] for a chunk of ``frames``.

        Returns [1 or 2, frames, dim]; see Conditions.
        """
        net = self.transformer
        _, on_reference, on_text = self._projection()
        padded = functional.pad(reference, (0, 0, 0, frames - len(reference)))
        rows = [padded @ on_reference.T + self._text(text, frames, drop=False) @ on_text.T]
        if guided:
            rows.append(self._text(text, frames, drop=True) @ on_text.T)
        conditioning: Tensor = torch.stack(rows) + net.input_embed.proj.bias
        return conditioning

    def batch(self, chunks: Sequence[Tensor]) -> Conditions:
        """The conditions of a batch, from the conditioning of its chunks: all with guidance, or all without."""
        lengths = tuple(chunk.shape[1] for chunk in chunks)
        longest = max(lengths)
        padded = [functional.pad(chunk, (0, 0, 0, longest - chunk.shape[1])) for chunk in chunks]
        mask = None
        if min(lengths) < longest:
            device = chunks[0].device
            own = torch.arange(longest, device=device) < torch.tensor(lengths, device=device)[:, None]
            mask = own.repeat(len(chunks[0]), 1)
        cos, sin = self._rotary
        return Conditions(torch.stack(padded, dim=1), lengths, mask, cos[:longest], sin[:longest])

    def _projection(self) -> tuple[Tensor, Tensor, Tensor]:
        """The input's weights [dim, channels, channels or text] for the noised mel, the reference and the text."""
        weight: Tensor = self.transformer.input_embed.proj.weight
        on_x, on_reference, on_text = weight.tensor_split((self.channels, 2 * self.channels), dim=1)
        return on_x, on_reference, on_text

    def _text(self, text: Tensor, frames: int, *, drop: bool) -> Tensor:
        # The module itself, not the transformer's method around it: that one keeps a cache which outlives errors.
        embedded: Tensor = self.transformer.text_embed(text[None], seq_len=frames, drop_text=drop)
        return embedded[0]

    @cached_property
    def _rotary(self) -> tuple[Tensor, Tensor]:
        """Cosine and signed sine [MAX_FRAMES, 1, head channels] of each position, in the model's precision."""
        angles, _ = self.transformer.rotary_embed.forward_from_seq_len(MAX_FRAMES)
        signs = angles.new_tensor([-1.0, 1.0]).repeat(angles.shape[-1] // 2)
        cos, sin = angles[0].cos(), angles[0].sin() * signs
        return cos[:, None].to(self.dtype), sin[:, None].to(self.dtype)

    def velocity(self, x: Tensor, conditions: Conditions, step: Step) -> Tensor:
        """The flow at noised mels [chunks, frames, channels], with and without their conditions.

        [1 or 2, chunks, frames, channels]; the values in the padding mean nothing.
        """
        net = self.transformer
        on_x, _, _ = self._projection()
        hidden = (conditions.conditioning + x @ on_x.T).flatten(0, 1)
        hidden = hidden + net.input_embed.conv_pos_embed(hidden.to(self.dtype), mask=conditions.mask)
        skipped = hidden
        for block, modulation in zip(net.transformer_blocks, step.blocks, strict=True):
            hidden = self._block(block, hidden, modulation, conditions)
        if net.long_skip_connection is not None:
            hidden = net.long_skip_connection(torch.cat((hidden, skipped), dim=-1))
        hidden = functional.layer_norm(hidden, hidden.shape[-1:], step.scale, step.shift, EPS)
        out: Tensor = net.proj_out(hidden)
        return out.view(-1, *x.shape)

    def _block(self, block: Any, x: Tensor, modulation: Modulation, conditions: Conditions) -> Tensor:
        m, width = modulation, x.shape[-1:]
        # A norm without weights followed by AdaLN's scale and shift is a norm with weights.
        normed = functional.layer_norm(x, width, m.scale_attention, m.shift_attention, EPS).to(self.dtype)
        x = torch.addcmul(x, self._attention(block.attn, normed, conditions), m.gate_attention)
        normed = functional.layer_norm(x, width, m.scale_feed_forward, m.shift_feed_forward, EPS).to(self.dtype)
        return x.addcmul_(_feed_forward(block.ff.ff, normed), m.gate_feed_forward)

    def _attention(self, attention: Any, x: Tensor, conditions: Conditions) -> Tensor:
        batch, frames, _ = x.shape
        query, key, value = (
            _linear(project, x).view(batch, frames, attention.heads, -1)
            for project in (attention.to_q, attention.to_k, attention.to_v)
        )
        if attention.q_norm is not None:
            query, key = attention.q_norm(query), attention.k_norm(key)
        heads = attention.processor.pe_attn_head
        query, key = _rotate(query, conditions, heads), _rotate(key, conditions, heads)
        attended = _attend(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), conditions)
        return _linear(attention.to_out[0], attended.transpose(1, 2).reshape(batch, frames, -1))


def _modulation(vector: Tensor) -> Modulation:
    """The modulation in AdaLN's vector [6 dim], which is in upstream's order."""
    parts = vector.chunk(6)
    return Modulation(parts[0], 1 + parts[1], parts[2], parts[3], 1 + parts[4], parts[5])


def _attend(query: Tensor, key: Tensor, value: Tensor, conditions: Conditions) -> Tensor:
    """softmax(q·kᵀ/√channels)·v of [rows · chunks, heads, frames, channels], over each chunk's own frames."""
    mask = conditions.mask
    if query.device.type != "cpu" or query.dtype != torch.bfloat16:
        keys = None if mask is None else mask[:, None, None, :]
        return functional.scaled_dot_product_attention(query, key, value, attn_mask=keys)
    # torch's attention on a CPU multiplies bfloat16 as float32, at a third of the speed; so one head at a time here.
    # Its scores are bfloat16 too, which doubles the rounding: RMS 0.5 % of the output's spread in place of 0.2 %.
    query = query * query.shape[-1] ** -0.5
    rows = len(query) // len(conditions.lengths)
    lengths = [length for length in conditions.lengths * rows for _ in range(query.shape[1])]
    heads = zip(*(each.flatten(0, 1) for each in (query, key, value)), lengths, strict=True)
    longest = query.shape[2]
    attended = torch.stack(
        [
            functional.pad(torch.softmax(q[:own] @ k[:own].T, dim=-1) @ v[:own], (0, 0, 0, longest - own))
            for q, k, v, own in heads
        ]
    )
    return attended.view(query.shape)


def _feed_forward(layers: Any, x: Tensor) -> Tensor:
    """Upstream's FeedForward: ((linear, GELU), dropout, linear)."""
    (widen, _), _, narrow = layers
    return _linear(narrow, _linear(widen, x, gelu=True))


def _linear(layer: Any, x: Tensor, *, gelu: bool = False) -> Tensor:
    """A linear layer, and GELU's tanh form after it."""
    if x.device.type == "cpu" and has_fused_linear(x.dtype):
        return _fused_linear(x, layer.weight, layer.bias, gelu=gelu)
    out = functional.linear(x, layer.weight, layer.bias)
    return functional.gelu(out, approximate="tanh") if gelu else out


def _fused_linear(x: Tensor, weight: Tensor, bias: Tensor | None, *, gelu: bool) -> Tensor:
    """oneDNN's linear layer: torch gives float32 products to MKL, which on AMD is a fifth slower; nothing public
    chooses."""
    kind, form = ("gelu", "tanh") if gelu else ("none", "")
    out: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, bias, kind, [], form)
    return out


@cache
def has_fused_linear(dtype: torch.dtype) -> bool:
    """Whether `_fused_linear` works on this processor in a precision, which is tried once.

    The operator is private: another torch may lack it. oneDNN has none for bfloat16 without AVX-512 or AMX, and none
    for float16 on most processors.
    """
    square = torch.ones((32, 32), dtype=dtype)
    try:
        with torch.inference_mode():
            _fused_linear(square, square, square[0], gelu=True)
    except (RuntimeError, AttributeError, TypeError):
        logger.info("this processor has no fused linear layer for %s: the usual one, which is slower, is used", dtype)
        return False
    return True


def _rotate(x: Tensor, conditions: Conditions, heads: int | None) -> Tensor:
    """Rotary embedding of [batch, frames, heads, channels]: rotates channel pairs by the angle of their position.

    ``heads``: how many of the heads are rotated; None is all of them.
    """
    if heads is not None and heads < x.shape[2]:
        return torch.cat((_rotate(x[:, :, :heads], conditions, None), x[:, :, heads:]), dim=2)
    if x.dtype == torch.float32:  # one complex product: a fifth of the time of what follows
        rotation = torch.complex(conditions.cos[..., ::2], conditions.sin[..., 1::2])
        return torch.view_as_real(torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2)) * rotation).flatten(-2)
    swapped = torch.stack((x[..., 1::2], x[..., ::2]), dim=-1).flatten(-2)
    return (x * conditions.cos).addcmul_(swapped, conditions.sin)
