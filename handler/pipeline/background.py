"""Work that a job has done beside its own road: in order, in one thread, for as long as the job lives."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from types import TracebackType
from typing import ParamSpec, TypeVar

from handler.cancellation import Cancellation
from handler.jobs import Job

P = ParamSpec("P")
T = TypeVar("T")


class Lane:
    """One thread of a job's own, started by the first work it is given.

    Leaving the context abandons what has not begun: a thread cannot be killed, but it ends with the work it is at, and
    nobody waits for it. Work that takes long checks `cancellation` between its parts.
    """

    def __init__(self, name: str, job: Job) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._job = job
        self.cancellation = Cancellation(parent=job.cancellation, message="the job has ended")

    def __enter__(self) -> Lane:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cancellation.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def submit(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> Future[T]:
        """Have work done after what was given before; it logs as the job that gave it."""
        return self._pool.submit(copy_context().run, partial(work, *given, **named))

    def wait(self, work: Future[T]) -> T:
        """Return what work given before has come to. Raises Cancelled or JobTimeout when the job should stop."""
        return self._job.cancellation.wait(work)
