"""`python -m handler serve` as a process: when it answers what, how it stops, what it says when it cannot start."""

from __future__ import annotations

import asyncio
import json
import pathlib
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx
import pytest

from handler import __main__ as command_line
from handler import worker
from handler.http_api import job_queue, server
from handler.settings import Settings
from tests.support.ports import free_port
from tests.support.served import PATIENCE_S, Served, served
from tests.support.web_server import Web, answer

RUNPOD = {"RUNPOD_POD_ID": "pod", "ALLOW_LOCAL_STORE": "true"}


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """A worker with espeak that runs one job at a time, and may fetch from this machine."""
    return environ | {"ALIGNERS": "engine,sphinx", "WORKER_CONCURRENCY": "1", "ALLOW_PRIVATE_URLS": "true"}


class Gate:
    """A web server that holds back a recording, and with it the job that fetches it."""

    def __init__(self) -> None:
        self.web = Web()
        self.recording = b""
        self.asked, self.opened = threading.Event(), threading.Event()
        self.job = {"endpoint": "align", "text": "Hello.", "audio_url": self.web.url("/clip.wav")}
        self.web.routes["/clip.wav"] = self._answer

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.set()
        self.opened.wait(PATIENCE_S)
        answer(body=self.recording)(handler)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.opened.set()
    gate.web.close()


@pytest.fixture
def clients() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def started(process: Served, gate: Gate, clients: ThreadPoolExecutor) -> Future[dict[str, Any]]:
    """A client whose job runs, and waits for the gate."""
    process.wait_for_health(200)
    gate.recording = httpx.get(process.post(text="Hello.")["output"]["audio_url"]).content
    client = clients.submit(process.post, **gate.job)
    assert gate.asked.wait(PATIENCE_S)
    return client


@pytest.fixture
def silent_bucket() -> Iterator[tuple[socket.socket, dict[str, str]]]:
    """A bucket's service that takes connections and does not answer, until its socket is closed."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        endpoint = f"http://127.0.0.1:{listening.getsockname()[1]}"
        keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
        yield listening, {"TTS_ENGINE": "espeak", "S3_BUCKET": "b", "AWS_ENDPOINT_URL": endpoint, **keys}


# --- Start ------------------------------------------------------------------------------------------------------------


def test_server_says_where_it_is_and_takes_jobs(environ: dict[str, str]) -> None:
    """One line of the log has the address; the worker gets ready, and the links of its replies lead to it."""
    address = ("serve", "--port", str(free_port()))
    with served(environ, *address) as process:
        assert f"{process.url}/docs" in process.log
        process.wait_for_health(200)
        url = process.post(text="Hello.")["output"]["audio_url"]
        assert url.startswith(f"{process.url}/files/output/")
        assert httpx.get(url).content.startswith(b"RIFF")
    with served(environ, *address) as again:
        assert again.url == process.url
        assert httpx.get(url).status_code == 200, "links live over a restart"


def test_links_have_the_public_url(environ: dict[str, str]) -> None:
    """PUBLIC_URL is what links begin with."""
    with served(environ | {"PUBLIC_URL": "https://speech.example.com/tts/"}) as process:
        process.wait_for_health(200)
        url = process.post(text="Hello.")["output"]["audio_url"]
        assert url.startswith("https://speech.example.com/tts/files/output/")


def test_starting_worker_answers_and_can_be_stopped(silent_bucket: tuple[socket.socket, dict[str, str]]) -> None:
    """While the start waits for the bucket the health check says 204, and SIGTERM ends it at once, with 0."""
    with served(silent_bucket[1]) as process:
        assert process.health() == 204
        process.process.terminate()
        assert process.wait() == 0


def test_start_that_fails_at_home_ends_with_a_sentence(silent_bucket: tuple[socket.socket, dict[str, str]]) -> None:
    """The process ends with 1, and its last line says what to do."""
    listening, environ = silent_bucket
    with served(environ) as process:
        assert process.health() == 204
        listening.close()
        assert process.wait() == 1
        assert process.lines[-1].startswith("config_error: the store cannot be used: ")


def test_start_that_fails_on_runpod_is_unhealthy(silent_bucket: tuple[socket.socket, dict[str, str]]) -> None:
    """The load balancer sees 503 with the reason, a job too, and SIGTERM then ends the process with 1."""
    listening, environ = silent_bucket
    with served(environ | RUNPOD) as process:
        assert process.health() == 204
        listening.close()
        process.wait_for_health(503)
        assert process.client.get("/ping").json()["reason"].startswith("the store cannot be used: ")
        refused = process.client.post("/runsync", json={"input": {"text": "Hello."}})
        assert (refused.status_code, refused.json()["error_code"]) == (503, "unavailable")
        process.process.terminate()
        assert process.wait() == 1


@pytest.mark.parametrize("health_port", [False, True])
def test_wrong_setting_on_runpod_is_unhealthy(environ: dict[str, str], health_port: bool) -> None:
    """A setting that cannot work is 503 on RunPod, everywhere, with its sentence."""
    more = {"PORT_HEALTH": str(free_port())} if health_port else {}
    with served(environ | RUNPOD | {"TTS_ENGINE": "espeek"} | more) as process:
        for path in ("/ping", "/run"):
            answered = process.client.get(path)
            assert answered.status_code == 503
            assert "did you mean espeak?" in answered.json()["error"]
        if health_port:
            wait_for(f"http://127.0.0.1:{more['PORT_HEALTH']}/ping", 503)
        process.process.terminate()
        assert process.wait() == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--port", "{taken}"), "port {taken} is in use; stop the other program, or choose another port with --port"),
        (("--port", "70000"), "--port or PORT must be a port from 1 to 65535"),
        (("--host", "192.0.2.1"), "192.0.2.1 is no address of this machine; correct --host"),
        (("--host", "no such host"), "no such host is no address of this machine; correct --host"),
    ],
)
def test_address_that_cannot_be_had(environ: dict[str, str], arguments: tuple[str, ...], sentence: str) -> None:
    """A port in use, one that does not exist and a foreign address end the start with a sentence."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        given = [argument.format(taken=taken) for argument in arguments]
        with served(environ, "serve", "--port", "0", *given) as process:
            assert process.wait() == 1
            assert process.lines[-1].startswith(f"config_error: {sentence.format(taken=taken)}")
            assert "Traceback" not in process.log


