"""The bucket's clock, as its answers tell it: where this machine's is wrong, signatures are made by the bucket's.

A bucket refuses a signature that is 15 minutes off, and counts the life of a URL from the time at which it was signed:
with a clock that is 13 minutes behind, URLs of ten minutes were over before anybody had them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

logger = logging.getLogger(__name__)

NORMAL_SKEW_S = 60.0
"""A synchronised clock is never so far off. Below it nothing is corrected: an answer may be slow."""


class BucketClock:
    """Safe to use from several threads."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self.ahead_s = 0.0
        """Seconds that the bucket's clock is ahead of this machine's, 0 for what is normal."""

    def note(self, date: str) -> bool:
        """Take the bucket's time from an answer's Date; returns whether the correction has changed."""
        try:
            ahead = parsedate_to_datetime(date).timestamp() - self._now()
        except ValueError:
            return False
        ahead = ahead if abs(ahead) >= NORMAL_SKEW_S else 0.0
        if abs(ahead - self.ahead_s) < NORMAL_SKEW_S:
            return False
        if ahead:
            logger.warning(
                "this machine's clock is %.0f s %s the bucket's, which is used for signatures; set the machine's",
                abs(ahead),
                "behind" if ahead > 0 else "ahead of",
            )
        self.ahead_s = ahead
        return True

    def time(self) -> datetime:
        """The bucket's time."""
        return datetime.fromtimestamp(self._now() + self.ahead_s, UTC)
