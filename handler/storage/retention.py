"""Delete old files of jobs when a worker starts; never voices or fonts.

For services without lifecycle rules: a bucket's own rule needs no worker and costs no requests.
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
"""Files of jobs. Records go last: if a run is cut short, clients can still ask for the jobs."""

MAX_DELETED = 2000  # at one start: about a minute of requests

MAX_PAGES_PER_PREFIX = 100
PAGE_KEYS = 1000
_DAY_S = 86_400.0


def start(settings: Settings, store: Store) -> threading.Thread | None:
    """Delete old files in a background thread, which is returned; None if RETENTION_DAYS is 0. Failures are logged."""
    days = settings.retention_days
    if not days:
        return None

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
    for _ in range(MAX_PAGES_PER_PREFIX):
        page = store.list(prefix, PAGE_KEYS, cursor)
        yield from page.objects
        cursor = page.cursor
        if cursor is None:
            return