# --- Stop -------------------------------------------------------------------------------------------------------------


def test_sigterm_finishes_what_runs_and_refuses_the_rest(
    environ: dict[str, str], gate: Gate, clients: ThreadPoolExecutor
) -> None:
    """The running job's client gets its result, a queued and a new one are to be sent again; exit 0."""
    with served(environ) as process:
        running = started(process, gate, clients)
        queued = process.client.post("/run", json={"input": {"text": "Hello."}}).json()["id"]
        process.process.terminate()
        while (refused := process.client.get(f"/status/{queued}").json())["status"] == "IN_QUEUE":
            assert process.process.poll() is None
        assert refused["error"] == "the worker is stopping; send the job again"
        assert refused["output"]["retryable"] is True
        assert process.health() == 503
        late = process.client.post("/runsync", json={"input": {"text": "Hello."}})
        assert (late.status_code, late.json()["retryable"]) == (503, True)
        gate.opened.set()
        assert running.result()["status"] == "COMPLETED"
        assert process.wait() == 0
        assert "jobs that run: 1, they are waited for" in process.log
        failed = next(line for line in process.lines if "a job that waited has failed: the worker is stopping" in line)
        assert json.loads(failed)["job"] == queued


def test_sigint_cancels_what_runs(environ: dict[str, str], gate: Gate, clients: ThreadPoolExecutor) -> None:
    """Ctrl-C cancels the running job, whose client is told, and the process ends with 0."""
    with served(environ) as process:
        running = started(process, gate, clients)
        process.process.send_signal(signal.SIGINT)
        assert running.result()["status"] == "CANCELLED"
        assert process.wait() == 0


def test_second_signal_ends_at_once(environ: dict[str, str], gate: Gate, clients: ThreadPoolExecutor) -> None:
    """Somebody who signals twice waits for no job, and the log counts those that are lost."""
    with served(environ) as process:
        running = started(process, gate, clients)
        process.process.terminate()
        process.wait_for_health(503)
        process.process.terminate()
        assert process.wait() == 128 + signal.SIGTERM
        assert "jobs that ran and are lost: 1" in process.log
        with pytest.raises(httpx.HTTPError):
            running.result()


