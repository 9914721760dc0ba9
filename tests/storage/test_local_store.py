"""A folder as a store: whole objects or none, keys that stay inside, listings in pieces."""

from __future__ import annotations

import os
import socket
import subprocess
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from handler.errors import AlreadyExists, BadRequest, ConfigError, NotFound, StorageError, TooLarge
from handler.settings import Settings
from handler.storage.local_store import LocalStore
from tests.support.open_files import open_below


def test_put_and_get_round_trip(store: LocalStore, tmp_path: Path) -> None:
    """Bytes and files come back as they were, with their size and a new etag for new content."""
    file = tmp_path / "clip"
    file.write_bytes(b"from a file" * 200_000)
    store.put("voices/a.wav", b"one", "audio/wav")
    first = store.head("voices/a.wav")
    etag = store.put("voices/a.wav", file, "audio/wav")
    second = store.head("voices/a.wav")
    assert store.get("voices/a.wav") == file.read_bytes()
    assert first is not None
    assert second is not None
    assert (first.size, second.size) == (3, 2_200_000)
    assert first.etag != second.etag == etag


def test_missing_object(store: LocalStore) -> None:
    """An object that is not there is None to head, NotFound to get, and nothing to delete."""
    assert store.head("voices/none.wav") is None
    with pytest.raises(NotFound):
        store.get("voices/none.wav")
    store.delete("voices/none.wav")


def test_only_new_never_overwrites(store: LocalStore) -> None:
    """Of twenty writers of one key that must be new, one wins and its object stays whole."""

    def write(number: int) -> bool:
        try:
            store.put("jobs/a", str(number).encode() * 10_000, "text/plain", only_new=True)
        except AlreadyExists:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = [number for number, success in enumerate(pool.map(write, range(20))) if success]
    assert len(won) == 1
    assert store.get("jobs/a") == str(won[0]).encode() * 10_000


def test_failed_write_leaves_nothing(store: LocalStore, tmp_path: Path) -> None:
    """A write whose source cannot be read leaves neither the object nor a temporary file, and the old one stands."""
    store.put("output/a.wav", b"old", "audio/wav")
    with pytest.raises(StorageError, match="an object could not be written"):
        store.put("output/a.wav", tmp_path / "missing", "audio/wav")
    assert store.get("output/a.wav") == b"old"
    assert [path.name for path in (tmp_path / "store").rglob("*") if path.is_file()] == ["a.wav"]


def test_listing_follows_the_cursor_in_order(store: LocalStore) -> None:
    """Every key below a prefix is listed once, in order, by following the cursor."""
    names = [f"voices/{number:02}.json" for number in range(7)]
    for name in [*reversed(names), "output/x"]:
        store.put(name, b"", "application/json")
    seen, cursor, pieces = [], None, 0
    while True:
        page = store.list("voices/", 3, cursor)
        seen += [info.key for info in page.objects]
        pieces += 1
        if (cursor := page.cursor) is None:
            break
    assert seen == names
    assert pieces == 3


@pytest.mark.parametrize("key", ["", "../a", "a/../../b", "/etc/passwd", "a//b", "a/./b", "a\0b", "ü" * 513, "a\ud800"])
def test_keys_cannot_leave_the_folder(store: LocalStore, key: str) -> None:
    """Keys that could climb out, or that a bucket could not hold, are refused by every method that takes one."""
    with pytest.raises(BadRequest):
        store.put(key, b"", "text/plain")
    with pytest.raises(BadRequest):
        store.get(key)
    with pytest.raises(BadRequest):
        store.head(key)
    with pytest.raises(BadRequest):
        store.presign_get(key, 60, media_type="text/plain", filename="a")


def test_get_stops_at_max_bytes(store: LocalStore) -> None:
    """An object of more bytes than asked for is too_large, one of just so many is not."""
    store.put("voices/a.wav", b"123456", "audio/wav")
    assert store.get("voices/a.wav", 6) == b"123456"
    with pytest.raises(TooLarge) as caught:
        store.get("voices/a.wav", 5)
    assert "voices" not in caught.value.message


