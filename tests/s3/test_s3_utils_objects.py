"""A bucket as a store, on a real service: objects, listings, and what many do at once."""

from __future__ import annotations

import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from handler.errors import AlreadyExists, BadRequest, NotFound, StorageError, TooLarge
from handler.settings import Settings
from s3_utils import S3Store

ODD_KEYS = ["voices/José Müller.wav", "fonts/Inter Bold +1.ttf", "a/100% & more?.txt", "b/日本語 🎉.srt", "c/it's=~(1)"]


def test_put_and_get_round_trip(s3_store: S3Store, tmp_path: Path) -> None:
    """Bytes and files come back as they were, with size, media type, time and the etag that put returned."""
    file = tmp_path / "clip"
    file.write_bytes(bytes(range(256)) * 25_000)
    first = s3_store.put("voices/a.wav", b"one", "audio/wav")
    second = s3_store.put("voices/a.wav", file, "audio/x-wav")
    info = s3_store.head("voices/a.wav")
    assert s3_store.get("voices/a.wav") == file.read_bytes()
    assert info is not None
    assert (info.key, info.size, info.media_type) == ("voices/a.wav", 6_400_000, "audio/x-wav")
    assert info.etag == second != first
    assert '"' not in second
    assert info.modified > 1.7e9


@pytest.mark.parametrize("size", [0, 1])
def test_empty_and_one_byte_objects(s3_store: S3Store, tmp_path: Path, size: int) -> None:
    """Nothing and a single byte can be kept, from memory and from a file."""
    file = tmp_path / "small"
    file.write_bytes(b"x" * size)
    s3_store.put("from/bytes", b"x" * size, "text/plain")
    s3_store.put("from/file", file, "text/plain")
    assert s3_store.get("from/bytes") == s3_store.get("from/file") == b"x" * size


@pytest.mark.parametrize("key", ODD_KEYS)
def test_keys_with_special_characters(s3_store: S3Store, key: str) -> None:
    """Blanks, accents, other scripts and signs that mean something in a URL are all a key's own."""
    s3_store.put(key, key.encode(), "text/plain")
    assert s3_store.get(key) == key.encode()
    assert [info.key for info in s3_store.list(key[:3], 10).objects] == [key]
    url = s3_store.presign_get(key, 60, media_type="text/plain", filename="x")
    assert urllib.request.urlopen(url).read() == key.encode()
    s3_store.delete(key)
    assert s3_store.head(key) is None


@pytest.mark.parametrize("key", ["", "../a", "a/../../b", "/etc/passwd", "a//b", "a/./b", "a\0b", "ü" * 513, "a\ud800"])
def test_invalid_keys_are_refused(s3_store: S3Store, key: str) -> None:
    """Keys that a folder could not hold, or S3 could not, are refused by every method that takes one."""
    with pytest.raises(BadRequest):
        s3_store.put(key, b"", "text/plain")
    with pytest.raises(BadRequest):
        s3_store.get(key)
    with pytest.raises(BadRequest):
        s3_store.head(key)
    with pytest.raises(BadRequest):
        s3_store.delete(key)
    with pytest.raises(BadRequest):
        s3_store.presign_get(key, 60, media_type="text/plain", filename="a")
    with pytest.raises(BadRequest):
        s3_store.presign_put(key, 60, media_type="text/plain")


def test_get_stops_at_max_bytes(s3_store: S3Store) -> None:
    """An object of more bytes than asked for is too_large, one of just so many is not."""
    s3_store.put("voices/a.wav", b"x" * 3_000_000, "audio/wav")
    assert s3_store.get("voices/a.wav", 3_000_000) == b"x" * 3_000_000
    with pytest.raises(TooLarge) as caught:
        s3_store.get("voices/a.wav", 2_999_999)
    assert "voices" not in caught.value.message


def test_missing_object(s3_store: S3Store) -> None:
    """An object that is not there is None to head, NotFound to get, and nothing to delete."""
    assert s3_store.head("voices/none.wav") is None
    with pytest.raises(NotFound, match=r"voices/none\.wav"):
        s3_store.get("voices/none.wav")
    s3_store.delete("voices/none.wav")


