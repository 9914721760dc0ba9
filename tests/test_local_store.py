"""A folder as a store: whole objects or none, keys that stay inside, listings in pieces."""

from __future__ import annotations

import os
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from handler.errors import AlreadyExists, BadRequest, ConfigError, NotFound, StorageError, TooLarge
from handler.local_store import LocalStore
from handler.settings import Settings


def test_what_is_put_can_be_got(store: LocalStore, tmp_path: Path) -> None:
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


def test_what_is_missing_is_said(store: LocalStore) -> None:
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


def test_a_failed_write_leaves_nothing(store: LocalStore, tmp_path: Path) -> None:
    """A write whose source cannot be read leaves neither the object nor a temporary file, and the old one stands."""
    store.put("output/a.wav", b"old", "audio/wav")
    with pytest.raises(StorageError, match=r"output/a\.wav"):
        store.put("output/a.wav", tmp_path / "missing", "audio/wav")
    assert store.get("output/a.wav") == b"old"
    assert [path.name for path in (tmp_path / "store").rglob("*") if path.is_file()] == ["a.wav"]


def test_a_listing_comes_in_pieces_in_order(store: LocalStore) -> None:
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
def test_a_key_cannot_leave_the_folder(store: LocalStore, key: str) -> None:
    """Keys that could climb out, or that a bucket could not hold, are refused by every method that takes one."""
    with pytest.raises(BadRequest):
        store.put(key, b"", "text/plain")
    with pytest.raises(BadRequest):
        store.get(key)
    with pytest.raises(BadRequest):
        store.head(key)
    with pytest.raises(BadRequest):
        store.presign_get(key, 60, media_type="text/plain", filename="a")


def test_no_more_is_read_than_is_wanted(store: LocalStore) -> None:
    """An object of more bytes than asked for is too_large, one of just so many is not."""
    store.put("voices/a.wav", b"123456", "audio/wav")
    assert store.get("voices/a.wav", 6) == b"123456"
    with pytest.raises(TooLarge) as caught:
        store.get("voices/a.wav", 5)
    assert "voices" not in caught.value.message


def test_what_is_deleted_while_it_is_looked_at_is_absent(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_its_urls_open(store: LocalStore) -> None:
    """A signed URL of a local store is a file:// URL that reads the object, whatever is in its name."""
    store.put("fonts/Inter Bold ü.ttf", b"font", "font/ttf")
    url = store.presign_get("fonts/Inter Bold ü.ttf", 60, media_type="font/ttf", filename="x.ttf")
    assert url.startswith("file:///")
    assert urllib.request.urlopen(url).read() == b"font"


def test_a_store_that_cannot_be_is_a_config_error(tmp_path: Path) -> None:
    """No folder named, or one that cannot be made, stops the start with the setting's name."""
    with pytest.raises(ConfigError, match="LOCAL_STORE"):
        LocalStore(Settings.read({}))
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="LOCAL_STORE"):
        LocalStore(Settings.read({"LOCAL_STORE": str(tmp_path / "file" / "below")}))
