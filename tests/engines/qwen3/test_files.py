"""The files of `qwen3`'s models: each pinned, each with what the loaders read."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from handler.engines.qwen3 import files
from handler.settings import Qwen3Model, Settings
from tests.support import tiny_qwen3

NAMES = get_args(Qwen3Model)


def test_each_choice_of_the_setting_has_weights() -> None:
    """The setting offers the models whose files are known, and no other."""
    assert set(NAMES) == set(files.WEIGHTS)


@pytest.mark.parametrize("name", NAMES)
def test_model_needs_what_the_loaders_read(name: str, tmp_path: Path) -> None:
    """A model's files are those that upstream's loaders read, from one commit, all of them with checksums."""
    tiny_qwen3.make(tmp_path, name.rpartition("-")[0].replace("-", "_"))
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    model = files.model(name)
    assert set(model.needed) == written
    assert len(model.revision) == 40
    sums = {known: info.sha256 for known, info in model.known}
    assert sums.keys() == written
    assert all(len(checksum) == 64 for checksum in sums.values())


def test_missing_names_the_repository(tmp_path: Path) -> None:
    """An empty disk lacks the model of the setting; a folder of one's own lacks nothing and fetches nothing."""
    environ = {"MODELS_DIR": str(tmp_path), "QWEN3_MODEL": "custom-voice-0.6b"}
    assert "Qwen/Qwen3-TTS-12Hz-0.6B-CustomVoice" in str(files.missing(Settings.read(environ)))
    own = Settings.read(environ | {"QWEN3_DIR": str(tmp_path)})
    assert files.missing(own) is None
    assert files.needed(own) == {}
    assert files.folder(own) == tmp_path
