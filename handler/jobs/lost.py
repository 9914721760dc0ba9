"""Jobs whose workers have ended without a word: found when a record is read, never stored."""

from __future__ import annotations

import time
from dataclasses import replace

from handler.errors import Lost
from handler.jobs import records
from handler.jobs.records import IN_PROGRESS, LOST
from handler.protocols import Store
from handler.settings import Settings
from handler.types import JobRecord

TOLERANCE = 4  # times LOST_AFTER: a bucket in trouble for a minute hides a worker that lives

MESSAGE = "the job's worker has ended without a word; send the job again, with the same id or another"


def as_shown(record: JobRecord, store: Store, settings: Settings) -> JobRecord:
    """The record as clients see it: LOST in place of IN_PROGRESS where its worker is gone.

    Its age is told by the clock of the store alone, where the store tells its time. Raises StorageError.
    """
    if record.state != IN_PROGRESS:
        return record
    written = store.head(records.key(record.job_id))
    if written is None:
        return record
    age = (written.told_at or time.time()) - written.modified
    return replace(record, state=LOST, error=Lost(MESSAGE).reply()) if age > _longest(record, settings) else record


def _longest(record: JobRecord, settings: Settings) -> float:
    """Seconds for which a running job may write no record."""
    if record.heartbeat_at is not None:
        return TOLERANCE * settings.lost_after
    # Of a worker that gives no signs of life: an older version.
    return settings.book_timeout if record.endpoint == "book" else settings.job_timeout
