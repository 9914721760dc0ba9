"""A record belongs to one run of its job, which gives signs of life for as long as it runs, and has the last word."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from handler import jobs
from handler.cancellation import in_thread
from handler.errors import BadRequest, Cancelled, StorageError, WorkerError
from handler.jobs import Job, journal
from handler.jobs.journal import heart
from handler.storage.local_store import LocalStore
from handler.types import JobRecord
from tests.support.stub_backends import PATIENCE, happens

LOST_AFTER = 0.3
RESULT = {"status": "completed"}


class Noted:
    """A folder as a store that knows how often it was written to, and lets a test wait for that."""

    def __init__(self, store: LocalStore) -> None:
        self._store = store
        self._changed = threading.Condition()
        self.records: list[JobRecord] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def put(self, key: str, body: bytes | Path, media_type: str, *, only_new: bool = False) -> str:
        etag = self._store.put(key, body, media_type, only_new=only_new)
        with self._changed:
            self.records.append(jobs.load(self._store, "j1"))
            self._changed.notify_all()
        return etag

    def wait(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, PATIENCE)


class Held(Noted):
    """It takes the record of a job that is done once it may."""

    def __init__(self, store: LocalStore) -> None:
        super().__init__(store)
        self.reached, self.go_on = threading.Event(), threading.Event()

    def put(self, key: str, body: bytes | Path, media_type: str, *, only_new: bool = False) -> str:
        if isinstance(body, bytes) and json.loads(body)["state"] == jobs.COMPLETED:
            self.reached.set()
            happens(self.go_on)
        return super().put(key, body, media_type, only_new=only_new)


@pytest.fixture
def noted(store: LocalStore) -> Any:
    return Noted(store)


def run(store: Any, lost_after: float = LOST_AFTER) -> Job:
    return Job(JobRecord("j1", "generate", jobs.IN_PROGRESS, 1.0), store, timeout=60, lost_after=lost_after)


def test_job_without_progress_gives_signs_of_life(noted: Any) -> None:
    """Its record is written again and again with the time; the last word is that it is done."""
    job = run(noted)
    assert job.begin()
    noted.wait(lambda: len(noted.records) > 3)
    job.complete(RESULT)
    times = [record.heartbeat_at for record in noted.records]
    assert times == sorted(set(times))
    states = [record.state for record in noted.records]
    assert states == [jobs.IN_PROGRESS] * (len(states) - 1) + [jobs.COMPLETED]


@pytest.mark.parametrize("error", [BadRequest.of("text", "is empty"), None])
def test_signs_of_life_end_with_the_job(
    store: LocalStore, error: WorkerError | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it is done or fails; then the thread that gives them ends, too, and at once."""
    own = journal._Heart()
    monkeypatch.setattr(journal, "heart", own)
    before = set(threading.enumerate())
    job = run(store, lost_after=3600)
    assert job.begin()
    assert own.beats_for(job.record.run)
    (thread,) = (each for each in set(threading.enumerate()) - before if each.name == "heartbeat")
    job.complete(RESULT) if error is None else job.fail(error)
    assert not own.beats_for(job.record.run)
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_run_lives_until_its_last_record_is_written(store: LocalStore) -> None:
    """A delivery that comes in this moment to the same worker would else take the finished job for one left behind."""
    held: Any = Held(store)
    job = run(held)
    assert job.begin()
    done = in_thread(partial(job.complete, RESULT))
    happens(held.reached)
    assert heart.beats_for(job.record.run)
    held.go_on.set()
    done.result(PATIENCE)
    assert not heart.beats_for(job.record.run)


def test_job_that_cannot_give_a_sign_costs_no_other_its_own(noted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error in one journal, such as that of a machine without room for a thread, does not end the heart."""
    broken, job = run(noted), run(noted)
    tried = threading.Event()

    def fail() -> None:
        tried.set()
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(broken._journal, "beat", fail)
    broken._journal.live(broken.record.run)
    happens(tried)
    assert job.begin()
    count = len(noted.records)
    noted.wait(lambda: len(noted.records) > count + 2)
    job.complete(RESULT)
    broken._journal.rest()


def test_one_thread_is_enough_for_all_jobs(noted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs that run at once share it."""
    # That of an earlier test's jobs may be about to end.
    monkeypatch.setattr(journal, "heart", journal._Heart())
    before = set(threading.enumerate())
    # They have one record: a run that is slow with its writes would see that it is another's.
    running = [run(noted, lost_after=600) for _ in range(5)]
    for job in running:
        job.start()
    assert sum(thread.name == "heartbeat" for thread in set(threading.enumerate()) - before) == 1
    for job in running:
        job.complete(RESULT)


@pytest.mark.parametrize("error", [BadRequest.of("text", "is empty"), Cancelled("the job was cancelled")])
def test_failure_leaves_the_record_of_another_run(store: LocalStore, error: WorkerError) -> None:
    """A run that was passed by does not touch the result of the one that took over, nor its progress."""
    # Signs of life of the first, which is not paused here, would come between.
    first, second = run(store, lost_after=600), run(store, lost_after=600)
    assert first.begin()
    second.take_over(2)
    first.fail(error)
    assert jobs.load(store, "j1").run == second.record.run
    second.complete(RESULT)
    assert jobs.load(store, "j1").state == jobs.COMPLETED


@pytest.mark.parametrize("state", [jobs.IN_PROGRESS, jobs.COMPLETED])
def test_run_that_was_paused_looks_before_it_writes(store: LocalStore, state: str) -> None:
    """It is cancelled when it sees another run's record, and never writes over that, its own result included."""
    paused, other = run(store, lost_after=0), run(store)
    assert in_thread(paused._journal.begin(paused.record).result).result(PATIENCE) is None
    other.take_over(2)
    if state == jobs.COMPLETED:
        other.complete(RESULT)
    paused.progress("speak", 1, 2)
    paused._journal.save(paused.record).result(PATIENCE)
    assert paused.superseded
    with pytest.raises(Cancelled):
        paused.check()
    paused.fail(Cancelled("the job was cancelled"))
    assert (jobs.load(store, "j1").state, jobs.load(store, "j1").run) == (state, other.record.run)
    other.complete(RESULT)


def test_result_of_a_run_that_was_paused_is_kept_from_the_record(store: LocalStore) -> None:
    """It had the result already: its client gets it, the record is the other run's."""
    paused, other = run(store, lost_after=0), run(store)
    paused._journal.begin(paused.record).result(PATIENCE)
    other.take_over(2)
    removed: list[Any] = []
    paused.tidy(removed.append)
    paused.complete(RESULT)
    assert (paused.record.state, paused.warnings, removed) == (jobs.COMPLETED, [], [])
    assert jobs.load(store, "j1").run == other.record.run
    other.complete(RESULT)


def test_run_that_could_not_begin_is_not_superseded(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk ends it with its own error: it would else try to begin again for ever."""
    earlier, job = run(store, lost_after=600), run(store, lost_after=600)
    assert earlier.begin()
    earlier.fail(BadRequest.of("text", "is empty"))

    def fail(*_: object, **__: object) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(store, "put", fail)
    with pytest.raises(StorageError):
        job.begin()
    job.fail(StorageError("the disk is full"))
    assert not job.superseded
    assert jobs.load(store, "j1").run == earlier.record.run


def test_nothing_follows_the_last_word(store: LocalStore) -> None:
    """A heartbeat or progress that comes late is dropped."""
    job = run(store)
    assert job.begin()
    job.complete(RESULT)
    job._journal.save(job.record).result(PATIENCE)
    job._journal.beat()
    assert jobs.load(store, "j1").state == jobs.COMPLETED
