"""Cancellations that a test scripts: when the work is stopped, and how."""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Callable
from typing import TypeVar

from handler.cancellation import Cancellation
from handler.errors import Cancelled, JobTimeout, WorkerError

T = TypeVar("T")

STEP_S = 0.01


class Checked(Cancellation):
    """Calls ``on_check`` at each check, and checks every few milliseconds while something is awaited."""

    def __init__(self, on_check: Callable[[], object]) -> None:
        super().__init__()
        self._on_check = on_check

    def check(self, *, ignore_timeout: bool = False) -> None:
        super().check(ignore_timeout=ignore_timeout)
        self._on_check()

    def wait(
        self, future: concurrent.futures.Future[T], *, timeout_s: float | None = None, ignore_timeout: bool = False
    ) -> T:
        end = time.monotonic() + (timeout_s or float("inf"))
        while not concurrent.futures.wait([future], STEP_S).done:
            self.check(ignore_timeout=ignore_timeout)
            if time.monotonic() > end:
                raise TimeoutError
        return future.result()

    def sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.check()
            time.sleep(min(seconds, STEP_S))
        self.check()

    def remaining_s(self) -> float | None:
        return STEP_S


class Stop:
    """The end of a job's time, or its cancellation by the client, which comes when ``now`` is called."""

    KINDS = ("cancel", "deadline")

    def __init__(self, kind: str) -> None:
        self.error: type[WorkerError] = Cancelled if kind == "cancel" else JobTimeout
        self.cancellation = Cancellation() if kind == "cancel" else Cancellation(timeout_s=0.3)

    def now(self) -> None:
        if self.error is Cancelled:
            self.cancellation.cancel()
