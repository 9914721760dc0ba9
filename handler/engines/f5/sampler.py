"""Text and a reference's mel → the mel of new speech, by integrating the flow from noise; and mel ↔ samples.

Chen et al., F5-TTS (arXiv 2410.06885): flow matching with classifier-free guidance and sway sampling. The pruned
schedules are from Zheng et al. (arXiv 2505.19931). Nothing is kept from one batch to the next: after an error or a
cancellation there is nothing to clear.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from handler.cancellation import NEVER, Cancellation
from handler.engines.f5.flow import MAX_FRAMES, Conditions, Step
from handler.engines.f5.loading import Model
from handler.engines.f5.upstream_modules import upstream
from handler.errors import EngineError, OutOfMemory
from handler.types import Samples

PRUNED = {
    5: (0, 2, 4, 8, 16, 32),
    6: (0, 2, 4, 6, 8, 16, 32),
    7: (0, 2, 4, 6, 8, 16, 24, 32),
    10: (0, 2, 4, 6, 8, 12, 16, 20, 24, 28, 32),
    12: (0, 2, 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32),
    16: (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32),
}
"""Empirically pruned steps (EPSS): of 32 even ones, those that matter. Other numbers of steps are even."""

UNGUIDED = 1e-5
"""Guidance weaker than this is none, as upstream has it."""

Velocity = Callable[[Tensor, Conditions, Step], Tensor]
"""As `Flow.velocity`."""


@lru_cache(maxsize=64)
def timesteps(steps: int, sway: float) -> tuple[float, ...]:
    """The ``steps + 1`` times from 0 to 1, float32: pruned or even, then swayed by t + s·(cos(πt/2) − 1 + t)."""
    pruned = PRUNED.get(steps)
    even = torch.linspace(0, 1, steps + 1) if pruned is None else torch.tensor(pruned, dtype=torch.float32) / 32
    return tuple((even + sway * (torch.cos(torch.pi / 2 * even) - 1 + even)).tolist())


def noise(seed: int, frames: int, channels: int, device: torch.device) -> Tensor:
    """The start of a chunk, [frames, channels]: what upstream draws when its global generator has this seed."""
    generator = torch.Generator(device).manual_seed(seed)
    return torch.randn(frames, channels, generator=generator, device=device)


def encode(model: Model, text: Sequence[str]) -> list[int]:
    """The number of each character or pinyin syllable; one that the model does not know becomes a blank."""
    return [model.vocab.get(character, 0) for character in text]


@contextmanager
def _in_memory() -> Iterator[None]:
    """What does not fit into the device's memory is OutOfMemory, wherever on the way it is noticed."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise OutOfMemory(
            "the device ran out of memory while speaking: send the job again, or a shorter text"
        ) from error


def explain(model: Model, error: Exception) -> Exception:
    """What a job is told of an error while it was computed: torch raises RuntimeErrors, of which there is no list."""
    if not isinstance(error, RuntimeError):
        return error
    failure = EngineError("the model failed while speaking; send the job again")
    # After most errors on a GPU nothing more can be computed in the same process.
    failure.refresh_worker = model.device.type == "cuda"
    failure.__cause__ = error
    return failure


@torch.inference_mode()
def mel_spectrogram(model: Model, samples: Samples) -> Tensor:
    """Log-mel [1 + samples // hop, channels] of mono samples at the model's rate, on its device."""
    with _in_memory():
        waveform = torch.as_tensor(samples, dtype=torch.float32, device=model.device)[None]
        mel: Tensor = upstream("f5_tts.model.modules").get_vocos_mel_spectrogram(waveform, **vars(model.mel))
        return mel[0].T.contiguous()


class Schedule(NamedTuple):
    """What the items of one batch have in common: the same times, and guidance or none."""

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
    """A chunk as the sampler wants it; nothing is computed yet.

    ``reference`` is the mel of the voice's clip, [reference frames, channels]; ``text`` what it says and then what is
    to be said, as characters and pinyin syllables; ``frames`` the length of both together, raised to one more than
    the longer of reference and text. ``lead`` frames of the reference's end stay in front: upstream keeps one.

    Raises EngineError for a chunk longer than the model can hold.
    """
    frames = max(frames, len(reference) + 1, len(text) + 1)
    if frames > MAX_FRAMES:
        raise EngineError(
            f"a chunk of {frames} frames is longer than the model's {MAX_FRAMES}: make text or reference shorter",
            retryable=False,
        )
    schedule = Schedule(steps, sway, cfg_strength >= UNGUIDED)
    return Item(reference, tuple(encode(model, text)), frames, schedule, cfg_strength, seed, lead)


