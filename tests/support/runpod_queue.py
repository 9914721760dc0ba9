"""A RunPod queue on 127.0.0.1: enough of its wire protocol to drive real SDK workers, and to see all they post."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from aiohttp import web

ROOT = Path(__file__).parent.parent.parent
POLL = 0.5
"""Seconds that a poll for a job or a stop signal is held open."""
PATIENCE = 60.0


IN_PROGRESS = "IN_PROGRESS"


@dataclass
class Lease:
    """A job that a worker has: it is another's once the worker has not named it in a ping until then."""

    job: dict[str, Any]
    worker: str
    until: float


class Queue:
    """Hands jobs to workers and keeps every post. Used from tests' threads; the server has a thread of its own.

    With ``lease_s``, a job that its worker has not named in a ping for so long is given again, as RunPod gives those
    of workers that died.
    """

    def __init__(self, lease_s: float | None = None) -> None:
        self.posts: list[tuple[str, dict[str, Any]]] = []
        self.results: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        """The posts that ended each job: more than one where it was delivered twice."""
        self.taken: list[tuple[str, str]] = []
        self.counts: Counter[str] = Counter()
        """``taken``, ``redelivered``, ``duplicated`` and ``late``: posts after the first that ended a job."""
        self.port = 0
        self._lease_s = lease_s
        self._leases: dict[str, Lease] = {}
        self._ended: set[str] = set()
        self._expiring: asyncio.Task[None] | None = None
        self._waiting: deque[dict[str, Any]] = deque()
        self._stops: dict[str, list[str]] = {}
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._wake = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_forever, name="queue", daemon=True)

    def __enter__(self) -> Queue:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(30)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()

    async def _start(self) -> None:
        app = web.Application(client_max_size=64 << 20)
        app.router.add_get("/v2/e/job-take/{worker}", self._take)
        app.router.add_get("/v2/e/job-take-batch/{worker}", self._take)
        app.router.add_get("/v2/e/job-stop/{worker}", self._stop)
        app.router.add_post("/v2/e/job-done/{worker}/{job}", self._done)
        app.router.add_get("/v2/e/ping/{worker}", self._ping)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        if self._lease_s:
            self._expiring = asyncio.create_task(self._expire(self._lease_s))

    async def _close(self) -> None:
        await self._runner.cleanup()
        # Polls that are held open, and what looks after the leases.
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _expire(self, lease_s: float) -> None:
        """Put jobs back whose lease has ended."""
        while True:
            await asyncio.sleep(lease_s / 10)
            now = time.monotonic()
            for job_id in [name for name, lease in self._leases.items() if lease.until < now]:
                self.counts["redelivered"] += 1
                self._put(self._leases.pop(job_id).job)

    def _put(self, job: dict[str, Any]) -> None:
        self._waiting.append(job)
        self._wake.set()

    async def _take(self, request: web.Request) -> web.Response:
        batch = "batch" in request.path
        if not self._waiting:
            self._wake.clear()
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._wake.wait(), POLL)
        if not self._waiting:
            return web.Response(status=204)
        count = int(request.query.get("batch_size", 1)) if batch else 1
        jobs = [self._waiting.popleft() for _ in range(min(count, len(self._waiting)))]
        worker = request.match_info["worker"]
        if self._lease_s:
            until = time.monotonic() + self._lease_s
            self._leases |= {job["id"]: Lease(job, worker, until) for job in jobs}
        with self._changed:
            self.counts["taken"] += len(jobs)
            self.taken += [(job["id"], worker) for job in jobs]
            self._changed.notify_all()
        return web.json_response(jobs if batch else jobs[0])

    async def _stop(self, request: web.Request) -> web.Response:
        stops = self._stops.pop(request.match_info["worker"], None)
        if stops is None:
            await asyncio.sleep(POLL / 5)
            return web.Response(status=204)
        return web.json_response({"jobsToStop": stops})

    async def _done(self, request: web.Request) -> web.Response:
        body, job_id = json.loads(await request.read()), request.match_info["job"]
        ended = body.get("status") != IN_PROGRESS
        if ended:
            self._end(job_id)
        with self._changed:
            if ended:
                self.results[job_id].append(body)
            self.posts.append((job_id, body))
            self._changed.notify_all()
        return web.Response(text="ok")

    def _end(self, job_id: str) -> None:
        """Nobody gets the job any more."""
        self.counts["late"] += job_id in self._ended
        self._ended.add(job_id)
        self._leases.pop(job_id, None)
        if self._lease_s:
            self._waiting = deque(job for job in self._waiting if job["id"] != job_id)

    async def _ping(self, request: web.Request) -> web.Response:
        for job_id in request.query.get("job_id", "").split(","):
            lease = self._leases.get(job_id)
            if lease and self._lease_s and lease.worker == request.match_info["worker"]:
                lease.until = time.monotonic() + self._lease_s
        return web.json_response({})

    def submit(self, name: str, /, **fields: Any) -> None:
        """Put a job into the queue."""
        self._loop.call_soon_threadsafe(self._put, {"id": name, "input": fields})

    def deliver_again(self, job_id: str) -> None:
        """Give a job that a worker has to another one, too, unless it has ended meanwhile."""

        def put() -> None:
            if lease := self._leases.get(job_id):
                self.counts["duplicated"] += 1
                self._put(lease.job)

        self._loop.call_soon_threadsafe(put)

    def cancel(self, job_id: str) -> None:
        """Tell the workers that have the job to stop it; with leases it is not given again."""

        def stop() -> None:
            if self._lease_s:
                self._end(job_id)
            for worker in {worker for job, worker in self.taken if job == job_id}:
                self._stops.setdefault(worker, []).append(job_id)

        self._loop.call_soon_threadsafe(stop)

    def wait(self, condition: Callable[[Queue], Any]) -> Any:
        """What ``condition`` returns, once that is true."""
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self), PATIENCE), f"never happened; posts: {self.posts}"
            return condition(self)

    def of(self, job_id: str) -> list[dict[str, Any]]:
        """Every post about one job, in the order in which they came."""
        return [body for job, body in self.posts if job == job_id]

    def result(self, job_id: str) -> dict[str, Any]:
        """The final post of a job, waited for."""
        found: list[dict[str, Any]] = self.wait(lambda queue: queue.results.get(job_id))
        return found[0]


