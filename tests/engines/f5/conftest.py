"""A tiny F5-TTS with random weights, in files that upstream's own loaders accept, and upstream's model on them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import save_file

from handler.engines.f5.loading import Model, load
from handler.engines.f5.sampler import mel_spectrogram
from handler.settings import Settings
from handler.types import Samples

ARCH = {
    "dim": 64,
    "depth": 2,
    "heads": 2,
    "dim_head": 32,
    "ff_mult": 2,
    "text_dim": 32,
    "text_mask_padding": True,
    "qk_norm": None,
    "conv_layers": 2,
    "pe_attn_head": None,
    "attn_backend": "torch",
    "attn_mask_enabled": False,
    "checkpoint_activations": False,
}
MEL = {
    "target_sample_rate": 24000,
    "n_mel_channels": 100,
    "hop_length": 256,
    "win_length": 1024,
    "n_fft": 1024,
    "mel_spec_type": "vocos",
}
VOCODER = {
    "feature_extractor": {
        "class_path": "vocos.feature_extractors.MelSpectrogramFeatures",
        "init_args": {"sample_rate": 24000, "n_fft": 1024, "hop_length": 256, "n_mels": 100, "padding": "center"},
    },
    "backbone": {
        "class_path": "vocos.models.VocosBackbone",
        "init_args": {"input_channels": 100, "dim": 32, "intermediate_dim": 64, "num_layers": 2},
    },
    "head": {
        "class_path": "vocos.heads.ISTFTHead",
        "init_args": {"dim": 32, "n_fft": 1024, "hop_length": 256, "padding": "center"},
    },
}


@pytest.fixture(scope="session", autouse=True)
def _no_trainer() -> Iterator[None]:
    """Upstream's package imports its trainer, and with it wandb and datasets: half a minute that no test looks at."""
    names = ("f5_tts.model.trainer",)
    for name in names:
        sys.modules.setdefault(name, SimpleNamespace(Trainer=None))  # type: ignore[arg-type]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the model is tiny, and tests run side by side
    yield
    torch.set_num_threads(threads)
    for name in names:
        sys.modules.pop(name, None)


def upstream_cfm(arch: Mapping[str, Any], vocab: dict[str, int]) -> Any:
    """Upstream's CFM around its DiT, the real modules, as its ``load_model`` builds it."""
    from f5_tts.model import CFM, DiT

    mel = {name: value for name, value in MEL.items() if name != "mel_spec_type"}
    return CFM(
        transformer=DiT(**arch, text_num_embeds=len(vocab), mel_dim=100),
        mel_spec_kwargs={**mel, "mel_spec_type": "vocos"},
        vocab_char_map=vocab,
    ).eval()


def official_vocab() -> Path:
    spec = find_spec("f5_tts")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(next(iter(spec.submodule_search_locations))) / "infer" / "examples" / "vocab.txt"


def vocab_of(path: Path) -> dict[str, int]:
    from f5_tts.model.utils import get_tokenizer

    vocab: dict[str, int] = get_tokenizer(str(path), "custom")[0]
    return vocab


def randomised(module: torch.nn.Module, seed: int = 0) -> torch.nn.Module:
    """Parameters that training starts from zero, at random: with zeros the flow is zero and the text is ignored."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            if not parameter.any():
                parameter.normal_(0, 0.1, generator=generator)
    return module


def write_model(folder: Path, arch: Mapping[str, Any] = ARCH, name: str = "Tiny") -> dict[str, str]:
    """Write configuration, checkpoint and vocoder; the environment that names them."""
    from vocos import Vocos

    torch.manual_seed(1)
    (folder / f"{name}.yaml").write_text(
        yaml.safe_dump({"model": {"name": name, "backbone": "DiT", "arch": dict(arch), "mel_spec": MEL}})
    )
    cfm = randomised(upstream_cfm(arch, vocab_of(official_vocab())))
    weights = {f"ema_model.{key}": value.contiguous() for key, value in cfm.state_dict().items()}
    save_file({**weights, "initted": torch.tensor(True), "step": torch.tensor(7)}, folder / "model.safetensors")
    (folder / "config.yaml").write_text(yaml.safe_dump(VOCODER))
    vocoder = Vocos.from_hparams(str(folder / "config.yaml"))
    torch.save(vocoder.state_dict(), folder / "pytorch_model.bin")
    return {
        "F5_MODEL": str(folder / f"{name}.yaml"),
        "F5_CKPT_FILE": str(folder / "model.safetensors"),
        "F5_VOCODER_DIR": str(folder),
        "F5_DTYPE": "float32",
        "MODELS_DIR": str(folder / "models"),
    }


@pytest.fixture(scope="session")
def tiny_environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a worker whose F5-TTS is the tiny one, in float32."""
    return write_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def model(tiny_environ: dict[str, str]) -> Model:
    return load(Settings.read(tiny_environ), "cpu")


@pytest.fixture(scope="session")
def upstream(tiny_environ: dict[str, str]) -> Any:
    """Upstream's ``F5TTS`` with the same files, from its own loaders."""
    from f5_tts.api import F5TTS

    # It looks for names in its own folder of configurations only; a name may lead out of it.
    configs = official_vocab().parents[2] / "configs"
    return F5TTS(
        model=os.path.relpath(Path(tiny_environ["F5_MODEL"]).with_suffix(""), configs),
        ckpt_file=tiny_environ["F5_CKPT_FILE"],
        vocoder_local_path=tiny_environ["F5_VOCODER_DIR"],
        device="cpu",
    )


@pytest.fixture(scope="session")
def cfm(upstream: Any) -> Any:
    return upstream.ema_model


@pytest.fixture(scope="session")
def clip() -> Samples:
    """Two seconds that sound like something: a few partials with an envelope and a little noise, RMS about 0.1."""
    rate, seconds = 24_000, 2.0
    time = np.arange(int(rate * seconds)) / rate
    tones = sum(np.sin(2 * np.pi * 140 * k * time) / k for k in range(1, 8)) * (
        0.6 + 0.4 * np.sin(2 * np.pi * 3 * time)
    )
    tones = tones + 0.05 * np.random.default_rng(3).standard_normal(len(time))
    return np.asarray(tones * 0.1 / np.sqrt(np.mean(tones**2)), np.float32)


@pytest.fixture(scope="session")
def reference(model: Model, clip: Samples) -> torch.Tensor:
    """The clip's mel, [188, 100]."""
    return mel_spectrogram(model, clip)
