"""What a model computes from the clip of a voice: kept with the voice as bytes, and on the device for the next job."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from handler.engines import clips
from handler.engines.chatterbox.codec import SAMPLE_RATE, Codec
from handler.engines.memory import within_memory
from handler.errors import BadReference
from handler.types import Voice

MAX_CACHED = 64  # voices: 0.2 MB each
MIN_CLIP_S = 1.0

Conditionals = Mapping[str, Tensor]
"""What the text model needs, by names that begin with ``t3.``, and what the codec needs, with ``gen.``"""


class Voices:
    """The conditionals of the last voices, on the device. ``name`` has the model and its version."""

    def __init__(
        self, name: str, compute: Callable[[Path], Conditionals], device: torch.device, min_clip_s: float = MIN_CLIP_S
    ) -> None:
        self._name = name
        self._compute = compute
        self._device = device
        self._min_clip_s = min_clip_s
        self._kept: clips.Recent[Conditionals] = clips.Recent(MAX_CACHED)

    def get(self, voice: Voice) -> Conditionals:
        """The conditionals of a voice, computed on its first use.

        Raises BadReference for a clip that is missing, too short or cannot be read, OutOfMemory.
        """
        if voice.clip is None:
            raise BadReference(f"voice: {voice.name} has no clip; upload it again")
        return self._kept.get(self._checked(voice, voice.clip), partial(self._make, voice, voice.clip))

    def _make(self, voice: Voice, clip: Path) -> Conditionals:
        content = voice.conditionals(f"{self._name}.safetensors", lambda: _to_bytes(self._compute(clip)))
        return _from_bytes(content, self._device)

    def _checked(self, voice: Voice, clip: Path) -> str:
        """The SHA-256 of the clip, if it can be read and is long enough."""
        import soundfile

        try:
            key = voice.sha256 or hashlib.sha256(clip.read_bytes()).hexdigest()
            seconds = soundfile.info(clip).duration
        except (soundfile.LibsndfileError, OSError) as error:
            raise BadReference(f"voice: the clip of {voice.name} cannot be read as audio; upload it again") from error
        if seconds < self._min_clip_s:
            message = f"voice: the clip of {voice.name} has {seconds:.2f} s, this model needs {self._min_clip_s:g} s"
            raise BadReference(f"{message}; upload a longer one")
        return key


def of_clip(codec: Codec, clip: Path) -> Conditionals:
    """What the codec needs of a clip."""
    samples = clips.read(clip, clip.stem, SAMPLE_RATE)
    return {f"gen.{name}": tensor for name, tensor in codec.voice(samples).items()}


def of_model(model: Any, codec: Codec, clip: Path) -> Conditionals:
    """What the text model and the codec need of a clip, by upstream's own function. It asserts on clips too short."""
    kept = model.conds
    try:
        with codec.lock, within_memory(), torch.inference_mode():
            model.prepare_conditionals(str(clip))
            return named(model.conds)
    finally:
        model.conds = kept


def named(conds: Any) -> Conditionals:
    """The tensors of upstream's conditionals."""
    given = {f"t3.{name}": getattr(conds.t3, name) for name in ("speaker_emb", "cond_prompt_speech_tokens")}
    given |= {f"gen.{name}": value for name, value in conds.gen.items()}
    return {name: value for name, value in given.items() if torch.is_tensor(value)}


def for_codec(conditionals: Conditionals) -> dict[str, Tensor]:
    """Those of the codec, by its own names."""
    return {name.removeprefix("gen."): each for name, each in conditionals.items() if name.startswith("gen.")}


def _to_bytes(conditionals: Conditionals) -> bytes:
    """As a safetensors file."""
    from safetensors.torch import save

    return save({name: tensor.detach().cpu().contiguous().clone() for name, tensor in conditionals.items()})


def _from_bytes(content: bytes, device: torch.device) -> Conditionals:
    from safetensors.torch import load

    return {name: tensor.to(device) for name, tensor in load(content).items()}
