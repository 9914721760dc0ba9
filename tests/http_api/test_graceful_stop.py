"""The server as a process: it says who may reach it, and a stop loses no job that runs."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parent.parent.parent
PATIENCE_S = 60


class Process:
    """``python -m handler serve`` on a free port."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process, self.url = process, url
        self.lines: list[dict[str, Any]] = []

    def log_until(self, message: str) -> dict[str, Any]:
        """Read the log up to a line with this message."""
        assert self.process.stderr is not None
        for text in self.process.stderr:
            line: dict[str, Any] = json.loads(text)
            self.lines.append(line)
            if message in line["message"]:
                return line
        raise AssertionError(f"the server ended without {message!r}: {self.lines}")


@contextmanager
def serving(tmp_path: Path, *flags: str, **environ: str) -> Iterator[Process]:
    """A server that is ready; it is killed if it is still there after the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {"ENGINES": "espeak", "ALIGNERS": "engine", "LOCAL_STORE": str(tmp_path), "PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "-m", "handler", "serve", *flags],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)} | variables | environ,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        server = Process(process, f"http://127.0.0.1:{port}")
        server.log_until("ready")
        yield server
    finally:
        process.kill()
        process.communicate()


LONG = {"input": {"text": "A sentence that takes a while. " * 300}}


def running_job(server: Process, clients: ThreadPoolExecutor, client: httpx.Client) -> Future[httpx.Response]:
    """The answer to come of a job that runs."""
    answer = clients.submit(httpx.post, f"{server.url}/runsync", json=LONG, timeout=PATIENCE_S)
    while "tts_jobs_running 1.0" not in client.get("/metrics").text:
        pass
    return answer


def test_sigterm_waits_for_jobs_that_run(tmp_path: Path) -> None:
    """The job that runs ends and its client has the result; the one that waits fails at once, and no more are taken."""
    with (
        serving(tmp_path, WORKER_CONCURRENCY="1") as server,
        ThreadPoolExecutor(1) as clients,
        httpx.Client(base_url=server.url, timeout=PATIENCE_S) as client,
    ):
        first = running_job(server, clients, client)
        waiting = client.post("/run", json=LONG).json()["id"]
        server.process.send_signal(signal.SIGTERM)
        while client.get("/ping").status_code == 200:
            pass
        failed, refused = client.get(f"/status/{waiting}").json(), client.post("/run", json=LONG)
        assert failed["status"] == "FAILED"
        assert (failed["output"]["error_code"], failed["output"]["retryable"]) == ("unavailable", True)
        assert (refused.status_code, refused.json()["retryable"]) == (503, True)
        assert first.result().json()["status"] == "COMPLETED"
        assert server.process.wait(PATIENCE_S) == 0
        assert "jobs that run: 1, they are waited for" in server.log_until("stopping")["message"]
        assert server.log_until("a job that waited has failed: the worker is stopping")["job"] == waiting


def test_second_signal_says_what_is_lost(tmp_path: Path) -> None:
    """Somebody who signals twice waits for no job, and the log counts those that are lost."""
    with (
        serving(tmp_path) as server,
        ThreadPoolExecutor(1) as clients,
        httpx.Client(base_url=server.url, timeout=PATIENCE_S) as client,
    ):
        lost = running_job(server, clients, client)
        server.process.send_signal(signal.SIGTERM)
        server.log_until("stopping")
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(PATIENCE_S) == 128 + signal.SIGTERM
        assert server.log_until("a second signal")["message"].endswith("jobs that ran and are lost: 1")
        assert isinstance(lost.exception(), httpx.HTTPError)


def test_sigint_cancels_jobs_that_run(tmp_path: Path) -> None:
    """Somebody at the keyboard does not wait: the job is cancelled, and its client is told so."""
    with (
        serving(tmp_path, WORKER_CONCURRENCY="1") as server,
        ThreadPoolExecutor(1) as clients,
        httpx.Client(base_url=server.url, timeout=PATIENCE_S) as client,
    ):
        first = running_job(server, clients, client)
        server.process.send_signal(signal.SIGINT)
        assert first.result().json()["status"] == "CANCELLED"
        assert server.process.wait(PATIENCE_S) == 0


def test_server_without_keys_says_where_it_listens(tmp_path: Path) -> None:
    """The log of a server without keys says that it is for this machine alone; others' names are refused."""
    with serving(tmp_path) as server:
        assert "127.0.0.1 alone" in " ".join(line["message"] for line in server.lines)
        assert httpx.get(f"{server.url}/metrics", headers={"Host": "evil.example"}).status_code == 403


def test_open_server_without_keys_is_warned_of(tmp_path: Path) -> None:
    """A server that others can reach, without keys, has a warning in its log."""
    with serving(tmp_path, "--host", "0.0.0.0") as server:
        assert [line["message"] for line in server.lines if line["level"] == "WARNING"] == [
            "anybody who reaches 0.0.0.0 can send jobs: set API_KEYS"
        ]


def test_server_with_keys_listens_everywhere(tmp_path: Path) -> None:
    """With keys the server answers on every address, without a warning, to whoever has one."""
    with serving(tmp_path, API_KEYS="web:secret-secret-secret") as server:
        assert not [line for line in server.lines if line["level"] == "WARNING"]
        said = next(line["message"] for line in server.lines if line["message"].startswith("listening on"))
        port = server.url.rsplit(":", 1)[1]
        assert said.startswith(f"listening on all addresses, port {port}; on this machine {server.url}; ")
        assert f"open {server.url} in a browser for the studio, {server.url}/docs lists" in said
        assert httpx.get(f"{server.url}/metrics", headers={"Host": "speech.home"}).status_code == 401
        headers = {"Host": "speech.home", "X-API-Key": "secret-secret-secret"}
        assert httpx.get(f"{server.url}/metrics", headers=headers).status_code == 200
