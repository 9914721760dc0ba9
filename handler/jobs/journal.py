"""The record of a running job: written as it goes, with a sign of life every few seconds, by one of its runs alone."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from handler.cancellation import NEVER, in_thread
from handler.errors import AlreadyExists
from handler.jobs import records
from handler.jobs.leftovers import Leftovers
from handler.jobs.patience import READING_S, WRITING_S, Patience
from handler.jobs.records import COMPLETED, IN_PROGRESS
from handler.protocols import Store
from handler.types import JobRecord

logger = logging.getLogger(__name__)

LOST_AFTER_S = 30.0  # the default of LOST_AFTER
HEARTBEATS = 6  # that fit into LOST_AFTER: so many in a row have to fail before another worker takes the job over


class _Way(Enum):
    """How a record is written."""

    NEW = auto()  # where there is none
    FIRST = auto()  # of this run, whatever is there
    NEXT = auto()  # in place of another one of this run


@dataclass(frozen=True)
class _Write:
    record: JobRecord
    way: _Way
    leftovers: Leftovers | None = None
    """Files that are removed before the record is written."""
    written: Future[None] = field(default_factory=Future)


class Journal:
    """Writes the newest record in a thread, so that a slow bucket does not hold up speech.

    While one write is under way newer records replace each other: only the newest is written next. The record of a job
    that has ended is the last; it is tried with ``patience``, as the first is.

    A record belongs to one run of its job: the one that began last. A run that others may have taken for lost, because
    it was paused or cut off from the store, looks at the record before each write, and writes nothing over that of
    another run. So does the first sign of life, a run that took the job over, and one that fails. What is left is the
    time between that look and the write, as long as one request: stores have no write that depends on what it replaces.
    """

    def __init__(
        self,
        store: Store,
        patience: Patience,
        lost_after: float = LOST_AFTER_S,
        when_superseded: Callable[[], None] = lambda: None,
    ) -> None:
        """``when_superseded`` is called, in a thread, once another run is seen to have taken the job over."""
        self.heartbeat_s = lost_after / HEARTBEATS
        self.superseded = False
        self._store = store
        self._patience = patience
        self._sure_s = lost_after / 2
        self._when_superseded = when_superseded
        self._lock = threading.Lock()
        self._newest: _Write | None = None
        self._record: JobRecord | None = None
        self._is_own = True
        self._is_writing = self._is_closed = False
        self._is_contested = False  # whether other runs have, or may have, to do with the job
        self._is_alone = False  # whether no other began at the same moment, as far as was seen
        self._saved = 0.0
        self._seen = -math.inf  # when the store was last known to hold a record of this run
        self._context = copy_context()

    def start(self, record: JobRecord) -> Future[None]:
        """Write the first record of a job whose id nobody else has."""
        self._is_alone = True
        return self._put(_Write(record, _Way.FIRST))

    def begin(self, record: JobRecord) -> Future[None]:
        """Write the first record of a job. The future raises AlreadyExists where it has one."""
        return self._put(_Write(record, _Way.NEW))

    def take_over(self, record: JobRecord) -> Future[None]:
        """Write the first record of this run in place of that of another one."""
        self._is_contested = True
        return self._put(_Write(record, _Way.FIRST))

    def save(self, record: JobRecord) -> Future[None]:
        """Write a record after those before it. Progress is a courtesy: only the last record needs to be awaited."""
        return self._put(_Write(record, _Way.NEXT))

    def note(self, record: JobRecord) -> None:
        """Let the next sign of life be this record."""
        with self._lock:
            self._record = record

    def close(self, record: JobRecord, leftovers: Leftovers | None = None) -> Future[None]:
        """Write the last record: none of this run follows it. Until it is written, the run counts as one that lives.

        Before it the ``leftovers`` are removed, where the job is still this run's.
        """
        return self._put(_Write(record, _Way.NEXT, leftovers), closes=True)

    def live(self, run: str) -> None:
        """Give signs of life from now on, for this run of the job."""
        heart.add(self, run)

    def rest(self) -> None:
        """Give no more signs of life."""
        heart.remove(self)

    def beat(self) -> None:
        """Write the newest record again, unless another was written a moment ago. Called from the heart's thread."""
        with self._lock:
            record = None if self._is_writing else self._record
        if record is not None and time.monotonic() - self._saved >= self.heartbeat_s:
            # In the job's context: log lines bear its id.
            self._context.run(self.save, record)

    def _put(self, write: _Write, *, closes: bool = False) -> Future[None]:
        with self._lock:
            if self._is_closed:
                write.written.set_result(None)
                return write.written
            self._is_closed = closes
            self._saved = time.monotonic()
            self._newest, self._record = write, write.record
            if not self._is_writing:
                in_thread(self._write)
                self._is_writing = True
        return write.written

    def _write(self) -> None:
        while True:
            with self._lock:
                newest, self._newest = self._newest, None
                if newest is None:
                    self._is_writing = False
                    return
            error = self._try(newest)
            if newest.record.finished_at is not None:
                self.rest()
            if error is None:
                newest.written.set_result(None)
            else:
                newest.written.set_exception(error)

    def _try(self, write: _Write) -> Exception | None:
        """Write a record, with patience where it is the first or the last one; the error if that fails."""
        try:
            if write.leftovers is not None:
                write.leftovers.settle()
            if write.way is _Way.NEXT and write.record.finished_at is None:
                self._write_one(write)
            else:
                seconds = READING_S if write.record.finished_at is None else WRITING_S
                self._patience.ask(NEVER, seconds, self._write_one, write)
        except AlreadyExists as error:
            self._is_own = False
            return error
        except Exception as error:
            logger.warning("the record could not be written", exc_info=error)
            return error
        return None

    def _write_one(self, write: _Write) -> None:
        record = write.record
        if write.way is _Way.FIRST:
            self._is_own = True
        elif write.way is _Way.NEXT and not self._may_write(record):
            return
        if write.leftovers is not None:
            if record.attempt > 1:  # a run that was lost has removed nothing
                write.leftovers.add_stored(self._store, record.job_id)
            if not write.leftovers.remove(self._store, lambda: self._may_write(record)):
                return
        began = time.monotonic()
        records.put(self._store, replace(record, heartbeat_at=time.time()), only_new=write.way is _Way.NEW)
        self._seen = began
        if self._is_contested and record.finished_at is not None:
            records.remove_claims(self._store, record.job_id)

    def _may_write(self, record: JobRecord) -> bool:
        """Whether the record in the store is that of this run; it is looked at where it may not be."""
        if not self._is_own:
            return False
        self._is_contested |= time.monotonic() - self._seen > self._sure_s
        is_sure = record.state == COMPLETED or (record.state == IN_PROGRESS and self._is_alone)
        if is_sure and not self._is_contested:
            return True
        stored = records.find(self._store, record.job_id)
        if stored is None or stored.run == record.run:
            self._is_alone = True
            return True
        self._is_own = False
        if self._seen == -math.inf:
            return False  # its first record was never written: what is there is of an earlier run, or of one elsewhere
        self.superseded = True
        logger.warning("another run of the job has its record now")
        self.rest()
        if not self._is_closed:
            self._when_superseded()
        return False


class _Heart:
    """Lets the journals of all running jobs beat, in one thread that ends with the last of them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._journals: dict[Journal, str] = {}
        self._beats = False

    def add(self, journal: Journal, run: str) -> None:
        with self._changed:
            self._journals[journal] = run
            if not self._beats:
                self._beats = True
                threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()
            self._changed.notify()

    def remove(self, journal: Journal) -> None:
        with self._changed:
            self._journals.pop(journal, None)
            if not self._journals:
                self._changed.notify()

    def beats_for(self, run: str) -> bool:
        """Whether a run of a job is one of this process that goes on."""
        with self._changed:
            return run in self._journals.values()

    def _beat(self) -> None:
        while True:
            with self._changed:
                if not self._journals:
                    self._beats = False
                    return
                self._changed.wait(min(journal.heartbeat_s for journal in self._journals) / 2)
                journals = list(self._journals)
            for journal in journals:
                try:
                    journal.beat()
                except Exception:
                    # Such as a machine without room for one more thread: without this thread all jobs look lost.
                    logger.exception("a job gave no sign of life")


heart = _Heart()
