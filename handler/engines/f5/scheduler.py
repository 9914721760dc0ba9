"""One thread owns the model; jobs hand it what they want computed, and take the results in order.

Batches are taken from the line (see `line`, which says who is next and how long anybody waits at most). A batch is
computed step by step, and between two steps

- what belongs to jobs that have been left is dropped, and the batch goes on without it;
- a batch of first items may run to its end before the other goes on, once in a batch and not in one of first items:
  whoever comes while a long one is computed does not wait for its end, and that end is not put off for ever;
- functions that other threads want run on the model are run.

An item that fails takes its own job with it and no other: after an error of a whole batch its items are computed
again, one by one; after one for want of memory half of them at a time, and no batch is as large again.
"""

from __future__ import annotations

import atexit
import logging
import threading
import traceback
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from typing import Any, Generic, Protocol, TypeAlias, TypeVar
from weakref import WeakSet

from handler.cancellation import Cancellation
from handler.engines.f5.queue import Item, Line, Party
from handler.errors import EngineError, OutOfMemory

logger = logging.getLogger(__name__)

ItemT = TypeVar("ItemT", bound=Item)
ResultT = TypeVar("ResultT")
ResultT_co = TypeVar("ResultT_co", covariant=True)
Found = TypeVar("Found")


class Batch(Protocol[ResultT_co]):
    """Items being computed side by side, named by their places."""

    @property
    def done(self) -> bool:
        """Whether no step is left."""
        ...

    def step(self) -> None:
        """One step on. What it raises is no single item's fault; OutOfMemory when there are too many of them."""
        ...

    def drop(self, places: Collection[int]) -> None:
        """Go on without some of the items; the others move up."""
        ...

    def result(self, place: int) -> ResultT_co:
        """The result of one item when the batch is done; EngineError when that item has none."""
        ...


Start = Callable[[Sequence[ItemT]], Batch[ResultT]]
Entries: TypeAlias = "list[tuple[Job[ItemT, ResultT], int]]"
"""A batch: jobs, and the places of their items."""


class Job(Party[ItemT], Generic[ItemT, ResultT]):
    """What one caller wants computed; see `Scheduler.submit`."""

    def __init__(self, items: Sequence[ItemT], first: int, changed: threading.Condition) -> None:
        super().__init__(items, first)
        self._changed = changed
        self._results: dict[int, ResultT] = {}
        self._known: set[int] = set()
        self._taken = 0
        self._error: Exception | None = None
        self._over = False

    def next(self, cancellation: Cancellation) -> ResultT:
        """Wait for the next item's result, in the order of the items.

        Raises Cancelled or JobTimeout, and what went wrong with any of the job's items as soon as it does.
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

    def settled(self, place: int) -> bool:
        """Whether nobody waits for this item: it is known, or nothing more of the job is wanted."""
        return self._over or place in self._known

    def end(self, error: Exception | None = None) -> None:
        """Want nothing more, or fail."""
        with self._changed:
            self._error = self._error or error
            self._over = True
            self._results.clear()
            self._changed.notify_all()

    def give(self, place: int, result: ResultT) -> None:
        """Keep an item's result until it is asked for, unless the job is at its end."""
        with self._changed:
            if not self._over:
                self._known.add(place)
                self._results[place] = result
                self._changed.notify_all()


