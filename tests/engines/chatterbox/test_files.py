"""The files of each variant: what a worker fetches, finds, and names as missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from handler import models
from handler.app import needed_models
from handler.engines.chatterbox import files
from handler.settings import Settings
from tests.engines.chatterbox.conftest import Checkpoint

VARIANTS = tuple(files.FILES)


def settings_of(tmp_path: Path, variant: str, engines: str = "espeak,chatterbox") -> Settings:
    return Settings.read({"ENGINES": engines, "CHATTERBOX_MODEL": variant, "MODELS_DIR": str(tmp_path)})


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_file_is_pinned(variant: str) -> None:
    """Each file has a size and a checksum, and its repository a commit."""
    model = files.model(variant)
    assert len(model.revision) == 40
    assert model.needed == tuple(name for name, _ in model.known)
    for _, info in model.known:
        assert info.size > 0
        assert len(info.sha256) == 64
    assert 3.0e9 < files.memory_bytes(Settings.read({"CHATTERBOX_MODEL": variant})) < 6e9


@pytest.mark.parametrize("variant", VARIANTS)
def test_converter_needs_the_codec_alone(tmp_path: Path, variant: str) -> None:
    """`models` lists the codec for conversion beside the engine's weights, of which it is one file."""
    needed = needed_models(settings_of(tmp_path, variant))
    listed = {what: model for part, what, model in needed if part == "chatterbox"}
    assert listed == {"weights": files.model(variant), "voice conversion": files.codec_model(variant)}
    assert set(files.codec_model(variant).known) < set(files.model(variant).known)
    settings = settings_of(tmp_path, variant, "espeak")
    assert not [model for part, _, model in needed_models(settings) if part == "chatterbox"]


@pytest.mark.parametrize("variant", VARIANTS)
def test_missing_files_are_told(tmp_path: Path, variant: str, checkpoint: Checkpoint) -> None:
    """Without files a start would fetch them; with CHATTERBOX_DIR nothing is fetched, and what lacks is named."""
    settings = settings_of(tmp_path, variant)
    assert "a start would fetch it" in str(files.missing(settings))
    assert "a start would fetch it" in str(files.missing_to_convert(settings))
    given = checkpoint(variant)
    assert files.missing(given) is files.missing_to_convert(given) is None
    assert files.needed(given) == files.needed_to_convert(given) == {}
    (tmp_path / "own").mkdir()
    empty = given.model_copy(update={"chatterbox_dir": tmp_path / "own"})
    assert f"CHATTERBOX_DIR has no {files.CODECS[variant]};" in str(files.missing_to_convert(empty))


def test_snapshot_of_the_hub_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The codec is found in the snapshot of the whole variant, and alone."""
    settings = settings_of(tmp_path, "original")
    monkeypatch.setattr(models.HubModel, "is_complete", lambda model, folder: (folder / model.needed[-1]).is_file())
    repository, commit, known = files.FILES["original"]
    folder = settings.hub_cache / f"models--{repository.replace('/', '--')}" / "snapshots" / commit
    folder.mkdir(parents=True)
    (folder / files.CODECS["original"]).touch()
    assert files.codec_folder(settings) == folder
    assert files.missing(settings)
    for name in known:
        (folder / name).touch()
    assert files.folder(settings) == folder


def test_version_tells_weights_apart(tmp_path: Path, checkpoint: Checkpoint) -> None:
    """Conditionals of one variant, commit or folder are not used with another; the same folder has one version."""
    official = {files.version(settings_of(tmp_path, variant)) for variant in VARIANTS}
    own = {files.version(checkpoint(variant)) for variant in VARIANTS}
    assert len(official | own) == 2 * len(VARIANTS)
    assert files.version(checkpoint("turbo")) in own
