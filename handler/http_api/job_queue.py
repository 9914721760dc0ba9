"""The jobs of one server: a bounded queue, threads that run them, their events and results for half an hour."""

from __future__ import annotations

import asyncio
import logging
import statistics
import time
import uuid
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

from handler.backends import device
from handler.captions.formats.json import word_fields
from handler.dispatch import dispatch, endpoint_name, is_recorded
from handler.errors import Cancelled, JobTimeout, Unavailable, WorkerError
from handler.http_api.queued_job import (
    CANCELLED,
    COMPLETED,
    ENDED,
    FAILED,
    IN_PROGRESS,
    TIMED_OUT,
    Event,
    QueuedJob,
    json_bytes,
)
from handler.jobs import Listener
from handler.protocols import QueueState, Services
from handler.types import Word

logger = logging.getLogger(__name__)

KEPT_S = 1800.0  # how long a finished job can be asked for, as RunPod keeps those of /run
MAX_KEPT = 1000  # finished jobs; the oldest make room

# Sizes are those of JSON; as objects of Python the same takes about six times as much memory.
MAX_QUEUED_BYTES = 20_000_000  # inputs that wait; a valid one has some kB
MAX_KEPT_BYTES = 20_000_000  # events and results of finished jobs

MAX_TOLD = 100  # jobs that hear of each move of the queue: there may be 100,000

SHORT_THREADS = 8  # for requests that only read: they never wait behind speech

RECENT_JOBS = 20  # whose seconds tell how long the next ones will take
USUAL_JOB_S = 5.0  # before any has ended


class QueueFull(Exception):
    """The queue holds as much as QUEUE_LIMIT or MAX_QUEUED_BYTES allows."""


class IdInUse(Exception):
    """A job with this id and another input waits or runs."""


class _Lanes:
    """Threads for one kind of job, and the jobs that wait for one of them, in order."""

    def __init__(self, name: str, threads: int, *, are_open: bool) -> None:
        self.threads = threads
        self.are_open = are_open
        self.running = 0
        self.waiting: dict[QueuedJob, partial[None]] = {}
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)

    def has_room(self, job: QueuedJob, limit: int) -> bool:
        waiting_bytes = sum(waiting.size for waiting in self.waiting)
        return not self.waiting or (len(self.waiting) < limit and waiting_bytes + job.size <= MAX_QUEUED_BYTES)

    def next_job(self) -> QueuedJob | None:
        """Give the first job that waits to a free thread; None without either."""
        if not (self.are_open and self.waiting and self.running < self.threads):
            return None
        job = next(iter(self.waiting))
        self.running += 1
        self._pool.submit(self.waiting.pop(job))
        return job


