"""The jobs of one server: a bounded queue, threads that run them, their progress and results for half an hour."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from handler.cancellation import Cancellation
from handler.dispatch import dispatch, is_recorded
from handler.errors import Internal, WorkerError
from handler.jobs import Listener
from handler.protocols import Services

IN_QUEUE, IN_PROGRESS, COMPLETED, FAILED, CANCELLED = "IN_QUEUE", "IN_PROGRESS", "COMPLETED", "FAILED", "CANCELLED"
ENDED = frozenset({COMPLETED, FAILED, CANCELLED})

KEPT_S = 1800.0  # how long a finished job can be asked for, as RunPod keeps those of /run
MAX_KEPT = 1000  # finished jobs; the oldest make room

SHORT_THREADS = 8  # for requests that only read: they never wait behind speech


class QueueFull(Exception):
    """The queue holds as many jobs as QUEUE_LIMIT allows."""


@dataclass(frozen=True)
class Event:
    """Something that happened to a job: ``progress``, ``words``, or its end, named by its state in small letters."""

    kind: str
    data: dict[str, Any]


@dataclass(eq=False)
class QueuedJob:
    """One job of this server. Read and changed by the event loop's thread alone."""

    id: str
    state: str = IN_QUEUE
    created: float = field(default_factory=time.monotonic)
    started: float | None = None
    finished: float | None = None
    progress: dict[str, Any] | None = None
    reply: dict[str, Any] = field(default_factory=dict)
    """What `dispatch` returned, once the job has ended."""
    events: list[Event] = field(default_factory=list)
    cancellation: Cancellation = field(default_factory=Cancellation)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _work: Future[None] | None = None

    async def follow(self, after: int = 0) -> AsyncIterator[tuple[int, Event]]:
        """Yield the job's events from number ``after`` on, those to come as they happen, up to its end."""
        while True:
            changed = self._changed
            for number in range(after, len(self.events)):
                yield number, self.events[number]
            after = max(after, len(self.events))
            if self.state in ENDED and after >= len(self.events):
                return
            await changed.wait()

    def add(self, event: Event) -> None:
        self.events.append(event)
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


class JobQueue:
    """Runs jobs in threads, WORKER_CONCURRENCY at a time. Its methods belong to the event loop's thread."""

    def __init__(self, services: Services) -> None:
        self.services = services
        settings = services.settings
        self._limit = settings.queue_limit
        self._pool = ThreadPoolExecutor(settings.worker_concurrency, thread_name_prefix="job")
        self._short = ThreadPoolExecutor(SHORT_THREADS, thread_name_prefix="request")
        self._jobs: OrderedDict[str, QueuedJob] = OrderedDict()
        self._held: list[tuple[QueuedJob, partial[None]]] | None = []
        self.tally: Counter[str] = Counter()
        self.refresh = asyncio.Event()
        """Set when a job asked for this process to be replaced: its device is broken."""

    def submit(self, event: Mapping[str, Any], listener: Listener = Listener()) -> QueuedJob:  # noqa: B008 - frozen
        """Queue a job; its id is new unless the event has one. Raises QueueFull.

        ``listener`` hears of it in the job's thread.
        """
        short = not is_recorded(event)
        if not short and self.count(IN_QUEUE) >= self._limit:
            raise QueueFull
        loop = asyncio.get_running_loop()
        job = QueuedJob(str(event.get("id") or uuid.uuid4()))
        self._forget()
        self._jobs[job.id] = job
        work = partial(copy_context().run, self._run, {**event, "id": job.id}, job, loop, listener)
        if short:
            job._work = self._short.submit(work)
        elif self._held is None:
            job._work = self._pool.submit(work)
        else:
            self._held.append((job, work))
        return job

    def start(self) -> None:
        """Run the jobs that were queued while the worker started, and those to come."""
        held, self._held = self._held or [], None
        for job, work in held:
            if job.state == IN_QUEUE:
                job._work = self._pool.submit(work)

    def get(self, job_id: str) -> QueuedJob | None:
        return self._jobs.get(job_id)

    def cancel(self, job: QueuedJob) -> None:
        """Stop a job. One that is queued ends now; one that runs ends at its next check."""
        job.cancellation.cancel()
        if job.state == IN_QUEUE and (job._work is None or job._work.cancel()):
            self._end(job, {"error": "the job was cancelled", "error_code": "cancelled", "retryable": False}, CANCELLED)

    def purge(self) -> int:
        """Drop all jobs that are queued; returns how many."""
        queued = [job for job in self._jobs.values() if job.state == IN_QUEUE]
        for job in queued:
            self.cancel(job)
        return len(queued)

    def refuse(self, error: WorkerError) -> None:
        """Fail all jobs that are queued."""
        for job in list(self._jobs.values()):
            if job.state == IN_QUEUE and (job._work is None or job._work.cancel()):
                self._end(job, error.reply(), FAILED)

    def count(self, state: str) -> int:
        return sum(job.state == state for job in self._jobs.values())

    async def drain(self, *, cancel: bool = False) -> None:
        """Wait until no job runs; with ``cancel`` those that run are cancelled."""
        for job in list(self._jobs.values()):
            if job.state == IN_PROGRESS:
                if cancel:
                    self.cancel(job)
                await job.ended.wait()

    def _run(self, event: dict[str, Any], job: QueuedJob, loop: asyncio.AbstractEventLoop, listener: Listener) -> None:
        """In the job's thread."""
        loop.call_soon_threadsafe(self._begin, job)

        def on_progress(progress: dict[str, Any]) -> None:
            loop.call_soon_threadsafe(self._report, job, Event("progress", progress))
            if listener.on_progress is not None:
                listener.on_progress(progress)

        def on_words(words: Any) -> None:
            data = {"words": [{"word": word.shown, "start": word.start, "end": word.end} for word in words]}
            loop.call_soon_threadsafe(self._report, job, Event("words", data))
            if listener.on_words is not None:
                listener.on_words(words)

        heard = replace(listener, on_progress=on_progress, on_words=on_words)
        try:
            reply = dispatch(event, self.services, listener=heard, cancellation=job.cancellation)
        except BaseException:
            loop.call_soon_threadsafe(self._end, job, Internal("the worker is stopping").reply(), FAILED)
            raise
        loop.call_soon_threadsafe(self._end, job, reply, _state(reply))

    def _begin(self, job: QueuedJob) -> None:
        job.state, job.started = IN_PROGRESS, time.monotonic()

    def _report(self, job: QueuedJob, event: Event) -> None:
        if event.kind == "progress":
            job.progress = event.data
        job.add(event)

    def _end(self, job: QueuedJob, reply: dict[str, Any], state: str) -> None:
        if reply.pop("refresh_worker", False):
            self.refresh.set()
        job.state, job.reply, job.finished = state, reply, time.monotonic()
        self.tally[state] += 1
        job.add(Event(state.lower(), reply))
        job.ended.set()

    def _forget(self) -> None:
        """Drop the results that are too old or too many."""
        now = time.monotonic()
        ended = [job for job in self._jobs.values() if job.finished is not None]
        for index, job in enumerate(ended):
            if len(ended) - index >= MAX_KEPT or now - (job.finished or now) > KEPT_S:
                del self._jobs[job.id]


def _state(reply: Mapping[str, Any]) -> str:
    if "error" not in reply:
        return COMPLETED
    return CANCELLED if reply.get("error_code") == "cancelled" else FAILED
