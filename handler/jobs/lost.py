"""Jobs whose workers have ended without a word: found when a record is read, never stored.

A worker that is to do such a job again takes it over by the same rule, without watching it for LOST_AFTER. It watches
one with a younger record, which may be that of a worker that lives, on a bucket in trouble.
"""

from __future__ import annotations

import time
from dataclasses import replace

from handler.errors import Lost
from handler.jobs import records, workers
from handler.jobs.records import IN_PROGRESS, LOST
from handler.protocols import Store
from handler.settings import Settings
from handler.types import JobRecord, ObjectInfo

TOLERANCE = 4  # times LOST_AFTER: a bucket in trouble for a minute hides a worker that lives

MESSAGE = "the job's worker has ended without a word; send the job again, with the same id or another"


def as_shown(record: JobRecord, store: Store, settings: Settings) -> JobRecord:
    """The record as clients see it: LOST in place of IN_PROGRESS where its worker is gone.

    Its age is told by the clock of the store alone, where the store tells its time. Raises StorageError.
    """
    if record.state != IN_PROGRESS:
        return record
    if workers.has_ended(record.worker):
        # It may have written another record before it ended.
        newest = records.find(store, record.job_id)
        return _lost(record) if newest is None or newest == record else newest
    written = store.head(records.key(record.job_id))
    if written is None:
        return record
    return _lost(record) if _age(written, time.time()) > _longest(record, settings) else record


def is_long_silent(record: JobRecord, store: Store, lost_after: float) -> bool:
    """Whether a running job is one that `as_shown` calls LOST for its age. Raises StorageError.

    Only by a clock that the store tells itself. A folder tells none, and may be another machine's, with another time:
    two workers would there take a job from each other for ever.
    """
    if record.heartbeat_at is None:
        return False
    written = store.head(records.key(record.job_id))
    return written is not None and _age(written, written.modified) > TOLERANCE * lost_after


def _lost(record: JobRecord) -> JobRecord:
    return replace(record, state=LOST, error=Lost(MESSAGE).reply())


def _age(written: ObjectInfo, now: float) -> float:
    """How old an object is by the clock of its store; ``now`` is for one that does not tell the time."""
    return (written.told_at or now) - written.modified


def _longest(record: JobRecord, settings: Settings) -> float:
    """Seconds for which a running job may write no record."""
    if record.heartbeat_at is not None:
        return TOLERANCE * settings.lost_after
    # Of a worker that gives no signs of life: an older version.
    return settings.book_timeout if record.endpoint == "book" else settings.job_timeout
