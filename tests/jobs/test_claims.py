"""A job that is delivered twice is done once: one delivery begins it, the others wait for it or take it over."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from handler import jobs
from handler.app import make_services
from handler.cancellation import Cancellation, in_thread
from handler.dispatch import dispatch
from handler.errors import AlreadyExists, BadRequest, Cancelled, EngineError, StorageError
from handler.jobs import Job, Listener, claims, records
from handler.jobs.journal import Journal
from handler.settings import Settings
from handler.types import JobRecord
from tests.support.gated_speaker import GatedSpeaker
from tests.support.local_worker import LocalWorker
from tests.support.stub_backends import PATIENCE, happens, with_backends

LOST_AFTER = 2.0
"""So long that a worker on a busy machine gives signs of life in time."""
INPUT = {"text": "Hello."}
JOB = {"id": "job-1", "input": INPUT}
SPEAKS = {"stage": "speak", "done": 0, "total": 1}

Reply = dict[str, Any]


class Machine:
    """A worker with services of its own, on the store of others; its engine waits until it may speak."""

    def __init__(self, environ: dict[str, str], pod: str, **settings: str) -> None:
        environ = {"LOST_AFTER": str(LOST_AFTER), "ALLOW_LOCAL_STORE": "true", **environ, **settings}
        services = make_services(Settings.read(environ | {"RUNPOD_POD_ID": pod}))
        self.engine = GatedSpeaker(services.settings, 0)
        self.services = with_backends(services, self.engine)
        self.cancellation, self.leaving = Cancellation(), Cancellation()
        self.heard: list[Reply] = []
        self.hears = threading.Event()

    def send(self, **given: Any) -> Future[Reply]:
        """Deliver the job to this worker."""
        event = {**JOB, "input": INPUT | given}
        listener = Listener(on_progress=self._hear)
        run = partial(dispatch, event, self.services, listener=listener)
        return in_thread(partial(run, cancellation=self.cancellation, leaving=self.leaving))

    def _hear(self, progress: Reply) -> None:
        self.heard.append(progress)
        self.hears.set()

    @property
    def record(self) -> JobRecord:
        return jobs.load(self.services.store, "job-1")

    def keys(self) -> list[str]:
        """What is in the store of jobs."""
        return [each.key for each in self.services.store.list("jobs/", 100).objects]


class Slow:
    """A store that writes nothing until it may."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.go_on = threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def put(self, *args: Any, **kwargs: Any) -> str:
        happens(self.go_on)
        return str(self._store.put(*args, **kwargs))


class Forgetful:
    """A store that writes a claim, and loses its answer: its client writes again, and finds the key taken."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def put(self, key: str, *args: Any, **kwargs: Any) -> str:
        etag = str(self._store.put(key, *args, **kwargs))
        if "/claims/" in key:
            raise AlreadyExists("an object with this key exists already")
        return etag


class Troubled:
    """A store that can be told to answer nothing."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.in_trouble = False

    def __getattr__(self, name: str) -> Any:
        if self.in_trouble:
            raise StorageError("the store does not answer")
        return getattr(self._store, name)


