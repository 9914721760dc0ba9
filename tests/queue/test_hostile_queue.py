"""Real workers on a queue that hands out what nobody can read, refuses results, and is away."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from tests.support.faulty_queue import CUT, FaultyQueue
from tests.support.runpod_queue import WorkerProcess


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A worker with espeak that keeps its files on this disk."""
    folder = tmp_path_factory.mktemp("worker")
    store = {"LOCAL_STORE": str(folder / "store"), "ALLOW_LOCAL_STORE": "true"}
    return store | {"ENGINES": "espeak", "ALIGNERS": "engine", "AI_MARK": "none", "MODELS_DIR": str(folder)}


@pytest.fixture(scope="module")
def queue() -> Iterator[FaultyQueue]:
    with FaultyQueue() as queue:
        yield queue


@pytest.fixture(scope="module")
def worker(
    queue: FaultyQueue, environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WorkerProcess]:
    """One worker for all that it has to survive."""
    with WorkerProcess(queue, "w1", environ, tmp_path_factory.mktemp("log") / "w1.log") as worker:
        yield worker


def job(job_id: object, **fields: object) -> bytes:
    return json.dumps({"id": job_id, "input": {"endpoint": "list_voices", **fields}}).encode()


DEEP = b"[" * 100_000 + b"]" * 100_000

FAILING = {
    "line break": (job("line\nbreak"), "line\nbreak", "cannot be printed"),
    "control characters": (job("bell\x07"), "bell\x07", "cannot be printed"),
    "half a surrogate": (job("half\ud800"), "half%ED%A0%80", "cannot be printed"),
    "a number": (job(7), "7", "must be text"),
    "digits": (b'{"id": "digits", "input": {"seed": ' + b"1" * 5000 + b"}}", "digits", "thousands of digits"),
    "nesting": (b'{"id": "nesting", "input": ' + DEEP + b"}", "nesting", "nested too deeply"),
    "no JSON": (b'{"id": "raw", "input": {text: 1}}', "raw", "not valid JSON"),
    "no UTF-8": (b'{"id": "latin", "input": {"text": "\xe9"}}', "latin", "not valid UTF-8"),
    "no input": (b'{"id": "bare"}', "bare", "input: is missing"),
}
"""Answers of one job that ends as failed: the body, the id as the queue knows it, and a part of the sentence."""


@pytest.mark.parametrize("name", FAILING)
def test_unreadable_job_fails_with_a_sentence(queue: FaultyQueue, worker: WorkerProcess, name: str) -> None:
    """A job that cannot be read, or answered under its id as it stands, fails with a sentence."""
    body, job_id, said = FAILING[name]
    queue.answer(body)
    failure = queue.failure(job_id)
    assert said in failure["error"]
    assert failure["error_code"] == "bad_request"


UNTOLD = {
    "null": b"null", "a number": b"3", "an empty object": b"{}", "nothing": b"", "digits": b"1" * 5000, "deep": DEEP,
    "a list of none": b"[null, 3, {}, [], true]", "half": b'[{"input": {"text": "',
}  # fmt: skip


def test_answers_that_name_no_job_are_passed_over(queue: FaultyQueue, worker: WorkerProcess) -> None:
    """What names no job is logged in a line, and the worker goes on with the next."""
    told = queue.told
    for body in UNTOLD.values():
        queue.answer(body)
    queue.answer(b"<html>gateway</html>", "text/html")
    queue.wait(lambda queue: queue.told > told + len(UNTOLD))
    queue.submit("after-nothing", endpoint="list_voices")
    assert "output" in queue.result("after-nothing")
    assert worker.process.poll() is None
    assert worker.log.read_text().count("it is passed over") >= len(UNTOLD)


def test_other_jobs_of_a_batch_are_done(queue: FaultyQueue, worker: WorkerProcess) -> None:
    """Jobs beside one that cannot be read are done, as are those before the cut of an answer."""
    queue.answer(
        b"[%s, null, {}, 5, %s, %s]" % (job("first"), b'{"id": "between", "input": ' + DEEP + b"}", job("last"))
    )
    assert queue.failure("between")["error"]
    for name in ("first", "last"):
        assert queue.result(name)["output"]["count"] == 0
    queue.answer(b"[%s, %s" % (job("whole"), job("cut", text="Hello.")[:-9]), cut=True)
    assert queue.result("whole")["output"]["count"] == 0
    failure = queue.failure("cut")
    assert "cut short" in failure["error"]
    assert failure["retryable"]


def test_job_of_another_content_type_is_done(queue: FaultyQueue, worker: WorkerProcess) -> None:
    """A job that can be read is done, whatever the answer calls itself."""
    queue.answer(job("typed"), "text/plain")
    assert queue.result("typed")["output"]["count"] == 0


def test_headers_bear_ids_that_are_safe(queue: FaultyQueue, worker: WorkerProcess) -> None:
    """An id that would break a header is quoted there."""
    queue.answer(job("head\r\nX-Evil: 1"))
    queue.failure("head\r\nX-Evil: 1")
    assert "head%0D%0AX-Evil%3A%201" in queue.request_ids


def test_refused_result_is_posted_again(queue: FaultyQueue, worker: WorkerProcess) -> None:
    """A result meets too many requests, a cut, and a broken queue, and arrives."""
    queue.refused.clear()
    queue.refuse(429, 503, **{"Retry-After": "0"})
    queue.refuse(CUT)
    queue.submit("posted", text="Hello.")
    assert queue.result("posted")["output"]["status"] == "completed"
    assert queue.refused == [429, 503, CUT]
    assert len([post for post in queue.of("posted") if post.get("status") != "IN_PROGRESS"]) == 1


def test_finally_refused_result_is_logged(queue: FaultyQueue, worker: WorkerProcess) -> None:
    """A result that the queue will never take is logged as lost, not posted again, and the worker goes on."""
    queue.refuse(404)
    queue.submit("gone", endpoint="list_voices")
    queue.wait(lambda queue: 404 in queue.refused)
    queue.submit("after-gone", endpoint="list_voices")
    queue.result("after-gone")
    line = next(line for line in worker.log.read_text().splitlines() if "HTTP 404" in line)
    assert json.loads(line)["job_id"] == "gone"
    assert queue.of("gone") == []


def test_lane_is_free_while_a_result_is_refused(queue: FaultyQueue, worker: WorkerProcess) -> None:
    """The next jobs are done while a queue refuses the results of those before."""
    for name in ("held1", "held2", "next"):
        queue.submit(name, text="Hello.")
    queue.refuse(*[503] * 4)
    for name in ("held1", "held2", "next"):
        assert queue.result(name)["output"]["status"] == "completed"


def test_stopped_during_an_outage(queue: FaultyQueue, worker: WorkerProcess) -> None:
    """A queue that is away is asked again after pauses that grow, each with a line; SIGTERM ends the longest."""
    queue.outage = 503
    before = queue.asked
    # The last of the questions comes after the line of the pause before it.
    queue.wait(lambda queue: queue.asked >= before + 5)
    pauses = re.findall(r"\(HTTP 503\): asked again in ([\d.]+) s", worker.log.read_text())
    assert float(pauses[2]) > float(pauses[0])
    assert worker.terminate() == 0
