"""Deletes old files of jobs when a worker starts, a limited number each time; never voices or fonts.

For services without lifecycle rules: such a rule of the bucket needs no worker and costs no requests.
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
"""The files of jobs. The records go last: if a run is cut short, clients can still ask for the jobs."""

MAX_DELETED = 2000
"""Objects at one start: about a minute of requests."""

MAX_PAGES = 100
"""Pages listed under each prefix."""

_PAGE_KEYS = 1000
_DAY_S = 86_400.0


def start(settings: Settings, store: Store) -> threading.Thread | None:
    """Delete old files in a background thread, if RETENTION_DAYS is set. Failures are logged."""
    if not settings.retention_days:
        return None
    days = settings.retention_days

    def work() -> None:
        try:
            deleted = clean(store, days, time.time())
            logger.info("deleted %d objects older than %d days", deleted, days)
        except WorkerError:
            logger.warning("old objects could not be deleted", exc_info=True)

    thread = threading.Thread(target=work, name="retention", daemon=True)
    thread.start()
    return thread


def clean(store: Store, days: float, now: float) -> int:
    """Delete objects last written more than ``days`` before ``now`` (Unix time), at most `MAX_DELETED`.

    Returns how many it deleted. Raises StorageError if the store refuses.
    """
    deleted = 0
    for prefix in PREFIXES:
        for item in _objects(store, prefix):
            if item.modified >= now - days * _DAY_S:
                continue
            if deleted == MAX_DELETED:
                return deleted
            store.delete(item.key)
            deleted += 1
    return deleted


def _objects(store: Store, prefix: str) -> Iterator[ObjectInfo]:
    cursor = None
    for _ in range(MAX_PAGES):
        page = store.list(prefix, _PAGE_KEYS, cursor)
        yield from page.objects
        cursor = page.cursor
        if cursor is None:
            return