def test_unreadable_file_keeps_the_old_object(s3_store: S3Store, tmp_path: Path) -> None:
    """A put whose file is gone is a StorageError without the file's path, and what was there stays."""
    s3_store.put("output/a.wav", b"old", "audio/wav")
    with pytest.raises(StorageError, match=r"output/a\.wav") as caught:
        s3_store.put("output/a.wav", tmp_path / "missing", "audio/wav")
    assert str(tmp_path) not in str(caught.value)
    assert s3_store.get("output/a.wav") == b"old"


def test_only_new_never_overwrites(s3_store: S3Store, tmp_path: Path) -> None:
    """A key that is taken is AlreadyExists, for bytes and for files, and its object stays."""
    file = tmp_path / "other"
    file.write_bytes(b"other")
    s3_store.put("jobs/a", b"first", "text/plain", only_new=True)
    for body in (b"other", file):
        with pytest.raises(AlreadyExists, match="jobs/a"):
            s3_store.put("jobs/a", body, "text/plain", only_new=True)
    assert s3_store.get("jobs/a") == b"first"


def test_racing_new_puts_leave_a_whole_object(s3_store: S3Store) -> None:
    """Of eight threads that write one key that must be new, at least one succeeds, and its object is there whole."""
    together = threading.Barrier(8)

    def write(number: int) -> bool:
        together.wait()
        try:
            s3_store.put("jobs/a", str(number).encode() * 1000, "text/plain", only_new=True)
        except AlreadyExists:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = [number for number, success in enumerate(pool.map(write, range(8))) if success]
    assert s3_store.get("jobs/a") in [str(number).encode() * 1000 for number in won]


def test_threads_share_a_store(s3_store: S3Store) -> None:
    """Eight threads write, read, list and delete their own keys: each finds its own, and at the end none is left."""

    def work(thread: int) -> None:
        keys = [f"many/{thread}-{number:02}" for number in range(12)]
        for key in keys:
            s3_store.put(key, key.encode(), "text/plain")
            assert s3_store.get(key) == key.encode()
        assert [info.key for info in s3_store.list(f"many/{thread}-", 100).objects] == keys
        for key in keys:
            s3_store.delete(key)
            assert s3_store.head(key) is None

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert s3_store.list("many/", 100).objects == ()


def test_listing_follows_the_cursor_in_order(s3_store: S3Store) -> None:
    """Every key below a prefix is listed once, in order, by following the cursor, also past one that was deleted."""
    names = sorted([f"voices/{number:02}.json" for number in range(9)] + ["voices/Ärger.wav", "voices/日本.wav"])
    for name in [*reversed(names), "output/x", "voices"]:
        s3_store.put(name, b"{}", "application/json")
    seen, cursor, pieces = [], None, 0
    while True:
        page = s3_store.list("voices/", 4, cursor)
        seen += [info.key for info in page.objects]
        pieces += 1
        if (cursor := page.cursor) is None:
            break
        s3_store.delete(seen[-1])
    assert seen == names
    assert pieces == 3


def test_complete_listing_has_no_cursor(s3_store: S3Store) -> None:
    """A page that holds the rest exactly is the last one; an entry says size, etag and a likely media type."""
    etag = s3_store.put("voices/a.wav", b"abc", "audio/wav")
    page = s3_store.list("voices/", 1)
    assert page.cursor is None
    (info,) = page.objects
    assert (info.size, info.etag, info.media_type) == (3, etag, "audio/x-wav")
    assert s3_store.list("none/", 10).objects == ()


def test_invalid_cursor_is_refused(s3_store: S3Store) -> None:
    """A cursor comes from a client: one that cannot have come from us is the client's mistake."""
    with pytest.raises(BadRequest):
        s3_store.list("voices/", 10, "\0")


def test_description_shows_no_secrets(s3_store: S3Store, s3_environ: dict[str, str]) -> None:
    """Neither what a store says of itself nor how it or its settings print shows a key or the service's address."""
    assert s3_environ["S3_BUCKET"] in s3_store.describe()
    secrets = [s3_environ[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")]
    settings = Settings.read(s3_environ)
    for text in (s3_store.describe(), repr(s3_store), repr(vars(s3_store))):
        assert not any(secret in text for secret in [*secrets, s3_environ["AWS_ENDPOINT_URL"]])
    for text in (repr(settings), str(settings), settings.model_dump_json()):
        assert not any(secret in text for secret in secrets)