class WorkerProcess:
    """A real worker under the real SDK, taking its jobs from a queue; killed with its ping process at the end."""

    def __init__(
        self,
        queue: Queue,
        name: str,
        environ: Mapping[str, str],
        log: Path,
        command: Sequence[str] = ("-m", "handler", "worker"),
    ) -> None:
        base = f"http://127.0.0.1:{queue.port}/v2/e"
        inherited = {key: value for key, value in os.environ.items() if key in {"PATH", "HOME", "LANG"}}
        sdk = {
            "RUNPOD_WEBHOOK_GET_JOB": f"{base}/job-take/$ID?gpu=none",
            "RUNPOD_WEBHOOK_POST_OUTPUT": f"{base}/job-done/$RUNPOD_POD_ID/$ID?gpu=none",
            "RUNPOD_WEBHOOK_PING": f"{base}/ping/$RUNPOD_POD_ID?gpu=none",
            "RUNPOD_POD_ID": name, "RUNPOD_AI_API_KEY": "key", "RUNPOD_ENDPOINT_ID": "e",
            "RUNPOD_SKIP_AUTO_SYSTEM_CHECKS": "true", "RUNPOD_SKIP_GPU_CHECK": "true",
        }  # fmt: skip
        self.log = log
        self._out = log.open("wb")
        self.process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env={**inherited, **sdk, **environ},
            stdout=self._out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def __enter__(self) -> WorkerProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The whole group: the SDK's ping process outlives a killed parent.
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)
        self._out.close()

    def terminate(self) -> int:
        """Ask it to stop as RunPod does, and return its exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE)