def test_object_deleted_meanwhile_is_absent(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another that deletes each file once it was seen, and its neighbour before, disturbs neither head nor list."""
    for name in "abc":
        store.put(f"voices/{name}", b"", "audio/wav")
    store.put("output/d", b"one", "audio/wav")
    real = Path.stat

    def fleeting(path: Path, **options: bool) -> os.stat_result:
        seen = real(path, **options)
        if path.parent.name in {"voices", "output"}:
            path.unlink()
            path.with_name("b").unlink(missing_ok=True)
        return seen

    monkeypatch.setattr(Path, "stat", fleeting)
    assert [info.key for info in store.list("voices/", 10).objects] == ["voices/a", "voices/c"]
    seen = store.head("output/d")
    assert seen is not None
    assert seen.size == 3
    assert store.head("output/d") is None
    assert store.head("x" * 300) is None


def test_get_url_opens_the_file(store: LocalStore) -> None:
    """A signed URL of a local store is a file:// URL that reads the object, whatever is in its name."""
    store.put("fonts/Inter Bold ü.ttf", b"font", "font/ttf")
    url = store.presign_get("fonts/Inter Bold ü.ttf", 60, media_type="font/ttf", filename="x.ttf")
    assert url.startswith("file:///")
    assert urllib.request.urlopen(url).read() == b"font"


def test_put_url_leads_to_the_object(store: LocalStore, tmp_path: Path) -> None:
    """curl's PUT of a signed URL is all it takes: the folder is there, and the object after it."""
    (tmp_path / "mine.mp4").write_bytes(b"mine")
    url = store.presign_put("uploads/token", 60)
    subprocess.run(["curl", "-sSf", "-T", str(tmp_path / "mine.mp4"), url], check=True)
    assert store.get("uploads/token") == b"mine"


def opened(store: LocalStore, url: str) -> bytes | None:
    file = store.open_link(url)
    if file is None:
        return None
    with file:
        return file.read()


@pytest.mark.parametrize("folder", ["uploads", "output", "timings", "videos"])
def test_own_links_open(store: LocalStore, tmp_path: Path, folder: str) -> None:
    """What clients put there and what jobs made is read by its URL, in each way to write a file:// URL."""
    store.put(f"{folder}/a b%2F.wav", b"sound", "audio/wav")
    url = store.presign_get(f"{folder}/a b%2F.wav", 60, media_type="audio/wav", filename="a")
    for link in (url, url.replace("file://", "file:"), url.replace("file://", "FILE://localhost")):
        assert opened(store, link) == b"sound"
    assert not store.is_own_link(url)


def test_links_through_a_symlinked_root_open(tmp_path: Path) -> None:
    """Where LOCAL_STORE is a link itself, both its names are good."""
    (tmp_path / "real").mkdir()
    (tmp_path / "named").symlink_to("real")
    store = LocalStore(Settings.read({"LOCAL_STORE": str(tmp_path / "named")}))
    store.put("videos/a", b"film", "video/mp4")
    for name in ("named", "real"):
        assert opened(store, (tmp_path / name / "videos" / "a").as_uri()) == b"film"


@pytest.mark.parametrize(
    "link",
    [
        "{store}/jobs/a.json",
        "{store}/voices/a.wav",
        "{store}/prepared/a.wav",
        "{store}/fonts/a.ttf",
        "{store}/secret",
        "{store}",
        "{store}/",
        "{store}/videos/../jobs/a.json",
        "{store}/videos/%2e%2e/jobs/a.json",
        "{store}/videos/..%2f..%2fsecret",
        "{store}/../secret",
        "{store}//videos/a",
        "{store}/./videos/a",
        "{store}-other/videos/a",
        "{store}/videos/a%00",
        "{store}/videos/a?x",
        "{store}/videos/a#x",
        "file:///etc/passwd",
        "file://",
        "file://[",
        "/etc/passwd",
        "http://127.0.0.1/videos/a",
        "file://host{path}/videos/a",
        "{path}/videos/a",
        "",
    ],
)
def test_other_links_are_refused(store: LocalStore, tmp_path: Path, link: str) -> None:
    """Records, voices, fonts and all that lies outside are not for links, however they are written."""
    for key in ("jobs/a.json", "voices/a.wav", "prepared/a.wav", "fonts/a.ttf", "secret", "videos/a"):
        store.put(key, b"secret", "text/plain")
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "store-other" / "videos").mkdir(parents=True)
    (tmp_path / "store-other" / "videos" / "a").write_bytes(b"secret")
    root = tmp_path / "store"
    assert store.open_link(link.format(store=root.as_uri(), path=root)) is None


def test_only_plain_files_open(store: LocalStore, tmp_path: Path) -> None:
    """A symbolic link, also of a folder on the way or within the store, a folder, a pipe, a socket: none is read."""
    store.put("jobs/a", b"secret", "text/plain")
    root, outside = tmp_path / "store", tmp_path / "outside"
    outside.mkdir()
    (outside / "a").write_bytes(b"secret")
    (root / "videos" / "folder").mkdir(parents=True)
    (root / "videos" / "out").symlink_to(outside / "a")
    (root / "videos" / "in").symlink_to(root / "jobs" / "a")
    (root / "output").symlink_to(outside)
    (root / "timings").symlink_to(root / "jobs")
    os.mkfifo(root / "videos" / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(root / "videos" / "socket"))
        names = ["videos/out", "videos/in", "output/a", "timings/a", "videos/folder", "videos/pipe", "videos/socket"]
        for name in [*names, "videos/none", "uploads/none", "videos/" + "x" * 300, "videos/folder/a/b"]:
            with pytest.raises(NotFound) as caught:
                store.open_link((root / name).as_uri())
            assert str(tmp_path) not in caught.value.message
        assert open_below(tmp_path) == []


def test_unusable_folder_is_a_config_error(tmp_path: Path) -> None:
    """No folder named, or one that cannot be made, stops the start with the setting's name."""
    with pytest.raises(ConfigError, match="LOCAL_STORE"):
        LocalStore(Settings.read({}))
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="LOCAL_STORE"):
        LocalStore(Settings.read({"LOCAL_STORE": str(tmp_path / "file" / "below")}))
