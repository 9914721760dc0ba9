"""Text and a reference's mel → the mel of new speech, by integrating the flow from noise; and mel ↔ samples.

Chen et al., F5-TTS (arXiv 2410.06885): flow matching with classifier-free guidance and sway sampling. The pruned
schedules are from Zheng et al. (arXiv 2505.19931). Nothing is kept from one chunk to the next: after an error or a
cancellation there is nothing to clear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

import torch
from torch import Tensor

from handler.engines.f5.flow import MAX_FRAMES
from handler.engines.f5.imports import upstream
from handler.engines.f5.loading import Model
from handler.errors import EngineError, OutOfMemory
from handler.values import Samples

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


@torch.inference_mode()
def mel_spectrogram(model: Model, samples: Samples) -> Tensor:
    """Log-mel [1 + samples // hop, channels] of mono samples at the model's rate, on its device."""
    with _in_memory():
        waveform = torch.as_tensor(samples, dtype=torch.float32, device=model.device)[None]
        mel: Tensor = upstream("f5_tts.model.modules").get_vocos_mel_spectrogram(waveform, **vars(model.mel))
        return mel[0].T.contiguous()


@torch.inference_mode()
def sample(
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
    check: Callable[[], None] = lambda: None,
) -> Tensor:
    """The mel of one chunk of speech, float32 [frames − reference frames + lead, channels].

    ``reference`` is the mel of the voice's clip, [reference frames, channels]; ``text`` what it says and then what is
    to be said, as characters and pinyin syllables; ``frames`` the length of both together, raised to one more than
    the longer of reference and text. ``lead`` frames of the reference's end stay in front: upstream keeps one.
    ``check`` is called before each step; what it raises ends the sampling.

    Raises EngineError for a chunk longer than the model can hold or a result that is not finite, OutOfMemory.
    """
    reference = reference.to(model.device, torch.float32)
    tokens = torch.tensor(encode(model, text), dtype=torch.long, device=model.device)
    frames = max(frames, len(reference) + 1, len(tokens) + 1)
    if frames > MAX_FRAMES:
        raise EngineError(
            f"a chunk of {frames} frames is longer than the model's {MAX_FRAMES}: make text or reference shorter",
            retryable=False,
        )
    with _in_memory():
        mel = _integrate(model, reference, tokens, frames, steps, cfg_strength, sway, seed, check)
    if not torch.isfinite(mel).all():
        raise EngineError("the model's speech holds values that are no numbers: is the voice's clip sound?")
    return torch.cat((reference[len(reference) - lead :], mel[len(reference) :]))


def _integrate(
    model: Model,
    reference: Tensor,
    tokens: Tensor,
    frames: int,
    steps: int,
    cfg_strength: float,
    sway: float,
    seed: int,
    check: Callable[[], None],
) -> Tensor:
    """Euler's method on the guided flow, from noise at time 0 to a mel at time 1; [frames, channels]."""
    flow = model.flow
    times = timesteps(steps, sway)
    guided = cfg_strength >= UNGUIDED
    conditions = flow.conditions(reference, tokens, frames, guided=guided)
    x = noise(seed, frames, flow.channels, model.device)
    for number, step in enumerate(flow.schedule(times[:-1])):
        check()
        velocity = flow.velocity(x, conditions, step)
        guided_velocity = velocity[0]
        if guided:
            guided_velocity = velocity[0] + (velocity[0] - velocity[1]) * cfg_strength
        x = x + guided_velocity * (times[number + 1] - times[number])
    return x


@torch.inference_mode()
def vocode(model: Model, mel: Tensor) -> Samples:
    """The samples of a mel [frames, channels]: (frames − 1) · hop of them, float32 at the model's rate."""
    with _in_memory():
        samples: Samples = model.vocoder(mel.T[None].to(model.device, torch.float32))[0].cpu().numpy()
    return samples
