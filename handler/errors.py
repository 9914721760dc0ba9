"""What can go wrong, as a client sees it: one sentence, a stable code, and whether trying again can help."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Issue:
    """One problem of a request: the field it is about, and what is wrong with it."""

    field: str
    message: str


class WorkerError(Exception):
    """The root of every error that a client may read.

    The message is one sentence that names the culprit and the way out. It never carries a path, a key, a
    hostname or a traceback: those go to the log.
    """

    code = "internal"
    retryable = False
    refresh_worker = False
    logged = False
    """Whether the log has it already: an error may pass two places that would write it down."""

    def __init__(self, message: str, *, issues: Iterable[Issue] = (), retryable: bool | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.issues = tuple(issues)
        if retryable is not None:
            self.retryable = retryable

    def reply(self) -> dict[str, object]:
        """The error as the job's reply: ``error``, ``error_code``, ``retryable``, ``issues``."""
        reply: dict[str, object] = {
            "error": self.message,
            "error_code": self.code,
            "retryable": self.retryable,
            "issues": [{"field": issue.field, "message": issue.message} for issue in self.issues],
        }
        if self.refresh_worker:
            reply["refresh_worker"] = True
        return reply


def reason(error: Exception, unexpected: str = "something failed; the worker's log says what") -> str:
    """What a client may read of why a part of the job could not be done; ``unexpected`` of errors not ours."""
    return error.message if isinstance(error, WorkerError) else unexpected


class BadRequest(WorkerError):
    """The request cannot be done as it stands; ``issues`` lists every problem found."""

    code = "bad_request"

    @classmethod
    def of(cls, field: str, message: str) -> BadRequest:
        """A request with a single problem."""
        return cls(f"{field}: {message}", issues=[Issue(field, message)])


class NotFound(WorkerError):
    """A job, a file or a voice is not there; the message names what is."""

    code = "not_found"


class AlreadyExists(WorkerError):
    """The name is taken, and the request does not allow to overwrite."""

    code = "already_exists"


class BadReference(WorkerError):
    """A voice's clip or transcript cannot be used."""

    code = "bad_reference"


class TooLarge(WorkerError):
    """A file is larger than is taken; the message names the limit."""

    code = "too_large"


class EngineError(WorkerError):
    """Speech or a video could not be made."""

    code = "engine_error"
    retryable = True


class OutOfMemory(WorkerError):
    """The device ran out of memory: the worker asks RunPod for a fresh one."""

    code = "out_of_memory"
    retryable = True
    refresh_worker = True


class AlignmentError(WorkerError):
    """Words could not be placed in the audio."""

    code = "alignment_error"


class AlignerFailed(AlignmentError):
    """An aligner could not do its work, whatever is said in the audio: another one may."""


class StorageError(WorkerError):
    """The bucket could not be reached, or refused."""

    code = "storage_error"
    retryable = True


class ConfigError(WorkerError):
    """The worker's own settings are wrong; no job can mend that."""

    code = "config_error"


class JobTimeout(WorkerError):
    """The job took longer than JOB_TIMEOUT."""

    code = "timeout"


class Cancelled(WorkerError):
    """The client cancelled the job."""

    code = "cancelled"


class Internal(WorkerError):
    """Something that should not happen; the log has the traceback under the job's id."""

    code = "internal"
    retryable = True
