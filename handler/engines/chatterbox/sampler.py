"""Sample speech tokens one by one with an own generator, then their sound: a batch of one item for the scheduler.

The loops follow chatterbox-tts 0.1.7 (models/t3/t3.py, MIT) to the token, but draw from the item's own generator, and
can be cancelled. Upstream writes for one row, so a batch has one item.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Generator, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from handler.engines.chatterbox import voices
from handler.engines.chatterbox.codec import Codec, Draws
from handler.engines.chatterbox.options import ChatterboxOptions
from handler.engines.chatterbox.voices import Conditionals
from handler.engines.memory import within_memory
from handler.errors import EngineError
from handler.types import Samples

TOKENS_PER_S = 25
MAX_TOKENS = 1000  # of speech, 40 s: upstream's limit
MAX_TEXT_TOKENS = 2048  # that the model has positions for
TOKENS_PER_STEP = 10  # sampled between two looks at cancellations

_MIN_P, _TURBO_TOP_K, _TURBO_TOP_P = 0.05, 1000, 0.95
_PENALTIES = {"original": 1.2, "multilingual": 2.0, "turbo": 1.2}  # of repetition


@dataclass(frozen=True, eq=False)
class Item:
    """A text to speak: its tokens [1, n], the voice, and how. ``max_tokens`` ends speech that does not end itself."""

    variant: str
    text_tokens: Tensor
    voice: Conditionals
    options: ChatterboxOptions
    seed: int
    max_tokens: int = MAX_TOKENS

    @property
    def schedule(self) -> Hashable:
        return self.variant

    @property
    def frames(self) -> int:
        return self.max_tokens


@dataclass(frozen=True)
class Spoken:
    """The samples of an item; ``cut`` if the model had not ended when it reached the item's last token."""

    samples: Samples
    cut: bool


