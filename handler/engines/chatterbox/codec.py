"""S3Gen, Chatterbox's codec: speech to tokens, 25 a second, and tokens to speech in the voice of a clip.

The steps follow chatterbox-tts 0.1.7 (models/s3gen, MIT), which draws from torch's global generators, cannot be
cancelled, and prints. The engine and the voice converter share one codec.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from handler.engines.memory import within_memory
from handler.types import Samples

SAMPLE_RATE = 24_000
INPUT_RATE = 16_000  # of speech that becomes tokens
TOKEN_SAMPLES = 640  # of these for a token
CODES = 6561  # larger ids are marks, or mean nothing to the codec
MAX_CLIP_S = 10.0  # of a voice's clip: upstream hears no more
STEPS, MEANFLOW_STEPS = 10, 2  # of Euler's method


class Draws(TorchFunctionMode):
    """In this block and thread torch draws from generators of one seed: the global ones, for all threads, stay alone.

    The draws are those that follow ``torch.manual_seed``.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._seed = seed
        self._generators: dict[torch.device, torch.Generator] = {}

    def generator(self, device: torch.device) -> torch.Generator:
        """The generator of a device."""
        if device not in self._generators:
            self._generators[device] = torch.Generator(device).manual_seed(self._seed)
        return self._generators[device]

    def __torch_function__(
        self, func: Callable[..., Any], types: Iterable[type], args: Any = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        del types
        named = dict(kwargs or {})
        if func is torch.randn_like:  # it takes no generator
            (like,) = args
            return torch.randn(like.shape, generator=self.generator(like.device), dtype=like.dtype, device=like.device)
        if func in (torch.rand, torch.randn):
            named["generator"] = self.generator(torch.device(named.get("device") or "cpu"))
        return func(*args, **named)


class Codec:
    """An S3Gen. Threads take ``lock`` for each step: its layers keep tables that grow."""

    def __init__(self, s3gen: Any) -> None:
        self.s3gen = s3gen
        self.lock = threading.Lock()

    @property
    def device(self) -> torch.device:
        device: torch.device = self.s3gen.device
        return device

    @torch.inference_mode()
    def tokens(self, samples: Samples) -> Tensor:
        """The tokens [n] of speech at INPUT_RATE: one for each 40 ms, the last one for what is left."""
        padded = np.pad(samples, (0, -len(samples) % TOKEN_SAMPLES))
        with self.lock, within_memory():
            tokens, _ = self.s3gen.tokenizer(torch.from_numpy(padded)[None].to(self.device))
        found: Tensor = tokens[0]
        return found

    @torch.inference_mode()
    def voice(self, clip: Samples) -> dict[str, Tensor]:
        """What the codec needs of a voice's clip, at SAMPLE_RATE."""
        with self.lock, within_memory():
            voice = self.s3gen.embed_ref(clip[: round(MAX_CLIP_S * SAMPLE_RATE)], SAMPLE_RATE, device=self.device)
        return {name: value for name, value in voice.items() if torch.is_tensor(value)}

    def speech(self, tokens: Tensor, voice: Mapping[str, Tensor], draws: Draws) -> Generator[None, None, Samples]:
        """Compute the sound of tokens [n], a step for each `next`; the generator returns the samples.

        It lasts 40 ms a token. Ids that are no codes are left out. Raises OutOfMemory.
        """
        tokens = tokens[tokens < CODES]
        if not len(tokens):
            return np.zeros(0, np.float32)
        flow, mel = self._flow(tokens, voice), None
        while mel is None:
            with self._computing(draws):
                try:
                    next(flow)
                except StopIteration as end:
                    mel = end.value
            yield
        with self._computing(draws):
            wave, _ = self.s3gen.hift_inference(mel)
            fade = self.s3gen.trim_fade
            wave[:, : len(fade)] *= fade[: wave.shape[1]]
            samples: Samples = wave[0].float().cpu().numpy()
        return samples

    @contextmanager
    def _computing(self, draws: Draws) -> Generator[None]:
        # Modes belong to a thread, and a generator may be resumed in another: each step enters them anew.
        with self.lock, within_memory(), torch.inference_mode(), draws:
            yield

    def _flow(self, tokens: Tensor, voice: Mapping[str, Tensor]) -> Generator[None, None, Tensor]:
        """The mel spectrogram [1, 80, 2 n] of tokens: Euler's method, one step at a time."""
        flow, meanflow = self.s3gen.flow, self.s3gen.meanflow
        noise = None
        if meanflow:
            noise = torch.randn(1, 80, 2 * len(tokens), dtype=self.s3gen.dtype, device=self.device)
        given = self._given(tokens, voice)
        clip_frames = voice["prompt_feat"].shape[1]
        mel = torch.randn_like(given["mu"])
        if noise is not None:
            mel[..., clip_frames:] = noise
        times = torch.linspace(0, 1, (MEANFLOW_STEPS if meanflow else STEPS) + 1, device=mel.device, dtype=mel.dtype)
        if not meanflow:
            times = 1 - torch.cos(times * 0.5 * torch.pi)
        for number in range(len(times) - 1):
            yield
            span = times[number : number + 2]
            if meanflow:  # upstream's loop prints
                now, then = span[:1], span[1:]
                mel = mel + (then - now) * flow.decoder.estimator(mel, t=now, r=then, **given)
            else:
                mel = flow.decoder.solve_euler(mel, t_span=span, **given)
        return mel[..., clip_frames:]

    def _given(self, tokens: Tensor, voice: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What each step is given: the tokens after those of the voice, the voice itself, and its mel spectrogram."""
        flow = self.s3gen.flow
        whole = torch.cat([voice["prompt_token"], tokens[None]], dim=1).long()
        length = (voice["prompt_token_len"] + len(tokens)).to(whole.device)
        within = (torch.arange(whole.shape[1], device=whole.device) < length[:, None])[..., None]
        hidden, mask = flow.encoder(flow.input_embedding(whole) * within, length)
        mu = flow.encoder_proj(hidden).transpose(1, 2).contiguous()
        clip = torch.zeros_like(mu)
        clip[..., : voice["prompt_feat"].shape[1]] = voice["prompt_feat"].transpose(1, 2)
        speaker = flow.spk_embed_affine_layer(functional.normalize(voice["embedding"], dim=1))
        return {"mu": mu, "mask": mask.to(mu), "spks": speaker, "cond": clip}
