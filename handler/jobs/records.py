"""The records of jobs: what the store says of each, and of the files that it has made."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from handler.errors import NotFound, StorageError
from handler.protocols import Store
from handler.types import JobRecord, Output

logger = logging.getLogger(__name__)

MAX_RECORD_BYTES = 16_000_000

IN_PROGRESS, COMPLETED, FAILED, CANCELLED = "IN_PROGRESS", "COMPLETED", "FAILED", "CANCELLED"
LOST = "LOST"  # as clients see a job in progress whose worker is gone; no record says so

MAX_CLAIMS = 100  # that are removed with the end of a job; there is one for each worker that was lost


def key(job_id: str) -> str:
    return f"jobs/{job_id}.json"


def put(store: Store, record: JobRecord, *, only_new: bool = False) -> None:
    """Write a record; AlreadyExists with ``only_new`` where the job has one."""
    body = json.dumps(asdict(record), ensure_ascii=False).encode()
    store.put(key(record.job_id), body, "application/json", only_new=only_new)


CLAIM_PATTERN = r"jobs/[^/]+/claims/[0-9a-f]{16}-[0-9]+"
"""The keys that `claim_key` makes."""


def claim_key(job_id: str, attempt: int, request_sha256: str) -> str:
    """Where the one worker that may begin an attempt at a request leaves its claim."""
    return f"{_claims(job_id)}{request_sha256[:16]}-{attempt}"


def _claims(job_id: str) -> str:
    return f"jobs/{job_id}/claims/"


def remove_claims(store: Store, job_id: str) -> None:
    """Remove the claims of a job that has ended; those that stay are removed as other old files are."""
    try:
        for claim in store.list(_claims(job_id), MAX_CLAIMS).objects:
            store.delete(claim.key)
    except StorageError:
        logger.warning("the claims of a job could not be removed", exc_info=True)


def find(store: Store, job_id: str) -> JobRecord | None:
    """The record of a job, None if there is none, or none that this version can read."""
    try:
        found = json.loads(store.get(key(job_id), MAX_RECORD_BYTES))
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
