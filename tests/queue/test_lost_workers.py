"""Workers that are killed or paused in the middle of a job, under the real SDK, on a real bucket."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from handler import jobs
from handler.settings import Settings
from handler.types import JobRecord
from s3_utils import S3Store
from tests.support.cutting_proxy import CuttingProxy
from tests.support.runpod_queue import PATIENCE, Queue, WorkerProcess
from tests.support.s3_server import Swift
from tests.support.stub_backends import happens

TEXT = "This is a sentence of some length, spoken so that there is time enough to stop it. " * 40
SLOW = 0.3
"""Speed at which speech is stretched, which takes the worker seconds."""


@pytest.fixture
def environ(swift: Swift, tmp_path: Path) -> dict[str, str]:
    """Workers on a bucket that soon believe each other lost."""
    store = swift.environ(swift.new_bucket())
    return store | {"TTS_ENGINE": "espeak", "MODELS_DIR": str(tmp_path), "LOST_AFTER": "3", "WORKER_CONCURRENCY": "1"}


@pytest.fixture
def start(queue: Queue, environ: dict[str, str], tmp_path: Path) -> Iterator[Callable[[str], WorkerProcess]]:
    """Starts a worker by its name."""
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(WorkerProcess(queue, name, environ, tmp_path / f"{name}.log"))


def deliver(queue: Queue, worker: str) -> None:
    """Give the job to this worker, the only one that can take it, and wait until it reports."""
    queue.submit("job-1", text=TEXT, speed=SLOW)
    queue.wait(lambda queue: ("job-1", worker) in queue.taken)
    reports = len(queue.of("job-1"))
    queue.wait(lambda queue: len(queue.of("job-1")) > reports)


def test_worker_that_waits_for_another_ends_at_once(
    queue: Queue, start: Callable[[str], WorkerProcess], environ: dict[str, str]
) -> None:
    """On SIGTERM it leaves the job to the queue without a word: its post would be the end of a job that goes on."""
    environ["LOST_AFTER"] = "600"
    workers = {name: start(name) for name in ("w1", "w2")}
    queue.submit("job-1", text=TEXT, speed=SLOW)
    busy = queue.wait(lambda queue: queue.taken and queue.taken[0][1])
    queue.wait(lambda queue: queue.of("job-1"))
    wait_for_record(environ, workers[busy], lambda record: bool(record.progress))
    workers[busy].process.send_signal(signal.SIGSTOP)
    queue.submit("job-1", text=TEXT, speed=SLOW)
    waiting = queue.wait(lambda queue: len(queue.taken) == 2 and queue.taken[1][1])
    reports = len(queue.of("job-1"))
    queue.wait(lambda queue: len(queue.of("job-1")) > reports)
    assert workers[waiting].terminate() == 0
    assert not queue.results
    left = record(environ)
    assert (left.state, left.worker, left.attempt) == (jobs.IN_PROGRESS, busy, 1)


def wait_for_record(environ: dict[str, str], worker: WorkerProcess, condition: Callable[[JobRecord], bool]) -> None:
    """Wait until the worker has written a record of the job that fulfils the condition."""
    deadline = time.monotonic() + PATIENCE
    while not condition(record(environ)):
        assert worker.process.poll() is None, f"the worker has ended: {worker.log.read_text()[-2000:]}"
        assert time.monotonic() < deadline, f"the worker has not written it: {record(environ)}"
        time.sleep(0.02)


def record(environ: dict[str, str]) -> JobRecord:
    return jobs.load(S3Store(Settings.read(environ)), "job-1")


def test_job_of_a_killed_worker_is_done_by_the_next(
    queue: Queue, start: Callable[[str], WorkerProcess], environ: dict[str, str]
) -> None:
    """The worker that gets the job waits until the other one is surely gone, and speaks it once more."""
    killed = start("w1")
    deliver(queue, "w1")
    killed.process.send_signal(signal.SIGKILL)
    killed.process.wait(30)
    assert record(environ).state == jobs.IN_PROGRESS
    start("w2")
    deliver(queue, "w2")
    assert queue.result("job-1")["output"]["status"] == "completed"
    made = record(environ)
    assert (made.state, made.worker, made.attempt) == (jobs.COMPLETED, "w2", 2)
    assert not S3Store(Settings.read(environ)).list("jobs/job-1/", 10).objects


def test_paused_worker_leaves_the_job_to_the_one_that_took_it(
    queue: Queue, start: Callable[[str], WorkerProcess], environ: dict[str, str]
) -> None:
    """A worker that goes on after another has taken its job stops, and answers with the result of that one."""
    bucket = environ["AWS_ENDPOINT_URL"]
    with CuttingProxy(int(bucket.rpartition(":")[2])) as proxy:
        environ["AWS_ENDPOINT_URL"] = proxy.url
        paused = start("w1")
        deliver(queue, "w1")
        # One that is paused before or within a write goes on with that: it cannot see what it writes over. So it is
        # paused where the bucket has its record, and it has not heard so yet.
        proxy.hold(f"PUT /{environ['S3_BUCKET']}/jobs/job-1.json".encode())
        happens(proxy.held)
        paused.process.send_signal(signal.SIGSTOP)
        proxy.released.set()
        environ["AWS_ENDPOINT_URL"] = bucket
        start("w2")
        deliver(queue, "w2")
        queue.result("job-1")
        paused.process.send_signal(signal.SIGCONT)
        other, own = queue.wait(lambda queue: len(queue.results["job-1"]) == 2 and queue.results["job-1"])
        assert own["output"]["metrics"] == other["output"]["metrics"]
        made = record(environ)
        assert (made.state, made.worker, made.attempt) == (jobs.COMPLETED, "w2", 2)
