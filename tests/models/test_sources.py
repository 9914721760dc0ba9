"""Files on the web."""

from __future__ import annotations

import os

import pytest

from handler import models
from handler.errors import ConfigError
from handler.models import FileInfo, WebFile, download
from handler.settings import Settings
from tests.support.hf_hub import Hub
from tests.support.hub_model import BIG, spoil


def web(hub: Hub, info: FileInfo | None = None) -> WebFile:
    return WebFile(f"{hub.address}/content/a/model/deep/weights.bin", "align", "example.org", info or FileInfo())


def test_web_file_is_verified_by_its_first_download(settings: Settings, filled: Hub) -> None:
    """The checksum of the first download is kept, and damage is reported and repaired."""
    path = models.fetch(settings, web(filled))
    assert path == settings.models_dir / "align" / "weights.bin"
    assert path.read_bytes() == BIG
    assert models.fetch(settings, web(filled)) == path
    assert filled.asked["deep/weights.bin"] == 1
    spoil(path)
    assert models.inspect(settings, web(filled), deep=True).problems
    models.repair(settings, web(filled))
    assert path.read_bytes() == BIG


def test_changed_web_file_is_downloaded_from_the_start(settings: Settings, filled: Hub) -> None:
    """Half of one file is never completed with half of another."""
    filled.cut["deep/weights.bin"] = 1 << 20
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(download, "RETRY_DELAYS_S", ())
        patch.setattr(download._Transfer, "_read_with_retries", lambda self, file: self._read(file))
        with pytest.raises(ConfigError):
            models.fetch(settings, web(filled))
    newer = os.urandom(len(BIG))
    filled.repositories["a/model"]["deep/weights.bin"] = newer
    assert models.fetch(settings, web(filled)).read_bytes() == newer


def test_web_file_must_match_what_is_known(settings: Settings, filled: Hub) -> None:
    """A file whose size or checksum is known is refused if another one is served."""
    for info in (FileInfo(len(BIG) + 1), FileInfo(len(BIG), "0" * 64)):
        with pytest.raises(ConfigError, match=r"could not be fetched from example\.org"):
            models.fetch(settings, web(filled, info))
        assert not (settings.models_dir / "align" / "weights.bin").exists()
