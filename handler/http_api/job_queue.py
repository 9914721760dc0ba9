"""The jobs of one server: a bounded queue, threads that run them, their events and results for half an hour."""

from __future__ import annotations

import asyncio
import json
import logging
import statistics
import time
import uuid
from collections import Counter, deque
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Any

from handler.cancellation import Cancellation
from handler.captions.formats.json import word_fields
from handler.dispatch import dispatch, endpoint_name, is_recorded
from handler.errors import Cancelled, JobTimeout, Unavailable, WorkerError
from handler.jobs import Listener
from handler.protocols import Services
from handler.types import QueueState, Word

logger = logging.getLogger(__name__)

IN_QUEUE, IN_PROGRESS = "IN_QUEUE", "IN_PROGRESS"
COMPLETED, FAILED, CANCELLED, TIMED_OUT = "COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT"
ENDED = frozenset({COMPLETED, FAILED, CANCELLED, TIMED_OUT})
RETRYABLE = frozenset({FAILED, TIMED_OUT})

KEPT_S = 1800.0  # how long a finished job can be asked for, as RunPod keeps those of /run
MAX_KEPT = 1000  # finished jobs; the oldest make room

# Sizes are those of JSON; as objects of Python the same takes about six times as much memory.
MAX_QUEUED_BYTES = 20_000_000  # inputs that wait; a valid one has some kB
MAX_KEPT_BYTES = 20_000_000  # events and results of finished jobs
MAX_EVENTS_BYTES = 4_000_000  # events of one job: the words of three hours

SHORT_THREADS = 8  # for requests that only read: they never wait behind speech

RECENT_JOBS = 20  # whose seconds tell how long the next ones will take
USUAL_JOB_S = 5.0  # before any has ended


class QueueFull(Exception):
    """The queue holds as much as QUEUE_LIMIT or MAX_QUEUED_BYTES allows."""


class IdInUse(Exception):
    """A job with this id and another input waits or runs."""


@dataclass(frozen=True)
class Event:
    """Something that happened to a job.

    ``progress`` {stage, done, total}; ``chunk`` {index, url, start, duration, text} where chunk URLs were asked for;
    ``words`` {words} of the next chunk; or the job's end: its state in small letters, and its reply.
    """

    kind: str
    data: dict[str, Any]


