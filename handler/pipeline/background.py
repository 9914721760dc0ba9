"""Work that a job has done beside its own road: in order, in one thread, for as long as the job lives."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from functools import partial
from types import TracebackType
from typing import ParamSpec, TypeVar

from handler.errors import Cancelled
from handler.jobs import Job

P = ParamSpec("P")
T = TypeVar("T")

TURN = 0.2
"""Seconds after which a job that waits for its lane asks whether it should go on."""


class Lane:
    """One thread of a job's own, started by the first work it is given.

    Leaving the context abandons what has not begun: a thread cannot be killed, but it ends with the work it is at, and
    nobody waits for it. Work that takes long asks `check` between its parts.
    """

    def __init__(self, name: str, job: Job) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._job = job
        self._left = threading.Event()

    def __enter__(self) -> Lane:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def check(self) -> None:
        """Raise when the work should not go on: as the job's check does, or Cancelled since the job has ended."""
        if self._left.is_set():
            raise Cancelled("the job has ended")
        self._job.check()

    def submit(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> Future[T]:
        """Have work done after what was given before; it logs as the job that gave it."""
        return self._pool.submit(copy_context().run, partial(work, *given, **named))

    def wait(self, work: Future[T]) -> T:
        """What work given before has come to; meanwhile the job is asked whether it should go on."""
        while not wait([work], TURN).done:
            self._job.check()
        return work.result()
