"""Removes what jobs left in the store long ago, a bounded lot at each start of a worker; voices and fonts never.

A lifecycle rule of the bucket does the same better: it needs no worker, and costs no requests. This is for services
that have none.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator

from handler.errors import WorkerError
from handler.protocols import Store
from handler.settings import Settings
from handler.types import ObjectInfo

logger = logging.getLogger(__name__)

PREFIXES = ("output/", "timings/", "videos/", "uploads/", "jobs/")
"""What belongs to a job; its record last, so that one cut off in the middle can still be asked for."""

MOST_REMOVED = 2000
"""Objects at one start: about a minute of requests."""

MOST_PAGES = 100
"""Pages of a thousand objects that are looked at below each prefix."""

_PAGE = 1000
_DAY = 86_400.0


def start(settings: Settings, store: Store) -> threading.Thread | None:
    """Begin to clean in the background, if RETENTION_DAYS says so; what goes wrong is logged, no job hears of it."""
    if not settings.retention_days:
        return None
    days = settings.retention_days

    def work() -> None:
        try:
            removed = clean(store, days, time.time())
            logger.info("removed %d objects older than %d days", removed, days)
        except WorkerError:
            logger.warning("old objects could not be removed", exc_info=True)

    thread = threading.Thread(target=work, name="retention", daemon=True)
    thread.start()
    return thread


def clean(store: Store, days: float, now: float) -> int:
    """Remove objects last written more than ``days`` before ``now`` (Unix time), at most `MOST_REMOVED`; how many were.

    Raises StorageError when the store refuses.
    """
    removed = 0
    for prefix in PREFIXES:
        for item in _objects(store, prefix):
            if item.modified >= now - days * _DAY:
                continue
            if removed == MOST_REMOVED:
                return removed
            store.delete(item.key)
            removed += 1
    return removed


def _objects(store: Store, prefix: str) -> Iterator[ObjectInfo]:
    cursor = None
    for _ in range(MOST_PAGES):
        page = store.list(prefix, _PAGE, cursor)
        yield from page.objects
        cursor = page.cursor
        if cursor is None:
            return
