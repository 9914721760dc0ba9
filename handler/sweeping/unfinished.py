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

READ, READING = "read", "reading"
_RECORD = re.compile(r"jobs/([A-Za-z0-9][A-Za-z0-9._-]*)\.json")
_MARGIN_S = 3600.0
"""So much older than the litter are records that are read: a worker may store a file after its last record, and die."""


class Records:
    """Reads the records that have become ``age_s`` old since the last time, and removes what their jobs have left."""

    def __init__(self, now: float, age_s: float, times: MutableMapping[str, float], *, goes_on: bool) -> None:
        """``times`` says, by the store's clock, up to when written records are read: in the last listing that came to
        its end, and in the one that is under way, where this sweep ``goes_on`` with it. It is kept up to date."""
        self._before = now - age_s
        if not goes_on:
            times[READING] = self._before - _MARGIN_S
        self._times = times
        self._first = times.get(READ, 0.0)
        # Workers of an older version, which read no records, may have begun the listing.
        self._last = times.get(READING, self._before - _MARGIN_S)

    def has(self, item: ObjectInfo) -> bool:
        """Whether an object is a record that is to be read now."""
        return self._first < item.modified <= self._last and _RECORD.fullmatch(item.key) is not None

    def clean(self, store: Store, item: ObjectInfo) -> Removed:
        """Remove the files of a job that has not completed, unless they are younger, and so of another run."""
        job_id = _RECORD.sub(r"\1", item.key)
        record = records.find(store, job_id)
        if record is None or not _may_have_files(record):
            return Removed()
        old = [file for file in stored(store, job_id) if file.modified <= self._before]
        now = store.head(item.key)
        if now is None or now.etag != item.etag:
            return Removed()  # the job has been sent again: a book goes on with the chapters that there are
        for file in old:
            store.delete(file.key)
        return Removed(len(old), sum(file.size for file in old))

    def end(self) -> None:
        """Remember that the listing has come to its end."""
        if (read := self._times.pop(READING, None)) is not None:
            self._times[READ] = read


def _may_have_files(record: JobRecord) -> bool:
    # A job that was refused has made no progress. One in progress may not have come to write how far it was.
    return record.state == IN_PROGRESS or (record.state != COMPLETED and bool(record.progress))
