"""Downloads: resumed, verified before they get their name, and clear about a full disk."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from huggingface_hub import constants

from handler import models
from handler.errors import ConfigError
from handler.models import FileInfo, HubModel, download
from handler.settings import Settings
from tests.support import hf_hub
from tests.support.endless_server import EndlessServer
from tests.support.hf_hub import Hub
from tests.support.hub_model import BIG, MODEL, WANTED, content, snapshot
from volume_lock import read_holder


def test_broken_connection_is_resumed(settings: Settings, filled: Hub) -> None:
    """Bytes that have arrived are not requested again, unless the server ignores ranges."""
    filled.cut["deep/weights.bin"] = 3 << 20
    models.fetch(settings, MODEL)
    assert filled.ranges == [3 << 20]
    shutil.rmtree(settings.hub_cache)
    filled.cut["deep/weights.bin"] = 3 << 20
    filled.ignores_ranges = True
    assert content(models.fetch(settings, MODEL)) == WANTED


def test_hub_that_drips_is_left(settings: Settings, filled: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that comes byte by byte is given up, and the volume's lock let go; what came is not requested again."""
    monkeypatch.setattr(download, "SLOW_S", 0.2)
    # One piece of what comes at full speed is more, however busy the machine is.
    monkeypatch.setattr(download, "SLOW_BYTES", 1000)
    filled.drips["deep/weights.bin"] = 3 << 20
    with pytest.raises(ConfigError, match=r"could not be fetched from the Hugging Face hub \(it answers too slowly\)"):
        models.fetch(settings, MODEL)
    assert filled.asked["deep/weights.bin"] == 1 + len(download.RETRY_DELAYS_S)
    assert read_holder(MODEL.lock_folder(settings)) is None
    del filled.drips["deep/weights.bin"]
    assert content(models.fetch(settings, MODEL)) == WANTED
    assert min(filled.ranges) >= 3 << 20


LISTS: dict[str, tuple[bytes, bytes]] = {
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n", b" "),
}


@pytest.mark.parametrize("part", LISTS)
def test_list_that_drips_is_left(settings: Settings, hub: Hub, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply without end holds neither the fetch nor the volume's lock."""
    del hub
    monkeypatch.setattr(download, "REPLY_TIMEOUT_S", 0.2)
    with closing(EndlessServer(*LISTS[part])) as server:
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        with pytest.raises(ConfigError, match="answers too slowly"):
            models.fetch(settings, MODEL)
        assert read_holder(MODEL.lock_folder(settings)) is None


def test_wrong_checksum_is_refused(settings: Settings, filled: Hub) -> None:
    """A file that does not match the hub's list, or what the code knows, never gets its name; nothing of it stays."""
    for name in MODEL.needed:
        filled.lies = {name}
        with pytest.raises(ConfigError, match=r"is not on this disk .*the downloaded file has the wrong checksum"):
            models.fetch(settings, MODEL)
        assert not (snapshot(settings) / name).exists()
        assert not list(settings.hub_cache.rglob("*.incomplete"))
    filled.lies.clear()
    known = HubModel(
        "a/model", needed=("deep/weights.bin",), known=(("deep/weights.bin", FileInfo(len(BIG), "0" * 64)),)
    )
    with pytest.raises(ConfigError, match=r"weights\.bin of a/model is not on this disk"):
        models.fetch(settings, known)
    assert content(models.fetch(settings, MODEL)) == WANTED


def test_damaged_partial_file_is_downloaded_again(settings: Settings, filled: Hub) -> None:
    """A partial file that holds zeros after a crash, or too many bytes, costs one more download."""
    sha256 = str(hf_hub.facts(BIG)["lfs"]["sha256"])  # type: ignore[index]
    for beginning in (bytes(1 << 20), bytes(len(BIG) + 1)):
        partial = settings.hub_cache / "models--a--model" / "blobs" / f"{sha256}.incomplete"
        partial.parent.mkdir(parents=True)
        partial.write_bytes(beginning)
        assert content(models.fetch(settings, MODEL)) == WANTED
        shutil.rmtree(settings.hub_cache)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Three megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("mounting needs root")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize("way", ["too small", "filling up", "full"])
def test_full_disk(small_disk: Path, filled: Hub, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is too small, fills up or is full gives one sentence, and no partial file stays on it."""
    settings = Settings.read({"MODELS_DIR": str(small_disk)})
    if way != "too small":
        plenty = shutil.disk_usage("/")._replace(free=1 << 40)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: plenty)
    if way == "full":
        with (small_disk / "filler").open("wb") as file, pytest.raises(OSError, match="No space"):
            file.write(bytes(4 << 20))
    with pytest.raises(ConfigError, match=r"a/model cannot be kept in MODELS_DIR: .*; make the volume") as caught:
        models.fetch(settings, MODEL)
    assert ("0.00 GB, and 0.00 are free" if way == "too small" else "the disk is full") in caught.value.message
    assert bool(filled.served["deep/weights.bin"]) is (way == "filling up")
    assert not list(small_disk.rglob("*.incomplete"))
    assert MODEL.find(settings) is None


def test_unwritable_folder_names_the_setting(tmp_path: Path, filled: Hub) -> None:
    """With MODELS_DIR below a file, the error names the setting and the system's reason, no path."""
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"disk cannot be written \(Not a directory\); set MODELS_DIR") as caught:
        models.fetch(Settings.read({"MODELS_DIR": str(tmp_path / "file" / "models")}), MODEL)
    assert str(tmp_path) not in caught.value.message
