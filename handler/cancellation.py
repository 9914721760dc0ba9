"""Cancellation of work: the client's wish to stop, and the job's deadline, in one object that every part can ask."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import ParamSpec, TypeVar

from handler.errors import Cancelled, JobTimeout

P = ParamSpec("P")
T = TypeVar("T")

CALL_THREAD = "cancellable"
"""The name of the threads of `in_thread`."""

POLL_S = 0.2  # time between two checks while a lock is awaited: a lock cannot be awaited together with an event


class Cancellation:
    """Safe to use from several threads. A child ends with its parent; a parent goes on when its child ends."""

    def __init__(
        self,
        *,
        parent: Cancellation | None = None,
        timeout_s: float | None = None,
        timeout_message: str = "the time is over",
        message: str = "the job was cancelled",
    ) -> None:
        """``timeout_s`` counts from now; None never ends. The messages are those of the errors that `check` raises."""
        self._parent = parent
        self._timeout_message = timeout_message
        self._message = message
        self._deadline = None if timeout_s is None else time.monotonic() + timeout_s
        self._cancelled = False
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []

    def cancel(self) -> None:
        """Stop the work: its next `check` raises, and whatever waits wakes up now."""
        with self._lock:
            self._cancelled = True
            callbacks = tuple(self._callbacks)
        for callback in callbacks:
            callback()

    def check(self, *, ignore_timeout: bool = False) -> None:
        """Raise Cancelled, or JobTimeout unless ``ignore_timeout`` (for work on speech that exists already)."""
        if self._parent is not None:
            self._parent.check(ignore_timeout=ignore_timeout)
        if self._cancelled:
            raise Cancelled(self._message)
        if not ignore_timeout and self._deadline is not None and time.monotonic() > self._deadline:
            raise JobTimeout(self._timeout_message)

    @property
    def ended(self) -> bool:
        """Whether `check` raises now."""
        try:
            self.check()
        except (Cancelled, JobTimeout):
            return True
        return False

    def wait(self, future: Future[T], *, timeout_s: float | None = None, ignore_timeout: bool = False) -> T:
        """Return the future's result, or raise its error.

        Raises as `check` does when the work should stop before, and TimeoutError after ``timeout_s``.
        """
        wake = threading.Event()
        future.add_done_callback(lambda _: wake.set())
        end = None if timeout_s is None else time.monotonic() + timeout_s
        with self.notifying(wake.set):
            while not future.done():
                self.check(ignore_timeout=ignore_timeout)
                left = None if end is None else end - time.monotonic()
                if left is not None and left <= 0:
                    raise TimeoutError
                wake.wait(_shorter(left, None if ignore_timeout else self.remaining_s()))
        return future.result()

    def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function that cannot be interrupted; return or raise what it does.

        It is called in a thread of its own. When the work should stop before, this raises as `check` does, and the call
        is abandoned: it goes on until it ends by itself, or asks `current` in a place where it can end.
        """
        if self is NEVER:
            return work(*args, **kwargs)

        def call() -> T:
            with working_for(self):
                return work(*args, **kwargs)

        return self.wait(in_thread(call))

    def sleep(self, seconds: float) -> None:
        """Wait so long. Raises as `check` does, at once when the work is cancelled meanwhile."""
        wake = threading.Event()
        end = time.monotonic() + seconds
        with self.notifying(wake.set):
            while (left := end - time.monotonic()) > 0:
                self.check()
                wake.wait(min(left, self.remaining_s() or left))
        self.check()

    @contextmanager
    def acquire(self, lock: threading.Lock) -> Iterator[None]:
        """Hold a lock in the block. Raises as `check` does while it waits for the lock."""
        while not lock.acquire(timeout=POLL_S):
            self.check()
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def notifying(self, callback: Callable[[], None]) -> Iterator[None]:
        """Call ``callback`` from the cancelling thread if the work is cancelled in the block; then `check` raises."""
        with self._lock:
            self._callbacks.append(callback)
        try:
            if self._parent is None:
                yield
            else:
                with self._parent.notifying(callback):
                    yield
        finally:
            with self._lock:
                self._callbacks.remove(callback)

    @contextmanager
    def ending(self, callback: Callable[[], None]) -> Iterator[None]:
        """As `notifying`, and call it at the deadline, too, from a thread of its own: for calls that do not check."""
        remaining = self.remaining_s()
        timer = None if remaining is None else threading.Timer(remaining, callback)
        if timer is not None:
            timer.daemon = True
            timer.start()
        try:
            with self.notifying(callback):
                yield
        finally:
            if timer is not None:
                timer.cancel()

    def remaining_s(self) -> float | None:
        """Seconds until the nearest deadline, at least a little; None without one."""
        own = None if self._deadline is None else max(0.001, self._deadline - time.monotonic())
        parents = None if self._parent is None else self._parent.remaining_s()
        return _shorter(own, parents)


def in_thread(work: Callable[[], T]) -> Future[T]:
    """Call a function in a daemon thread of its own; its log lines bear the id of the job."""
    future: Future[T] = Future()

    def call() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            future.set_exception(error)

    threading.Thread(target=copy_context().run, args=(call,), name=CALL_THREAD, daemon=True).start()
    return future


def _shorter(*seconds: float | None) -> float | None:
    return min((left for left in seconds if left is not None), default=None)


NEVER = Cancellation()  # for work that nobody cancels

_current: ContextVar[Cancellation] = ContextVar("cancellation", default=NEVER)


def current() -> Cancellation:
    """The cancellation of the work that `Cancellation.run` has called: for code deep inside that nobody hands it to."""
    return _current.get()


@contextmanager
def working_for(cancellation: Cancellation) -> Iterator[None]:
    """Let the code in the block find this as its `current` cancellation."""
    token = _current.set(cancellation)
    try:
        yield
    finally:
        _current.reset(token)
