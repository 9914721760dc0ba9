"""A queue of jobs that do what a test says, in place of `dispatch`: each works until it is let go or cancelled."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from handler.cancellation import Cancellation
from handler.errors import Internal, WorkerError
from handler.http_api.job_queue import JobQueue
from handler.http_api.queued_job import ENDED, QueuedJob
from handler.jobs import Listener
from handler.protocols import Services


class ScriptedJobs:
    """``queue`` with one thread for jobs, and what happened in it."""

    def __init__(self, queue: JobQueue) -> None:
        self.queue = queue
        self.ran: list[str] = []
        self.were_new: list[bool] = []
        self.listeners: dict[str, Listener] = {}
        self.stubborn: set[str] = set()
        """Ids of jobs that do not ask whether they are cancelled."""
        self._begun: dict[str, threading.Event] = {}
        self._replies: dict[str, Future[dict[str, Any]]] = {}

    def __call__(
        self, event: Mapping[str, Any], _: Services, *, listener: Listener, cancellation: Cancellation, is_new: bool
    ) -> dict[str, Any]:
        job_id = event["id"]
        self.ran.append(job_id)
        self.were_new.append(is_new)
        self.listeners[job_id] = listener
        self._begun[job_id].set()
        reply = self._replies[job_id]
        try:
            return reply.result() if job_id in self.stubborn else cancellation.wait(reply)
        except WorkerError as error:
            return error.reply()

    def send(self, job_id: str, endpoint: str = "generate", *, text: str = "", **event: Any) -> QueuedJob:
        """Queue a job; it works once a thread is free."""
        known = self.queue.get(job_id)
        if known is None or known.state in ENDED:
            self.expect(job_id)
        return self.queue.submit({"id": job_id, "input": {"endpoint": endpoint, "text": text}, **event})

    def expect(self, job_id: str) -> None:
        """Prepare for a job that the test queues itself."""
        self._begun[job_id], self._replies[job_id] = threading.Event(), Future()

    def begun(self, job: QueuedJob) -> Listener:
        """Wait until the job works; returns what it reports to."""
        assert self._begun[job.id].wait(30)
        return self.listeners[job.id]

    def let_go(self, job: QueuedJob, reply: dict[str, Any] | None = None) -> None:
        """Let the job end with this reply, as soon as it works."""
        self._replies[job.id].set_result({"status": "completed"} if reply is None else reply)

    async def end(self, job: QueuedJob, reply: dict[str, Any] | None = None) -> None:
        """Let the job end and wait for it."""
        self.let_go(job, reply)
        await job.ended.wait()

    async def close(self) -> None:
        """End all jobs, so that none works on in the next test."""
        self.queue.refuse(Internal("the test is over"))
        for reply in self._replies.values():
            if not reply.done():
                reply.set_result({"status": "completed"})
        await self.queue.drain()


@asynccontextmanager
async def scripted_jobs(
    services: Services, monkeypatch: pytest.MonkeyPatch, **settings: Any
) -> AsyncIterator[ScriptedJobs]:
    """A queue over these services whose jobs the test ends; ``settings`` replace theirs."""
    limits = {"worker_concurrency": 1, "queue_limit": 2, **settings}
    scripted = ScriptedJobs(JobQueue(replace(services, settings=services.settings.model_copy(update=limits))))
    monkeypatch.setattr("handler.http_api.job_queue.dispatch", scripted)
    try:
        yield scripted
    finally:
        await scripted.close()
