"""The checks of a soak fall on what is wrong, and its faults do what they say."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from benchmarks import soak
from benchmarks.soaking import cases, checks, clock
from benchmarks.soaking.cases import Case
from handler import telemetry
from handler.app import make_services
from handler.dispatch import dispatch
from handler.protocols import Services
from handler.settings import Settings
from tests.support import runpod_queue
from tests.support.runpod_queue import Queue, WorkerProcess
from tests.support.troubled_bucket import TroubledBucket

FIELDS = {"text": "Hello there.", "timing_format": ["srt", "json"]}


class Told:
    """A door whose jobs have ended with these replies."""

    def __init__(self, **replies: list[dict[str, Any]]) -> None:
        self.queue = Queue()
        self._replies = replies

    def start(self, name: str) -> tuple[tuple[str, ...], Mapping[str, str]]:
        return (), {}

    def submit(self, name: str, fields: Mapping[str, Any]) -> None: ...

    def is_taken(self, name: str) -> bool:
        return True

    def has_worked(self, worker: WorkerProcess) -> bool:
        return True

    def cancel(self, name: str) -> None: ...

    def deliver_again(self, name: str) -> None: ...

    def replies(self, name: str) -> list[dict[str, Any]]:
        return self._replies.get(name, [])

    def job_id(self, name: str) -> str:
        return name


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"ENGINES": "espeak", "ALIGNERS": "engine", "LOCAL_STORE": str(tmp_path / "store"), "HF_HUB_OFFLINE": "1"}


@pytest.fixture
def services(environ: dict[str, str]) -> Services:
    return make_services(Settings.read(environ))


def audited(services: Services, environ: dict[str, str], reply: dict[str, Any]) -> dict[str, list[str]]:
    """What the checks find of a job ``one`` that ended with the reply."""
    audit = checks.Audit(services.store, Told(one=[reply]), environ)
    audit.jobs([Case("one", "generate", FIELDS)], ())
    audit.same_bytes([Case("one", "generate", FIELDS, delivered_twice=True)])
    audit.store()
    return {name: found for name, found in audit.found.items() if found}


def test_checks_find_what_is_wrong(services: Services, environ: dict[str, str], tmp_path: Path) -> None:
    """A job that is right passes all checks; each thing that is made wrong is found by its own."""
    reply = dispatch({"id": "one", "input": FIELDS}, services)
    assert audited(services, environ, reply) == {}
    assert set(audited(services, environ, reply | {"duration": 9.0})) == {"wrong_audio"}
    assert set(audited(services, environ, {"error": "no", "error_code": "internal"})) == {"wrong_reply", "wrong_record"}

    timings = tmp_path / "store" / "timings"
    (timings / "other.srt").write_text("1")
    assert audited(services, environ, reply) == {"left_files": ["timings/other.srt"]}
    (timings / "other.srt").unlink()

    words = json.loads((timings / "one.json").read_text())
    words["words"][-1]["end"] = 99.0
    (timings / "one.json").write_text(json.dumps(words))
    assert set(audited(services, environ, reply)) == {"wrong_captions", "dead_urls"}  # its size is another, too

    audio = tmp_path / "store" / "output" / "one.wav"
    audio.write_bytes(audio.read_bytes()[:-2] + b"\1\1")
    (timings / "one.srt").unlink()
    assert set(audited(services, environ, reply)) == {"wrong_captions", "different_bytes", "dead_urls"}

    audit = checks.Audit(services.store, Told(), environ)
    audit.jobs([Case("one", "generate", FIELDS)], ())
    assert audit.found["lost"] == ["one"]


def test_logs_are_searched(services: Services, environ: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    """A line that is no JSON, a traceback, a script, a signature, a key and a job that is done twice are found."""
    caplog.handler.setFormatter(telemetry.JsonFormatter())
    caplog.set_level("INFO")
    dispatch({"id": "one", "input": FIELDS}, services)
    done = caplog.text.rstrip()
    lines = ["--- Starting Serverless Worker", done, "plain", '{"message": "x", "traceback": "…\\nKeyError: 1"}']
    lines += [f'{{"message": "{text}"}}' for text in (cases.MARKER, "u?signature=0123456789abcdef", "a secret")]
    audit = checks.Audit(services.store, Told(), environ)
    audit.logs({"w0": "\n".join(lines), "w1": done}, ["secret"])
    found = {name: len(lines) for name, lines in audit.found.items()}
    assert found == {"leaks": 3, "bad_lines": 1, "tracebacks": 1, "doubled": 1}


def test_jobs_are_the_same_for_a_seed() -> None:
    """The same number and seed make the same job; jobs about others are about those that have ended."""
    spoken = [cases.Spoken("a", "A.", 5.0, "file:///a.wav")]
    made = [cases.make(number, 1, spoken) for number in range(200)]
    assert made == [cases.make(number, 1, spoken) for number in range(200)]
    assert {case.kind for case in made} == set(cases.KINDS)
    assert all(case.fields["job_id"] == "a" for case in made if case.kind in ("status", "download", "upload"))
    assert {cases.make(number, 1, []).kind for number in range(200)} == {"generate", "hostile", "cancel"}


def test_lease_that_is_not_renewed_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job is given again unless its worker names it in a ping, and not after its end; once more where it is told."""
    now = 0.0
    monkeypatch.setattr(runpod_queue, "time", SimpleNamespace(monotonic=lambda: now))
    with Queue(lease_s=1.5) as queue, httpx.Client(base_url=f"http://127.0.0.1:{queue.port}/v2/e") as client:
        queue.submit("dead", text="")
        queue.submit("alive", text="")
        queue.submit("done", text="")
        for _ in range(3):
            client.get("/job-take/w1").raise_for_status()
        client.post("/job-done/w1/done", content="{}")
        now = 1.0
        client.get("/ping/w1", params={"job_id": "alive,other"})
        client.get("/ping/w3", params={"job_id": "dead"})
        assert not client.get("/job-take/w2").content
        now = 2.0
        while not (again := client.get("/job-take/w2")).content:
            pass
        assert again.json()["id"] == "dead"
        assert queue.counts["redelivered"] == 1
        queue.deliver_again("alive")
        assert client.get("/job-take/w3").json()["id"] == "alive"
        queue.cancel("alive")
        assert set(client.get("/job-stop/w1").json()["jobsToStop"]) == {"alive"}
        assert set(client.get("/job-stop/w3").json()["jobsToStop"]) == {"alive"}
        assert queue.results == {"done": [{}]}