@dataclass(eq=False)
class QueuedJob:
    """One job of this server. Read and changed by the event loop's thread alone."""

    id: str
    event: dict[str, Any] = field(default_factory=dict)
    """What `dispatch` is given; once the job has ended, only where it can be retried."""
    is_short: bool = False
    """Whether it only reads, or writes a little: then it runs in threads of its own."""
    state: str = IN_QUEUE
    endpoint: str = ""
    """Its endpoint, "" for a job that is refused for its form."""
    created_at: float = field(default_factory=time.time)
    """A Unix time; those below count from the machine's start."""
    created: float = field(default_factory=time.monotonic)
    started: float | None = None
    finished: float | None = None
    progress: dict[str, Any] | None = None
    reply: dict[str, Any] = field(default_factory=dict)
    """What `dispatch` returned, once the job has ended."""
    events: dict[int, Event] = field(default_factory=dict)
    """By number, in order. Of all ``progress`` only the newest is kept."""
    stop: tuple[str, WorkerError] | None = None
    """The state and the error that the job ends with, once it has been told to stop."""
    cancellation: Cancellation = field(default_factory=Cancellation)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    input_bytes: int = 0
    _sizes: dict[int, int] = field(default_factory=dict)
    _events_bytes: int = 0
    _next_number: int = 0
    _chunks: set[int] = field(default_factory=set)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _timers: list[asyncio.TimerHandle] = field(default_factory=list)

    @property
    def shown_state(self) -> str:
        """The state for clients: a job that was told to stop has stopped, though it may work a moment longer."""
        return self.stop[0] if self.stop else self.state

    @property
    def size(self) -> int:
        """Bytes of its input and its events, as JSON."""
        return self.input_bytes + self._events_bytes

    async def follow(self, after: int = 0) -> AsyncIterator[tuple[int, Event]]:
        """Yield the job's events from number ``after`` on, those to come as they happen, up to its end."""
        while True:
            changed = self._changed
            for number, event in list(self.events.items()):
                if number >= after:
                    after = number + 1
                    yield number, event
            if changed is not self._changed:
                continue
            if self.state in ENDED:
                return
            await changed.wait()

    def report(self, progress: dict[str, Any]) -> None:
        """Keep the newest progress, and add an event for each chunk in it that has none yet."""
        self.progress = progress
        for chunk in progress.get("chunks", ()):
            if chunk["index"] not in self._chunks:
                self._chunks.add(chunk["index"])
                self.add(Event("chunk", chunk))
        for number in [number for number, event in self.events.items() if event.kind == "progress"]:
            self._drop(number)
        self.add(Event("progress", {name: value for name, value in progress.items() if name != "chunks"}))

    def add(self, event: Event) -> None:
        """Keep an event, and wake those that follow the job. Past MAX_EVENTS_BYTES the oldest make room."""
        number, self._next_number = self._next_number, self._next_number + 1
        self.events[number], self._sizes[number] = event, _json_bytes(event.data)
        self._events_bytes += self._sizes[number]
        while len(self.events) > 1 and self._events_bytes > MAX_EVENTS_BYTES:
            self._drop(next(iter(self.events)))
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def _drop(self, number: int) -> None:
        del self.events[number]
        self._events_bytes -= self._sizes.pop(number)

    def finish(self, state: str, reply: dict[str, Any]) -> None:
        """End with this state and reply, or with those of its stop."""
        self.state, self.reply = (self.stop[0], self.stop[1].reply()) if self.stop else (state, reply)
        self.finished = time.monotonic()
        if self.state not in RETRYABLE:
            self.event, self.input_bytes = {}, 0
        self.add(Event(self.state.lower(), self.reply))
        self.ended.set()


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

    def submit(self, event: Mapping[str, Any], listener: Listener = Listener()) -> QueuedJob:  # noqa: B008 - frozen
        """Queue a job; its id is new unless the event has one. Raises QueueFull, IdInUse, and RecursionError.

        An event that comes again while its job waits or runs gives that job. ``listener`` hears of a new one, in the
        job's thread. The event's ``policy`` limits the job: ``ttl`` from now, ``executionTimeout`` from its start, both
        in milliseconds.
        """
        job_id = str(event.get("id") or uuid.uuid4())
        if (known := self._jobs.get(job_id)) and known.state not in ENDED:
            if known.event.get("input") != event.get("input"):
                raise IdInUse
            return known
        job = QueuedJob(job_id, {**event, "id": job_id}, not is_recorded(event), endpoint=endpoint_name(event) or "")
        job.input_bytes = _json_bytes(job.event)
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
            logger.warning("a job that waited has failed: %s", error.message, extra={"job": job.id})

    def state(self) -> QueueState:
        """How full it is, without the jobs that only read. Any thread may ask."""
        return QueueState(len(self._lanes.waiting), self._lanes.running, self._limit)

    def newest(self, limit: int) -> list[QueuedJob]:
        """The last jobs that make files or take long, the newest first."""
        return list(islice((job for job in reversed(self._jobs.values()) if not job.is_short), limit))

    def count(self, state: str) -> int:
        return sum(job.state == state for job in self._jobs.values())

    def wait_s(self) -> float:
        """Seconds after which a job sent now would begin, by those of recent ones."""
        job_s = statistics.fmean(self._recent_s) if self._recent_s else USUAL_JOB_S
        return job_s * len(self._lanes.waiting) / self._lanes.threads

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

    def _end_queued(self, state: str, error: WorkerError) -> list[QueuedJob]:
        queued = [*self._lanes.waiting, *self._short_lanes.waiting]
        for job in queued:
            self._stop(job, state, error)
        return queued

    def _begin_next(self, lanes: _Lanes) -> None:
        while job := lanes.next_job():
            job.state, job.started = IN_PROGRESS, time.monotonic()
            self._stop_after(job, "executionTimeout")

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
            reply = dispatch(job.event, self.services, listener=heard, cancellation=job.cancellation)
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
        if reply.pop("refresh_worker", False):
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


def _json_bytes(value: Any) -> int:
    return len(json.dumps(value, default=str))
