"""Continuous batching with preemption: one thread owns the model, and computes the items of all jobs in batches.

`FairQueue` forms the batches. Between two steps of a batch the thread drops the items of cancelled jobs, runs the
functions that other threads want run on the model, and lets one batch of urgent items preempt this one.
After an error of a whole batch its items are computed again, one by one, so that only the jobs of failing items fail.
When a batch does not fit into memory, its halves are computed, and no later batch is as large again.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections import deque
from collections.abc import Callable, Collection, Generator, Sequence
from concurrent.futures import Future
from typing import Any, Generic, Protocol, TypeAlias, TypeVar
from weakref import WeakSet

from handler.backends import memory
from handler.cancellation import Cancellation
from handler.engines.queue import FairQueue, Item, QueuedJob
from handler.errors import EngineError, OutOfMemory
from handler.telemetry import counters

logger = logging.getLogger(__name__)

ItemT = TypeVar("ItemT", bound=Item)
ResultT = TypeVar("ResultT")
ResultT_co = TypeVar("ResultT_co", covariant=True)
T = TypeVar("T")


class Batch(Protocol[ResultT_co]):
    """Items that are computed together, by their index in the batch."""

    @property
    def finished(self) -> Collection[int]:
        """Indices of the items whose results are ready. They are taken at once, and dropped unless they are all."""

    def step(self) -> None:
        """Compute one step. Raises OutOfMemory for too many items; another error does not tell which item caused it."""

    def drop(self, indices: Collection[int]) -> None:
        """Go on without some of the items; the others move up."""

    def result(self, index: int) -> ResultT_co:
        """The result of a finished item. Raises EngineError when this item has none."""


Start = Callable[[Sequence[ItemT]], Batch[ResultT]]
Entries: TypeAlias = "list[tuple[Job[ItemT, ResultT], int]]"  # A batch: jobs, and the index of an item in each


class Job(QueuedJob[ItemT], Generic[ItemT, ResultT]):
    """The handle of a submitted job; see `Scheduler.submit`."""

    def __init__(self, items: Sequence[ItemT], urgent_items: int, changed: threading.Condition) -> None:
        super().__init__(items, urgent_items)
        self._changed = changed
        self._results: dict[int, ResultT] = {}
        self._done: set[int] = set()
        self._taken = 0
        self._error: Exception | None = None
        self._ended = False

    def next(self, cancellation: Cancellation) -> ResultT:
        """Wait for the next item's result, in the order of the items.

        Raises Cancelled or JobTimeout, and the error of any of the job's items as soon as it happens.
        """
        with cancellation.notifying(self._wake), self._changed:
            while self._error is None and self._taken not in self._results:
                cancellation.check()
                self._changed.wait(cancellation.remaining_s())
            cancellation.check()
            if self._error is not None:
                raise self._error
            self._taken += 1
            return self._results.pop(self._taken - 1)

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def resolved(self, index: int) -> bool:
        """Whether nobody waits for this item: it is done or dropped."""
        return self._ended or index in self._done

    def end(self, error: Exception | None = None) -> None:
        """Drop all items that are not done; with an error, `next` raises it."""
        with self._changed:
            self._error = self._error or error
            self._ended = True
            self._results.clear()
            self._changed.notify_all()

    def put_result(self, index: int, result: ResultT) -> None:
        """Keep an item's result for `next`, unless the job has ended."""
        with self._changed:
            if not self._ended:
                self._done.add(index)
                self._results[index] = result
                self._changed.notify_all()


