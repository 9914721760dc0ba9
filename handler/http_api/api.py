"""What every dialect is given: the services, the queue, and the ways to run a job for a request."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from handler.errors import shortened
from handler.http_api.errors import Refused
from handler.http_api.exchange import note_job
from handler.http_api.job_queue import IdInUse, JobQueue, QueueFull
from handler.http_api.queued_job import ENDED, RETRYABLE, QueuedJob
from handler.http_api.readiness import Readiness, State
from handler.jobs import Listener
from handler.protocols import Services
from handler.telemetry import version
from handler.telemetry.metrics import Metrics

MIN_RETRY_AFTER_S, MAX_RETRY_AFTER_S = 1, 120
UNKNOWN_JOB = (
    "this server does not know a job {}: it forgets a job half an hour after its end, and all of them when it stops; "
    "the status endpoint with this job_id says what the store has of it, and a book that is sent again with the same "
    "id goes on where it was"
)
FINISH_S = 5.0  # how long background work may take when the server stops


@dataclass
class Api:
    """The worker behind the HTTP server."""

    services: Services
    queue: JobQueue
    readiness: Readiness = field(default_factory=Readiness)
    metrics: Metrics = field(default_factory=lambda: Metrics(version()))
    _background: set[asyncio.Task[None]] = field(default_factory=set)

    def submit(
        self,
        fields: Mapping[str, Any],
        listener: Listener = Listener(),  # noqa: B008 - frozen
        new_id: str | None = None,
        **job: Any,
    ) -> QueuedJob:
        """Queue a job with this ``input``; ``job`` has further keys of the event. Raises Refused.

        ``new_id`` is an id that was made for it; without one, and without an ``id`` of the client's own, one is made.
        """
        with self._refusals():
            queued = self.queue.submit({**job, "input": fields}, listener, new_id)
        note_job(queued.id)
        return queued

    def retry(self, job: QueuedJob) -> QueuedJob:
        """Queue a job that failed again, under its id. Raises Refused."""
        if job.state not in RETRYABLE:
            raise Refused.of("bad_request", f"job {job.id} is {job.shown_state}; only a failed job can be retried")
        with self._refusals():
            again = self.queue.retry(job)
        note_job(again.id)
        return again

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """Raise Refused where the worker takes no jobs, and for what `JobQueue.submit` raises."""
        if self.readiness.state in (State.FAILED, State.STOPPING):
            raise Refused.of("unavailable", self.readiness.reason, retryable=True, headers={"Retry-After": "30"})
        try:
            yield
        except QueueFull:
            wait = {"Retry-After": str(self.retry_after_s())}
            full = "the queue is full; send the job again later"
            raise Refused.of("too_many_requests", full, retryable=True, headers=wait) from None
        except IdInUse:
            raise Refused.of("already_exists", "id: a job with this id and another input is running") from None
        except RecursionError:
            raise Refused.of("bad_request", "input: is nested too deeply") from None

    def retry_after_s(self) -> int:
        """Seconds after which a refused client should ask again: half of the queue will then have run."""
        return min(max(math.ceil(self.queue.wait_s() / 2), MIN_RETRY_AFTER_S), MAX_RETRY_AFTER_S)

    def job(self, job_id: str) -> QueuedJob:
        """The job of this server with this id. Raises Refused where there is none."""
        job = self.queue.get(job_id)
        if job is None:
            raise Refused.of("not_found", UNKNOWN_JOB.format(shortened(job_id)))
        return job

    async def run(self, request: Request, fields: Mapping[str, Any], listener: Listener = Listener()) -> dict[str, Any]:  # noqa: B008
        """Run a job to its end and return its reply; a client that hangs up cancels it. Raises Refused."""
        job = self.submit(fields, listener)
        async with self.cancelled_on_disconnect(request, job):
            await job.ended.wait()
        return job.reply

    @asynccontextmanager
    async def cancelled_on_disconnect(self, request: Request, job: QueuedJob) -> AsyncIterator[None]:
        """Cancel the job if the client hangs up in the block, and if the block is left before the job's end.

        The request's body must have been read.
        """

        async def watch() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            self.queue.cancel(job)

        watching = asyncio.create_task(watch())
        try:
            yield
        finally:
            watching.cancel()
            if job.state not in ENDED:
                self.queue.cancel(job)

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that no request waits for, such as telling somebody of a job's end."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def finish(self) -> None:
        """Wait for what is done in the background, but not for long."""
        if self._background:
            await asyncio.wait(self._background, timeout=FINISH_S)
