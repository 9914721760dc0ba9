"""The records of jobs: what the store says of each, and of the files that it has made."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import asdict, fields
from typing import Any

from handler.cancellation import NEVER, in_thread
from handler.errors import NotFound
from handler.jobs.job_store import JobStore
from handler.jobs.patience import Patience
from handler.protocols import Store
from handler.types import JobRecord, Output

logger = logging.getLogger(__name__)

MAX_RECORD_BYTES = 16_000_000

IN_PROGRESS, COMPLETED, FAILED, CANCELLED = "IN_PROGRESS", "COMPLETED", "FAILED", "CANCELLED"


def _key(job_id: str) -> str:
    return f"jobs/{job_id}.json"


def put(store: Store, record: JobRecord) -> None:
    store.put(_key(record.job_id), json.dumps(asdict(record), ensure_ascii=False).encode(), "application/json")


def find(store: Store, job_id: str) -> JobRecord | None:
    """The record of a job, None if there is none, or none that this version can read."""
    try:
        found = json.loads(store.get(_key(job_id), MAX_RECORD_BYTES))
        known = {field.name: found[field.name] for field in fields(JobRecord) if field.name in found}
        known["outputs"] = {name: Output(**output) for name, output in known["outputs"].items()}
        return JobRecord(**known)
    except NotFound:
        return None
    except (ValueError, TypeError, KeyError, AttributeError):
        # Workers of two versions share a bucket while one replaces the other.
        logger.warning("the record of job %s cannot be read", job_id, exc_info=True)
        return None


def load(store: Store, job_id: str) -> JobRecord:
    """The record of a job; NotFound with a sentence for the client."""
    record = find(store, job_id)
    if record is None:
        raise NotFound(f"job_id: there is no job {job_id}; its files may have been removed since")
    return record


def require_audio(record: JobRecord) -> None:
    """Raise NotFound, with a sentence for the client, for a job that has not ended with speech."""
    if record.state != COMPLETED or "audio" not in record.outputs:
        raise NotFound(f"job_id: job {record.job_id} has no speech; send the job_id of a finished generate job")


def audio(record: JobRecord, store: Store, max_bytes: int) -> bytes:
    """The speech of a finished job; NotFound with a sentence for the client, TooLarge over ``max_bytes``."""
    return content(record, "audio", store, max_bytes)


def content(record: JobRecord, output: str, store: Store, max_bytes: int) -> bytes:
    """One of the outputs that a finished job has. Raises as `audio` does."""
    try:
        return store.get(record.outputs[output].key, max_bytes=max_bytes)
    except NotFound:
        message = f"job_id: the {output} of job {record.job_id} has been removed from the store; send that job again"
        raise NotFound(message) from None


def fingerprint(request: Mapping[str, Any]) -> str:
    """A hash of the request: a job delivered twice has the same id and the same fingerprint."""
    return hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()


def _is_done(store: Store, failed: JobRecord) -> bool:
    """Whether another delivery of the same job is complete: its client has the result, and asks for its files."""
    stored = find(store, failed.job_id)
    wanted = COMPLETED, failed.request_sha256
    return stored is not None and (stored.state, stored.request_sha256) == wanted


class Journal:
    """Writes the newest record in a thread, so that a slow bucket does not hold up speech.

    While one write is under way newer records replace each other: only the newest is written next. The record of a job
    that has ended is tried with ``patience``.
    """

    def __init__(self, store: Store, patience: Patience) -> None:
        self._store = store
        self._patient = JobStore(store, NEVER, patience)
        self._lock = threading.Lock()
        self._newest: tuple[JobRecord, Future[None]] | None = None
        self._writing = False

    def save(self, record: JobRecord) -> Future[None]:
        """Write a record after those before it. Progress is a courtesy: only the last record needs to be awaited."""
        written: Future[None] = Future()
        with self._lock:
            self._newest = record, written
            if not self._writing:
                self._writing = True
                in_thread(self._write)
        return written

    def _write(self) -> None:
        while True:
            with self._lock:
                newest, self._newest = self._newest, None
                if newest is None:
                    self._writing = False
                    return
            record, written = newest
            try:
                store = self._store if record.state == IN_PROGRESS else self._patient
                if not (record.state in (FAILED, CANCELLED) and _is_done(store, record)):
                    put(store, record)
            except Exception as error:
                logger.warning("the record could not be written", exc_info=error)
                written.set_exception(error)
            else:
                written.set_result(None)
