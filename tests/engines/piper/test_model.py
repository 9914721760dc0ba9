"""A Piper voice in memory: durations that sum to the samples, and files that are refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from handler.engines.piper import files
from handler.engines.piper import model as model_module
from handler.engines.piper.files import VoiceFiles
from handler.engines.piper.model import PiperModel, Scales
from handler.engines.piper.symbols import Group, encode
from handler.errors import ConfigError
from handler.settings import Settings

SCALES = Scales(0.667, 1.0, 0.8)


@pytest.fixture(scope="module")
def voice() -> VoiceFiles:
    return files.find(Settings.read({}), files.WHEEL_VOICE)


@pytest.fixture(scope="module")
def model(voice: VoiceFiles) -> PiperModel:
    return PiperModel(voice)


@pytest.fixture
def ids(model: PiperModel) -> list[int]:
    return encode([Group("ðə"), Group("kwˈɪk"), Group("fˈɑːks", ".")], model.symbols).ids


@pytest.mark.parametrize("seed", range(4))
def test_durations_sum_to_the_samples(model: PiperModel, ids: list[int], seed: int) -> None:
    """The frames of all ids, 256 samples each, are the samples exactly, at any speed."""
    for length in (0.5, 1.0, 1.7):
        spoken = model.speak(ids, (seed,), replace(SCALES, length=length))
        assert spoken.hop == 256
        assert len(spoken.frames) == len(ids)
        assert int(spoken.frames.sum()) * spoken.hop == len(spoken.samples)


def test_more_noise_does_not_change_the_sound(
    model: PiperModel, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that lacked noise is repeated with more of it, which begins with the same: the samples stay the same."""
    usual = model.speak(ids, (1,), SCALES).samples
    monkeypatch.setattr(model_module, "_FRAMES_PER_ID", 0.2)
    np.testing.assert_array_equal(model.speak(ids, (1,), SCALES).samples, usual)


def test_names_within_the_graph_do_not_matter(
    model: PiperModel, voice: VoiceFiles, ids: list[int], tmp_path: Path
) -> None:
    """A file of another exporter, whose nodes and tensors have other names, gives the same speech."""
    body = voice.model.read_bytes()
    names = {
        b"/dp/RandomNormalLike": b"/dp/AnotherNameForIt",
        b"/RandomNormalLike_": b"/AnotherNameForIt_",
        b"/Ceil": b"/Ciel",
    }
    for name, other in names.items():
        assert name in body
        body = body.replace(name, other)
    path = tmp_path / "other.onnx"
    path.write_bytes(body)
    other_model = PiperModel(replace(voice, model=path))
    np.testing.assert_array_equal(other_model.speak(ids, (1,), SCALES).samples, model.speak(ids, (1,), SCALES).samples)


@pytest.mark.parametrize("damage", [b"", b"\x3a\xff\xff", b"no model"])
def test_damaged_model_is_a_config_error(voice: VoiceFiles, tmp_path: Path, damage: bytes) -> None:
    """A model file that is empty, cut off or something else is a ConfigError that names it."""
    path = tmp_path / "broken.onnx"
    path.write_bytes(damage)
    with pytest.raises(ConfigError, match=r"broken\.onnx"):
        PiperModel(replace(voice, model=path))


@pytest.mark.parametrize("changes", [None, {"phoneme_id_map": {"_": [0], "a": [1]}}, {"espeak": {"voice": "tlh-x"}}])
def test_damaged_description_is_a_config_error(
    voice: VoiceFiles, tmp_path: Path, changes: dict[str, object] | None
) -> None:
    """A description without symbols, or with a language that espeak does not have, is a ConfigError that names it."""
    path = tmp_path / "broken.onnx.json"
    whole = json.loads(voice.config.read_text("utf-8"))
    path.write_text("{}" if changes is None else json.dumps(whole | changes))
    with pytest.raises(ConfigError, match=r"broken\.onnx\.json"):
        PiperModel(replace(voice, config=path))
