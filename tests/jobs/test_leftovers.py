"""A job that fails leaves no file: no record names it, so nobody could ask for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from handler import jobs
from handler.dispatch import dispatch
from handler.errors import StorageError
from handler.jobs.leftovers import Leftovers
from handler.protocols import Services, Store
from handler.types import JobRecord
from tests.support.stub_backends import happens

JOB = {"id": "job-1", "input": {"text": "Hello.", "timing_format": "srt"}}
RECORD = "jobs/job-1.json"


class Refusing:
    """A store that has the speech, calls ``meanwhile``, and says that it has not."""

    def __init__(self, store: Store, meanwhile: Callable[[], object] = lambda: None) -> None:
        self._store, self._meanwhile = store, meanwhile
        self.has_failed = threading.Event()
        """Set once the record says that the job has failed."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def put(self, key: str, body: Any, *given: Any, **options: Any) -> str:
        etag = self._store.put(key, body, *given, **options)
        if key.startswith("output/"):
            self._meanwhile()
            raise StorageError("the bucket refused the request")
        if key == RECORD and b"FAILED" in body:
            self.has_failed.set()
        return etag


class Keeping(Refusing):
    """One whose keys may not delete either."""

    def delete(self, key: str) -> None:
        raise StorageError(f"{key} may not be removed")


def files(store: Store) -> list[str]:
    """The keys of results."""
    return [each.key for folder in ("output/", "timings/") for each in store.list(folder, 100).objects]


def test_files_of_a_failed_job_are_removed(services: Services) -> None:
    """What is stored of a job goes before the record says that it has failed."""
    stored: list[str] = []
    store = Refusing(services.store, lambda: stored.extend(files(services.store)))
    reply = dispatch(JOB, replace(services, store=store))
    assert reply["error_code"] == "storage_error"
    assert "output/job-1.wav" in stored
    happens(store.has_failed)
    assert [each.key for each in services.store.list("", 100).objects] == [RECORD]


def test_files_of_another_run_stay(services: Services) -> None:
    """A run whose job another worker has done by now removes nothing, and answers with what that has made."""

    def finish_elsewhere() -> None:
        record = jobs.load(services.store, "job-1")
        jobs.records.put(services.store, replace(record, run="another", state=jobs.COMPLETED))

    store = Refusing(services.store, finish_elsewhere)
    assert "error" not in dispatch(JOB, replace(services, store=store))
    assert "output/job-1.wav" in files(services.store)


class Blind(Refusing):
    """One whose keys may not list either."""

    def list(self, *_: object) -> Any:
        raise StorageError("the bucket refused the request")


def lost(services: Services) -> dict[str, Any]:
    """A job whose worker was killed; it fails when it is sent again."""
    given = {"text": "Hello.", "voice": "nobody"}
    for key in ("output/job-1.opus", "timings/job-1.vtt", "output/job-1.r1.opus"):
        services.store.put(key, b"x", "text/plain")
    worker = jobs.worker_name(None)  # this one: it is not waited for
    record = JobRecord(
        "job-1", "generate", jobs.IN_PROGRESS, 1.0, request_sha256=jobs.fingerprint(given), worker=worker, run="r0"
    )
    jobs.records.put(services.store, record)
    return {"id": "job-1", "input": given}


def test_files_of_a_lost_run_are_removed_with_those_of_the_next(services: Services) -> None:
    """A worker that takes a job over, and fails, removes what the one that was killed had stored; nothing else."""
    store = Refusing(services.store)
    assert dispatch(lost(services), replace(services, store=store))["error_code"] == "not_found"
    happens(store.has_failed)
    assert jobs.load(services.store, "job-1").attempt == 2
    assert files(services.store) == ["output/job-1.r1.opus"]


def test_refused_listing_costs_no_record(services: Services) -> None:
    """Keys that may not list leave the files of the lost run, and the record says all the same that the job failed."""
    store = Blind(services.store)
    dispatch(lost(services), replace(services, store=store))
    happens(store.has_failed)
    assert "output/job-1.opus" in files(services.store)


def test_refused_removal_costs_no_record(services: Services) -> None:
    """Keys that may not delete leave the file there, and the record says all the same that the job failed."""
    store = Keeping(services.store)
    dispatch(JOB, replace(services, store=store))
    happens(store.has_failed)
    assert "output/job-1.wav" in files(services.store)


def test_removal_stops_where_the_job_is_another_runs(services: Services) -> None:
    """After each file the record is looked at again: one request is all that may come too late."""
    leftovers = Leftovers()
    for key in ("output/a", "output/b"):
        with leftovers.writing(key):
            services.store.put(key, b"x", "text/plain")
    assert not leftovers.remove(services.store, lambda: False)
    assert files(services.store) == ["output/a"]
