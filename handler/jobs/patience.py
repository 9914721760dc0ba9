"""Requests to a bucket in trouble are made again: speech that is paid for is not lost to the bucket's bad minute."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from handler.cancellation import Cancellation
from handler.errors import StoreUnavailable

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

WRITING_S = 60.0
"""For how long a write is tried: what it writes was made by the job, and would have to be made again."""
READING_S = 5.0
"""For how long a read is tried: mostly nothing is lost yet, and its client waits for an answer."""

FIRST_DELAY_S, MAX_DELAY_S = 0.5, 10.0
"""Pauses double from the first to the longest. Each is cut by up to a half at random, so that workers spread."""


class Patience:
    """Makes a job's requests to its store again, and knows how long they kept the job waiting."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting, self._since, self._waited = 0, 0.0, 0.0

    @property
    def waited_s(self) -> float:
        """Seconds in which at least one request that failed was being made again."""
        with self._lock:
            return self._waited + (time.monotonic() - self._since if self._waiting else 0.0)

    def ask(
        self,
        cancellation: Cancellation,
        seconds: float,
        request: Callable[P, T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Return what the request does; make it again for so many ``seconds`` while the store is unavailable.

        Not beyond the job's time: what the store says is raised then. Any other error is raised at once, and a pause
        ends as `Cancellation.sleep` does.
        """
        end = time.monotonic() + seconds
        try:
            return request(*args, **kwargs)
        except StoreUnavailable as error:
            failure = error
        with self._counted():
            delay = FIRST_DELAY_S
            while True:
                pause = random.uniform(delay / 2, delay)
                left, remaining = end - time.monotonic(), cancellation.remaining_s()
                if pause >= (left if remaining is None else min(left, remaining)):
                    raise failure
                logger.info("the store is asked again in %.1f s: %s", pause, failure.message)
                cancellation.sleep(pause)
                try:
                    return request(*args, **kwargs)
                except StoreUnavailable as error:
                    failure = error
                delay = min(2 * delay, MAX_DELAY_S)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self._waiting += 1
            if self._waiting == 1:
                self._since = time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1
                if not self._waiting:
                    self._waited += time.monotonic() - self._since