class Dated:
    """A store that tells its time: the record of the job was written so many seconds ago."""

    def __init__(self, store: Any, age: float, before_claim: Callable[[], object] = lambda: None) -> None:
        self._store, self._age, self._before_claim = store, age, before_claim
        self.withdrawn = threading.Event()
        """Set once a claim was removed."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def head(self, key: str) -> Any:
        found = self._store.head(key)
        return found and replace(found, told_at=found.modified + self._age)

    def put(self, key: str, *args: Any, **kwargs: Any) -> str:
        if "/claims/" in key:
            self._before_claim()
        return str(self._store.put(key, *args, **kwargs))

    def delete(self, key: str) -> None:
        self._store.delete(key)
        if "/claims/" in key:
            self.withdrawn.set()


@pytest.fixture(params=["folder", "bucket"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """The settings of workers that share a store."""
    store = {"LOCAL_STORE": str(tmp_path / "store")}
    if request.param == "bucket":
        store = request.getfixturevalue("s3_environ")
    return {"TTS_ENGINE": "espeak", "MODELS_DIR": str(tmp_path / "models"), **store}


@pytest.fixture
def machines(environ: dict[str, str]) -> Iterator[tuple[Machine, Machine]]:
    """Two workers on one folder."""
    both = Machine(environ, "a"), Machine(environ, "b")
    yield both
    for machine in both:
        machine.cancellation.cancel()


def left_behind(machine: Machine, worker: str = "gone", **changes: Any) -> JobRecord:
    """A record as a worker leaves it that was killed while it spoke."""
    record = JobRecord(
        "job-1", "generate", jobs.IN_PROGRESS, 1.0,
        request_sha256=jobs.fingerprint(INPUT), worker=worker, run="r0", heartbeat_at=1.0,
    )  # fmt: skip
    record = replace(record, **changes)
    records.put(machine.services.store, record)
    return record


def test_second_delivery_waits_for_the_first(shared: dict[str, str]) -> None:
    """It hears how far the other worker is, and answers with its result: the job is spoken once."""
    first, second = Machine(shared, "a"), Machine(shared, "b")
    one = first.send()
    happens(first.engine.reached)
    two = second.send()
    happens(second.hears)
    first.engine.go_on.set()
    assert one.result(PATIENCE)["metrics"] == two.result(PATIENCE)["metrics"]
    assert (first.engine.spoken, second.engine.spoken) == (1, 0)
    assert second.heard[0]["stage"] == "speak"
    assert (first.record.state, first.record.worker, first.record.attempt) == (jobs.COMPLETED, "a", 1)


def test_deliveries_at_the_same_moment_are_one_job(environ: dict[str, str]) -> None:
    """Of workers that find no record at the same moment, one speaks."""
    workers = [Machine(environ, name) for name in "abc"]
    for worker in workers:
        worker.engine.go_on.set()
    replies = [sent.result(PATIENCE) for sent in [worker.send() for worker in workers]]
    assert {reply["status"] for reply in replies} == {"completed"}
    assert sum(worker.engine.spoken for worker in workers) == 1


def test_job_of_a_lost_worker_is_taken_over_once(shared: dict[str, str]) -> None:
    """Of workers that wait for one that is gone, one takes the job over, and nothing of that is left."""
    workers = [Machine(shared, name) for name in "abc"]
    left_behind(workers[0])
    for worker in workers:
        worker.engine.go_on.set()
    replies = [sent.result(PATIENCE) for sent in [worker.send() for worker in workers]]
    assert {reply["status"] for reply in replies} == {"completed"}
    assert sum(worker.engine.spoken for worker in workers) == 1
    assert (workers[0].record.state, workers[0].record.attempt) == (jobs.COMPLETED, 2)
    assert workers[0].keys() == ["jobs/job-1.json"]


def test_claim_of_a_worker_that_was_lost_too_is_passed(environ: dict[str, str]) -> None:
    """A worker that is killed between its claim and its record holds the job up for as long as one that speaks."""
    worker = Machine(environ, "b", LOST_AFTER="0.3")
    left_behind(worker)
    claim = records.claim_key("job-1", 2, jobs.fingerprint(INPUT))
    worker.services.store.put(claim, b"", "text/plain", only_new=True)
    worker.engine.go_on.set()
    assert worker.send().result(PATIENCE)["status"] == "completed"
    assert worker.record.attempt == 3
    assert worker.keys() == ["jobs/job-1.json"]


def test_own_claim_is_known_where_the_answer_was_lost(environ: dict[str, str]) -> None:
    """The worker does not wait for another that is not there."""
    worker = Machine(environ, "b", LOST_AFTER="3600")
    left_behind(worker, state=jobs.FAILED, error=EngineError("the engine broke").reply())
    store: Any = Forgetful(worker.services.store)
    worker.services = replace(worker.services, store=store)
    worker.engine.go_on.set()
    assert worker.send().result(PATIENCE)["status"] == "completed"
    assert (worker.record.attempt, worker.keys()) == (2, ["jobs/job-1.json"])


def test_worker_knows_its_own_earlier_process(environ: dict[str, str]) -> None:
    """A Pod that starts again takes its job up without waiting: nobody else can be at it."""
    worker = Machine(environ, "a", LOST_AFTER="3600")
    left_behind(worker, worker="a")
    worker.engine.go_on.set()
    assert worker.send().result(PATIENCE)["status"] == "completed"
    assert worker.record.attempt == 2


def test_job_of_a_killed_process_is_taken_over_without_waiting(environ: dict[str, str]) -> None:
    """A worker at home sees that the process is gone; while that lives, the job is waited for."""
    worker = Machine(environ, "", LOST_AFTER="3600")
    worker.engine.go_on.set()
    with LocalWorker() as killed:
        left_behind(worker, worker=killed.name, progress=SPEAKS)
        sent = worker.send()
        happens(worker.hears)
        assert (worker.engine.spoken, worker.record.worker) == (0, killed.name)
    assert sent.result(PATIENCE)["status"] == "completed"
    assert (worker.record.worker, worker.record.attempt) == (jobs.worker_name(None), 2)
    assert worker.keys() == ["jobs/job-1.json"]


def test_lost_job_that_is_sent_again_begins_at_once(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that `status` calls LOST by the clock of the store is not watched for LOST_AFTER once more."""
    monkeypatch.setattr(claims, "MAX_LOOK_S", 0.1)
    worker = Machine(environ, "b", LOST_AFTER="3600")
    left_behind(worker)
    store: Any = Dated(worker.services.store, age=4 * 3600 + 1)
    assert jobs.as_shown(worker.record, store, worker.services.settings).state == jobs.LOST
    worker.services = replace(worker.services, store=store)
    worker.engine.go_on.set()
    assert worker.send().result(PATIENCE)["status"] == "completed"
    assert (worker.record.attempt, worker.keys()) == (2, ["jobs/job-1.json"])


