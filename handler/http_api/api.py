"""What every dialect is given: the services, the queue, and the ways to run a job for a request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from handler.http_api.errors import Refused
from handler.http_api.job_queue import ENDED, JobQueue, QueuedJob, QueueFull
from handler.http_api.readiness import Readiness, State
from handler.jobs import Listener
from handler.protocols import Services


@dataclass
class Api:
    """The worker behind the HTTP server."""

    services: Services
    queue: JobQueue
    readiness: Readiness = field(default_factory=Readiness)

    def submit(self, fields: Mapping[str, Any], listener: Listener = Listener(), **job: Any) -> QueuedJob:  # noqa: B008
        """Queue a job with this ``input``; ``job`` has further keys of the event. Raises Refused."""
        if self.readiness.state in (State.FAILED, State.STOPPING):
            raise Refused.of("unavailable", self.readiness.reason, retryable=True, headers={"Retry-After": "30"})
        try:
            return self.queue.submit({**job, "input": fields}, listener)
        except QueueFull:
            wait = {"Retry-After": str(self.retry_after_s())}
            full = "the queue is full; send the job again later"
            raise Refused.of("too_many_requests", full, retryable=True, headers=wait) from None

    def retry_after_s(self) -> int:
        """Seconds after which a refused client should ask again."""
        return 5

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
