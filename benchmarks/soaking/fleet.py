"""The workers of a soak, and what clients see of their jobs: on a queue, or over HTTP."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import httpx

from benchmarks.soaking import clock
from tests.support.ports import free_port
from tests.support.runpod_queue import Queue, WorkerProcess

LEASE_S = 4.0
PING_S = 1
PATIENCE_S = 60.0
NOT_STARTED = "config_error: "
"""How the sentence begins of a worker that does not start: while its bucket is away it cannot."""
FAILED, CANCELLED = "FAILED", "CANCELLED"

Reply = dict[str, Any]


class Door(Protocol):
    """Where clients send jobs."""

    queue: Queue
    """Of the workers; over HTTP nobody puts jobs into it."""

    def start(self, name: str) -> tuple[tuple[str, ...], Mapping[str, str]]:
        """The arguments of ``python -m handler`` for a worker of this name, and settings of its own."""

    def submit(self, name: str, fields: Mapping[str, Any]) -> None:
        """Send a job."""

    def is_taken(self, name: str) -> bool:
        """Whether a worker has it."""

    def has_worked(self, worker: WorkerProcess) -> bool:
        """Whether a worker has had a job."""

    def cancel(self, name: str) -> None:
        """Cancel it."""

    def deliver_again(self, name: str) -> None:
        """Give it to another worker, too."""

    def replies(self, name: str) -> list[Reply]:
        """How it has ended: no reply yet, or one, or more of a job that was delivered more than once."""

    def job_id(self, name: str) -> str:
        """Its id in the store."""


class QueueDoor:
    """A queue as RunPod's, whose workers hold leases."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue

    def start(self, _: str) -> tuple[tuple[str, ...], Mapping[str, str]]:
        return ("worker",), {"ALLOW_LOCAL_STORE": "1"}

    def submit(self, name: str, fields: Mapping[str, Any]) -> None:
        self.queue.submit(name, **fields)

    def is_taken(self, name: str) -> bool:
        return any(job == name for job, _ in self.queue.taken[-200:])

    def has_worked(self, worker: WorkerProcess) -> bool:
        return any(name == worker.log.stem for _, name in self.queue.taken)

    def cancel(self, name: str) -> None:
        self.queue.cancel(name)

    def deliver_again(self, name: str) -> None:
        self.queue.deliver_again(name)

    def replies(self, name: str) -> list[Reply]:
        return [_reply(body) for body in self.queue.results.get(name, ())]

    def job_id(self, name: str) -> str:
        return name


def _reply(body: Reply) -> Reply:
    """What a worker answers, of a post to the queue or an answer over HTTP."""
    output = body.get("output")
    reply = dict(output) if isinstance(output, Mapping) else {"output": output}
    return reply | ({"error": body["error"]} if "error" in body else {})


class Fleet:
    """Processes that can be killed, stopped and replaced. The first one lives through it all, if there are others."""

    def __init__(self, door: Door, count: int, environ: Mapping[str, str], folder: Path, temporary: Path) -> None:
        self._door = door
        self._environ = environ
        self._folder = folder
        self._temporary = temporary
        self._started = 0
        self.ended: list[WorkerProcess] = []
        self.clocks = [folder / f"clock{number}" for number in range(count)]
        for path in self.clocks:
            clock.make(path)
        self.workers = [self._start(number) for number in range(count)]

    def _start(self, number: int) -> WorkerProcess:
        self._started += 1
        name = f"w{number}.{self._started}"
        temporary = self._temporary / name
        temporary.mkdir()
        arguments, own = self._door.start(name)
        environ = {
            **self._environ,
            **own,
            "RUNPOD_PING_INTERVAL": str(1000 * PING_S),
            "SOAK_CLOCK": str(self.clocks[number]),
            "TMPDIR": str(temporary),
        }
        command = ("-m", "benchmarks.soaking.clock", *arguments)
        return WorkerProcess(self._door.queue, name, environ, self._folder / f"{name}.log", command)

    def victims(self) -> list[int]:
        """The numbers of those that have worked, and may be killed."""
        numbers = range(min(1, len(self.workers) - 1), len(self.workers))
        return [number for number in numbers if self._door.has_worked(self.workers[number])]

    def kill(self, number: int) -> None:
        """SIGKILL, as a machine that is gone; another one takes its place."""
        self.signal(number, signal.SIGKILL)
        self._replace(number)

    def terminate(self, number: int) -> None:
        """SIGTERM, as RunPod scales down; another one takes its place at once, while this one finishes its jobs."""
        self.workers[number].process.terminate()
        self._replace(number)

    def _replace(self, number: int) -> None:
        self.ended.append(self.workers[number])
        self.workers[number] = self._start(number)

    def signal(self, number: int, sent: signal.Signals) -> None:
        """Send a signal to all processes of a worker."""
        with suppress(ProcessLookupError):
            os.killpg(self.workers[number].process.pid, sent)

    def revive(self) -> list[str]:
        """Replace workers that have ended by themselves; the names of those that had started, for none should."""
        fallen = [number for number, worker in enumerate(self.workers) if worker.process.poll() is not None]
        logs = [self.workers[number].log for number in fallen]
        for number in fallen:
            self._replace(number)
        return [log.stem for log in logs if NOT_STARTED not in log.read_text(errors="replace")]

    def close(self) -> list[str]:
        """End all as RunPod does, and wait for them; the names of those that had to be killed."""
        everybody = [*self.ended, *self.workers]
        for worker in everybody:
            with suppress(ProcessLookupError):
                worker.process.terminate()
        stuck = []
        end = time.monotonic() + PATIENCE_S
        for worker in everybody:
            while worker.process.poll() is None and time.monotonic() < end:
                time.sleep(0.05)
            if worker.process.poll() is None:
                stuck.append(worker.log.stem)
        return stuck

    def kill_all(self) -> None:
        """Leave nothing behind, whatever happened."""
        for worker in (*self.ended, *self.workers):
            worker.__exit__(None, None, None)

    def logs(self) -> dict[str, str]:
        """What each worker wrote."""
        return {each.log.stem: each.log.read_text(errors="replace") for each in (*self.ended, *self.workers)}


