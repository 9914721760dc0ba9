"""Sample the latents of chunks, frame by frame, and decode them: upstream's sampling, with a generator for each row.

A row's samples are the same alone and in company. For that nothing that is computed of a row may depend on the
others: a text is read alone; every later step has `Model.width` rows, of which some may be idle, so that a matrix
product always has the same shape and with it the same order of sums; a row's keys and values lie at its own positions
in a cache of a fixed length; and its latents are decoded alone, in pieces of a fixed length.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from handler.engines.memory import within_memory
from handler.engines.pocket.loading import SAMPLE_RATE, Model, Prepared, VoiceState
from handler.errors import EngineError
from handler.types import Samples

FRAMES_PER_S = 12.5
TOKENS_PER_S, SPARE_S = 3.0, 2.0  # upstream's: speech that has not ended by then is none
MIN_FRAMES = 6  # upstream's: before them some voices seem to end
CAPACITY_STEP = 128  # positions: rows share a batch if their caches have the same length
MAX_POSITIONS = 8192
PIECE_FRAMES = 8  # decoded at a time: a cancelled job waits for one piece
FADE_S = 0.005  # the decoder's first samples are a small step


class Drawing(NamedTuple):
    """How latents are drawn, and when speech ends."""

    temperature: float
    noise_clamp: float | None
    eos_threshold: float


class Schedule(NamedTuple):
    """What all items of a batch share: the length of their caches, and the steps from noise to a latent."""

    capacity: int
    decode_steps: int


@dataclass(frozen=True, eq=False)
class Item:
    """One chunk to speak, at most ``max_frames`` long. Make it with `item`."""

    voice: VoiceState
    text: Prepared
    drawing: Drawing
    max_frames: int
    seed: int
    schedule: Schedule

    frames = 1
    """Every item counts as one: the budget of the scheduler is a number of rows."""


def item(voice: VoiceState, text: Prepared, drawing: Drawing, seed: int, decode_steps: int = 1) -> Item:
    """A chunk for the sampler; nothing is computed yet. Raises EngineError for one longer than the model can hold."""
    max_frames = math.ceil((len(text.tokens) / TOKENS_PER_S + SPARE_S) * FRAMES_PER_S)
    length = voice[0].shape[1] + len(text.tokens) + max_frames
    # One more, which a row that has ended stands at.
    capacity = -(-(length + 1) // CAPACITY_STEP) * CAPACITY_STEP
    if capacity > MAX_POSITIONS:
        raise EngineError("the chunk is longer than the model can hold; take a shorter clip", retryable=False)
    return Item(voice, text, drawing, max_frames, seed, Schedule(capacity, decode_steps))


class Row:
    """What is known of one chunk while it is spoken. ``slot`` is its place in the tensors of the batch."""

    def __init__(self, chunk: Item, slot: int) -> None:
        self.item = chunk
        self.slot = slot
        self.generator = torch.Generator().manual_seed(chunk.seed)
        self.number = 0
        self.eos: int | None = None  # the number of the frame that speech ended in
        self.ended = False
        self.latents: list[Tensor] = []  # not decoded yet
        self.decoder: Any = None
        self.pieces: list[Samples] = []

    def noise(self, channels: int) -> Tensor:
        """Noise [channels] of the next frame, drawn on the CPU as upstream draws it there: the same for any device."""
        drawing = self.item.drawing
        noise, deviation = torch.empty(1, channels), drawing.temperature**0.5
        if drawing.noise_clamp is None:
            return noise.normal_(0.0, deviation, generator=self.generator)[0]
        if not deviation:
            return noise.zero_()[0]
        limit = drawing.noise_clamp
        torch.nn.init.trunc_normal_(noise, 0.0, deviation, -limit, limit, generator=self.generator)
        return noise[0]

    def add(self, latent: Tensor, eos: float) -> None:
        """Keep a frame, unless speech has ended before it."""
        if self.eos is None and eos > self.item.drawing.eos_threshold and self.number >= MIN_FRAMES:
            self.eos = self.number
        self.ended = self.eos is not None and self.number >= self.eos + self.item.text.frames_after_eos
        if not self.ended:
            self.latents.append(latent)
            self.number += 1
            self.ended = self.number >= self.item.max_frames

    @property
    def has_piece(self) -> bool:
        """Whether there is enough to decode: a whole piece, or the rest of a chunk."""
        return bool(self.latents) and (self.ended or len(self.latents) >= PIECE_FRAMES)

    @property
    def ready(self) -> bool:
        return self.ended and not self.latents


class Sampling:
    """A batch of chunks of one schedule.

    A step reads a text, decodes 0.64 s of a chunk, or speaks a frame (80 ms) of all.
    """

    @torch.inference_mode()
    def __init__(self, model: Model, items: Sequence[Item]) -> None:
        """Nothing is computed yet. Raises OutOfMemory."""
        self._model = model
        self._lm = model.network.flow_lm
        self._rows = [Row(chunk, slot) for slot, chunk in enumerate(items)]
        self._unread = list(self._rows)
        self._schedule = items[0].schedule
        self._denoise = _decoders()[self._lm.flow_type]
        width, capacity = model.width, self._schedule.capacity
        with within_memory():
            # Zeros, because a masked position still counts: 0 times what lies there must be 0.
            self._caches = [
                part.new_zeros((2, width, part.shape[2], capacity, part.shape[3])) for part in items[0].voice
            ]  # keys and values [2, rows, heads, positions, channels] of each layer
            self._positions = torch.zeros(width, dtype=torch.long, device=model.device)
            self._latents: Tensor = self._lm.bos_emb.expand(width, -1).clone()
            self._slots = torch.arange(width, device=model.device)

    @property
    def finished(self) -> Collection[int]:
        """The rows that have ended and are decoded."""
        return [index for index, row in enumerate(self._rows) if row.ready]

    @torch.inference_mode()
    def step(self) -> None:
        """Read the text of one chunk, or decode a piece of one, or speak a frame of each. Raises OutOfMemory."""
        with within_memory():
            if self._unread:
                self._read(self._unread.pop(0))
            elif row := next((row for row in self._rows if row.has_piece), None):
                self._decode(row)
            else:
                self._speak()

    def drop(self, indices: Collection[int]) -> None:
        """Go on without some of the chunks; their places in the batch are idle from now on."""
        self._rows = [row for index, row in enumerate(self._rows) if index not in indices]
        self._unread = [row for row in self._unread if row in self._rows]

    def result(self, index: int) -> Samples:
        """The samples of a finished chunk."""
        samples = np.concatenate(self._rows[index].pieces)
        rise = round(FADE_S * SAMPLE_RATE)
        samples[:rise] *= np.linspace(0, 1, rise, dtype=np.float32)
        return samples

    def _read(self, row: Row) -> None:
        """Compute the keys and values of a text after those of its voice, by upstream's own code."""
        device, end = self._model.device, row.item.voice[0].shape[1]
        length = end + len(row.item.text.tokens)
        state = {}
        for name, part in zip(self._model.layers, row.item.voice, strict=True):
            cache = part.new_zeros((2, 1, length, *part.shape[2:]))
            cache[:, 0, :end] = part
            state[name] = {"offset": torch.tensor([end], device=device), "cache": cache}
        tokens = torch.tensor([row.item.text.tokens], dtype=torch.long, device=device)
        no_latents = self._latents.new_empty(1, 0, self._lm.ldim)
        self._lm.backbone(self._lm.input_linear(no_latents), self._lm.conditioner(tokens), no_latents, state)
        for name, own in zip(self._model.layers, self._caches, strict=True):
            own[:, row.slot, :, :length] = state[name]["cache"][:, 0].transpose(1, 2)
        self._positions[row.slot] = length
        row.noise(self._lm.ldim)  # upstream draws it, too: its seeds give the same samples

    def _speak(self) -> None:
        """Draw a frame of each row, of all rows with one shape."""
        live = [row for row in self._rows if not row.ended]
        hidden = self._advance().float()
        eos = self._lm.out_eos(hidden)[:, 0].tolist()
        noise = torch.zeros(len(self._latents), self._lm.ldim)
        for row in live:
            noise[row.slot] = row.noise(self._lm.ldim)
        flow = partial(self._lm.flow_net, hidden)
        self._latents = self._denoise(flow, noise.to(hidden.device), self._schedule.decode_steps)
        for row in live:
            row.add(self._latents[row.slot], eos[row.slot])

    def _advance(self) -> Tensor:
        """The hidden states [width, channels] after the latest latents, each at its row's own position."""
        x = self._lm.input_linear(self._latents)[:, None]
        seen = torch.arange(self._schedule.capacity, device=x.device) <= self._positions[:, None]
        for layer, cache in zip(self._lm.transformer.layers, self._caches, strict=True):
            attended = self._attend(layer.self_attn, layer.norm1(x), cache, seen[:, None, None])
            x = x + layer.layer_scale_1(attended)
            x = layer._ff_block(x)
        x = self._lm.out_norm(x)[:, 0]
        for row in self._rows:
            if not row.ended:
                self._positions[row.slot] += 1
        hidden: Tensor = x if self._lm.z_proj is None else self._lm.z_proj(x)
        return hidden

    def _attend(self, attention: Any, x: Tensor, cache: Tensor, seen: Tensor) -> Tensor:
        """Upstream's attention of one position [width, 1, channels], whose offsets are the same for all rows."""
        width, heads, of_keys = len(x), attention.num_heads, attention.num_kv_heads
        parts = attention.in_proj(x).split([attention.attn_dim, *[of_keys * attention.dim_per_head] * 2], dim=-1)
        queries, keys, values = (part.view(1, width, -1, attention.dim_per_head) for part in parts)
        # The rows stand where upstream has times, to which it adds the offset.
        queries, keys = attention.rope(queries, keys, offset=self._positions - self._slots)
        for whole, part in zip(cache, (keys, values), strict=True):
            whole[self._slots, :, self._positions] = part[0]
        of_all = cache if heads == of_keys else cache.repeat_interleave(heads // of_keys, dim=2)
        attended = functional.scaled_dot_product_attention(queries[0][:, :, None], of_all[0], of_all[1], seen)
        projected: Tensor = attention.out_proj(attended.reshape(width, 1, -1))
        return projected

    def _decode(self, row: Row) -> None:
        """Decode the next frames of a row, alone."""
        from pocket_tts.modules.stateful_module import increment_steps, init_states

        mimi = self._model.network.mimi
        steps = round(mimi.encoder_frame_rate / mimi.frame_rate)
        if row.decoder is None:
            row.decoder = init_states(mimi, batch_size=1, sequence_length=row.item.max_frames * steps)
        latents, row.latents = row.latents, []
        stacked = torch.stack(latents)[None] * self._lm.emb_std + self._lm.emb_mean
        samples = mimi.decode_from_latent(stacked, row.decoder)
        increment_steps(mimi, row.decoder, increment=steps * len(latents))
        row.pieces.append(samples[0, 0].float().cpu().numpy())


def _decoders() -> dict[str, Any]:
    """Upstream's ways from noise to a latent, by the kind of the model."""
    from pocket_tts.models import flow_lm

    return {
        "lsd": flow_lm.lsd_decode,
        "flow_matching": flow_lm.ot_decode,
        "drifting": flow_lm.drifting_decode,
        "pointwise": flow_lm.pointwise_decode,
    }
