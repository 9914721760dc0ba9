"""Files of jobs that have not completed: their runs remove them, unless they are killed before, or write too late.

Nobody can ask for such a file: no record of a complete job names it. To know, a sweep reads records: each one once, by
the first sweep that finds it old enough, so that this costs one request for each job in its life.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping

from handler.jobs import COMPLETED, IN_PROGRESS, records
from handler.jobs.leftovers import stored
from handler.protocols import Store
from handler.removal import Removed
from handler.types import JobRecord, ObjectInfo

KIND = "files_of_unfinished_jobs"

MAX_READ = 5000  # records, in one sweep; of more an hour, what jobs have left stays until RETENTION_DAYS

READ, READING = "read", "reading"
_RECORD = re.compile(r"jobs/([A-Za-z0-9][A-Za-z0-9._-]*)\.json")


class Records:
    """Reads the records that have become ``age_s`` old since the last time, and removes what their jobs have left."""

    def __init__(self, now: float, age_s: float, times: MutableMapping[str, float], *, goes_on: bool) -> None:
        """``times`` says by the store's clock when the last listing of records began that came to its end, and when the
        one did that is under way, where this sweep ``goes_on`` with it; afterwards it says so for the next sweep."""
        if not goes_on:
            times[READING] = now
        self._times = times
        self._before = now - age_s
        self._first = times.get(READ, 0.0) - age_s
        self._last = times.get(READING, now) - age_s
        self._left = MAX_READ

    def has(self, item: ObjectInfo) -> bool:
        """Whether an object is a record that is to be read now."""
        return bool(self._left and self._first < item.modified <= self._last and _RECORD.fullmatch(item.key))

    def clean(self, store: Store, item: ObjectInfo) -> Removed:
        """Remove the files of a job that has not completed, unless they are younger, and so of a run of today."""
        self._left -= 1
        removed = Removed()
        job_id = _RECORD.sub(r"\1", item.key)
        record = records.find(store, job_id)
        if record is not None and _may_have_files(record):
            for file in stored(store, job_id):
                if file.modified <= self._before:
                    store.delete(file.key)
                    removed += Removed(1, file.size)
        return removed

    def end(self) -> None:
        """Remember that the listing has come to its end."""
        self._times[READ] = self._times.pop(READING)


def _may_have_files(record: JobRecord) -> bool:
    # A job that was refused has made no progress. One in progress may not have come to write how far it was.
    return record.state == IN_PROGRESS or (record.state != COMPLETED and bool(record.progress))
