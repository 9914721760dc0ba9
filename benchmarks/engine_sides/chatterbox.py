"""Chatterbox, the original: its own `ChatterboxTTS.generate`, and our loop on the same weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.engine_sides import SEED, TEXT, Engine, Side, Speak

TOKENS_PER_S = 25


def _write(folder: Path) -> None:
    if (folder / "conds.pt").is_file():
        return
    from tests.support import tiny_chatterbox

    tiny_chatterbox.make(folder, "original", shrunk=False)


def _imports_ours() -> None:
    from handler.engines.chatterbox import engine, loading, sampler  # noqa: F401
    from handler.engines.chatterbox.imports import upstream

    upstream("original")


def _load_ours(folder: Path, device: str) -> Speak:
    from handler.engines import devices
    from handler.engines.chatterbox import loading, sampler
    from handler.engines.chatterbox.engine import ChatterboxEngine
    from handler.engines.chatterbox.options import ChatterboxOptions
    from handler.settings import Settings
    from handler.types import Chunk, Token

    del device  # the engine takes the GPU where there is one
    settings = Settings.read({"CHATTERBOX_MODEL": "original", "CHATTERBOX_DIR": str(folder)})
    engine = ChatterboxEngine(settings)
    voice = engine.default_voice("en")
    chunk = Chunk(0, tuple(Token(word, (word,), 0, 0) for word in TEXT.split()))
    encoded, conditionals = engine._script.encode(chunk, "en"), engine._conditionals(voice)
    codec = loading.load_codec(settings, devices.default())  # the engine's

    def speak(seconds: float, rows: int) -> float:
        limit = round(seconds * TOKENS_PER_S)
        item = sampler.Item("original", encoded.tokens, conditionals, ChatterboxOptions(), SEED, limit)
        made = 0
        for _ in range(rows):
            sampling = sampler.Sampling(engine._model, codec, [item])
            while not sampling.finished:
                sampling.step()
            samples = sampling.result(0).samples
            made += len(engine._watermarker.apply_watermark(samples, sample_rate=engine.sample_rate))
        return made / engine.sample_rate

    return speak


def _load_upstream(folder: Path, device: str) -> Speak:
    import torch

    from handler.engines.chatterbox.imports import upstream

    model: Any = upstream("original").from_local(folder, device)
    inference = model.t3.inference

    def speak(seconds: float, rows: int) -> float:
        # generate() asks for 1,000 tokens, which random weights rarely end before.
        limit = round(seconds * TOKENS_PER_S)
        model.t3.inference = lambda **options: inference(**{**options, "max_new_tokens": limit})
        torch.manual_seed(SEED)
        return float(sum(model.generate(TEXT).shape[-1] for _ in range(rows))) / int(model.sr)

    return speak


def _imports_upstream() -> None:
    from handler.engines.chatterbox.imports import upstream

    upstream("original")


ENGINE = Engine(_write, Side(_imports_ours, _load_ours), Side(_imports_upstream, _load_upstream))
