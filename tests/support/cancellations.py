"""A cancellation that a test scripts: it decides at each check whether the work goes on."""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Callable
from typing import TypeVar

from handler.cancellation import Cancellation

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

    def wait(self, future: concurrent.futures.Future[T]) -> T:
        while not concurrent.futures.wait([future], STEP_S).done:
            self.check()
        return future.result()

    def sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.check()
            time.sleep(min(seconds, STEP_S))
        self.check()

    def remaining_s(self) -> float | None:
        return STEP_S