class JobQueue:
    """Runs jobs in threads, WORKER_CONCURRENCY at a time. Its methods belong to the event loop's thread."""

    def __init__(self, services: Services) -> None:
        self.services = replace(services, queue=self.state)
        settings = services.settings
        self._limit = settings.queue_limit
        self._lanes = _Lanes("job", settings.worker_concurrency, are_open=False)
        self._short_lanes = _Lanes("request", SHORT_THREADS, are_open=True)
        self._jobs: dict[str, QueuedJob] = {}
        self._recent_s: deque[float] = deque(maxlen=RECENT_JOBS)
        self.tally: Counter[str] = Counter()
        """Jobs that have ended by state, and ``retried``."""
        self.refresh = asyncio.Event()
        """Set when a job asked for this process to be replaced: its device is broken."""

    def submit(
        self,
        event: Mapping[str, Any],
        listener: Listener = Listener(),  # noqa: B008 - frozen
        new_id: str | None = None,
    ) -> QueuedJob:
        """Queue a job; its id is new unless the event has one. Raises QueueFull, IdInUse, and RecursionError.

        An event that comes again while its job waits or runs gives that job. ``listener`` hears of a new one, in the
        job's thread. The event's ``policy`` limits the job: ``ttl`` from now, ``executionTimeout`` from its start, both
        in milliseconds.
        """
        given_id = event.get("id")
        job_id = str(given_id or new_id or uuid.uuid4())
        if (known := self._jobs.get(job_id)) and known.state not in ENDED:
            if known.event.get("input") != event.get("input"):
                raise IdInUse
            return known
        job = QueuedJob(
            job_id,
            {**event, "id": job_id},
            is_new=not given_id,
            is_short=not is_recorded(event),
            endpoint=endpoint_name(event) or "",
        )
        job.input_bytes = json_bytes(job.event)
        lanes = self._lanes_of(job)
        if not lanes.has_room(job, self._limit):
            raise QueueFull
        if known:
            self._forget(known)
        self._jobs[job.id] = job
        self._stop_after(job, "ttl")
        loop = asyncio.get_running_loop()
        lanes.waiting[job] = partial(copy_context().run, self._run, job, loop, listener)
        self._begin_next(lanes)
        return job

    def start(self) -> None:
        """Run the jobs that were queued while the worker started, and those to come."""
        self._lanes.are_open = True
        self._begin_next(self._lanes)

    def get(self, job_id: str) -> QueuedJob | None:
        return self._jobs.get(job_id)

    def retry(self, job: QueuedJob) -> QueuedJob:
        """Queue a job that failed or timed out again, under its id. Raises QueueFull."""
        again = self.submit(job.event)
        again._next_number = job._next_number  # so that who follows it goes on where the first run ended
        self.tally["retried"] += 1
        return again

    def cancel(self, job: QueuedJob) -> None:
        """Stop a job for its client. One that is queued ends now; one that runs ends at its next check."""
        self._stop(job, CANCELLED, Cancelled("the job was cancelled"))

    def purge(self) -> int:
        """Cancel all jobs that are queued; returns how many."""
        return len(self._end_queued(CANCELLED, Cancelled("the job was cancelled: the queue was emptied")))

    def refuse(self, error: WorkerError) -> None:
        """Fail all jobs that are queued, with a line of the log for each."""
        for job in self._end_queued(FAILED, error):
            logger.warning("a job that waited has failed: %s", error, extra={"job": job.id})

    def state(self) -> QueueState:
        """How full it is, without the jobs that only read. Any thread may ask."""
        return QueueState(len(self._lanes.waiting), self._lanes.running, self._limit)

    def newest(self, limit: int) -> list[QueuedJob]:
        """The last jobs that make files or take long, the newest first."""
        return list(islice((job for job in reversed(self._jobs.values()) if not job.is_short), limit))

    def count(self, state: str) -> int:
        return sum(job.state == state for job in self._jobs.values())

    def wait_s(self, ahead: int | None = None) -> float:
        """Seconds after which a job will begin that has so many waiting ``ahead`` of it, by those of recent ones.

        Without a number it is a job that is sent now.
        """
        job_s = statistics.fmean(self._recent_s) if self._recent_s else USUAL_JOB_S
        return job_s * (len(self._lanes.waiting) if ahead is None else ahead) / self._lanes.threads

    async def drain(self, *, cancel: bool = False) -> None:
        """Wait until no job runs; with ``cancel`` those that run are cancelled."""
        running = [job for job in self._jobs.values() if job.state == IN_PROGRESS]
        for job in running:
            if cancel:
                self.cancel(job)
        for job in running:
            await job.ended.wait()

    def _lanes_of(self, job: QueuedJob) -> _Lanes:
        return self._short_lanes if job.is_short else self._lanes

    def _stop(self, job: QueuedJob, state: str, error: WorkerError) -> None:
        if job.stop or job.state in ENDED:
            return
        job.stop = state, error
        job.cancellation.cancel()
        if self._lanes_of(job).waiting.pop(job, None):
            self._end(job, {})
            self._tell_places(self._lanes_of(job))

    def _end_queued(self, state: str, error: WorkerError) -> list[QueuedJob]:
        queued = [*self._lanes.waiting, *self._short_lanes.waiting]
        for job in queued:
            self._stop(job, state, error)
        return queued

    def _begin_next(self, lanes: _Lanes) -> None:
        while job := lanes.next_job():
            job.state, job.started, job.place = IN_PROGRESS, time.monotonic(), None
            self._stop_after(job, "executionTimeout")
        self._tell_places(lanes)

    def _tell_places(self, lanes: _Lanes) -> None:
        """Tell the first jobs that wait how many are before them."""
        for ahead, job in enumerate(islice(lanes.waiting, MAX_TOLD)):
            job.report_place(ahead + 1, self.wait_s(ahead + 1))

    def _stop_after(self, job: QueuedJob, policy: str) -> None:
        milliseconds = (job.event.get("policy") or {}).get(policy)
        if milliseconds is not None:
            error = JobTimeout(f"policy.{policy}: the job took longer than {milliseconds:g} ms; allow it more time")
            loop = asyncio.get_running_loop()
            job._timers.append(loop.call_later(milliseconds / 1000, self._stop, job, TIMED_OUT, error))

    def _run(self, job: QueuedJob, loop: asyncio.AbstractEventLoop, listener: Listener) -> None:
        """In the job's thread."""

        def on_progress(progress: dict[str, Any]) -> None:
            loop.call_soon_threadsafe(job.report, progress)
            if listener.on_progress is not None:
                listener.on_progress(progress)

        def on_words(words: Sequence[Word]) -> None:
            event = Event("words", {"words": [word_fields(word) for word in words]})
            loop.call_soon_threadsafe(job.add, event)
            if listener.on_words is not None:
                listener.on_words(words)

        heard = replace(listener, on_progress=on_progress, on_words=on_words)
        try:
            reply = dispatch(job.event, self.services, listener=heard, cancellation=job.cancellation, is_new=job.is_new)
        except BaseException:
            loop.call_soon_threadsafe(self._ran, job, Unavailable("the worker is stopping; send the job again").reply())
            raise
        loop.call_soon_threadsafe(self._ran, job, reply)

    def _ran(self, job: QueuedJob, reply: dict[str, Any]) -> None:
        """A job's thread is free again."""
        lanes = self._lanes_of(job)
        lanes.running -= 1
        self._end(job, reply)
        self._begin_next(lanes)

    def _end(self, job: QueuedJob, reply: dict[str, Any]) -> None:
        if reply.pop("refresh_worker", False) or device.is_broken():
            self.refresh.set()
        job.finish(_state(reply), reply)
        self.tally[job.state] += 1
        if job.started is not None and not job.is_short:
            self._recent_s.append(time.monotonic() - job.started)
        self._unset_timers(job)
        job._timers.append(asyncio.get_running_loop().call_later(KEPT_S, self._forget, job))
        self._forget_oldest()

    def _forget_oldest(self) -> None:
        """Keep the newest results, within the limits of number and size."""
        # The replies of short jobs go first: their clients have them, and send them by the dozen.
        ended = sorted((job for job in self._jobs.values() if job.state in ENDED), key=lambda job: not job.is_short)
        excess_bytes = sum(job.size for job in ended) - MAX_KEPT_BYTES
        for index, job in enumerate(ended[:-1]):
            if excess_bytes <= 0 and len(ended) - index <= MAX_KEPT:
                return
            excess_bytes -= job.size
            self._forget(job)

    def _forget(self, job: QueuedJob) -> None:
        self._unset_timers(job)
        if self._jobs.get(job.id) is job:
            del self._jobs[job.id]

    def _unset_timers(self, job: QueuedJob) -> None:
        """The loop would keep the job until their time."""
        while job._timers:
            job._timers.pop().cancel()


def _state(reply: Mapping[str, Any]) -> str:
    if "error" not in reply:
        return COMPLETED
    return CANCELLED if reply.get("error_code") == "cancelled" else FAILED
