"""Real workers that end by themselves: on a broken device, after so many jobs, and before the first."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.broken_device import PARTS
from tests.support.faulty_queue import FaultyQueue
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.runpod_queue import PATIENCE, WorkerProcess


@pytest.fixture
def queue() -> Iterator[FaultyQueue]:
    with FaultyQueue() as queue:
        yield queue


def environ(folder: Path, **settings: str) -> dict[str, str]:
    """A worker with espeak that keeps its files in a folder, where the voice anna is."""
    voices = folder / "store" / "voices"
    voices.mkdir(parents=True)
    (voices / "anna.wav").write_bytes(HUMAN_CLIP.read_bytes())
    (voices / "anna.txt").write_text(HUMAN_TEXT)
    store = {"LOCAL_STORE": str(folder / "store"), "ALLOW_LOCAL_STORE": "true"}
    chosen = {"ENGINES": "espeak", "ALIGNERS": "engine", "AI_MARK": "none", "MODELS_DIR": str(folder / "models")}
    return store | chosen | settings


FAULTS: dict[str, dict[str, Any]] = {
    "engine": {"text": "Hello."},
    "aligner": {"text": "Hello.", "timing_method": "whisperx", "timing_format": "srt"},
    "converter": {"endpoint": "convert", "job_id": "source", "voice": "anna"},
}
"""What breaks the device in each part of `broken_device`."""


def test_worker_with_a_broken_device_is_replaced(tmp_path: Path) -> None:
    """After a fault of the device, even one that the job survives, a worker asks to be replaced, and takes no more."""
    assert FAULTS.keys() == PARTS.keys()
    with ExitStack() as stack:
        queues = {part: stack.enter_context(FaultyQueue()) for part in FAULTS}
        workers = {}
        for part, queue in queues.items():
            if part == "converter":
                queue.submit("source", text="Hello.")
            queue.submit("fault", **FAULTS[part])
            queue.submit("late", text="Hello.")
            command = ("-m", "tests.support.broken_device", part, "worker")
            settings = environ(tmp_path / part, WORKER_CONCURRENCY="1")
            log = tmp_path / f"{part}.log"
            workers[part] = stack.enter_context(WorkerProcess(queue, part, settings, log, command))
        for part, queue in queues.items():
            result = queue.result("fault")
            assert result["stopPod"] is True, (part, result)
            assert ("error" in result) == (part != "aligner")
            assert workers[part].process.wait(PATIENCE) == 0
            assert [job for job, _ in queue.taken if job != "source"] == ["fault"]
            assert "CUDA" not in str(result)
        (warning,) = queues["aligner"].result("fault")["output"]["warnings"][:1]
        assert warning["code"] in {"timing_method_passed_over", "results_local"}


def test_worker_ends_after_so_many_jobs(queue: FaultyQueue, tmp_path: Path) -> None:
    """After MAX_JOBS_PER_WORKER jobs with files a worker says so with the last, and ends; others do not count."""
    settings = environ(tmp_path, MAX_JOBS_PER_WORKER="2", WORKER_CONCURRENCY="1")
    for number in range(2):
        queue.submit(f"short{number}", endpoint="list_voices")
    for number in range(3):
        queue.submit(f"long{number}", text="Hello.")
    with WorkerProcess(queue, "w1", settings, tmp_path / "log") as worker:
        assert worker.process.wait(PATIENCE) == 0
    assert [job for job, _ in queue.taken] == ["short0", "short1", "long0", "long1"]
    assert [queue.result(job).get("stopPod") for job, _ in queue.taken] == [None, None, None, True]


def test_cancellation_is_heard_while_a_worker_stops(queue: FaultyQueue, tmp_path: Path) -> None:
    """A worker that was told to stop ends a job that is cancelled then, and with it itself."""
    with WorkerProcess(queue, "w1", environ(tmp_path), tmp_path / "log") as worker:
        queue.submit("long", text="This sentence is spoken slowly. " * 300, speed=0.3)
        queue.wait(lambda queue: queue.of("long"))
        worker.process.terminate()
        queue.cancel("long")
        assert worker.process.wait(PATIENCE) == 0
    assert all(post.get("status") == "IN_PROGRESS" for post in queue.of("long"))


@pytest.mark.parametrize(
    ("wrong", "check", "said"),
    [
        ({"WORKER_CONCURRENCY": "0"}, "settings_are_valid", "WORKER_CONCURRENCY"),
        ({"ENGINES": "espeek"}, "settings_are_valid", "ENGINES"),
        ({"S3_BUCKET": "b", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s3cret"}, "store_answers", "store"),
    ],
    ids=["setting", "engine", "bucket"],
)
def test_failed_start_tells_the_platform_why(
    queue: FaultyQueue, tmp_path: Path, wrong: dict[str, str], check: str, said: str
) -> None:
    """A worker that cannot start tells RunPod the check and the reason, ends with 1 and a sentence, and takes none."""
    queue.submit("waiting", text="Hello.")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        endpoint = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{nobody.getsockname()[1]}"}
        with WorkerProcess(queue, "w1", environ(tmp_path) | wrong | endpoint, tmp_path / "log") as worker:
            assert worker.process.wait(PATIENCE) == 1
    (ping,) = queue.pings
    assert (ping["status"], ping["check"]) == ("unhealthy", check)
    assert said in ping["reason"]
    log = (tmp_path / "log").read_text()
    assert any(line.startswith("config_error: ") and said in line for line in log.splitlines())
    assert not re.search(r"^Traceback", log, re.MULTILINE)
    assert "s3cret" not in log + str(queue.pings)
    assert not queue.taken