class Scheduler(Generic[ItemT, ResultT]):
    """Computes the items of many jobs in batches of at most ``budget`` frames, and always at least one item.

    ``start`` begins a batch; ``explain`` turns an error of the model into the one that its job raises.
    """

    def __init__(
        self,
        start: Start[ItemT, ResultT],
        budget: int,
        explain: Callable[[Exception], Exception] = lambda error: error,
        name: str = "engine",
    ) -> None:
        self.budget = budget
        self._start = start
        self._explain = explain
        self._queue: FairQueue[Job[ItemT, ResultT]] = FairQueue()
        self._jobs: set[Job[ItemT, ResultT]] = set()
        self._callbacks: deque[Callable[[], None]] = deque()
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()
        _schedulers.add(self)
        _threads.add(self._thread)

    def submit(self, items: Sequence[ItemT], urgent_items: int = 1) -> Job[ItemT, ResultT]:
        """Queue all items of a job; its client waits for the first ``urgent_items``.

        Results are kept until they are asked for: the caller has to `cancel` the job in the end. Raises EngineError
        when the scheduler is closed.
        """
        job: Job[ItemT, ResultT] = Job(items, urgent_items, self._changed)
        with self._changed:
            if self._closed:
                raise _stopped()
            self._jobs.add(job)
            self._queue.add(job)
            self._changed.notify_all()
        return job

    def cancel(self, job: Job[ItemT, ResultT], error: Exception | None = None) -> None:
        """Drop the items of a job that are not done. With an error the job has failed, and raises it."""
        with self._changed:
            self._jobs.discard(job)
            self._queue.remove(job)
            job.end(error)

    def results(self, items: Sequence[ItemT], cancellation: Cancellation, urgent_items: int = 1) -> Generator[ResultT]:
        """Yield the items' results, in order. Closing the iterator drops those that are not done.

        Items are submitted when the first is asked for: an iterator that never is, and is not closed, costs nothing.
        Raises as `submit` and `Job.next` do.
        """
        if not items:
            return
        job = self.submit(items, urgent_items)
        try:
            for _ in items:
                yield job.next(cancellation)
        finally:
            self.cancel(job)

    def run(self, function: Callable[[], T]) -> T:
        """Call a function in the thread of the model, before its next step; return or raise what it does.

        Errors of the model are those that ``explain`` makes of them.
        """
        future: Future[T] = Future()

        def callback() -> None:
            try:
                future.set_result(function())
            except Exception as error:  # noqa: BLE001  (raised where it was asked for)
                future.set_exception(self._explain(error))

        with self._changed:
            if self._closed:
                raise _stopped()
            self._callbacks.append(callback)
            self._changed.notify_all()
        return future.result()

    def close(self) -> None:
        """Stop before the next step; jobs that are not done fail with EngineError. May be called again.

        A scheduler without jobs has let go of its model when this returns.
        """
        with self._changed:
            self._closed = True
            idle = not self._jobs
            for job in list(self._jobs):
                self.cancel(job, _stopped())
            self._changed.notify_all()
        if idle and self._thread is not threading.current_thread():
            self._thread.join()

    def join(self) -> None:
        """Wait until the thread of a closed scheduler has ended."""
        self._thread.join()

    def _work(self) -> None:
        while not self._closed:
            self._run_callbacks()
            if batch := self._take(urgent=True):
                self._compute(batch, preemptible=False)
            elif batch := self._take():
                self._compute(batch)
            else:
                with self._changed:
                    self._changed.wait_for(lambda: self._closed or self._callbacks or self._queue)
        self._run_callbacks()

    def _take(self, *, urgent: bool = False) -> Entries[ItemT, ResultT]:
        with self._changed:
            return self._queue.take(self.budget, urgent=urgent)

    def _run_callbacks(self) -> None:
        while self._callbacks:
            self._callbacks.popleft()()

    def _compute(self, entries: Entries[ItemT, ResultT], *, preemptible: bool = True) -> None:
        """Compute a batch; if that fails, compute it in parts, so that only jobs of failing items fail."""
        error = self._attempt(entries, preemptible)
        left = _unresolved(entries)
        if error is None or not left:
            return
        if len(entries) == 1:
            self.cancel(left[0][0], self._explain(error))
            return
        too_large = isinstance(error, OutOfMemory)
        if too_large:
            frames = len(entries) * _longest(entries)
            self.budget = min(self.budget, max(1, frames // 2))
            logger.warning("%d frames did not fit into memory: batches now have at most %d", frames, self.budget)
        while left:
            size = max(1, self.budget // _longest(left)) if too_large else 1
            self._compute(left[:size], preemptible=preemptible)
            left = left[size:]

    def _attempt(self, entries: Entries[ItemT, ResultT], preemptible: bool) -> Exception | None:
        try:
            self._advance(entries, preemptible)
        except Exception as error:
            logger.warning("a batch of %d failed", len(entries), exc_info=error)
            memory.forget_locals(error)
            return error
        return None

    def _advance(self, entries: Entries[ItemT, ResultT], preemptible: bool) -> None:
        live = _unresolved(entries)
        if not live:
            return
        batch = self._start([job.items[index] for job, index in live])
        self._count(live)
        while live:
            self._run_callbacks()
            if preemptible and (urgent := self._take(urgent=True)):
                preemptible = False
                self._compute(urgent, preemptible=False)
            live = _without_resolved(batch, live)
            if not live:
                return
            batch.step()
            live = self._take_finished(batch, live)

    def _count(self, entries: Entries[ItemT, ResultT]) -> None:
        counts = {"batches": 1, "batch_items": len(entries), "batch_frames": len(entries) * _longest(entries)}
        for name, amount in (counts | {"batch_capacity_frames": max(self.budget, counts["batch_frames"])}).items():
            counters.add(name, self._thread.name, amount)

    def _take_finished(self, batch: Batch[ResultT], live: Entries[ItemT, ResultT]) -> Entries[ItemT, ResultT]:
        """Give the finished items' results to their jobs, drop them from the batch, and return the others."""
        finished = set(batch.finished)
        for row in sorted(finished):
            job, index = live[row]
            try:
                job.put_result(index, batch.result(row))
            except EngineError as error:
                self.cancel(job, error)
        if 0 < len(finished) < len(live):
            batch.drop(finished)
        return [entry for row, entry in enumerate(live) if row not in finished]


def _longest(entries: Entries[ItemT, ResultT]) -> int:
    return max(job.items[index].frames for job, index in entries)


def _unresolved(entries: Entries[ItemT, ResultT]) -> Entries[ItemT, ResultT]:
    return [(job, index) for job, index in entries if not job.resolved(index)]


def _without_resolved(batch: Batch[ResultT], live: Entries[ItemT, ResultT]) -> Entries[ItemT, ResultT]:
    # Asked once: another thread may cancel a job meanwhile.
    dropped = {row for row, (job, index) in enumerate(live) if job.resolved(index)}
    if dropped and len(dropped) < len(live):
        batch.drop(dropped)
    return [entry for row, entry in enumerate(live) if row not in dropped]


def _stopped() -> EngineError:
    return EngineError("the engine is being stopped; send the job again")


# At its exit Python stops daemon threads wherever they are, and in the middle of torch that aborts the process. The
# threads of closed schedulers are joined too: one may be the last to hold a model, and still be freeing it.
_schedulers: WeakSet[Scheduler[Any, Any]] = WeakSet()
_threads: WeakSet[threading.Thread] = WeakSet()


@atexit.register
def _end_all() -> None:
    for scheduler in list(_schedulers):
        scheduler.close()
    for thread in list(_threads):
        thread.join()