class Sampling:
    """One item on its way: a step samples TOKENS_PER_STEP tokens, each later one computes a part of their sound."""

    def __init__(self, model: Any, codec: Codec, items: Sequence[Item]) -> None:
        """Compute nothing yet but the embeddings of the text. Raises OutOfMemory."""
        (self._item,) = items
        self._t3 = model.t3
        self._codec = codec
        self._draws = Draws(self._item.seed)
        self._said = torch.full((1, 1), self._t3.hp.start_speech_token, device=self._t3.device)
        self._last = self._t3.hp.start_speech_token
        self._ended = self._cut = False
        self._past: Any = None
        self._sound: Generator[None, None, Samples] | None = None
        self._samples: Samples | None = None
        self._analyzer: Any = None
        with torch.inference_mode(), within_memory():
            self._embeds = self._begin()
        self._processors = _processors(self._item)

    @property
    def finished(self) -> Collection[int]:
        """The item, once its sound is there."""
        return () if self._samples is None else (0,)

    def step(self) -> None:
        """Sample a few tokens, or compute a part of their sound. Raises OutOfMemory."""
        if self._sound is not None:
            try:
                next(self._sound)
            except StopIteration as end:
                self._samples = end.value
            return
        with torch.inference_mode(), within_memory():
            for _ in range(TOKENS_PER_STEP):
                self._sample()
                if self._ended:
                    self._sound = self._codec.speech(
                        self._speech_tokens(), voices.for_codec(self._item.voice), self._draws
                    )
                    self._past = None
                    return

    def drop(self, indices: Collection[int]) -> None:
        """Nothing: a batch of one item is dropped as a whole."""

    def result(self, index: int) -> Spoken:  # noqa: ARG002
        """The speech of the item. Raises EngineError when the model said nothing."""
        if self._samples is None or not len(self._samples):
            raise EngineError("the model's speech is empty; send the job with another seed or other words")
        return Spoken(self._samples, self._cut)

    @property
    def _guided(self) -> bool:
        return self._item.variant != "turbo" and self._item.options.cfg_weight > 0

    def _begin(self) -> Tensor:
        """The embeddings of the voice, the text and the start of speech, [rows, length, channels]."""
        from chatterbox.models.t3.modules.cond_enc import T3Cond

        t3, item = self._t3, self._item
        text = item.text_tokens.to(t3.device)
        text = text.repeat(2, 1) if self._guided else text
        start = torch.full_like(text[:, :1], t3.hp.start_speech_token)
        cond = T3Cond(
            speaker_emb=item.voice["t3.speaker_emb"],
            cond_prompt_speech_tokens=item.voice["t3.cond_prompt_speech_tokens"],
            emotion_adv=torch.full((1, 1, 1), item.options.exaggeration, device=t3.device),
        )
        embeds: Tensor
        embeds, voice_length = t3.prepare_input_embeds(
            t3_cond=cond,
            text_tokens=text,
            speech_tokens=start,
            cfg_weight=item.options.cfg_weight if self._guided else 0.0,
        )
        if item.variant == "turbo":
            return embeds
        if item.variant == "multilingual":
            self._analyzer = _analyzer(t3, voice_length, text.size(1))
        # Upstream has the start of speech twice, and the models were tried with that.
        return torch.cat([embeds, t3.speech_emb(start) + t3.speech_pos_emb.get_fixed_embedding(0)], dim=1)

    def _sample(self) -> None:
        """Draw the next token, and set the embeddings that follow it."""
        t3 = self._t3
        scores = self._scores()
        generator = self._draws.generator(scores.device)
        token = torch.multinomial(torch.softmax(scores, dim=-1), 1, generator=generator)
        self._last = int(token)
        if self._last == t3.hp.stop_speech_token:
            self._ended = True
            return
        self._said = torch.cat([self._said, token], dim=1)
        count = self._said.shape[1] - 1
        self._ended = self._cut = count >= self._item.max_tokens
        embedded = t3.speech_emb(token)
        if t3.speech_pos_emb is not None:
            embedded = embedded + t3.speech_pos_emb.get_fixed_embedding(count)
        self._embeds = embedded.repeat(2, 1, 1) if self._guided else embedded

    def _scores(self) -> Tensor:
        """The scores [1, ids] of the next token, ready to draw from."""
        t3, options = self._t3, self._item.options
        out = t3.tfmr(
            inputs_embeds=self._embeds,
            past_key_values=self._past,
            use_cache=True,
            output_attentions=self._analyzer is not None,
        )
        self._past = out.past_key_values
        rows = t3.speech_head(out.last_hidden_state[:, -1])
        scores: Tensor = rows[:1] + options.cfg_weight * (rows[:1] - rows[1:]) if self._guided else rows
        if self._analyzer is not None:
            self._analyzer.attend(out.attentions)
            scores = self._analyzer.step(scores, next_token=self._last)
        # Turbo's penalty does not count the start of speech once there is more.
        said = self._said[:, 1:] if self._item.variant == "turbo" and self._said.shape[1] > 1 else self._said
        for processor in self._processors:
            scores = processor(said, scores)
        return scores.float()

    def _speech_tokens(self) -> Tensor:
        """The tokens [n] for the codec: turbo's have upstream's silence at their end."""
        from chatterbox.models.s3gen.const import S3GEN_SIL

        tokens = self._said[0, 1:]
        if self._item.variant == "turbo" and len(tokens):
            tokens = torch.cat([tokens, torch.full((3,), S3GEN_SIL, device=tokens.device)])
        return tokens


def _processors(item: Item) -> list[Any]:
    from transformers.generation import logits_process as process

    penalty = process.RepetitionPenaltyLogitsProcessor(_PENALTIES[item.variant])
    temperature = process.TemperatureLogitsWarper(float(item.options.temperature))
    if item.variant == "turbo":
        return [temperature, process.TopKLogitsWarper(_TURBO_TOP_K), process.TopPLogitsWarper(_TURBO_TOP_P), penalty]
    return [penalty, temperature, process.MinPLogitsWarper(_MIN_P)]


def _analyzer(t3: Any, voice_length: int, text_length: int) -> Any:
    """Upstream's watch over the alignment, fed with the attentions of its own item only.

    Upstream's hooks stay in the model for ever, one set for each chunk, and see the steps of other items.
    """
    from chatterbox.models.t3.inference import alignment_stream_analyzer as upstream

    class Analyzer(upstream.AlignmentStreamAnalyzer):  # type: ignore[misc]
        def _add_attention_spy(self, tfmr: Any, buffer_idx: int, layer_idx: int, head_idx: int) -> None:
            pass

        def attend(self, attentions: Sequence[Tensor]) -> None:
            heads = upstream.LLAMA_ALIGNED_HEADS
            self.last_aligned_attns = [attentions[layer][0, head].cpu() for layer, head in heads]

    upstream.logger.setLevel(logging.ERROR)  # it would warn of single tokens
    text = (voice_length, voice_length + text_length)
    return Analyzer(t3.tfmr, None, text_tokens_slice=text, eos_idx=t3.hp.stop_speech_token)
