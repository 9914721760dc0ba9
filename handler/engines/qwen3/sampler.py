"""Sample the codes of chunks, frame by frame, and decode them: upstream's sampling, with a generator for each row.

A row's codes are the same alone and in company, in any precision. For that nothing that is computed of a row may
depend on the others: a prompt is computed alone; every later step has `Model.width` rows, of which some may be idle,
so that a matrix product always has the same shape and with it the same order of sums; and each row attends to its own
keys and values in a call of its own, see `attention`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from transformers import DynamicCache

from handler.engines.memory import within_memory
from handler.engines.qwen3 import drawing, prompt
from handler.engines.qwen3.attention import Rows
from handler.engines.qwen3.drawing import Drawing, Drawings
from handler.engines.qwen3.loading import Model
from handler.engines.qwen3.prompt import Prompt, Request
from handler.errors import EngineError
from handler.types import Samples

SUPPRESSED = 1024  # of the talker's last codes none is a sound: of these only the end may be drawn
MIN_FRAMES = 2  # before the end may be drawn


@dataclass(frozen=True, eq=False)
class Item:
    """One chunk to speak. ``max_frames`` ends speech that does not end by itself."""

    request: Request
    drawing: Drawing
    seed: int
    max_frames: int

    schedule = None
    """Any items may share a batch."""
    frames = 1
    """Every item counts as one: the budget of the scheduler is a number of rows."""


class Spoken(NamedTuple):
    """A chunk: its codes [frames, code groups] and samples; ``cut`` if it did not end before its last frame."""

    codes: Tensor
    samples: Samples
    cut: bool


class Row:
    """What is known of one chunk while it is spoken. ``slot`` is its place in the tensors of the batch."""

    def __init__(self, item: Item, slot: int) -> None:
        self.item = item
        self.slot = slot
        self.prompt: Prompt | None = None
        self.cache = DynamicCache()  # keys and values of the talker
        self.generator = torch.Generator().manual_seed(item.seed)
        self.length: int | None = None
        """Number of its frames, once it has ended."""
        self.cut = False

    def text_beside(self, frame: int) -> Tensor:
        """The text embedding [width] that accompanies a frame."""
        assert self.prompt is not None  # it is read before any frame
        return self.prompt.trailing[frame] if frame < len(self.prompt.trailing) else self.prompt.pad


class Sampling:
    """A batch of chunks, a frame (80 ms) in each step."""

    @torch.inference_mode()
    def __init__(self, model: Model, items: Sequence[Item]) -> None:
        """Nothing is computed yet. Raises OutOfMemory."""
        self._model = model
        self._talker = model.network.talker
        self._rows = [Row(item, slot) for slot, item in enumerate(items)]
        self._unread = list(self._rows)
        self._frames: list[Tensor] = []  # of all rows, [width, code groups] each
        width, config = model.width, self._talker.config
        # Idle rows draw as the first one does: what they draw means nothing.
        given = [item.drawing for item in items] + [items[0].drawing] * (width - len(items))
        with within_memory():
            self._drawings = Drawings.of(given, model.device)
            self._predictor_drawings = Drawings.of([_predictor_drawing(model)] * width, model.device)
            self._hidden = torch.zeros((width, config.hidden_size), dtype=model.network.dtype, device=model.device)
            self._used = torch.zeros((width, config.vocab_size), dtype=torch.bool, device=model.device)
            self._suppressed = torch.zeros(config.vocab_size, dtype=torch.bool, device=model.device)
            self._suppressed[-SUPPRESSED:] = True

    @property
    def finished(self) -> Collection[int]:
        """The rows that drew the end, or reached their last frame."""
        return [index for index, row in enumerate(self._rows) if row.length is not None]

    @torch.inference_mode()
    def step(self) -> None:
        """Read the prompt of one chunk, or when all are read, speak a frame of each. Raises OutOfMemory."""
        with within_memory():
            if self._unread:
                self._read(self._unread.pop(0))
            else:
                self._speak()

    def drop(self, indices: Collection[int]) -> None:
        """Go on without some of the chunks; their places in the batch are idle from now on."""
        self._rows = [row for index, row in enumerate(self._rows) if index not in indices]
        self._unread = [row for row in self._unread if row in self._rows]

    @torch.inference_mode()
    def result(self, index: int) -> Spoken:
        """A finished chunk. Raises EngineError if the model ended before any sound."""
        row = self._rows[index]
        if not row.length:
            raise EngineError("the model said nothing; send the job with another seed or other words")
        with within_memory():
            codes = torch.stack([frame[row.slot] for frame in self._frames[: row.length]])
            return Spoken(codes, decode(self._model, codes, row.item.request), row.cut)

    def _read(self, row: Row) -> None:
        """Compute the prompt of one row, alone."""
        row.prompt = prompt.build(self._model, row.item.request)
        positions = torch.arange(len(row.prompt.embeddings), device=self._hidden.device)
        hidden = self._talk(row.prompt.embeddings[None], positions[None], {0: row.cache})
        self._hidden[row.slot] = hidden[0, -1]

    def _speak(self) -> None:
        """Draw a frame of each row, then compute the hidden state after it, of all rows with one shape."""
        chances = self._chances()
        first = drawing.draw(self._first_scores(), self._drawings, chances[:, :1])
        end, drawn = self._talker.config.codec_eos_token_id, first.tolist()
        for row in self._rows:
            if drawn[row.slot] == end:
                row.length = len(self._frames)
        live = [row for row in self._rows if row.length is None]
        if not live:
            return
        self._used.scatter_(1, first[:, None], True)
        frames = self._whole_frames(first, chances)
        inputs = prompt.frame_embeddings(self._model.network, frames)
        for row in live:
            inputs[row.slot] += row.text_beside(len(self._frames))
        self._frames.append(frames)
        for row in live:
            if len(self._frames) >= row.item.max_frames:
                row.length, row.cut = len(self._frames), True
        self._advance(inputs, [row for row in live if row.length is None])

    def _chances(self) -> Tensor:
        """A number in [0, 1) for each code of the next frame, [width, code groups], of each row's own generator."""
        groups = self._talker.config.num_code_groups
        chances = torch.zeros(self._model.width, groups)
        for row in self._rows:
            chances[row.slot] = torch.rand(groups, generator=row.generator)
        return chances.to(self._model.device)

    def _first_scores(self) -> Tensor:
        """The scores [width, codes] of the first code of the next frame."""
        logits = self._talker.codec_head(self._hidden).float()
        scores = drawing.penalized(logits, self._used, self._model.defaults["repetition_penalty"])
        suppressed = self._suppressed.clone()
        suppressed[self._talker.config.codec_eos_token_id] = len(self._frames) < MIN_FRAMES
        return scores.masked_fill(suppressed, -torch.inf)

    def _whole_frames(self, first: Tensor, chances: Tensor) -> Tensor:
        """Draw the other codes of each row's frame: [width, code groups]."""
        predictor = self._talker.code_predictor
        cache = DynamicCache()
        codes = [first]
        inputs = torch.stack((self._hidden, self._talker.model.codec_embedding(first)), dim=1)
        for head, embedding in zip(predictor.lm_head, predictor.model.codec_embedding, strict=True):
            projected = predictor.small_to_mtp_projection(inputs)
            hidden = predictor.model(inputs_embeds=projected, past_key_values=cache, use_cache=True)
            scores = head(hidden.last_hidden_state[:, -1]).float()
            codes.append(drawing.draw(scores, self._predictor_drawings, chances[:, len(codes), None]))
            inputs = embedding(codes[-1])[:, None]
        return torch.stack(codes, dim=1)

    def _advance(self, inputs: Tensor, rows: Sequence[Row]) -> None:
        """Compute the talker's hidden states after inputs [width, channels] of rows at positions of their own."""
        positions = [0] * len(inputs)
        for row in rows:
            positions[row.slot] = row.cache.get_seq_length()
        at = torch.tensor(positions, device=inputs.device)[:, None]
        self._hidden = self._talk(inputs[:, None], at, {row.slot: row.cache for row in rows})[:, 0]

    def _talk(self, inputs: Tensor, positions: Tensor, caches: Mapping[int, DynamicCache]) -> Tensor:
        """The talker's hidden states [rows, positions, channels] after inputs of that shape."""
        hidden: Tensor = self._talker.model(
            inputs_embeds=inputs,
            position_ids=positions,
            past_key_values=Rows(caches),
            cache_position=positions[0],
            use_cache=True,
        ).last_hidden_state
        return hidden


def _predictor_drawing(model: Model) -> Drawing:
    return Drawing(*(model.defaults[f"subtalker_{name}"] for name in Drawing._fields))


@torch.inference_mode()
def decode(model: Model, codes: Tensor, request: Request) -> Samples:
    """The samples of codes [frames, code groups], decoded after those before them, whose sound is cut off."""
    before = request.codes_before
    whole = codes if before is None else torch.cat((before, codes))
    (samples,), _ = model.speech.decode([{"audio_codes": whole}])
    spoken: Samples = samples[(len(whole) - len(codes)) * model.samples_per_frame :]
    return spoken