class Sampling:
    """A batch on its way from noise to mels: Euler's method on the guided flow, one step at a time.

    Each item has its own reference, text, length, noise and strength of guidance, and the same mel in any company, to
    within the rounding of sums. Items of a batch have the same schedule.
    """

    @torch.inference_mode()
    def __init__(self, model: Model, items: Sequence[Item], velocity: Velocity | None = None) -> None:
        """Compute what does not change over the steps; OutOfMemory. ``velocity`` is the flow's, or the same faster."""
        steps, sway, guided = items[0].schedule
        self._model = model
        self._items = list(items)
        self._times = timesteps(steps, sway)
        self._velocity = velocity or model.flow.velocity
        self._number = 0
        with _in_memory():
            self._steps = model.flow.schedule(self._times[:-1])
            constants, noises = [], []
            for each in items:
                reference = each.reference.to(model.device, torch.float32)
                tokens = torch.tensor(each.tokens, dtype=torch.long, device=model.device)
                constants.append(model.flow.constant(reference, tokens, each.frames, guided=guided))
                noises.append(noise(each.seed, each.frames, model.flow.channels, model.device))
            self._assemble(constants, noises)

    def _assemble(self, constants: Sequence[Tensor], states: Sequence[Tensor]) -> None:
        """Side by side what was computed alone; behind the end of the shorter ones are zeros, and stay."""
        self._conditions = self._model.flow.together(constants)
        longest = max(self._conditions.lengths)
        self._x = torch.stack([functional.pad(state, (0, 0, 0, longest - len(state))) for state in states])
        self._strength = self._x.new_tensor([each.cfg_strength for each in self._items])[:, None, None]

    @property
    def done(self) -> bool:
        """Whether no step is left."""
        return self._number == len(self._steps)

    @torch.inference_mode()
    def step(self) -> None:
        """One step on; OutOfMemory."""
        elapsed = self._times[self._number + 1] - self._times[self._number]
        with _in_memory():
            velocity = self._velocity(self._x, self._conditions, self._steps[self._number])
            guided = velocity[0]
            if len(velocity) > 1:
                guided = velocity[0] + (velocity[0] - velocity[1]) * self._strength
            x = self._x + guided * elapsed
            mask = self._conditions.mask
            # What grows in the padding is heard by none, unless it grows out of numbers: 0 times infinity is none.
            self._x = x if mask is None else x.masked_fill_(~mask[: len(x), :, None], 0.0)
        self._number += 1

    @torch.inference_mode()
    def drop(self, places: Collection[int]) -> None:
        """Go on without some of the items, but not without all; the others move up to places without gaps."""
        kept = [place for place in range(len(self._items)) if place not in places]
        with _in_memory():
            constants = [self._conditions.of(place) for place in kept]
            states = [self._x[place, : self._items[place].frames] for place in kept]
            self._items = [self._items[place] for place in kept]
            self._assemble(constants, states)

    @torch.inference_mode()
    def mel(self, place: int) -> Tensor:
        """The mel of an item that is done, float32 [frames − reference frames + lead, channels].

        Raises EngineError for one that is not finite.
        """
        one = self._items[place]
        reference = one.reference.to(self._model.device, torch.float32)
        mel = self._x[place, : one.frames]
        if not torch.isfinite(mel).all():
            raise EngineError("the model's speech holds values that are no numbers: is the voice's clip sound?")
        return torch.cat((reference[len(reference) - one.lead :], mel[len(reference) :]))

    def result(self, place: int) -> Samples:
        """The samples of an item that is done; EngineError for a mel that is not finite, OutOfMemory."""
        return vocode(self._model, self.mel(place))


def sample(
    model: Model,
    reference: Tensor,
    text: Sequence[str],
    frames: int,
    *,
    cancellation: Cancellation = NEVER,
    **options: Any,
) -> Tensor:
    """The mel of one chunk of speech by itself, float32 [frames − reference frames + lead, channels].

    Arguments are those of `item`. ``cancellation`` is called before each step; what it raises ends the sampling.

    Raises EngineError for a chunk longer than the model can hold or a result that is not finite, OutOfMemory.
    """
    sampling = Sampling(model, [item(model, reference, text, frames, **options)])
    while not sampling.done:
        cancellation.check()
        sampling.step()
    return sampling.mel(0)


@torch.inference_mode()
def vocode(model: Model, mel: Tensor) -> Samples:
    """The samples of a mel [frames, channels]: (frames − 1) · hop of them, float32 at the model's rate."""
    with _in_memory():
        samples: Samples = model.vocoder(mel.T[None].to(model.device, torch.float32))[0].cpu().numpy()
    return samples