class Hello(BaseHTTPRequestHandler):
    """Answers with many bytes."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(bytes(100_000))

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def bucket() -> Iterator[TroubledBucket]:
    server = HTTPServer(("127.0.0.1", 0), Hello)
    thread = Thread(target=server.serve_forever)
    thread.start()
    with TroubledBucket(server.server_port) as bucket:
        yield bucket
    server.shutdown()
    thread.join()
    server.server_close()


def test_bucket_has_the_trouble_that_it_is_told_to_have(bucket: TroubledBucket) -> None:
    """It refuses connections and requests, slows and cuts, and afterwards all is as before."""

    def ask() -> tuple[int, int]:
        answer = httpx.get(bucket.endpoint)
        return answer.status_code, len(answer.content)

    assert ask() == (200, 100_000)
    for trouble, status in (("busy", 503), ("broken", 500)):
        bucket.begin(trouble)
        assert ask()[0] == status
    bucket.begin("refused")
    with pytest.raises(httpx.ConnectError):
        ask()
    bucket.end()
    bucket.begin("cut")
    with pytest.raises(httpx.RemoteProtocolError):
        ask()
    bucket.begin("slow")
    assert ask() == (200, 100_000)
    bucket.end()
    assert ask() == (200, 100_000)
    assert bucket.counts["slow"] > 0


def test_memory_is_that_of_processes_that_live() -> None:
    """A steady leak shows, of any process that was there all the time; warming up and taking a place are no growth."""
    steady = [300.0] * 100
    leaking = [300.0 + second for second in range(100)]
    warming = [100.0] * 25 + steady[25:]
    assert soak.measured([steady, leaking]) == (387.0, 0.1484)
    assert soak.measured([warming, leaking[:50]]) == (300.0, 0.0)
    assert soak.measured([[]]) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("handler.errors.StoreUnavailable: the bucket does not answer", True),
        ("OSError: [Errno 28] No space left on device", True),
        ("OSError: 2871963 requested and 0 written", True),
        ("OSError: [Errno 13] Permission denied", False),
        ("KeyError: 1", False),
    ],
)
def test_errors_of_the_faults_are_expected(line: str, expected: bool) -> None:
    """A bucket in trouble and a full disk, in numpy's words, too, are; every other error is a finding."""
    assert checks.is_expected_error(line) == expected


def test_clock_is_wrong_while_it_is_told_to_be(tmp_path: Path) -> None:
    """`time.time` of the worker has the seconds of the file; the system's own clock stays right."""
    path = tmp_path / "clock"
    clock.make(path)
    now = clock.shifted(path)
    right = now()
    clock.shift(path, 3600.0)
    assert 3500 < now() - right < 3700
    clock.shift(path, 0.0)
    assert now() - right < 100


def test_processes_that_outlive_a_run_are_found() -> None:
    """Those that have the variable of the run are named; with none left nothing is."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, env={"SOAK_RUN": "here"})
    assert process.stdin
    found = checks.orphans("here", patience_s=0.0)
    process.stdin.close()
    process.wait()
    assert [line.partition(":")[0] for line in found] == [str(process.pid)]
    assert checks.orphans("here", patience_s=0.0) == []
