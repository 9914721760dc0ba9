"""A job's record is written as it goes, its files are whole before they are named, its reply can be signed again."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from handler import jobs
from handler.cancellation import Cancellation
from handler.errors import BadRequest, Cancelled, JobTimeout, NotFound, StorageError
from handler.jobs import File, Job, Listener
from handler.storage.local_store import LocalStore
from handler.types import JobRecord


def job(store: Any, *, timeout: float = 60, **more: Any) -> Job:
    return Job(JobRecord("j1", "generate", jobs.IN_PROGRESS, 1.0), store, timeout=timeout, **more)


def test_record_exists_during_and_after_the_job(store: LocalStore) -> None:
    """The stored record shows start, progress and completion, the last with outputs and warnings."""
    work = job(store)
    work.start()
    work.store({"audio": File("output/j1.wav", b"sound", "audio/wav")})
    work.warn("video_silent", "careful")
    work.warn("video_silent", "careful")
    with work.timed("speak"):
        pass
    work.complete({"status": "completed"})
    record = jobs.load(store, "j1")
    assert record.state == jobs.COMPLETED
    assert record.outputs["audio"].size == 5
    assert record.warnings == [{"code": "video_silent", "message": "careful"}]
    assert {"speak", "total"} <= set(record.metrics)
    assert record.finished_at is not None


def test_progress_reaches_the_listener_and_the_record(store: LocalStore) -> None:
    """Progress is passed to the listener at once and is in the record of a failed job."""
    reports: list[dict[str, Any]] = []
    work = job(store, listener=Listener(on_progress=reports.append))
    work.progress("speak", 1, 3)
    work.fail(BadRequest.of("text", "is empty"))
    record = jobs.load(store, "j1")
    assert reports == [{"stage": "speak", "done": 1, "total": 3}] == [record.progress]
    assert record.state == jobs.FAILED
    assert record.error is not None
    assert record.error["error_code"] == "bad_request"


def test_cancelled_job_stops_at_its_next_progress(store: LocalStore) -> None:
    """Progress raises Cancelled after the job is cancelled, and the record has that state."""
    cancellation = Cancellation()
    work = job(store, cancellation=cancellation)
    work.progress("speak", 0, 1)
    cancellation.cancel()
    with pytest.raises(Cancelled) as caught:
        work.progress("speak", 1, 1)
    work.fail(caught.value)
    assert jobs.load(store, "j1").state == jobs.CANCELLED


def test_job_stops_after_its_timeout(store: LocalStore) -> None:
    """After JOB_TIMEOUT, progress raises a timeout that names the setting."""
    with pytest.raises(JobTimeout, match="JOB_TIMEOUT"):
        job(store, timeout=-1).progress("speak", 0, 1)


class Slow:
    """A store whose first write waits to be let go: what piles up meanwhile is seen."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.started, self.go = threading.Event(), threading.Event()

    def put(self, key: str, body: bytes | Path, media_type: str, *, only_new: bool = False) -> None:
        assert isinstance(body, bytes)
        self.started.set()
        assert self.go.wait(30)
        self.writes.append(body)


def test_slow_store_does_not_block_the_job() -> None:
    """The job goes on while a record is written; only the newest waiting record follows, and the final one is last."""
    slow = Slow()
    work = job(slow)
    work.start()
    assert slow.started.wait(30)
    for done in range(50):
        work.progress("speak", done, 50)
    slow.go.set()
    work.complete({})
    assert len(slow.writes) <= 3
    assert b'"COMPLETED"' in slow.writes[-1]


class Broken:
    def put(self, *_: Any, **__: Any) -> None:
        raise StorageError("the bucket is away")


def test_unwritable_record_is_a_warning() -> None:
    """A job whose record cannot be written completes with a warning."""
    work = job(Broken())
    work.start()
    work.complete({"status": "completed"})
    assert work.record.state == jobs.COMPLETED
    assert [warning["code"] for warning in work.record.warnings] == ["record_not_written"]
    assert "the bucket is away" in work.record.warnings[0]["message"]


def test_unwritable_file_is_no_output() -> None:
    """A failed upload raises, and the file is not an output of the job."""
    work = job(Broken())
    with pytest.raises(StorageError):
        work.store({"audio": File("output/j1.wav", b"", "audio/wav")})
    assert not work.record.outputs


def test_missing_job_is_not_found(store: LocalStore) -> None:
    """Loading an id without a record raises NotFound with the id."""
    with pytest.raises(NotFound, match="no-such-job"):
        jobs.load(store, "no-such-job")
    assert jobs.find(store, "no-such-job") is None


def test_fingerprint_ignores_the_order_of_fields() -> None:
    """Equal requests have equal fingerprints in any order of fields; other values change it."""
    assert jobs.fingerprint({"a": 1, "b": [2]}) == jobs.fingerprint({"b": [2], "a": 1})
    assert jobs.fingerprint({"a": 1}) != jobs.fingerprint({"a": 2})


def test_shared_file_is_written_once(store: LocalStore) -> None:
    """A file that all jobs share is written by the first job only."""
    first, second = job(store), job(store)
    first.store({"font.Inter": File("fonts/a.ttf", b"font", "font/ttf", shared=True)})
    etag = store.head("fonts/a.ttf")
    second.store({"font.Inter": File("fonts/a.ttf", b"font", "font/ttf", shared=True)})
    assert store.head("fonts/a.ttf") == etag
    assert second.record.outputs == first.record.outputs
