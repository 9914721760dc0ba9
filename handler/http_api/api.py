"""What every dialect is given: the services, the queue, and the ways to run a job for a request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from handler.errors import WorkerError
from handler.http_api.job_queue import ENDED, JobQueue, QueuedJob, QueueFull
from handler.http_api.readiness import Readiness, State
from handler.jobs import Listener
from handler.protocols import Services


class Refused(Exception):
    """A request that gets an error of the server's own, before any job: a status, and a reply as `dispatch` gives."""

    def __init__(self, status: int, reply: dict[str, Any], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(reply["error"])
        self.status = status
        self.reply = reply
        self.headers = dict(headers or {})


@dataclass
class Api:
    """The worker behind the HTTP server."""

    services: Services
    queue: JobQueue
    readiness: Readiness = field(default_factory=Readiness)

    def submit(self, fields: Mapping[str, Any], listener: Listener = Listener(), **job: Any) -> QueuedJob:  # noqa: B008
        """Queue a job with this ``input``; ``job`` has further keys of the event. Raises Refused."""
        if self.readiness.state in (State.FAILED, State.STOPPING):
            raise Refused(503, refusal(self.readiness.reason, "internal"), {"Retry-After": "30"})
        try:
            return self.queue.submit({**job, "input": fields}, listener)
        except QueueFull:
            message = "the queue is full; send the job again later"
            raise Refused(
                429, refusal(message, "too_many_requests"), {"Retry-After": str(self.retry_after_s())}
            ) from None

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


def refusal(message: str, code: str, *, retryable: bool = True) -> dict[str, Any]:
    """An error of the server's own in the form of `WorkerError.reply`."""
    return {"error": message, "error_code": code, "retryable": retryable, "issues": []}


STATUSES = {
    "bad_request": 400,
    "not_found": 404,
    "already_exists": 409,
    "bad_reference": 422,
    "too_large": 413,
    "engine_error": 500,
    "out_of_memory": 503,
    "alignment_error": 422,
    "storage_error": 503,
    "config_error": 503,
    "timeout": 504,
    "cancelled": 499,
    "internal": 500,
    "too_many_requests": 429,
    "unauthorized": 401,
}
"""The HTTP status of each error code, for the dialects whose errors have one."""


def status_of(reply: Mapping[str, Any]) -> int:
    """The HTTP status of a job's reply."""
    return STATUSES[reply["error_code"]] if "error" in reply else 200


def raise_for_error(reply: dict[str, Any]) -> dict[str, Any]:
    """The reply of a job that succeeded; Refused with the reply of one that failed."""
    if "error" in reply:
        raise Refused(status_of(reply), reply)
    return reply


def from_error(error: WorkerError) -> Refused:
    """A worker's error as the refusal of a request."""
    reply = error.reply()
    return Refused(status_of(reply), dict(reply))