class HttpDoor:
    """The HTTP servers of a fleet: each job goes to one of them, and anew to another where that one is killed."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.fleet: Fleet | None = None
        self.sent_again = 0
        self._urls: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        self._replies: dict[str, Reply] = {}
        self._cancelled: dict[str, threading.Event] = {}
        self._next = 0

    def start(self, name: str) -> tuple[tuple[str, ...], Mapping[str, str]]:
        port = free_port()
        self._urls[name] = f"http://127.0.0.1:{port}"
        # The links of them all are to the first one, which lives.
        public = next(iter(self._urls.values()))
        return ("serve", "--port", str(port)), {"RUNPOD_POD_ID": "", "PUBLIC_URL": public}

    def submit(self, name: str, fields: Mapping[str, Any]) -> None:
        self._cancelled[name] = threading.Event()
        threading.Thread(target=self._run, args=(name, dict(fields)), daemon=True).start()

    def is_taken(self, name: str) -> bool:
        return name in self._ids

    def has_worked(self, worker: WorkerProcess) -> bool:
        return '"job_id"' in worker.log.read_text(errors="replace")

    def cancel(self, name: str) -> None:
        self._cancelled[name].set()

    def deliver_again(self, name: str) -> None:
        """Nobody delivers twice over HTTP."""

    def replies(self, name: str) -> list[Reply]:
        return [self._replies[name]] if name in self._replies else []

    def job_id(self, name: str) -> str:
        return self._ids.get(name, name)

    def _run(self, name: str, fields: Mapping[str, Any]) -> None:
        body = json.dumps({"input": fields}).encode()
        while name not in self._replies:
            if (url := self._server()) is None:
                time.sleep(0.1)
                continue
            with httpx.Client(base_url=url, timeout=PATIENCE_S) as client, suppress(httpx.HTTPError):
                self._ask(name, body, client)
            self.sent_again += name not in self._replies

    def _ask(self, name: str, body: bytes, client: httpx.Client) -> None:
        """Send the job to one server, and wait for its end; without a reply if the server is gone."""
        sent = client.post("/run", content=body, headers={"Content-Type": "application/json"})
        if sent.status_code in (400, 422):
            self._replies[name] = {"error": "refused", "error_code": "bad_request", "retryable": False}
        if sent.status_code != 200:
            time.sleep(0.2)
            return
        job_id = self._ids[name] = sent.json()["id"]
        while True:
            if self._cancelled[name].is_set():
                client.post(f"/cancel/{job_id}")
            answer = client.post(f"/status-sync/{job_id}?wait=1000")
            if answer.status_code != 200:
                return
            view = answer.json()
            if view["status"] == CANCELLED:
                self._replies[name] = {"error": "cancelled", "error_code": "cancelled", "retryable": False}
                return
            if view["status"] in ("COMPLETED", FAILED, "TIMED_OUT"):
                self._replies[name] = _reply(view)
                return

    def _server(self) -> str | None:
        """The URL of the next server, None if that one is not there."""
        if self.fleet is None:
            return None
        self._next += 1
        worker = self.fleet.workers[self._next % len(self.fleet.workers)]
        return self._urls[worker.log.stem] if worker.process.poll() is None else None
