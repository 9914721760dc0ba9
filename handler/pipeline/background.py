"""A single background thread of a job; its tasks run in order."""

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


class BackgroundQueue:
    """Runs a job's tasks one after the other in one thread, which the first task starts.

    Leaving the context drops the tasks that have not begun and does not wait for the one that runs. A long task checks
    `cancellation` between its parts.
    """

    def __init__(self, name: str, job: Job) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._job = job
        self.cancellation = Cancellation(parent=job.cancellation, message="the job has ended")

    def __enter__(self) -> BackgroundQueue:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cancellation.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def submit(self, task: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a task after those before it; its log lines bear the job's id."""
        return self._pool.submit(copy_context().run, partial(task, *args, **kwargs))

    def wait(self, task: Future[T], *, ignore_timeout: bool = False) -> T:
        """Return the result of a task. Raises Cancelled or JobTimeout when the job should stop.

        JobTimeout not with ``ignore_timeout``, for what is done once the speech exists.
        """
        return self._job.cancellation.wait(task, ignore_timeout=ignore_timeout)
