"""Jobs: a running one, the record of each in the store, and the reply that is made of it."""

from handler.jobs.claims import enter
from handler.jobs.job import AudioListener, File, Job, Listener
from handler.jobs.job_store import JobStore
from handler.jobs.lost import as_shown
from handler.jobs.records import (
    CANCELLED,
    COMPLETED,
    FAILED,
    IN_PROGRESS,
    LOST,
    audio,
    content,
    find,
    fingerprint,
    load,
    require_audio,
)
from handler.jobs.replies import reply, signed_url
from handler.jobs.workers import name as worker_name

__all__ = [
    "CANCELLED",
    "COMPLETED",
    "FAILED",
    "IN_PROGRESS",
    "LOST",
    "AudioListener",
    "File",
    "Job",
    "JobStore",
    "Listener",
    "as_shown",
    "audio",
    "content",
    "enter",
    "find",
    "fingerprint",
    "load",
    "reply",
    "require_audio",
    "signed_url",
    "worker_name",
]
