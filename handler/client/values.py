"""What the calls of the client return and raise."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

ENDED = frozenset({"COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT"})
"""The states of a job that has ended."""

CONNECTION_LOST, TIMED_OUT = "connection_lost", "timed_out"


class SpeechError(Exception):
    """A job that failed, or a request.

    ``code`` is an ``error_code`` of API.md, or ``connection_lost``, ``timed_out`` (the job takes longer than
    ``timeout``), ``unauthorized`` or ``too_many_requests``. If ``retryable`` is true, the same call may succeed later.
    ``issues`` has ``{"field", "message"}`` of each wrong field. ``job_id`` is known once the job was sent. ``status``
    is the HTTP status of a refusal.
    """

    retry_after_s = 0.0
    """How long the server asks to wait before the next request."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        retryable: bool = False,
        issues: Sequence[Mapping[str, str]] = (),
        job_id: str | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable
        self.issues = tuple(issues)
        self.job_id = job_id
        self.status = status


@dataclass(frozen=True)
class Progress:
    """How far a job is: ``state`` is IN_QUEUE, IN_PROGRESS or one of `ENDED`.

    A job in progress has done ``done`` of ``total`` in its ``stage``. ``chunks`` are those that can be played already,
    as API.md shows them, if the job was sent with ``chunk_urls=True``. A book counts characters; ``chapter`` of its
    ``chapters`` is spoken, and it takes some ``seconds_left``, once that is known.
    """

    state: str
    stage: str | None = None
    done: int = 0
    total: int = 0
    chunks: Sequence[Mapping[str, Any]] = ()
    chapter: int | None = None
    chapters: int | None = None
    seconds_left: float | None = None


@dataclass(frozen=True)
class Word:
    """A spoken word: its times in seconds, and its place in the script in characters."""

    word: str
    start: float
    end: float
    confidence: float
    interpolated: bool
    start_char: int
    end_char: int


@dataclass(frozen=True)
class JobWarning:
    """A problem of a job that was completed; API.md lists the codes."""

    code: str
    message: str


@dataclass(frozen=True)
class Voice:
    """A voice, of an engine if it is ``builtin``; ``duration`` in seconds. None: not known."""

    name: str
    builtin: bool = False
    engine: str | None = None
    language: str | None = None
    duration: float | None = None
    text: str | None = None
    license: str | None = None
    description: str | None = None
    tags: Sequence[str] | None = None
    preview_url: str | None = None


def read(kind: type[T], fields: Mapping[str, Any]) -> T:
    """A dataclass made of those fields of a reply that it has too."""
    names = {one.name for one in dataclasses.fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in fields.items() if name in names})


def progress_of(view: Mapping[str, Any]) -> Progress:
    """The progress in a job's view, which is its ``output`` until it has ended."""
    output = view.get("output")
    return read(Progress, {**(output if isinstance(output, dict) else {}), "state": view["status"]})


def failure(job_id: str, view: Mapping[str, Any]) -> SpeechError:
    """The error of a job that failed: its sentence is in ``error``, the rest under ``output``."""
    output, state = view.get("output"), view["status"]
    detail = output if isinstance(output, dict) else {}
    code = {"CANCELLED": "cancelled", "TIMED_OUT": "timeout"}.get(state, "internal")
    return SpeechError(
        detail.get("error_code", code),
        str(view.get("error") or f"the job ended as {state}"),
        retryable=bool(detail.get("retryable", False)),
        issues=detail.get("issues") or (),
        job_id=job_id,
    )
