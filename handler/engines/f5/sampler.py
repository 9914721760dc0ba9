"""Sample the mel of new speech from text and a reference mel, by integrating the flow from noise; mel ↔ samples.

Chen et al., F5-TTS (arXiv 2410.06885): flow matching with classifier-free guidance and sway sampling. The pruned
schedules are from Zheng et al. (arXiv 2505.19931). A batch leaves no state behind, even if it fails or is cancelled.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from handler.engines.f5.flow import MAX_FRAMES
from handler.engines.f5.loading import Model
from handler.engines.f5.upstream_modules import upstream
from handler.engines.memory import within_memory
from handler.errors import EngineError
from handler.types import Samples

PRUNED = {
    5: (0, 2, 4, 8, 16, 32),
    6: (0, 2, 4, 6, 8, 16, 32),
    7: (0, 2, 4, 6, 8, 16, 24, 32),
    10: (0, 2, 4, 6, 8, 12, 16, 20, 24, 28, 32),
    12: (0, 2, 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32),
    16: (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32),
}
"""Empirically pruned steps (EPSS), in 1/32. Other numbers of steps are evenly spaced."""

MIN_GUIDANCE = 1e-5  # weaker guidance counts as none, as upstream has it


@lru_cache(maxsize=64)
def timesteps(steps: int, sway: float) -> tuple[float, ...]:
    """The ``steps + 1`` times from 0 to 1, float32: pruned or even, then swayed by t + s·(cos(πt/2) − 1 + t)."""
    pruned = PRUNED.get(steps)
    even = torch.linspace(0, 1, steps + 1) if pruned is None else torch.tensor(pruned, dtype=torch.float32) / 32
    return tuple((even + sway * (torch.cos(torch.pi / 2 * even) - 1 + even)).tolist())


def noise(seed: int, frames: int, channels: int, device: torch.device) -> Tensor:
    """The noise that a chunk starts from, [frames, channels]: upstream draws the same with this seed."""
    generator = torch.Generator(device).manual_seed(seed)
    return torch.randn(frames, channels, generator=generator, device=device)


@torch.inference_mode()
def mel_spectrogram(model: Model, samples: Samples) -> Tensor:
    """Log-mel [1 + samples // hop, channels] of mono samples at the model's rate, on its device."""
    with within_memory():
        waveform = torch.as_tensor(samples, dtype=torch.float32, device=model.device)[None]
        mel: Tensor = upstream("f5_tts.model.modules").get_vocos_mel_spectrogram(waveform, **vars(model.mel))
        return mel[0].T.contiguous()


class Schedule(NamedTuple):
    """The properties that all items of a batch share: the times of the steps, and whether there is guidance."""

    steps: int
    sway: float
    guided: bool


@dataclass(frozen=True, eq=False)
class Item:
    """One chunk of speech to sample: see `item`."""

    reference: Tensor
    tokens: tuple[int, ...]
    frames: int
    schedule: Schedule
    cfg_strength: float
    seed: int
    lead: int


def item(
    model: Model,
    reference: Tensor,
    text: Sequence[str],
    frames: int,
    *,
    steps: int = 32,
    cfg_strength: float = 2.0,
    sway: float = -1.0,
    seed: int = 0,
    lead: int = 0,
) -> Item:
    """A chunk for the sampler; nothing is computed yet.

    ``reference`` is the mel of the voice's clip, [reference frames, channels]; ``text`` the clip's transcript and then
    the text to speak, as characters and pinyin syllables; ``frames`` the length of both together, raised to one more
    than the longer of reference and text. The result starts with the last ``lead`` frames of the reference: upstream
    keeps one.

    Raises EngineError for a chunk longer than the model can hold.
    """
    frames = max(frames, len(reference) + 1, len(text) + 1)
    if frames > MAX_FRAMES:
        raise EngineError(
            f"a chunk of {frames} frames is longer than the model's {MAX_FRAMES}: make text or reference shorter",
            retryable=False,
        )
    schedule = Schedule(steps, sway, cfg_strength >= MIN_GUIDANCE)
    tokens = tuple(model.vocab.get(symbol, 0) for symbol in text)  # unknown ones become blanks
    return Item(reference, tokens, frames, schedule, cfg_strength, seed, lead)


class Sampling:
    """A batch between noise and mels: Euler's method on the guided flow, one step at a time.

    Each item has its own reference, text, length, noise and strength of guidance, and the same mel in any batch, to
    within the rounding of sums. All items of a batch have the same schedule.
    """

    @torch.inference_mode()
    def __init__(self, model: Model, items: Sequence[Item]) -> None:
        """Compute what is constant over the steps. Raises OutOfMemory."""
        steps, sway, guided = items[0].schedule
        self._model = model
        self._items = list(items)
        self._times = timesteps(steps, sway)
        self._number = 0
        with within_memory():
            self._steps = model.flow.schedule(self._times[:-1])
            conditionings, noises = [], []
            for each in items:
                reference = each.reference.to(model.device, torch.float32)
                tokens = torch.tensor(each.tokens, dtype=torch.long, device=model.device)
                conditionings.append(model.flow.conditioning(reference, tokens, each.frames, guided=guided))
                noises.append(noise(each.seed, each.frames, model.flow.channels, model.device))
            self._assemble(conditionings, noises)

    def _assemble(self, conditionings: Sequence[Tensor], states: Sequence[Tensor]) -> None:
        """Stack the items into one batch, shorter ones padded with zeros, which stay zeros."""
        self._conditions = self._model.flow.batch(conditionings)
        longest = max(self._conditions.lengths)
        self._x = torch.stack([functional.pad(state, (0, 0, 0, longest - len(state))) for state in states])
        self._strength = self._x.new_tensor([each.cfg_strength for each in self._items])[:, None, None]

    @property
    def finished(self) -> Collection[int]:
        """All items once no step is left, and none before."""
        return range(len(self._items)) if self._number == len(self._steps) else ()

    @torch.inference_mode()
    def step(self) -> None:
        """Compute one step. Raises OutOfMemory."""
        elapsed = self._times[self._number + 1] - self._times[self._number]
        with within_memory():
            velocity = self._model.flow.velocity(self._x, self._conditions, self._steps[self._number])
            guided = velocity[0]
            if len(velocity) > 1:
                guided = velocity[0] + (velocity[0] - velocity[1]) * self._strength
            x = self._x + guided * elapsed
            mask = self._conditions.mask
            # No frame attends to the padding, but an infinity there would spread: 0 times infinity is not a number.
            self._x = x if mask is None else x.masked_fill_(~mask[: len(x), :, None], 0.0)
        self._number += 1

    @torch.inference_mode()
    def drop(self, indices: Collection[int]) -> None:
        """Go on without some of the items, but not without all; the others move up."""
        kept = [index for index in range(len(self._items)) if index not in indices]
        with within_memory():
            conditionings = [self._conditions.unpadded(index) for index in kept]
            states = [self._x[index, : self._items[index].frames] for index in kept]
            self._items = [self._items[index] for index in kept]
            self._assemble(conditionings, states)

    @torch.inference_mode()
    def mel(self, index: int) -> Tensor:
        """The mel of a finished item, float32 [frames − reference frames + lead, channels].

        Raises EngineError for one that is not finite.
        """
        one = self._items[index]
        reference = one.reference.to(self._model.device, torch.float32)
        mel = self._x[index, : one.frames]
        if not torch.isfinite(mel).all():
            raise EngineError("the model's speech holds values that are not numbers: is the voice's clip intact?")
        return torch.cat((reference[len(reference) - one.lead :], mel[len(reference) :]))

    def result(self, index: int) -> Samples:
        """The samples of a finished item. Raises as `mel` and `vocode` do."""
        return vocode(self._model, self.mel(index))


@torch.inference_mode()
def vocode(model: Model, mel: Tensor) -> Samples:
    """The samples of a mel [frames, channels]: (frames − 1) · hop of them, float32 at the model's rate."""
    with within_memory():
        samples: Samples = model.vocoder(mel.T[None].to(model.device, torch.float32))[0].cpu().numpy()
    return samples
