"""Old results go, a bounded lot at a time; what is young, and what is nobody's job, stays."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from handler.errors import StorageError
from handler.settings import Settings
from handler.storage import retention
from handler.storage.local_store import LocalStore

OLD, YOUNG = 8 * 86_400, 6 * 86_400
JOBS = ["output/{}.wav", "timings/{}.srt", "videos/{}.mp4", "uploads/{}", "jobs/{}.json", "jobs/{}/chunks/0.wav"]
KEPT = ["voices/{}.wav", "voices/{}.json", "prepared/{}.wav", "fonts/{}.ttf"]


def put(settings: Settings, store: LocalStore, key: str, age: float) -> str:
    store.put(key, b"x", "text/plain")
    assert settings.local_store is not None
    written = time.time() - age
    os.utime(settings.local_store / key, (written, written))
    return key


def keys(store: LocalStore) -> set[str]:
    return {info.key for info in store.list("", 1000).objects}


def test_old_files_of_jobs_are_deleted(settings: Settings, store: LocalStore) -> None:
    """Of everything below a job's prefixes what is older than RETENTION_DAYS; never a voice, its clip or a font."""
    for form in JOBS:
        put(settings, store, form.format("old"), OLD)
    kept = {put(settings, store, form.format("young"), YOUNG) for form in JOBS}
    kept |= {put(settings, store, form.format("old"), OLD) for form in KEPT}
    worker = retention.start(settings.model_copy(update={"retention_days": 7}), store)
    assert worker is not None
    worker.join(30)
    assert keys(store) == kept


def test_zero_days_keeps_everything(settings: Settings, store: LocalStore) -> None:
    """Without RETENTION_DAYS nothing is looked at, let alone removed."""
    assert settings.retention_days == 0
    assert retention.start(settings, store) is None


def test_deletions_per_start_are_limited(
    settings: Settings, store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page by page, up to the bound; the next start goes on, and in the end nothing old is left."""
    monkeypatch.setattr(retention, "MAX_DELETED", 5)
    monkeypatch.setattr(retention, "PAGE_KEYS", 2)
    for number in range(7):
        put(settings, store, f"output/{number}.wav", OLD)
        put(settings, store, f"output/{number}-young.wav", YOUNG)
    assert retention.clean(store, 7, time.time()) == (5, 5)
    assert retention.clean(store, 7, time.time()) == (2, 2)
    assert keys(store) == {f"output/{number}-young.wav" for number in range(7)}


def test_failing_store_does_not_stop_the_start(
    settings: Settings, store: LocalStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and the worker hears nothing of it."""

    def refuse(*_: object) -> None:
        raise StorageError("the bucket refused the request")

    monkeypatch.setattr(store, "list", refuse)
    worker = retention.start(settings.model_copy(update={"retention_days": 1}), store)
    assert worker is not None
    worker.join(30)
    assert "old objects could not be deleted" in caplog.text


def test_temporary_files_that_cannot_be_removed_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One that the system refuses to remove is logged, and the others go."""
    for name in ("align-abcd1234", "video-abcd1234"):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (0, 0))
    rmtree = shutil.rmtree

    def refuse(path: Path) -> None:
        if path.name.startswith("align-"):
            raise PermissionError
        rmtree(path)

    monkeypatch.setattr(shutil, "rmtree", refuse)
    assert retention.clean_temporary(tmp_path, time.time()) == (1, 0)
    assert [path.name for path in tmp_path.iterdir()] == ["align-abcd1234"]
    assert "could not be removed" in caplog.text
