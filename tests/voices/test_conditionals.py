"""Conditionals of a voice: computed once, kept on disk and in the bucket, never trusted when damaged."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from handler.cancellation import NEVER
from handler.errors import StorageError
from handler.settings import Settings
from handler.storage.local_store import LocalStore
from handler.types import KeepConditionals
from handler.voices import conditionals, registry
from handler.voices.clip_cache import ClipCache

CLIP = registry.digest(b"clip")
NAME = "cloner-1.safetensors"
KEY = registry.conditionals_key(CLIP, NAME)


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    """With the clip of a voice."""
    store = LocalStore(Settings.read({"LOCAL_STORE": str(tmp_path / "store")}))
    store.put(registry.prepared_key(CLIP), b"clip", "audio/wav")
    return store


def keep(store: LocalStore, disk: Path) -> KeepConditionals:
    return conditionals.keeper(store, ClipCache(disk, 1_000_000), CLIP, NEVER)


def never() -> bytes:
    raise AssertionError("computed again")


def test_computed_once_for_disk_and_bucket(store: LocalStore, tmp_path: Path) -> None:
    """A second use reads the disk; another machine reads the bucket; another name is computed."""
    assert keep(store, tmp_path / "a")(NAME, lambda: b"made") == b"made"
    assert keep(store, tmp_path / "b")(NAME, never) == b"made"
    store.delete(KEY)
    assert keep(store, tmp_path / "a")(NAME, never) == b"made"
    assert keep(store, tmp_path / "a")("cloner-2.safetensors", lambda: b"other") == b"other"


def test_damaged_files_are_computed_anew(store: LocalStore, tmp_path: Path) -> None:
    """A file with a wrong checksum, on the disk and in the bucket, is replaced by a whole one."""
    keep(store, tmp_path / "a")(NAME, lambda: b"made")
    (file,) = (tmp_path / "a").glob(f"{CLIP}.*")
    for body in (b"", b"foreign", file.read_bytes()[:-1]):
        file.write_bytes(body)
        store.put(KEY, body, "application/octet-stream")
        assert keep(store, tmp_path / "a")(NAME, lambda: b"anew") == b"anew"
        assert keep(store, tmp_path / "a")(NAME, never) == b"anew"
        store.put(KEY, file.read_bytes(), "application/octet-stream")


def test_bucket_that_fails_is_a_log_line(
    store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A bucket that cannot be read or written costs a log line, and the disk still keeps the bytes."""

    def fail(*_: object, **__: object) -> None:
        raise StorageError("no bucket")

    monkeypatch.setattr(LocalStore, "get", fail)
    monkeypatch.setattr(LocalStore, "put", fail)
    assert keep(store, tmp_path / "a")(NAME, lambda: b"made") == b"made"
    assert "cannot be kept in the bucket" in caplog.text
    assert keep(store, tmp_path / "a")(NAME, never) == b"made"


def test_one_job_computes_and_others_wait(store: LocalStore, tmp_path: Path) -> None:
    """Four jobs that want the same at once get it from one computation."""
    entered, go, made = threading.Event(), threading.Event(), []

    def compute() -> bytes:
        made.append(1)
        entered.set()
        assert go.wait(30)
        return b"made"

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(keep(store, tmp_path / "a"), NAME, compute) for _ in range(4)]
        assert entered.wait(30)
        go.set()
        assert [job.result(30) for job in jobs] == [b"made"] * 4
    assert made == [1]


def test_name_that_is_a_path_is_refused(store: LocalStore, tmp_path: Path) -> None:
    """A name with a folder in it could leave the cache."""
    with pytest.raises(ValueError, match="not a name"):
        keep(store, tmp_path / "a")("../x", never)


def test_deleted_with_the_clip(store: LocalStore, tmp_path: Path) -> None:
    """A voice that is deleted takes its conditionals with it; those of another clip stay."""
    record = registry.Record("anna", CLIP, 3, "", CLIP, 1.0, "words")
    registry.publish(store, record, b"wav", b"clip", overwrite=True)
    keep(store, tmp_path / "a")(NAME, lambda: b"made")
    other = registry.conditionals_key(registry.digest(b"other"), NAME)
    store.put(other, b"x", "application/octet-stream")
    registry.delete(store, "anna")
    assert store.head(KEY) is None
    assert store.head(other) is not None


def test_voice_deleted_meanwhile_leaves_nothing(store: LocalStore, tmp_path: Path) -> None:
    """A job that is still computing when the voice is deleted gets its bytes, and the bucket keeps none."""

    def compute() -> bytes:
        registry.delete(store, "anna")
        return b"made"

    registry.publish(store, registry.Record("anna", CLIP, 3, "", CLIP, 1.0, "words"), b"wav", b"clip", overwrite=True)
    assert keep(store, tmp_path / "a")(NAME, compute) == b"made"
    assert not store.list("prepared/", 10).objects


def test_one_file_may_need_another(store: LocalStore, tmp_path: Path) -> None:
    """An engine may ask for a second file of the voice while it computes the first."""
    kept = keep(store, tmp_path / "a")
    names = [f"cloner-{number}.safetensors" for number in range(60)]

    def compute(number: int) -> bytes:
        return b"." + kept(names[number], lambda: compute(number + 1)) if number < len(names) else b""

    assert kept("first", lambda: compute(0)) == b"." * len(names)