class Scheduler(Generic[ItemT, ResultT]):
    """Computes the items of many jobs in batches of at most ``budget`` frames, and always at least one item.

    ``start`` begins a batch; ``explain`` makes of what the model raised what its job is to raise.
    """

    def __init__(
        self, start: Start[ItemT, ResultT], budget: int, explain: Callable[[Exception], Exception] = lambda error: error
    ) -> None:
        self.budget = budget
        self._start = start
        self._explain = explain
        self._line: Line[Job[ItemT, ResultT]] = Line()
        self._jobs: set[Job[ItemT, ResultT]] = set()
        self._errands: deque[Callable[[], None]] = deque()
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="f5", daemon=True)
        self._thread.start()
        _schedulers.add(self)
        _threads.add(self._thread)

    def submit(self, items: Sequence[ItemT], first: int = 1) -> Job[ItemT, ResultT]:
        """Put a job's items into the line, all at once; ``first`` of them are what it is waited for at first.

        Results are kept until they are asked for: whoever submits a job has to `leave` it in the end. EngineError
        when the scheduler is closed.
        """
        job: Job[ItemT, ResultT] = Job(items, first, self._changed)
        with self._changed:
            self._refuse_if_closed()
            self._jobs.add(job)
            self._line.add(job)
            self._changed.notify_all()
        return job

    def leave(self, job: Job[ItemT, ResultT], error: Exception | None = None) -> None:
        """Nothing more of the job is wanted: what waits leaves the line, what is computed is dropped.

        With an error the job has failed, and raises it.
        """
        with self._changed:
            self._jobs.discard(job)
            self._line.remove(job)
            job.end(error)

    def run(self, function: Callable[[], Found]) -> Found:
        """What a function returns or raises that is run in the thread of the model, before its next step."""
        future: Future[Found] = Future()

        def errand() -> None:
            try:
                future.set_result(function())
            except Exception as error:  # noqa: BLE001  (raised where it was asked for)
                future.set_exception(error)

        with self._changed:
            self._refuse_if_closed()
            self._errands.append(errand)
            self._changed.notify_all()
        return future.result()

    def close(self) -> None:
        """Stop before the next step; jobs that are not done fail with EngineError. A second time does nothing."""
        with self._changed:
            self._closed = True
            for job in list(self._jobs):
                self.leave(job, _stopped())
            self._changed.notify_all()

    def join(self) -> None:
        """Wait until the thread of a closed scheduler has ended."""
        self._thread.join()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise _stopped()

    def _work(self) -> None:
        while not self._closed:
            self._run_errands()
            if batch := self._take(urgent=True):
                self._compute(batch, interruptible=False)
            elif batch := self._take():
                self._compute(batch)
            else:
                self._wait()
        self._run_errands()

    def _wait(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._errands or self._line)

    def _take(self, *, urgent: bool = False) -> Entries[ItemT, ResultT]:
        with self._changed:
            return self._line.take(self.budget, urgent=urgent)

    def _run_errands(self) -> None:
        while self._errands:
            self._errands.popleft()()

    def _compute(self, entries: Entries[ItemT, ResultT], *, interruptible: bool = True) -> None:
        """A batch to its end; where that fails, in parts, until only those have failed that cannot be computed."""
        error = self._attempt(entries, interruptible)
        left = [(job, place) for job, place in entries if not job.settled(place)]
        if error is None or not left:
            return
        if len(entries) == 1:
            self.leave(left[0][0], self._explain(error))
            return
        too_large = isinstance(error, OutOfMemory)
        if too_large:
            self._shrink(entries)
        while left:
            size = max(1, self.budget // _longest(left)) if too_large else 1
            self._compute(left[:size], interruptible=interruptible)
            left = left[size:]

    def _attempt(self, entries: Entries[ItemT, ResultT], interruptible: bool) -> Exception | None:
        try:
            self._advance(entries, interruptible)
        except Exception as error:
            logger.warning("a batch of %d failed", len(entries), exc_info=error)
            _forget_locals(error)
            return error
        return None

    def _advance(self, entries: Entries[ItemT, ResultT], interruptible: bool) -> None:
        live = [(job, place) for job, place in entries if not job.settled(place)]
        if not live:
            return
        batch = self._start([job.items[place] for job, place in live])
        while not batch.done:
            self._run_errands()
            if interruptible and (urgent := self._take(urgent=True)):
                interruptible = False
                self._compute(urgent, interruptible=False)
            live = _without_settled(batch, live)
            if not live:
                return
            batch.step()
        for at, (job, place) in enumerate(live):
            try:
                job.give(place, batch.result(at))
            except EngineError as error:
                self.leave(job, error)

    def _shrink(self, entries: Entries[ItemT, ResultT]) -> None:
        frames = len(entries) * _longest(entries)
        self.budget = min(self.budget, max(1, frames // 2))
        logger.warning("%d frames did not fit into memory: batches have at most %d from now on", frames, self.budget)


_schedulers: WeakSet[Scheduler[Any, Any]] = WeakSet()
_threads: WeakSet[threading.Thread] = WeakSet()
"""Of closed schedulers too: a thread may be the last to hold a model, and free it for a while."""


@atexit.register
def _end_all() -> None:
    """Python stops daemon threads wherever they are, and in the middle of torch that aborts the process."""
    for scheduler in list(_schedulers):
        scheduler.close()
    for thread in list(_threads):
        thread.join()


def _longest(entries: Entries[ItemT, ResultT]) -> int:
    return max(job.items[place].frames for job, place in entries)


def _without_settled(batch: Batch[ResultT], live: Entries[ItemT, ResultT]) -> Entries[ItemT, ResultT]:
    gone = {at for at, (job, place) in enumerate(live) if job.settled(place)}
    if gone and len(gone) < len(live):
        batch.drop(gone)
    return [entry for at, entry in enumerate(live) if at not in gone]


def _stopped() -> EngineError:
    return EngineError("the engine is being stopped; send the job again")


def _forget_locals(error: BaseException | None) -> None:
    """Let go of what the functions that an error passed through hold: it is the model's memory, and needed again."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__
