"""RunPod's dialect: the calls of a queue endpoint, answered by this server as api.runpod.ai answers them."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handler.http_api import runpod
from handler.http_api.readiness import State
from handler.protocols import Services
from tests.support.http_server import RunningServer, running

ID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-u1"
HELLO = {"input": {"text": "Hello."}}


@pytest.fixture(params=["", "/v2/any-endpoint"])
def prefix(request: pytest.FixtureRequest) -> str:
    """The calls are at both paths."""
    path: str = request.param
    return path


def post(server: RunningServer, path: str, **body: Any) -> dict[str, Any]:
    answer = server.client.post(path, json=body or None)
    assert answer.status_code == 200, answer.text
    view: dict[str, Any] = answer.json()
    return view


def get(server: RunningServer, path: str) -> dict[str, Any]:
    answer = server.client.get(path)
    assert answer.status_code == 200, answer.text
    view: dict[str, Any] = answer.json()
    return view


@pytest.fixture
def blocked(services: Services, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Jobs stop before they speak; returns what lets them go on."""
    go_on, lease = threading.Event(), services.engines.lease_all

    def wait(*arguments: Any) -> Any:
        assert go_on.wait(30)
        return lease(*arguments)

    monkeypatch.setattr(services.engines, "lease_all", wait)
    return go_on.set


def test_runsync_returns_the_result(server: RunningServer, prefix: str, tmp_path: Path) -> None:
    """A job sent to /runsync is done when the answer comes, with its output as the queue gives it."""
    answer = post(server, f"{prefix}/runsync", **HELLO)
    assert set(answer) == {"id", "status", "delayTime", "executionTime", "workerId", "output"}
    assert answer["status"] == "COMPLETED"
    assert answer["output"]["job_id"] == answer["id"]
    assert (tmp_path / "store" / "output" / f"{answer['id']}.wav").is_file()
    assert get(server, f"{prefix}/status/{answer['id']}") == answer


def test_ids_are_as_runpod_makes_them(held: RunningServer, prefix: str) -> None:
    """A new id each time; that of /runsync says so."""
    first, second = (post(held, f"{prefix}/run", **HELLO) for _ in range(2))
    assert first["id"] != second["id"]
    assert re.fullmatch(ID, first["id"])
    assert first == {"id": first["id"], "status": "IN_QUEUE"}
    assert re.fullmatch(f"sync-{ID}", post(held, f"{prefix}/runsync", input={"endpoint": "list_voices"})["id"])


def test_failed_job_has_its_detail_in_output(server: RunningServer) -> None:
    """A refused job is FAILED, with its sentence in error and the rest in output."""
    answer = post(server, "/runsync", input={"text": ""})
    assert answer["status"] == "FAILED"
    assert answer["error"].startswith("text: is empty")
    assert set(answer["output"]) == {"error_code", "retryable", "issues"}
    assert answer["output"]["error_code"] == "bad_request"


def test_runsync_answers_when_its_wait_is_over(held: RunningServer) -> None:
    """A job that takes longer than ``wait`` is answered as it stands; it goes on, and /status-sync waits for it."""
    answer = post(held, "/runsync?wait=1000", **HELLO)
    assert answer == {"id": answer["id"], "status": "IN_QUEUE"}
    held.start()
    assert post(held, f"/status-sync/{answer['id']}")["status"] == "COMPLETED"


@pytest.mark.parametrize("wait", ["0", "999", "300001"])
def test_wait_has_limits(server: RunningServer, wait: str) -> None:
    """A ``wait`` that the platform does not allow is refused by name."""
    answer = server.client.post(f"/runsync?wait={wait}", json=HELLO)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("wait: must be ")


