"""The speaker model on a tiny WavLM that is written here and read by the real loader: what it knows of voices is
nothing, what is around it is real."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from handler.errors import BadReference, ConfigError
from handler.media import audio
from handler.media.decode import Sound, decode
from handler.models import download
from handler.settings import Settings
from handler.speakers.wavlm import MODEL, WavLM
from tests.speakers.conftest import CONFIG, write_model
from tests.support import hf_hub
from tests.support.hf_hub import Hub
from tests.support.human_clip import HUMAN_CLIP

served = hf_hub.hub


@pytest.fixture(autouse=True)
def hub(served: Hub, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A hub without any model."""
    monkeypatch.setattr(download, "RETRY_DELAYS_S", ())
    return served


@pytest.fixture(scope="module")
def clip() -> Sound:
    return decode(HUMAN_CLIP)


@pytest.fixture(scope="module")
def model(tiny_speaker: Path) -> WavLM:
    return WavLM(Settings.read({"MODELS_DIR": str(tiny_speaker.parent)}))


def snapshot(settings: Settings) -> Path:
    return settings.hub_cache / f"models--{MODEL.replace('/', '--')}" / "snapshots" / "abc"


def test_embedding_is_a_unit_vector(model: WavLM, clip: Sound) -> None:
    """The same clip gives the same unit vector, and other sound gives another."""
    vector = model.embed(clip.samples, clip.sample_rate)
    assert vector.dtype == np.float32
    assert vector.shape == (CONFIG["xvector_output_dim"],)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)
    assert vector @ model.embed(clip.samples, clip.sample_rate) == pytest.approx(1, abs=1e-6)
    noise = np.random.default_rng(0).standard_normal(48_000, np.float32) * np.float32(0.1)
    assert vector @ model.embed(noise, 24_000) < 0.999


def test_clip_is_resampled_to_16_khz(model: WavLM, clip: Sound) -> None:
    """A clip gives the same vector at any sample rate, and another one if its rate is wrong."""
    vector = model.embed(clip.samples, clip.sample_rate)
    slow = audio.resample(clip.samples, clip.sample_rate, 16_000)
    assert vector @ model.embed(slow, 16_000) == pytest.approx(1, abs=1e-6)
    assert vector @ model.embed(clip.samples, 16_000) < 0.999


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.5, 5.0])
def test_too_little_sound_is_refused(model: WavLM, clip: Sound, seconds: float) -> None:
    """Silence, half a second of speech and an empty clip are a BadReference."""
    silence = np.zeros(round(seconds * 24_000), np.float32)
    speech = clip.samples[: round(min(seconds, 0.5) * clip.sample_rate)]
    for samples, rate in ((silence, 24_000), (speech, clip.sample_rate)):
        with pytest.raises(BadReference, match="s of sound are too little"):
            model.embed(samples, rate)


def test_folder_by_hand_has_priority(settings: Settings, clip: Sound, hub: Hub) -> None:
    """A model in MODELS_DIR precedes the one in the hub's cache, unless it is incomplete; the hub is not asked."""
    write_model(snapshot(settings), xvector_output_dim=24)
    half = settings.models_dir / "speaker"
    half.mkdir(parents=True)
    shutil.copy(snapshot(settings) / "config.json", half)
    assert len(WavLM(settings).embed(clip.samples, clip.sample_rate)) == 24
    shutil.rmtree(half)
    write_model(half, xvector_output_dim=40)
    assert len(WavLM(settings).embed(clip.samples, clip.sample_rate)) == 40
    assert not hub.asked


def test_missing_model_is_fetched(settings: Settings, clip: Sound, hub: Hub, tiny_speaker: Path) -> None:
    """A missing model is fetched into the hub's cache, with one format of weights, and found there the next time."""
    files = {path.name: path.read_bytes() for path in tiny_speaker.iterdir()}
    wanted = {"config.json", "preprocessor_config.json", "model.safetensors"}
    hub.repositories[MODEL] = files | {"pytorch_model.bin": b"the same in another form", "README.md": b"not needed"}
    vector = WavLM(settings).embed(clip.samples, clip.sample_rate)
    assert hub.asked == dict.fromkeys([*wanted, "list"], 1)
    assert vector @ WavLM(settings).embed(clip.samples, clip.sample_rate) == pytest.approx(1, abs=1e-6)
    assert hub.asked["list"] == 1
    (fetched,) = (settings.hub_cache / f"models--{MODEL.replace('/', '--')}" / "snapshots").iterdir()
    assert {path.name for path in fetched.iterdir()} == wanted


def test_failed_fetch_names_a_remedy(settings: Settings, tmp_path: Path, hub: Hub) -> None:
    """If the hub has no model, or there is no folder to store it, the error names a remedy, and no host or path."""
    with pytest.raises(ConfigError, match="folder speaker of MODELS_DIR") as caught:
        WavLM(settings)
    assert hub.asked["list"] == 1
    assert "127.0.0.1" not in caught.value.message
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="MODELS_DIR") as caught:
        WavLM(settings.model_copy(update={"models_dir": tmp_path / "file" / "models"}))
    assert str(tmp_path) not in caught.value.message
    assert hub.asked["list"] == 1


def _cut(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:20_000])


def _no_json(folder: Path) -> None:
    (folder / "config.json").write_text("{")


def _other_shape(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"hidden_size": 16}))


def _no_pickle(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"version https://git-lfs.github.com/spec/v1")


def _no_head(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    path = folder / "model.safetensors"
    weights = load_file(path)
    save_file({name: value for name, value in weights.items() if name.startswith("wavlm.")}, path, {"format": "pt"})


@pytest.mark.parametrize("damage", [_cut, _no_json, _other_shape, _no_pickle, _no_head])
def test_damaged_model_is_a_config_error(settings: Settings, tiny_speaker: Path, damage: Any) -> None:
    """A truncated, unreadable or wrong file, or weights without the x-vector head: a ConfigError without a path."""
    folder = settings.models_dir / "speaker"
    shutil.copytree(tiny_speaker, folder)
    damage(folder)
    with pytest.raises(ConfigError, match="fill the folder speaker of MODELS_DIR again") as caught:
        WavLM(settings)
    assert str(settings.models_dir) not in caught.value.message


def test_pickled_checkpoint_is_read(settings: Settings, tiny_speaker: Path, model: WavLM, clip: Sound) -> None:
    """A pickled checkpoint with an older torch's names and without training weights gives the same vectors."""
    import torch
    from safetensors.torch import load_file

    folder = settings.models_dir / "speaker"
    shutil.copytree(tiny_speaker, folder)
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    older = {"parametrizations.weight.original0": "weight_g", "parametrizations.weight.original1": "weight_v"}
    for new, old in older.items():
        prefix = "wavlm.encoder.pos_conv_embed.conv."
        weights[prefix + old] = weights.pop(prefix + new)
    weights.pop("objective.weight")
    torch.save(weights, folder / "pytorch_model.bin")
    vector = WavLM(settings).embed(clip.samples, clip.sample_rate)
    assert vector @ model.embed(clip.samples, clip.sample_rate) == pytest.approx(1, abs=1e-6)