@pytest.mark.parametrize("age", [3600.0, None])
def test_younger_record_is_watched(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, age: float | None) -> None:
    """So is one of any age in a folder, whose clock nobody tells."""
    monkeypatch.setattr(claims, "MAX_LOOK_S", 0.1)
    worker = Machine(environ, "b", LOST_AFTER="3600", JOB_TIMEOUT="1")
    record = left_behind(worker)
    if age is None:
        old = record.started_at
        os.utime(Path(environ["LOCAL_STORE"]) / "jobs/job-1.json", (old, old))
    else:
        store: Any = Dated(worker.services.store, age)
        worker.services = replace(worker.services, store=store)
    assert worker.send().result(PATIENCE)["error_code"] == "timeout"
    assert worker.record == record


def test_worker_with_an_old_record_that_gives_a_sign_keeps_its_job(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bucket was in trouble for minutes: who takes the job over looks once more, and lets it be."""
    monkeypatch.setattr(claims, "MAX_LOOK_S", 0.1)
    worker = Machine(environ, "b", LOST_AFTER="3600")
    record = left_behind(worker)
    alive = replace(record, heartbeat_at=2.0)
    folder = worker.services.store
    store: Any = Dated(folder, 4 * 3600 + 1, lambda: records.put(folder, alive))
    worker.services = replace(worker.services, store=store)
    sent = worker.send()
    happens(store.withdrawn)
    worker.cancellation.cancel()
    assert sent.result(PATIENCE)["error_code"] == "cancelled"
    assert worker.record == alive
    assert worker.keys() == ["jobs/job-1.json"]


def test_same_worker_does_not_take_a_job_from_itself(environ: dict[str, str]) -> None:
    """A job that is delivered to the worker which is at it waits as it would elsewhere."""
    worker = Machine(environ, "a")
    one = worker.send()
    happens(worker.engine.reached)
    worker.hears.clear()
    two = worker.send()
    happens(worker.hears)
    worker.engine.go_on.set()
    assert one.result(PATIENCE)["metrics"] == two.result(PATIENCE)["metrics"]
    assert worker.engine.spoken == 1


def test_job_with_a_new_id_begins_without_the_store(environ: dict[str, str]) -> None:
    """Nobody else can have it: who waits for the speech does not wait for the store before."""
    worker = Machine(environ, "a")
    store: Any = Slow(worker.services.store)
    worker.services = replace(worker.services, store=store)
    sent = in_thread(partial(dispatch, JOB, worker.services, is_new=True))
    happens(worker.engine.reached)
    store.go_on.set()
    worker.engine.go_on.set()
    assert sent.result(PATIENCE)["status"] == "completed"
    assert worker.record.state == jobs.COMPLETED


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        (BadRequest.of("text", "is empty").reply(), "bad_request"),
        (Cancelled("the job was cancelled").reply(), "cancelled"),
        (EngineError("the engine broke; send the job again").reply(), "completed"),
    ],
)
def test_failure_is_the_answer_of_both_unless_another_try_may_help(
    environ: dict[str, str], reply: Reply, answer: str
) -> None:
    """Who waits ends with an error that would come again, and does the job itself after one that may not."""
    worker = Machine(environ, "b", LOST_AFTER="3600")
    record = left_behind(worker, progress=SPEAKS)
    sent = worker.send()
    happens(worker.hears)
    state = jobs.CANCELLED if answer == "cancelled" else jobs.FAILED
    records.put(worker.services.store, replace(record, state=state, error=reply))
    worker.engine.go_on.set()
    result = sent.result(PATIENCE)
    assert result.get("error_code", result.get("status")) == answer
    assert worker.record.run == record.run or worker.record.state == jobs.COMPLETED


def test_failed_job_that_is_sent_again_is_done_again(environ: dict[str, str]) -> None:
    """What was wrong may be mended since: a voice is there, a limit is raised."""
    worker = Machine(environ, "b")
    left_behind(worker, state=jobs.FAILED, error=BadRequest.of("voice", "is not known").reply())
    worker.engine.go_on.set()
    assert worker.send().result(PATIENCE)["status"] == "completed"
    assert (worker.record.attempt, worker.keys()) == (2, ["jobs/job-1.json"])


def test_id_of_a_running_job_is_refused_for_another_input(machines: tuple[Machine, Machine]) -> None:
    """The job that runs under the id goes on."""
    first, second = machines
    one = first.send()
    happens(first.engine.reached)
    assert second.send(text="Goodbye.").result(PATIENCE)["error_code"] == "already_exists"
    first.engine.go_on.set()
    assert one.result(PATIENCE)["text"] == "Hello."
    second.engine.go_on.set()
    assert second.send(text="Goodbye.").result(PATIENCE)["text"] == "Goodbye."
    assert (second.record.attempt, second.keys()) == (1, ["jobs/job-1.json"])


def test_wait_hears_cancellation(machines: tuple[Machine, Machine]) -> None:
    """The delivery that waits ends, and the other goes on with its record."""
    first, second = machines
    one = first.send()
    happens(first.engine.reached)
    two = second.send()
    happens(second.hears)
    second.cancellation.cancel()
    assert two.result(PATIENCE)["error_code"] == "cancelled"
    assert first.record.state == jobs.IN_PROGRESS
    first.engine.go_on.set()
    assert one.result(PATIENCE)["status"] == "completed"
    assert first.record.state == jobs.COMPLETED


def test_worker_that_shall_end_waits_for_no_other(machines: tuple[Machine, Machine]) -> None:
    """Its delivery ends at once, one that comes later, too, and the other worker's job goes on."""
    first, second = machines
    one = first.send()
    happens(first.engine.reached)
    two = second.send()
    happens(second.hears)
    second.leaving.cancel()
    assert two.result(PATIENCE)["error_code"] == "unavailable"
    assert second.send().result(PATIENCE)["error_code"] == "unavailable"
    assert (first.record.state, first.record.worker) == (jobs.IN_PROGRESS, "a")
    first.engine.go_on.set()
    assert one.result(PATIENCE)["status"] == "completed"
    assert second.send().result(PATIENCE)["status"] == "completed"


def test_worker_that_shall_end_finishes_what_it_does(machines: tuple[Machine, Machine]) -> None:
    """A job that it has begun is nobody else's."""
    first, _ = machines
    one = first.send()
    happens(first.engine.reached)
    first.leaving.cancel()
    first.engine.go_on.set()
    assert one.result(PATIENCE)["status"] == "completed"


def test_time_of_waiting_counts(environ: dict[str, str]) -> None:
    """JOB_TIMEOUT begins with the delivery."""
    worker = Machine(environ, "b", LOST_AFTER="3600", JOB_TIMEOUT="0.3")
    left_behind(worker)
    assert worker.send().result(PATIENCE)["error_code"] == "timeout"
    assert worker.record.state == jobs.IN_PROGRESS


def test_store_in_trouble_is_no_sign_that_the_other_is_lost(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While nobody can read, nobody can write: the time of the other run counts from the store's next answer."""
    worker = Machine(environ, "b")
    record = left_behind(worker)
    seconds = 0.0
    monkeypatch.setattr(claims, "time", SimpleNamespace(monotonic=lambda: seconds))
    store: Any = Troubled(worker.services.store)
    watch = claims._Watch(Job(replace(record, run="r1"), store, timeout=60, lost_after=LOST_AFTER), store)
    store.in_trouble, seconds = True, 10 * LOST_AFTER
    watch._look_again()
    assert not watch._is_lost()
    store.in_trouble = False
    watch._look_again()
    assert not watch._is_lost()
    seconds += LOST_AFTER
    assert watch._is_lost()
    store.in_trouble, seconds = True, 1000.0
    with pytest.raises(StorageError):
        watch._look_again()


def test_worker_that_was_paused_answers_with_the_result_of_the_other(
    machines: tuple[Machine, Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sees that another worker has its job, stops, and waits for that one: the record is not its own any more."""
    paused, other = machines
    beat = Journal.beat
    monkeypatch.setattr(Journal, "beat", lambda _: None)
    one = paused.send()
    happens(paused.engine.reached)
    two = other.send()
    happens(other.engine.reached)
    monkeypatch.setattr(Journal, "beat", beat)
    happens(paused.engine.go_on)
    other.engine.go_on.set()
    assert one.result(PATIENCE)["metrics"] == two.result(PATIENCE)["metrics"]
    assert (paused.engine.spoken, other.engine.spoken) == (0, 1)
    assert (other.record.worker, other.record.attempt) == ("b", 2)