def test_hanging_up_does_not_cancel(held: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client of /runsync that hangs up has a job nevertheless, as on the platform."""
    queued, submit = threading.Event(), held.api.submit

    def notice(*arguments: Any, **options: Any) -> Any:
        job = submit(*arguments, **options)
        queued.set()
        return job

    monkeypatch.setattr(held.api, "submit", notice)
    monkeypatch.setattr(runpod, "_new_id", lambda *_: "known-u1")
    body = b'{"input": {"text": "Hello."}}'
    with socket.create_connection(("127.0.0.1", held.client.base_url.port or 0)) as client:
        lines = (
            b"POST /runsync HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        )
        client.sendall(lines % len(body) + body)
        assert queued.wait(30)
    assert get(held, "/status/known-u1")["status"] == "IN_QUEUE"
    held.start()
    assert get(held, "/status-sync/known-u1")["status"] == "COMPLETED"


def test_status_shows_progress(server: RunningServer, blocked: Callable[[], None]) -> None:
    """While a job runs, its newest progress is its output, for GET and POST alike."""
    job_id = post(server, "/run", **HELLO)["id"]
    progress = {"stage": "speak", "done": 1, "total": 2}
    job = server.api.queue.get(job_id)
    assert job is not None
    server.loop.call_soon_threadsafe(job.report, progress)
    view = get(server, f"/status/{job_id}")
    assert view == {"id": job_id, "status": "IN_PROGRESS", "delayTime": 0, "workerId": "local", "output": progress} | {
        "delayTime": view["delayTime"]
    }
    assert post(server, f"/status/{job_id}") == view
    blocked()


def test_waiting_job_is_cancelled(held: RunningServer, prefix: str) -> None:
    """A job in the queue is cancelled at once, and never runs."""
    job_id = post(held, f"{prefix}/run", **HELLO)["id"]
    assert post(held, f"{prefix}/cancel/{job_id}") == {"id": job_id, "status": "CANCELLED"}
    held.start()
    assert get(held, f"{prefix}/status/{job_id}") == {"id": job_id, "status": "CANCELLED"}


def test_running_job_is_cancelled(server: RunningServer, blocked: Callable[[], None], tmp_path: Path) -> None:
    """A job that runs is CANCELLED for its client at once, stops at its next check and leaves no audio."""
    job_id = post(server, "/run", **HELLO)["id"]
    assert post(server, f"/cancel/{job_id}")["status"] == "CANCELLED"
    blocked()
    assert get(server, f"/status-sync/{job_id}")["status"] == "CANCELLED"
    assert not (tmp_path / "store" / "output" / f"{job_id}.wav").exists()


def test_purge_empties_the_queue(held: RunningServer, prefix: str) -> None:
    """All jobs that wait are cancelled and counted."""
    for _ in range(3):
        post(held, f"{prefix}/run", **HELLO)
    assert post(held, f"{prefix}/purge-queue") == {"removed": 3, "status": "completed"}
    assert get(held, f"{prefix}/health")["jobs"]["inQueue"] == 0


def test_stream_gives_each_piece_once(server: RunningServer, prefix: str) -> None:
    """What has happened since the last call: words, chunks and progress, and no reply."""
    fields = {"text": "One.\n\nTwo.", "return_word_timings": True, "chunk_urls": True}
    job_id = post(server, f"{prefix}/runsync", input=fields)["id"]
    first = get(server, f"{prefix}/stream/{job_id}")
    assert first["status"] == "COMPLETED"
    outputs = [piece["output"] for piece in first["stream"]]
    assert [word["word"] for output in outputs for word in output.get("words", ())] == ["One.", "Two."]
    assert [output["index"] for output in outputs if "url" in output] == [0, 1]
    assert outputs[-1]["stage"] == "upload"
    assert get(server, f"{prefix}/stream/{job_id}")["stream"] == []


def test_failed_job_is_retried(server: RunningServer, prefix: str) -> None:
    """A failed job runs again under its id; its old output is gone. Others cannot be retried."""
    failed = post(server, f"{prefix}/runsync", input={"text": "Hello.", "voice": "anna"})
    assert failed["status"] == "FAILED"
    answer = server.client.post(f"{prefix}/retry/{failed['id']}")
    assert answer.json() == {"id": failed["id"], "status": "IN_QUEUE"}
    assert answer.headers["x-job-id"] == failed["id"]
    again = get(server, f"{prefix}/status-sync/{failed['id']}")
    assert (again["status"], again["error"]) == ("FAILED", failed["error"])
    assert get(server, f"{prefix}/health")["jobs"]["retried"] == 1
    done = post(server, f"{prefix}/runsync", **HELLO)
    assert server.client.post(f"{prefix}/retry/{done['id']}").status_code == 400


def test_job_that_was_too_slow_is_timed_out(server: RunningServer, blocked: Callable[[], None]) -> None:
    """A job over its ``executionTimeout`` is TIMED_OUT, with its sentence in error, and can be retried."""

    async def submit() -> None:
        server.api.submit(HELLO["input"], id="slow-u1", policy={"executionTimeout": 1})

    asyncio.run_coroutine_threadsafe(submit(), server.loop).result(30)
    while get(server, "/status/slow-u1")["status"] == "IN_PROGRESS":
        pass
    blocked()
    view = get(server, "/status-sync/slow-u1")
    assert (view["status"], view["output"]["error_code"]) == ("TIMED_OUT", "timeout")
    assert view["error"].startswith("policy.executionTimeout: the job took longer than 1 ms")
    assert post(server, "/retry/slow-u1")["status"] == "IN_QUEUE"


def test_policy_is_that_of_the_job(held: RunningServer) -> None:
    """The limits of a request become those of its job; what it leaves out is not limited."""
    job_id = post(held, "/run", **HELLO, policy={"executionTimeout": 5000, "lowPriority": True})["id"]
    job = held.api.queue.get(job_id)
    assert job is not None
    assert job.event["policy"] == {"executionTimeout": 5000}


@pytest.mark.parametrize(
    ("extra", "sentence"),
    [
        ({"policy": {"executionTimeout": 4999}}, "policy.executionTimeout: must be at least 5000"),
        ({"policy": {"ttl": 604_800_001}}, "policy.ttl: must be at most 604800000"),
        ({"policy": 5}, "policy: must be an object"),
        ({"webhook": "ftp://example.com/"}, "webhook: must be an http:// or https:// URL"),
        ({"webhook": "https://me:secret@example.com/"}, "webhook: holds a user name or password; give a link"),
    ],
)
def test_options_are_checked(server: RunningServer, extra: dict[str, Any], sentence: str) -> None:
    """An option of the platform with a value that it does not take is refused by name."""
    answer = server.client.post("/run", json=HELLO | extra)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(sentence)


def test_options_may_be_null_or_unknown(server: RunningServer) -> None:
    """What the platform takes and this server has no use for does no harm."""
    extra = {"webhook": None, "policy": {"ttl": None}, "s3Config": {"bucketName": "mine"}}
    assert post(server, "/runsync", **HELLO, **extra)["status"] == "COMPLETED"


@pytest.mark.parametrize("call", ["GET /status", "POST /status", "GET /status-sync", "GET /stream", "POST /cancel",
                                  "POST /retry"])  # fmt: skip
def test_unknown_job_is_not_found(server: RunningServer, prefix: str, call: str) -> None:
    """Every call for a job that this server does not know is a 404."""
    method, path = call.split()
    answer = server.client.request(method, f"{prefix}{path}/nobody")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "not_found")


def test_health_counts_jobs_and_the_worker(services: Services) -> None:
    """Jobs by what became of them; one worker, by its state."""
    none = {"completed": 0, "failed": 0, "inProgress": 0, "inQueue": 0, "retried": 0}
    idle = {"idle": 0, "initializing": 0, "ready": 0, "running": 0, "throttled": 0, "unhealthy": 0}
    with running(services, ready=False) as server:
        post(server, "/run", **HELLO)
        health = get(server, "/health")
        assert (health["jobs"], health["workers"]) == (none | {"inQueue": 1}, idle | {"initializing": 1})
        server.api.readiness.set(State.READY)
        server.start()
        post(server, "/runsync", input={"text": ""})
        post(server, "/runsync", **HELLO)
        health = get(server, "/health")
        assert health["jobs"] == none | {"completed": 2, "failed": 1}
        assert health["workers"] == idle | {"idle": 1, "ready": 1}
        server.api.readiness.set(State.FAILED, "no GPU")
        health = get(server, "/v2/any/health")
        assert health["workers"] == idle | {"unhealthy": 1}
        assert server.client.get("/health").status_code == 503
        assert server.client.post("/run", json=HELLO).status_code == 503


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """A worker with one thread and a short queue."""
    return environ | {"WORKER_CONCURRENCY": "1", "QUEUE_LIMIT": "4"}


def test_full_queue_says_when_to_come_back(held: RunningServer) -> None:
    """A job that finds the queue full is refused with 429 and the seconds after which to try again."""
    for _ in range(4):
        post(held, "/run", **HELLO)
    answer = held.client.post("/run", json=HELLO)
    assert (answer.status_code, answer.json()["error_code"], answer.json()["retryable"]) == (
        429,
        "too_many_requests",
        True,
    )
    # Half of four jobs, by one thread, at the usual 5 s.
    assert answer.headers["retry-after"] == "10"
    assert post(held, "/runsync", input={"endpoint": "list_voices"})["status"] == "COMPLETED"