def test_broken_device_ends_the_server(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """After a job that asks for a new worker the server ends with 1, so that the container is started again."""
    broken = {"error": "the device is broken", "error_code": "internal", "retryable": True, "refresh_worker": True}
    monkeypatch.setattr(job_queue, "dispatch", lambda *_, **__: dict(broken))
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"

    async def lived() -> tuple[int, httpx.Response]:
        async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
            serving = asyncio.create_task(server._serve(Settings.read(environ), listening, None, local_only=True))
            answered = await client.post(f"{url}/runsync", json={"input": {"text": "Hello."}})
            return await serving, answered

    code, answered = asyncio.run(lived())
    assert (code, answered.json()["status"]) == (1, "FAILED")


# --- The health check -------------------------------------------------------------------------------------------------


def wait_for(url: str, status: int) -> httpx.Response:
    """Ask until the answer has this status; nobody listens before the worker does."""
    while (answered := httpx.get(url, timeout=PATIENCE_S)).status_code != status:
        time.sleep(0.01)
    return answered


def test_health_port_answers_whatever_the_worker_does(environ: dict[str, str]) -> None:
    """PORT_HEALTH is answered by a process of its own, even while the worker is frozen, and ends with the worker."""
    port = free_port()
    with served(environ | {"PORT_HEALTH": str(port), "HEALTH_CHECK_PATH": "/alive"}) as process:
        url = f"http://127.0.0.1:{port}"
        assert wait_for(f"{url}/alive", 200).json()["status"] == "ready"
        assert process.client.get("/alive").status_code == 200
        assert httpx.head(f"{url}/alive?x=1").status_code == 200
        assert httpx.get(f"{url}/ping").status_code == 404
        process.process.send_signal(signal.SIGSTOP)
        assert httpx.get(f"{url}/alive", timeout=PATIENCE_S).status_code == 200
        process.process.send_signal(signal.SIGCONT)
        process.process.kill()
        process.wait()
        while True:
            try:
                httpx.get(f"{url}/alive", timeout=PATIENCE_S)
            except httpx.TransportError:
                break


def test_health_port_says_that_the_worker_stops(
    environ: dict[str, str], gate: Gate, clients: ThreadPoolExecutor
) -> None:
    """The health check on its own port is 503 while the last job ends."""
    port = free_port()
    with served(environ | {"PORT_HEALTH": str(port)}) as process:
        running = started(process, gate, clients)
        process.process.terminate()
        assert wait_for(f"http://127.0.0.1:{port}/ping", 503).json()["reason"] == "the worker is stopping"
        gate.opened.set()
        assert running.result()["status"] == "COMPLETED"
        assert process.wait() == 0


# --- Which door -------------------------------------------------------------------------------------------------------


def test_worker_of_a_load_balancer_serves(environ: dict[str, str]) -> None:
    """On RunPod the image's own command serves HTTP where there is PORT and no queue, on all addresses."""
    port = free_port()
    with served(environ | RUNPOD | {"PORT": str(port)}, "worker") as process:
        assert process.url == f"http://127.0.0.1:{port}"
        assert "set PUBLIC_URL if clients are on other machines" in process.log
        process.wait_for_health(200)
        assert pathlib.Path(f"/proc/{process.process.pid}").exists()
        assert httpx.get(f"http://127.0.0.2:{port}/ping").status_code == 200


@pytest.mark.parametrize(
    ("environ", "arguments"),
    [
        ({"RUNPOD_POD_ID": "pod", "PORT": "80", "RUNPOD_WEBHOOK_GET_JOB": "https://example.com/job-take/$ID?"}, []),
        ({"RUNPOD_POD_ID": "pod"}, []),
        ({"PORT": "80"}, []),
        ({"RUNPOD_POD_ID": "pod", "PORT": "80"}, ["--rp_serve_api"]),
    ],
)
def test_worker_with_a_queue_takes_jobs_from_it(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], arguments: list[str]
) -> None:
    """With a queue, without PORT, at home, and with the SDK's own flags the worker is the SDK's."""
    monkeypatch.setattr(worker, "serve", lambda *_: 7)
    assert command_line.main(arguments, environ) == 7
