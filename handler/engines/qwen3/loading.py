"""Load a model by upstream's own loader, and turn the clip of a voice into its conditionals and back into bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from handler.engines.qwen3 import attention, files
from handler.engines.qwen3.imports import upstream
from handler.errors import ConfigError
from handler.settings import Settings
from handler.types import Samples

# Rows of a batch, see `sampler`: one keeps a CPU busy.
CPU_WIDTH, GPU_WIDTH = 1, 8
HASHED = 64  # values of each tensor


@dataclass(frozen=True)
class Model:
    """A loaded model: upstream's network, its text tokenizer and its speech tokenizer.

    ``kind`` is ``base``, ``custom_voice`` or ``voice_design``, ``defaults`` upstream's sampling, ``width`` the number
    of rows that every batch is computed with.
    """

    network: Any
    tokenize: Any
    speech: Any
    kind: str
    defaults: dict[str, Any]
    width: int

    @property
    def device(self) -> torch.device:
        device: torch.device = next(self.network.parameters()).device
        return device

    @property
    def takes_instruct(self) -> bool:
        """Whether it does as ``instruct`` says: models of 0.6B were not trained to."""
        return self.kind != "base" and self.network.tts_model_size != "0b6"

    @property
    def samples_per_frame(self) -> int:
        return int(self.speech.get_decode_upsample_rate())


@dataclass(frozen=True)
class Clone:
    """A voice for Base: its clip's codes [frames, code groups] (None without a transcript) and speaker [width]."""

    codes: Tensor | None
    speaker: Tensor


def load(settings: Settings, device: str) -> Model:
    """The model that QWEN3_MODEL names. Raises ConfigError for files that are missing or do not fit."""
    folder = files.folder(settings)
    package = upstream()
    dtype = torch.float32 if device == "cpu" else torch.bfloat16
    try:
        # Layers draw random weights when they are made. A device_map would need accelerate.
        with torch.random.fork_rng():
            whole = package.Qwen3TTSModel.from_pretrained(str(folder), dtype=dtype, attn_implementation="sdpa")
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        remedy = "run `python -m handler models pull qwen3`, or mend QWEN3_DIR"
        raise ConfigError(f"the files of {settings.qwen3_model} cannot be loaded; {remedy}") from error
    network, speech = whole.model.to(device).eval(), whole.model.speech_tokenizer
    kind = settings.qwen3_model.rpartition("-")[0].replace("-", "_")
    if network.tts_model_type != kind:
        raise ConfigError(f"QWEN3_DIR has a model of the kind {network.tts_model_type}; set QWEN3_MODEL to that kind")
    if network.tokenizer_type != "qwen3_tts_tokenizer_12hz":
        raise ConfigError("QWEN3_DIR has a model of 25 Hz; take one of 12 Hz")
    attention.use(network.talker)
    speech.model.to(device).eval()
    speech.device = torch.device(device)
    width = CPU_WIDTH if device == "cpu" else GPU_WIDTH
    return Model(network, whole.processor, speech, kind, whole._merge_generate_kwargs(), width)


def encoder_version(model: Model) -> str:
    """Twelve characters that differ when other encoders, of the speaker or of codes, compute the conditionals."""
    version = hashlib.sha256()
    for encoder in (model.network.speaker_encoder, model.speech.model.encoder):
        for name, tensor in sorted(encoder.state_dict().items()):
            # Some of each tensor tells weights apart, and takes no second.
            version.update(name.encode() + tensor.flatten()[:HASHED].float().cpu().numpy().tobytes())
    return version.hexdigest()[:12]


@torch.inference_mode()
def conditionals(model: Model, clip: Samples) -> bytes:
    """What Base needs of a clip, 24,000 samples a second, as the bytes of a safetensors file."""
    from safetensors.torch import save

    codes = model.speech.encode([clip], sr=24_000).audio_codes[0]
    speaker = model.network.extract_speaker_embedding(audio=clip, sr=24_000)
    return save({"codes": codes.to("cpu", torch.int32).contiguous(), "speaker": speaker.float().cpu().contiguous()})


def clone(model: Model, content: bytes, *, transcript: bool) -> Clone:
    """The voice of `conditionals`, on the model's device; without its codes if there is no transcript."""
    from safetensors.torch import load as load_tensors

    tensors = load_tensors(content)
    codes = tensors["codes"].to(model.device, torch.long) if transcript else None
    return Clone(codes, tensors["speaker"].to(model.device, model.network.dtype))
