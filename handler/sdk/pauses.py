"""Pauses between the tries of something that fails: each about twice as long as the one before, up to a limit."""

from __future__ import annotations

import random
import time
from email.utils import parsedate_to_datetime


class Pauses:
    """The seconds to wait before each next try; `reset` begins anew."""

    def __init__(self, first_s: float, longest_s: float) -> None:
        self._first = self._next = first_s
        self._longest = longest_s

    def reset(self) -> None:
        self._next = self._first

    def next_s(self, asked_for: float | None = None) -> float:
        """The next pause, not shorter than the other side has ``asked_for`` within the limit.

        Chance spreads it over its second half: the workers of an endpoint would else all ask again at once.
        """
        pause, self._next = self._next, min(2 * self._next, self._longest)
        pause *= random.uniform(0.5, 1.0)
        return pause if asked_for is None else max(pause, min(asked_for, self._longest))


def retry_after_s(value: str | None) -> float | None:
    """The seconds of a header ``Retry-After``, which has seconds or a date; None without one that can be read."""
    if value is None:
        return None
    try:
        seconds = float(value) if value.strip().isdigit() else parsedate_to_datetime(value).timestamp() - time.time()
    except (ValueError, OverflowError):
        return None
    return max(0.0, seconds)
