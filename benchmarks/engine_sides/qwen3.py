"""Qwen3-TTS 0.6B Base: its own `generate_voice_clone`, and our loop on the same weights."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from benchmarks.engine_sides import SEED, TEXT, TRANSCRIPT, Engine, Side, Speak

FRAMES_PER_S = 12.5
CLIP_S = 5.0


def _write(folder: Path) -> None:
    if (folder / "speech_tokenizer" / "config.json").is_file():
        return
    from tests.support import tiny_qwen3

    heads = {"num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128, "hidden_size": 1024}
    rope = {"rope_type": "default", "type": "default", "mrope_section": [24, 20, 20], "interleaved": True}
    layers = {"num_hidden_layers": 28, "intermediate_size": 3072, "text_vocab_size": 151_936}
    sizes = tiny_qwen3.Sizes(
        groups=16,
        codes=2048,
        talker=heads | layers | {"rope_scaling": rope, "rope_theta": 1_000_000},
        predictor=heads | {"num_hidden_layers": 5, "intermediate_size": 3072},
        speaker_encoder={"enc_dim": 1024},
        encoder={"use_causal_conv": True},
        decoder={"codebook_dim": 512},
    )
    tiny_qwen3.make(folder, "base", "0b6", sizes=sizes)


def _clip() -> Any:
    import numpy as np

    return (np.random.default_rng(SEED).standard_normal(round(24_000 * CLIP_S)) * 0.1).astype(np.float32)


def _imports_ours() -> None:
    from handler.engines.qwen3 import loading, prompt, sampler  # noqa: F401
    from handler.engines.qwen3.imports import upstream

    upstream()


def _load_ours(folder: Path, device: str) -> Speak:
    from handler.engines.qwen3 import loading, sampler
    from handler.engines.qwen3.drawing import Drawing
    from handler.engines.qwen3.prompt import Request
    from handler.settings import Settings
    from tests.support.batches import in_batch

    model = loading.load(Settings.read({"QWEN3_MODEL": "base-0.6b", "QWEN3_DIR": str(folder)}), device)
    clone = loading.clone(model, loading.conditionals(model, _clip()), transcript=True)
    request = Request(TEXT, "english", clone=clone, transcript=TRANSCRIPT)
    drawing = Drawing(0.9, 50, 1.0)

    def speak(seconds: float, rows: int) -> float:
        frames = round(seconds * FRAMES_PER_S)
        items = [sampler.Item(request, drawing, SEED + row, frames) for row in range(rows)]
        made = 0
        for first in range(0, rows, model.width):
            batch = items[first : first + model.width]
            made += sum(len(each.samples) for each in in_batch(sampler.Sampling(model, batch), len(batch)))
        return made / 24_000

    return speak


def _imports_upstream() -> None:
    from handler.engines.qwen3.imports import upstream

    upstream()


def _load_upstream(folder: Path, device: str) -> Speak:
    import torch

    from handler.engines.qwen3.imports import upstream

    dtype = torch.float32 if device == "cpu" else torch.bfloat16
    whole = upstream().Qwen3TTSModel.from_pretrained(str(folder), dtype=dtype, attn_implementation="sdpa")
    whole.model.to(device)
    whole.device = whole.model.speech_tokenizer.device = torch.device(device)
    whole.model.speech_tokenizer.model.to(device)
    prompt = whole.create_voice_clone_prompt((_clip(), 24_000), TRANSCRIPT)

    def speak(seconds: float, rows: int) -> float:
        torch.manual_seed(SEED)
        wavs, rate = whole.generate_voice_clone(
            [TEXT] * rows, "English", voice_clone_prompt=prompt * rows, max_new_tokens=round(seconds * FRAMES_PER_S)
        )
        return float(sum(len(wav) for wav in wavs)) / int(rate)

    return speak


os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
ENGINE = Engine(_write, Side(_imports_ours, _load_ours), Side(_imports_upstream, _load_upstream), batches=True)
