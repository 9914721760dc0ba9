"""Whose a job is: delivered twice, to two workers or again after a crash, it is done once.

A job is begun by the write of its record, which fails where there is one. Then the other run is watched: its result is
the answer of both deliveries. A run whose record does not move for LOST_AFTER has ended without a word, and one of
those that wait for it takes the job over: the one that can write a claim, an object named after the attempt. Clocks of
two machines are never compared: who waits counts its own seconds, and none in which the store does not answer. It need
not wait where the run's process is known to be gone, or its record is so old by the store's clock that `status` says
LOST.

A service without conditional writes (``If-None-Match``), or one that lets two at the same moment succeed, as Swift
does, lets two workers begin a job at the same moment. The second record stays: the run of the other stops once it sees
that. Both make the same files, by the same seed. Who takes a job over from a lost worker waits a moment before it reads
its claim again, and so decides this there, too.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from functools import partial

from handler.cancellation import NEVER, Cancellation, in_thread
from handler.errors import AlreadyExists, Cancelled, NotFound, StorageError, Unavailable, error_of
from handler.jobs import lost, records, workers
from handler.jobs.job import Job
from handler.jobs.job_store import JobStore
from handler.jobs.journal import heart
from handler.jobs.patience import WRITING_S
from handler.jobs.records import CANCELLED, COMPLETED, IN_PROGRESS
from handler.protocols import Store
from handler.types import JobRecord

logger = logging.getLogger(__name__)

FIRST_LOOK_S, LOOK_GROWTH, MAX_LOOK_S = 0.25, 1.5, 5.0
LOOKS = 6  # at least, in LOST_AFTER

ID_IN_USE = "id: a job with this id and another input is running; send another id, or wait until it has ended"
LEAVING = "this worker is stopping while another one has the job; send the job again with the same id"


def enter(job: Job, store: Store, leaving: Cancellation = NEVER) -> JobRecord | None:
    """Make the job this run's own and return None, or return the record of the run that has completed it.

    Waits for a run that is at it, and reports its progress. Raises its error when it fails meanwhile, unless another
    run may succeed; AlreadyExists while the id is used for another input; StorageError; and as `Cancellation.check`.
    ``leaving`` is cancelled once this worker shall end: then it waits for no other, and this raises Unavailable.
    """
    return None if job.begin() else _Watch(job, store).wait_unless(leaving)


class _Watch:
    """What a run that was not the first to begin sees of the record of its job."""

    def __init__(self, job: Job, store: Store) -> None:
        self._job = job
        self._plain_store = store
        self._waiting = Cancellation(parent=job.cancellation)
        self._store = JobStore(store, self._waiting, job.patience)
        self._note(self._look())
        self._answered = self._since
        if self._seen is not None and self._is_running and not self._is_free:
            self._is_overdue = lost.is_long_silent(self._seen, self._store, job.lost_after)

    def wait_unless(self, leaving: Cancellation) -> JobRecord | None:
        """What `wait` returns; raises Unavailable once the worker is leaving, unless the job is its own by then."""
        with leaving.notifying(self._waiting.cancel):
            if leaving.ended:
                self._waiting.cancel()
            try:
                return self.wait()
            except Cancelled:
                self._job.check()
                raise Unavailable(LEAVING) from None

    def wait(self) -> JobRecord | None:
        """The record of the job once another run has completed it; None once the job is this run's own."""
        if self._is_running and not self._is_free:
            logger.info("delivered again: another run has the job, and is waited for")
        pause = FIRST_LOOK_S
        while True:
            if self._is_same and self._seen is not None and self._seen.state == COMPLETED:
                logger.info("delivered again: the finished job is returned")
                return self._seen
            if (self._is_free or self._is_lost()) and self._take_over():
                return None
            self._waiting.sleep(pause)
            pause = min(pause * LOOK_GROWTH, self._job.lost_after / LOOKS, MAX_LOOK_S)
            self._look_again()

    def _look(self) -> JobRecord | None:
        return records.find(self._store, self._job.id)

    def _note(self, found: JobRecord | None) -> None:
        own = self._job.record
        self._seen, self._since = found, time.monotonic()
        self._is_same = found is not None and found.request_sha256 == own.request_sha256
        self._attempt = found.attempt + 1 if found is not None and self._is_same else 1
        self._is_running = found is not None and found.state == IN_PROGRESS
        self._is_claimed = self._is_overdue = False
        if found is not None and self._is_running and self._is_same and found.progress:
            self._job.relay(found.progress)

    def _look_again(self) -> None:
        try:
            found = self._look()
        except StorageError as error:
            if not error.retryable or time.monotonic() - self._answered > WRITING_S:
                raise
            # The other run cannot write either: it has all its time again once the store answers.
            self._since = time.monotonic()
            return
        self._answered = time.monotonic()
        if found == self._seen:
            return
        was_running = self._is_running
        self._note(found)
        if was_running and found is not None:
            self._refuse(found)

    def _refuse(self, found: JobRecord) -> None:
        """Raise the error that a run which was waited for ended with, and AlreadyExists for one of another input."""
        if not self._is_same and self._is_running:
            raise AlreadyExists(ID_IN_USE)
        if self._is_same and found.error and (found.state == CANCELLED or not found.error["retryable"]):
            raise error_of(found.error)

    @property
    def _is_free(self) -> bool:
        """Whether nobody can be at the job."""
        if self._is_claimed:
            return False
        return self._seen is None or not self._is_running or _is_left(self._seen, self._job.record.worker)

    def _is_lost(self) -> bool:
        return self._is_overdue or time.monotonic() - self._since >= self._job.lost_after

    def _take_over(self) -> bool:
        """Begin the next attempt, if no other run has, and the record is as it was. False where it is not."""
        own = self._job.record
        claim = records.claim_key(own.job_id, self._attempt, own.request_sha256)
        try:
            self._store.put(claim, own.run.encode(), "text/plain", only_new=True)
        except AlreadyExists:
            # It may be this run's own: where the answer to a write is lost, the store's client writes again.
            if not _holds(self._store, claim, own.run):
                # The other run is given as long for its record. Should it be lost before that, there is a next attempt.
                self._attempt, self._since = self._attempt + 1, time.monotonic()
                self._is_claimed, self._is_overdue = True, False
                return False
        taken = False
        try:
            if not self._is_free:
                # So long that a worker which lives after all gives a sign, and that two claims have been written.
                self._waiting.sleep(min(self._job.lost_after / LOOKS, MAX_LOOK_S))
            if _holds(self._store, claim, own.run) and self._look() == self._seen:
                self._job.take_over(self._attempt)
                taken = True
        finally:
            if not taken:
                in_thread(partial(_withdraw, self._plain_store, claim, own.run))
        if taken and self._is_running:
            message = "the job's worker has ended without a word; the job is begun again"
            logger.warning(message, extra={"attempt": self._attempt})
        return taken


def _holds(store: Store, claim: str, run: str) -> bool:
    """Whether a claim is that of this run: two that were written at the same moment may both have succeeded."""
    try:
        return store.get(claim) == run.encode()
    except NotFound:
        return False


def _withdraw(store: Store, claim: str, run: str) -> None:
    """Remove a claim that its run does not use."""
    with suppress(StorageError):
        if _holds(store, claim, run):
            store.delete(claim)


def _is_left(record: JobRecord, worker: str) -> bool:
    """Whether a run has ended without a word: one of this worker's own, or of a process that is no more."""
    is_own = record.worker == worker != ""
    return not heart.beats_for(record.run) if is_own else workers.has_ended(record.worker)
