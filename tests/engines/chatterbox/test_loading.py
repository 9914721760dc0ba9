"""A variant's files in memory: once for the engine and the converter, and not longer than they are used."""

from __future__ import annotations

import gc
import shutil
import weakref
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from handler.engines.chatterbox import loading
from handler.engines.chatterbox.converter import ChatterboxConverter
from handler.engines.chatterbox.engine import ChatterboxEngine
from handler.errors import ConfigError
from handler.settings import Settings
from tests.engines.chatterbox.conftest import Checkpoint
from tests.support import tiny_chatterbox


def test_codec_is_in_memory_once(checkpoint: Checkpoint, tmp_path: Path) -> None:
    """The converter and the engine share the codec, whichever is loaded first, and nothing else keeps it."""
    # Engines of other tests may still have the shared files in memory.
    folder = shutil.copytree(str(checkpoint("original").chatterbox_dir), tmp_path / "files")
    settings = checkpoint("original").model_copy(update={"chatterbox_dir": folder})
    converter = ChatterboxConverter(settings)
    model, codec = loading.load(settings, "cpu")
    assert codec is converter._codec
    assert model.s3gen is codec.s3gen
    del converter
    assert ChatterboxConverter(settings)._codec is codec
    del model, codec
    gc.collect()
    assert not any(path.is_relative_to(folder) for path, _ in loading._codecs)


@pytest.mark.parametrize("damage", [b"", b"no weights"])
def test_damaged_file_says_what_to_do(tmp_path: Path, damage: bytes) -> None:
    """A file that is no codec is a mistake of the settings, named with its remedy."""
    save_file({"other": torch.zeros(1)}, tmp_path / "s3gen.safetensors")
    if damage:
        (tmp_path / "s3gen.safetensors").write_bytes(damage)
    with pytest.raises(ConfigError, match="mend CHATTERBOX_DIR"):
        ChatterboxConverter(Settings.read({"CHATTERBOX_MODEL": "original", "CHATTERBOX_DIR": str(tmp_path)}))


def test_dropped_engine_frees_its_model(checkpoint: Checkpoint) -> None:
    """Nothing keeps the weights of an engine that was closed and dropped, as the pool of engines does."""
    tiny_chatterbox.shrink()
    engine = ChatterboxEngine(checkpoint("original"))
    model = weakref.ref(engine._model.t3)
    engine.close()
    engine._scheduler.join()
    del engine
    gc.collect()
    assert model() is None


def test_incomplete_folder_says_what_to_do(tmp_path: Path, checkpoint: Checkpoint) -> None:
    """A folder that lacks a file, or has one of another variant, is a mistake of the settings."""
    tiny_chatterbox.shrink()
    folder = tmp_path / "part"
    folder.mkdir()
    (folder / "ve.safetensors").symlink_to(Path(str(checkpoint("original").chatterbox_dir)) / "ve.safetensors")
    with pytest.raises(ConfigError, match="the files of chatterbox's original cannot be loaded"):
        ChatterboxEngine(tiny_chatterbox.settings(folder, "original"))
