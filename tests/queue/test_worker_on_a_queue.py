"""Real workers under the real SDK on a real queue: what a client on RunPod would see."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.support.runpod_queue import Queue, WorkerProcess
from tests.support.s3_server import Swift

LONG = "This is a sentence of some length, spoken so that there is time enough to stop it. " * 120
SLOW = 0.3
"""Speed at which speech is stretched, which takes the worker seconds: a job that is surely not done yet."""


@pytest.fixture
def environ(swift: Swift, tmp_path: Path) -> dict[str, str]:
    """A worker on RunPod with espeak and a bucket."""
    return swift.environ(swift.new_bucket()) | {"TTS_ENGINE": "espeak", "MODELS_DIR": str(tmp_path)}


@pytest.fixture
def worker(queue: Queue, environ: dict[str, str], tmp_path: Path) -> Iterator[WorkerProcess]:
    with WorkerProcess(queue, "w1", environ, tmp_path / "w1.log") as worker:
        yield worker


def test_result_is_posted_after_all_progress(queue: Queue, worker: WorkerProcess) -> None:
    """No progress arrives after the result of a job."""
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


def test_error_details_pass_the_sdk(queue: Queue, worker: WorkerProcess) -> None:
    """The client gets the sentence as error, and code and issues under output."""
    queue.submit("bad", text="", speed=9)
    result = queue.result("bad")
    assert "text: is empty" in result["error"]
    assert result["output"]["error_code"] == "bad_request"
    assert {issue["field"] for issue in result["output"]["issues"]} == {"text", "speed"}


def test_worker_goes_on_after_a_cancelled_job(queue: Queue, worker: WorkerProcess) -> None:
    """A stop signal ends the job between chunks as CANCELLED, and the next job is done."""
    queue.submit("stop-me", text=LONG, speed=SLOW)
    queue.wait(lambda queue: any(post.get("status") == "IN_PROGRESS" for post in queue.of("stop-me")))
    queue.cancel("stop-me")
    queue.submit("after", text="Hello.")
    assert queue.result("after")["output"]["status"] == "completed"

    # The SDK gives the slot away before the stopped job has written how it ended.
    states = (state_of("stop-me", f"ask{number}", queue) for number in count())
    assert next(state for state in states if state != "IN_PROGRESS") == "CANCELLED"


def state_of(job_id: str, asked_by: str, queue: Queue) -> str:
    """The state in a job's record, as a job of the endpoint ``status`` tells it."""
    queue.submit(asked_by, endpoint="status", job_id=job_id)
    return str(queue.result(asked_by)["output"]["state"])


def test_sigterm_lets_the_job_finish(queue: Queue, worker: WorkerProcess) -> None:
    """After SIGTERM the current job is completed and posted, and the worker exits with 0."""
    queue.submit("drain", text=LONG, speed=SLOW)
    queue.wait(lambda queue: any(post.get("status") == "IN_PROGRESS" for post in queue.of("drain")))
    assert worker.terminate() == 0
    assert queue.result("drain")["output"]["status"] == "completed"


def test_two_workers_share_a_queue(
    queue: Queue, worker: WorkerProcess, environ: dict[str, str], tmp_path: Path
) -> None:
    """Two workers do each of a dozen jobs once, and both take some."""
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


def test_second_delivery_is_answered_from_the_record(queue: Queue, worker: WorkerProcess) -> None:
    """A job delivered twice runs once and gives the same result."""
    for _ in range(2):
        queue.submit("twice", text="Hello.")
        queue.wait(lambda queue: sum(body.get("status") != "IN_PROGRESS" for body in queue.of("twice")) >= 1)
    queue.wait(lambda queue: sum(body.get("status") != "IN_PROGRESS" for body in queue.of("twice")) == 2)
    first, second = [body["output"] for body in queue.of("twice") if body.get("status") != "IN_PROGRESS"]
    assert first["seed"] == second["seed"]
    assert first["metrics"] == second["metrics"]


def test_status_of_a_failed_job_is_completed(queue: Queue, worker: WorkerProcess) -> None:
    """The status request completes, with the failed job's error inside."""
    queue.submit("failed", text="🎉")
    assert "error" in queue.result("failed")
    queue.submit("ask", endpoint="status", job_id="failed")
    answer = queue.result("ask")
    assert "error" not in answer
    assert answer["output"]["state"] == "FAILED"
    assert answer["output"]["job_error"]["error_code"] == "bad_request"


def test_sigterm_ends_an_idle_worker(queue: Queue, worker: WorkerProcess) -> None:
    """After SIGTERM an idle worker takes no job; later jobs stay in the queue."""
    queue.submit("first", text="Hello.")
    queue.result("first")
    assert worker.terminate() == 0
    queue.submit("late", text="Hello.")
    assert [job for job, _ in queue.taken] == ["first"]
