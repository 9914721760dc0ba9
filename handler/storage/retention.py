"""Delete old files of jobs when a worker starts; never voices or fonts.

For services without lifecycle rules: a bucket's own rule needs no worker and costs no requests.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

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
            logger.info("deleted %d objects older than %d days", deleted.objects, days)
        except WorkerError:
            logger.warning("old objects could not be deleted", exc_info=True)

    thread = threading.Thread(target=work, name="retention", daemon=True)
    thread.start()
    return thread


class Deleted(NamedTuple):
    """What `clean` deleted: how many objects, and how many bytes they had."""

    objects: int = 0
    size: int = 0


def clean(store: Store, days: float, now: float) -> Deleted:
    """Delete objects last written more than ``days`` before ``now`` (Unix time), at most `MAX_DELETED`.

    Raises StorageError if the store refuses.
    """
    deleted = Deleted()
    for prefix in PREFIXES:
        for item in objects(store, prefix):
            if item.modified >= now - days * _DAY_S:
                continue
            if deleted.objects == MAX_DELETED:
                return deleted
            store.delete(item.key)
            deleted = Deleted(deleted.objects + 1, deleted.size + item.size)
    return deleted


TEMPORARY_S = 86_400.0
"""Age of a temporary folder that no job can be using any more."""

_TEMPORARY = re.compile(r"(align|book|convert|decode|overlay|probe|upload|video)-[a-z0-9_]{8}")
"""Names that `tempfile` gives the folders and files of jobs. One stays only where its process was killed."""


def clean_temporary(folder: Path, now: float) -> Deleted:
    """Delete what jobs of killed processes left in the temporary ``folder``, older than `TEMPORARY_S`.

    What cannot be deleted stays, and is logged.
    """
    deleted = Deleted()
    for path in folder.iterdir():
        try:
            stats = path.lstat()
            old = stats.st_mtime < now - TEMPORARY_S and stats.st_uid == os.getuid()
            if not (old and _TEMPORARY.fullmatch(path.name)) or path.is_symlink():
                continue
            size = sum(each.lstat().st_size for each in path.rglob("*")) if path.is_dir() else stats.st_size
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        except OSError:
            logger.warning("a temporary folder could not be removed", exc_info=True)
        else:
            deleted = Deleted(deleted.objects + 1, deleted.size + size)
    return deleted


def objects(store: Store, prefix: str) -> Iterator[ObjectInfo]:
    """The objects whose keys start with ``prefix``, page by page, at most `MAX_PAGES_PER_PREFIX` of them."""
    cursor = None
    for _ in range(MAX_PAGES_PER_PREFIX):
        page = store.list(prefix, PAGE_KEYS, cursor)
        yield from page.objects
        cursor = page.cursor
        if cursor is None:
            return
