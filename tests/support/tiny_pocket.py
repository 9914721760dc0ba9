"""Tiny random checkpoints of Pocket TTS, which upstream's own loader reads: 0.3 MB, made in a fraction of a second."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors.torch import save_file

from handler.engines.pocket.loading import UNKNOWN, upstream

ALPHABET = (UNKNOWN, "▁", *string.ascii_letters, *string.digits, *".,!?;:'-…")
SEANET = {
    "dimension": 16, "channels": 1, "n_filters": 4, "n_residual_layers": 1, "ratios": [6, 5, 4], "kernel_size": 7,
    "residual_kernel_size": 3, "last_kernel_size": 3, "dilation_base": 2, "pad_mode": "constant", "compress": 2,
}  # fmt: skip
CODEC_TRANSFORMER = {
    "d_model": 16, "num_heads": 2, "num_layers": 1, "layer_scale": 0.01, "context": 250, "dim_feedforward": 32,
    "input_dimension": 16, "output_dimensions": [16],
}  # fmt: skip


def config(transformer: dict[str, Any] | None = None, **flow_lm: Any) -> dict[str, Any]:
    """Upstream's configuration of the model; the arguments override fields of its ``transformer`` and ``flow_lm``."""
    backbone = {"d_model": 32, "hidden_scale": 2, "max_period": 10_000, "num_heads": 2, "num_layers": 2}
    return {
        # The random model's chunks end after one to three seconds.
        "default_eos_threshold": 0.3,
        "flow_lm": {
            "insert_bos_before_voice": True,
            "dtype": "float32",
            "flow": {"depth": 1, "dim": 16},
            "transformer": backbone | (transformer or {}),
            "lookup_table": {
                "dim": 32, "n_bins": len(ALPHABET), "tokenizer": "tokenizers", "tokenizer_path": "tokenizer.json",
            },
            **flow_lm,
        },
        "mimi": {
            "dtype": "float32", "sample_rate": 24_000, "inner_dim": 8, "outer_dim": 16, "channels": 1,
            "frame_rate": 12.5, "seanet": SEANET, "transformer": CODEC_TRANSFORMER,
            "quantizer": {"dimension": 8, "output_dimension": 16},
        },
    }  # fmt: skip


def make(folder: Path, transformer: dict[str, Any] | None = None, voice: str = "", **flow_lm: Any) -> Path:
    """Write a model's files for POCKET_DIR, and with ``voice`` one of its own by this name. Returns the folder.

    ``transformer`` and ``flow_lm`` are those of `config`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    upstream()
    from pocket_tts.models.tts_model import TTSModel
    from pocket_tts.utils.config import Config

    tokenizer().save(str(folder / "tokenizer.json"))
    described = config(transformer, **flow_lm)
    described["flow_lm"]["lookup_table"]["tokenizer_path"] = str(folder / "tokenizer.json")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = TTSModel._from_pydantic_config_with_weights(Config(**described), 0.3, 1, None, -4.0)
        _fill(network)
    save_file(
        {name: tensor.contiguous() for name, tensor in network.state_dict().items()}, folder / "model.safetensors"
    )
    (folder / "config.yaml").write_text(yaml.safe_dump(config(transformer, **flow_lm)), "utf-8")
    if voice:
        (folder / "embeddings").mkdir(exist_ok=True)
        _export(network, folder / "embeddings" / f"{voice}.safetensors")
    return folder


@torch.no_grad()
def _export(network: Any, path: Path) -> None:
    with torch.random.fork_rng():
        clip = torch.randn(1, 24_000, generator=torch.Generator().manual_seed(9)) * 0.1
        state = network.get_state_for_audio_prompt(clip)
    upstream().export_model_state(state, path)


def tokenizer(size: int = len(ALPHABET)) -> Any:
    """A tokenizer of letters, each a token, its vocabulary filled up to a size."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    pieces = [*ALPHABET, *(f"<{number}>" for number in range(len(ALPHABET), size))]
    made = Tokenizer(
        models.BPE(vocab={piece: number for number, piece in enumerate(pieces)}, merges=[], unk_token=UNKNOWN)
    )
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    made.add_special_tokens([UNKNOWN])
    return made


@torch.no_grad()
def _fill(network: Any) -> None:
    """Weights of a size that lets text, voice and noise be heard: as they are made, some are zeros, others small."""
    for name, parameter in network.named_parameters():
        if not parameter.any():
            parameter.normal_(0, 0.3)
        elif "transformer.layers" in name and name.startswith("flow_lm") and parameter.ndim > 1:
            parameter.mul_(4)
