"""Pocket TTS, english_2026-09: its own `generate_audio`, and our loop on the same weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.engine_sides import SEED, TEXT, Engine, Side, Speak

CONFIG = "english_2026-09"
CLIP_S = 5.0
TOKENS_PER_S, SPARE_S = 3.0, 2.0  # of speech that does not end by itself
MAX_TOKENS = 48  # upstream cuts longer texts


def _write(folder: Path) -> None:
    if (folder / "model.safetensors").is_file():
        return
    import torch
    import yaml
    from safetensors.torch import save_file

    from handler.engines.pocket.loading import upstream
    from tests.support import tiny_pocket

    package = Path(str(upstream().__file__)).parent
    config = yaml.safe_load((package / "config" / f"{CONFIG}.yaml").read_text("utf-8"))
    config["flow_lm"]["lookup_table"]["tokenizer_path"] = str(folder / "tokenizer.json")
    for key in ("weights_path", "weights_path_without_voice_cloning"):
        config.pop(key)
    from pocket_tts.models.tts_model import TTSModel
    from pocket_tts.utils.config import Config

    tiny_pocket.tokenizer(size=config["flow_lm"]["lookup_table"]["n_bins"]).save(str(folder / "tokenizer.json"))
    torch.manual_seed(SEED)
    network = TTSModel._from_pydantic_config_with_weights(Config(**config), 0.3, 1, None, -4.0)
    with torch.no_grad():
        network.flow_lm.out_eos.bias.fill_(-1000)  # as long as a text may be
    tensors = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    save_file(tensors, folder / "model.safetensors")
    (folder / "config.yaml").write_text(yaml.safe_dump(config), "utf-8")


def _clip() -> Any:
    import numpy as np

    return (np.random.default_rng(SEED).standard_normal(round(24_000 * CLIP_S)) * 0.1).astype(np.float32)


def _text(seconds: float) -> str:
    """A text of so many letters, each a token, that speech which never ends lasts so long."""
    tokens = min(MAX_TOKENS, max(4, round((seconds - SPARE_S) * TOKENS_PER_S)))
    return TEXT[: tokens - 2].strip() + "."


def _imports_ours() -> None:
    from handler.engines.pocket import loading, sampler  # noqa: F401
    from handler.engines.pocket.loading import upstream

    upstream()


def _load_ours(folder: Path, device: str) -> Speak:
    from handler.engines.pocket import files, loading, sampler
    from handler.settings import Settings
    from tests.support.batches import in_batch

    model = loading.load(files.find(Settings.read({"POCKET_DIR": str(folder)})), device)
    voice = loading.voice_state(model, loading.conditionals(model, _clip()))
    drawing = sampler.Drawing(0.3, None, -4.0)

    def speak(seconds: float, rows: int) -> float:
        text = model.prepare(_text(seconds))
        items = [sampler.item(voice, text, drawing, SEED + row) for row in range(rows)]
        made = 0
        for first in range(0, rows, model.width):
            batch = items[first : first + model.width]
            made += sum(len(each) for each in in_batch(sampler.Sampling(model, batch), len(batch)))
        return made / loading.SAMPLE_RATE

    return speak


def _imports_upstream() -> None:
    import torch

    threads = torch.get_num_threads()
    import pocket_tts  # noqa: F401

    torch.set_num_threads(threads)


def _load_upstream(folder: Path, device: str) -> Speak:
    import torch
    import yaml
    from pocket_tts import TTSModel

    config = yaml.safe_load((folder / "config.yaml").read_text("utf-8"))
    described = folder / "upstream.yaml"
    described.write_text(yaml.safe_dump({**config, "weights_path": str(folder / "model.safetensors")}), "utf-8")
    model: Any = TTSModel.load_model(config=str(described))
    model.to(device)
    state = model.get_state_for_audio_prompt(torch.from_numpy(_clip())[None])

    def speak(seconds: float, rows: int) -> float:
        torch.manual_seed(SEED)
        text = _text(seconds)
        return float(sum(model.generate_audio(state, text).shape[-1] for _ in range(rows))) / int(model.sample_rate)

    return speak


ENGINE = Engine(_write, Side(_imports_ours, _load_ours), Side(_imports_upstream, _load_upstream), batches=True)
