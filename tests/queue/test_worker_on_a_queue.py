"""Real workers under the real SDK on a real queue: what a client on RunPod would see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.runpod_queue import Queue, WorkerProcess
from tests.support.s3_server import Swift

LONG = "This is a sentence of some length, spoken so that there is time enough to stop it. " * 120
SLOW = 0.3
"""Speed at which speech is stretched, which takes the worker seconds: a job that is surely not done yet."""


@pytest.fixture
def queue() -> Iterator[Queue]:
    with Queue() as queue:
        yield queue


@pytest.fixture
def environ(swift: Swift, tmp_path: Path) -> dict[str, str]:
    """A worker on RunPod with espeak and a bucket."""
    return swift.environ(swift.new_bucket()) | {"TTS_ENGINE": "espeak", "MODELS_DIR": str(tmp_path)}


@pytest.fixture
def worker(queue: Queue, environ: dict[str, str], tmp_path: Path) -> Iterator[WorkerProcess]:
    with WorkerProcess(queue, "w1", environ, tmp_path / "w1.log") as worker:
        yield worker


def test_progress_comes_in_order_and_before_the_result(queue: Queue, worker: WorkerProcess) -> None:
    """A finished job's last post is its result: no progress arrives after it and leaves the job IN_PROGRESS."""
    for number in range(4):
        queue.submit(f"p{number}", text="One sentence. " * 60, timing_format="all")
    for number in range(4):
        result = queue.result(f"p{number}")
        assert result["output"]["status"] == "completed"
    # The queue takes another job after these, so that anything sent late would have come.
    queue.submit("last", endpoint="status")
    queue.result("last")
    for number in range(4):
        *progress, final = queue.of(f"p{number}")
        assert final.get("status") != "IN_PROGRESS"
        done = [post["output"]["done"] for post in progress if post["output"]["stage"] == "speak"]
        assert progress
        assert done == sorted(done)


def test_an_error_keeps_its_details_through_the_sdk(queue: Queue, worker: WorkerProcess) -> None:
    """A client reads one sentence as error, and the code and the issues beside it under output."""
    queue.submit("bad", text="", speed=9)
    result = queue.result("bad")
    assert result["error"].startswith("text: is empty")
    assert result["output"]["error_code"] == "bad_request"
    assert {issue["field"] for issue in result["output"]["issues"]} == {"text", "speed"}


def test_a_cancelled_job_stops_and_the_next_one_is_done(queue: Queue, worker: WorkerProcess) -> None:
    """A stop signal ends a job between two chunks; its record says CANCELLED and the worker goes on."""
    queue.submit("stop-me", text=LONG, speed=SLOW)
    queue.wait(lambda queue: any(post.get("status") == "IN_PROGRESS" for post in queue.of("stop-me")))
    queue.cancel("stop-me")
    queue.submit("after", text="Hello.")
    assert queue.result("after")["output"]["status"] == "completed"

    queue.submit("ask", endpoint="status", job_id="stop-me")
    assert queue.result("ask")["output"]["state"] == "CANCELLED"


def test_a_worker_told_to_stop_finishes_its_job(queue: Queue, worker: WorkerProcess) -> None:
    """SIGTERM in the middle of a job lets it end and be posted; the worker then exits with 0."""
    queue.submit("drain", text=LONG, speed=SLOW)
    queue.wait(lambda queue: any(post.get("status") == "IN_PROGRESS" for post in queue.of("drain")))
    assert worker.terminate() == 0
    assert queue.result("drain")["output"]["status"] == "completed"


def test_two_workers_share_a_queue(
    queue: Queue, worker: WorkerProcess, environ: dict[str, str], tmp_path: Path
) -> None:
    """Every one of a dozen jobs is done once, and both workers take some of them."""
    with WorkerProcess(queue, "w2", environ, tmp_path / "w2.log"):
        for number in range(2):
            queue.submit(f"warm{number}", text=LONG)
        queue.wait(lambda queue: len(queue.taken) == 2)
        names = [f"j{number}" for number in range(12)]
        for name in names:
            queue.submit(name, text=f"This is {name}.")
        texts = [queue.result(name)["output"]["text"] for name in names]
    assert texts == [f"This is {name}." for name in names]
    assert all(sum(job == name for job, _ in queue.taken) == 1 for name in names)


def test_a_job_delivered_again_is_not_done_again(queue: Queue, worker: WorkerProcess) -> None:
    """The same job handed over twice gives the same result from its record: it is paid for once."""
    for _ in range(2):
        queue.submit("twice", text="Hello.")
        queue.wait(lambda queue: sum(body.get("status") != "IN_PROGRESS" for body in queue.of("twice")) >= 1)
    queue.wait(lambda queue: sum(body.get("status") != "IN_PROGRESS" for body in queue.of("twice")) == 2)
    first, second = [body["output"] for body in queue.of("twice") if body.get("status") != "IN_PROGRESS"]
    assert first["seed"] == second["seed"]
    assert first["metrics"] == second["metrics"]


def test_a_start_that_cannot_succeed_takes_no_job(queue: Queue, environ: dict[str, str], tmp_path: Path) -> None:
    """A worker with a wrong setting exits with one sentence, and the job stays in the queue for a better one."""
    queue.submit("waiting", text="Hello.")
    with WorkerProcess(queue, "w1", environ | {"TTS_ENGINE": "espeek"}, tmp_path / "log") as worker:
        assert worker.process.wait(60) == 1
    said = (tmp_path / "log").read_text()
    assert "TTS_ENGINE" in said
    assert "Traceback" not in said
    assert not queue.taken


def test_asking_about_a_failed_job_does_not_fail(queue: Queue, worker: WorkerProcess) -> None:
    """The status of a job that failed is an answer, with the failure inside: the SDK does not take it for one."""
    queue.submit("failed", text="🎉")
    assert "error" in queue.result("failed")
    queue.submit("ask", endpoint="status", job_id="failed")
    answer = queue.result("ask")
    assert "error" not in answer
    assert answer["output"]["state"] == "FAILED"
    assert answer["output"]["job_error"]["error_code"] == "bad_request"


def test_an_idle_worker_told_to_stop_takes_no_more_jobs(queue: Queue, worker: WorkerProcess) -> None:
    """SIGTERM while the worker waits for a job ends the wait: a job that comes then stays in the queue for another."""
    queue.submit("first", text="Hello.")
    queue.result("first")
    assert worker.terminate() == 0
    queue.submit("late", text="Hello.")
    assert [job for job, _ in queue.taken] == ["first"]
