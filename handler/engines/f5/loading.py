"""Settings → a model in memory, ready to sample: configuration, vocabulary, transformer, vocoder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from handler.engines.f5.checkpoint import fill, read_tensors
from handler.engines.f5.files import ModelFile, ModelFiles, find_files
from handler.engines.f5.flow import Flow, computes_in_half, has_fused_linear
from handler.engines.f5.upstream_modules import upstream
from handler.models import RUNPOD_CACHE
from handler.settings import Settings

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
TEXT_TABLE = "text_embed.text_embed.weight"  # one row more than the vocabulary has entries: the first is for no text


@dataclass(frozen=True)
class MelSettings:
    """How a log-mel spectrogram is made of samples: names and values of upstream's configuration."""

    target_sample_rate: int = 24_000
    n_mel_channels: int = 100
    hop_length: int = 256
    win_length: int = 1024
    n_fft: int = 1024


class Vocoder(nn.Module):
    """Vocos: mel → samples. Its parts are the real vocos' classes."""

    def __init__(self, backbone: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = head

    def forward(self, mel: Tensor) -> Tensor:
        """[batch, channels, frames] → [batch, samples]."""
        samples: Tensor = self.head(self.backbone(mel))
        return samples


@dataclass(frozen=True)
class Model:
    """A loaded model. ``name`` is F5_MODEL's; ``vocab`` maps a character or a pinyin syllable to its number."""

    name: str
    license: str
    flow: Flow
    vocoder: Vocoder
    vocab: Mapping[str, int]
    mel: MelSettings
    device: torch.device
    dtype: torch.dtype

    @property
    def sample_rate(self) -> int:
        return self.mel.target_sample_rate


def load(settings: Settings, device: str | torch.device, *, runpod_cache: Path = RUNPOD_CACHE) -> Model:
    """The model that the settings name, on ``device``, in the precision that suits it.

    Fetches from the hub what is on no disk. Raises ConfigError with the file and what to do about it.
    """
    device = torch.device(device)
    dtype = _dtype(settings, device)
    files = find_files(settings, runpod_cache)
    config = _config(files.config)
    vocab = _vocab(files.vocab)
    mel = MelSettings(**{field.name: config["mel_spec"][field.name] for field in fields(MelSettings)})
    return Model(
        name=files.config.path.stem,
        license=files.license,
        flow=Flow(_transformer(files, config["arch"], vocab, mel.n_mel_channels, device, dtype), dtype),
        vocoder=_vocoder(files, mel, device),
        vocab=vocab,
        mel=mel,
        device=device,
        dtype=dtype,
    )


def _dtype(settings: Settings, device: torch.device) -> torch.dtype:
    if settings.f5_dtype != "auto":
        return DTYPES[settings.f5_dtype]
    if device.type == "cuda":
        return torch.float16
    return torch.bfloat16 if has_native_bfloat16() else torch.float32


def has_native_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16: others turn each into a float32 first, which is slower."""
    # These questions are private: another torch may lack them.
    names = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return has_fused_linear(torch.bfloat16) and any(getattr(torch.cpu, name, lambda: False)() for name in names)


def _yaml(file: ModelFile) -> Any:
    import yaml

    try:
        return yaml.safe_load(file.path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise file.error("is no YAML") from error


def _config(file: ModelFile) -> Any:
    content = _yaml(file)
    try:
        model = content["model"]
        backbone, kind = model["backbone"], model["mel_spec"]["mel_spec_type"]
        missing = [field.name for field in fields(MelSettings) if field.name not in model["mel_spec"]]
        if missing or not isinstance(model["arch"], Mapping):
            raise KeyError(*missing)
    except (KeyError, TypeError) as error:
        lacks = "it lacks model.backbone, model.arch or model.mel_spec"
        raise file.error(f"is no configuration of F5-TTS: {lacks}") from error
    if (backbone, kind) != ("DiT", "vocos"):
        raise file.error(f"is for {backbone} with {kind}", "only DiT with vocos is supported: take another F5_MODEL")
    return model


def _vocab(file: ModelFile) -> dict[str, int]:
    """One entry a line, its number the line's. A blank is the first: unknown characters become blanks."""
    try:
        with file.path.open(encoding="utf-8") as lines:
            vocab = {line.removesuffix("\n"): number for number, line in enumerate(lines)}
    except UnicodeDecodeError as error:
        raise file.error("is no text") from error
    if vocab.get(" ") != 0:
        raise file.error("does not start with a line that holds one blank")
    return vocab


def _transformer(
    files: ModelFiles, arch: Any, vocab: Mapping[str, int], channels: int, device: torch.device, dtype: torch.dtype
) -> nn.Module:
    dit = upstream("f5_tts.model.backbones.dit").DiT
    try:
        # The attention is our own (flow.py), so none of upstream's optional back ends has to be there.
        settings = {**arch, "attn_backend": "torch"}
        transformer: nn.Module = dit(**settings, text_num_embeds=len(vocab), mel_dim=channels)
    except (TypeError, ValueError) as error:
        raise files.config.error(f"has a model.arch that DiT does not take ({error})") from error
    # A mapped page stays in memory along with its converted copy, for as long as any tensor of the file is kept.
    weights = read_tensors(files.checkpoint, device, mapped=device.type != "cpu" or dtype == torch.float32)
    tensors = ((name.removeprefix("transformer."), tensor) for name, tensor in weights)
    entries = f"{files.vocab.path.name} has {len(vocab)} entries"
    fill(
        transformer,
        files.checkpoint,
        tensors,
        remedy="set F5_MODEL to the configuration, and F5_VOCAB_FILE to the vocabulary, that belong to these weights",
        remedies={TEXT_TABLE: f"set F5_VOCAB_FILE to the vocabulary of these weights, one entry less ({entries})"},
        dtype_of=lambda name: dtype if computes_in_half(name) else torch.float32,
    )
    return transformer.to(device)


def _vocoder(files: ModelFiles, mel: MelSettings, device: torch.device) -> Vocoder:
    content = _yaml(files.vocoder_config)
    try:
        vocoder = Vocoder(_part(content["backbone"]), _part(content["head"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise files.vocoder_config.error("is no configuration of Vocos") from error
    hop, channels = content["head"]["init_args"].get("hop_length"), content["backbone"]["init_args"]["input_channels"]
    if (hop, channels) != (mel.hop_length, mel.n_mel_channels):
        needed = f"the model's are {mel.n_mel_channels} and {mel.hop_length}"
        raise files.vocoder_config.error(f"is for {channels} channels and a hop of {hop}, {needed}")
    # The feature extractor (samples → mel) is not needed: upstream's model has its own.
    tensors = read_tensors(files.vocoder, device)
    used = ((name, tensor) for name, tensor in tensors if not name.startswith("feature_extractor."))
    fill(vocoder, files.vocoder, used, remedy="put the weights that belong to its config.yaml into its folder")
    return vocoder.to(device)


def _part(description: Mapping[str, Any]) -> nn.Module:
    module, _, class_ = description["class_path"].rpartition(".")
    if module not in {"vocos.models", "vocos.heads"}:
        raise ValueError(description["class_path"])
    part: nn.Module = getattr(upstream(module), class_)(**description["init_args"])
    return part
