"""download: freshly signed URLs of what a job made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from handler import jobs
from handler.captions import FORMATS
from handler.errors import BadRequest, NotFound, quoted
from handler.jobs import Job
from handler.protocols import Services, Store
from handler.requests import DownloadInput
from handler.settings import Settings
from handler.types import JobRecord, Output

FILES = ("audio", "video", "transcript", "book")
"""The kinds of files that a job may have made, besides caption formats."""

_NO_FILES = {
    jobs.IN_PROGRESS: " yet, because it runs; ask for them later",
    jobs.LOST: ", because its worker has ended without a word; send the job again, with the same id or another",
    jobs.FAILED: ", because it failed; its status says why, as job_error",
    jobs.CANCELLED: ", because it was cancelled; send it again",
}
"""Why a job has no files, and the way out, by its state."""


def run(request: DownloadInput, _: Job, services: Services) -> dict[str, Any]:
    """Sign the URL of one file of a finished job. NotFound says what the job has instead."""
    record = _finished(request.job_id, services.store, services.settings)
    name = _name(request, tuple(record.outputs))
    output = _output(record, name)
    if services.store.head(output.key) is None:
        raise NotFound(f"the {name} of job {record.job_id} has been removed from the store; send the job again")
    expires_in = request.expires_in or services.settings.presign_ttl
    return {
        "job_id": request.job_id,
        "status": "ready",
        f"{request.type}_url": jobs.signed_url(services.store, output, expires_in),
        "content_type": output.media_type,
        "filename": output.key.rsplit("/", 1)[-1],
        "expires_in": expires_in,
    }


def output_of(job_id: str, name: str, store: Store, settings: Settings) -> Output:
    """The output of a finished job by its name: audio, timing.{format} and so on. Raises as `run` does."""
    return _output(_finished(job_id, store, settings), name)


def _finished(job_id: str, store: Store, settings: Settings) -> JobRecord:
    record = jobs.as_shown(jobs.load(store, job_id), store, settings)
    if record.state != jobs.COMPLETED:
        raise NotFound(f"job_id: job {record.job_id} has no files{_NO_FILES.get(record.state, '; send it again')}")
    return record


def _output(record: JobRecord, name: str) -> Output:
    if name not in record.outputs:
        chapter, kind = _kind(name)
        asked = quoted(kind) + (f" of chapter {chapter}" if chapter else "")
        raise NotFound(f"job {record.job_id} has no {asked}; it has {_kinds(record.outputs)}")
    return record.outputs[name]


def _kind(name: str) -> tuple[int, str]:
    """The chapter (0: the whole) and the kind of an output, as requests name them."""
    chapter = 0
    if name.startswith("chapter."):
        _, number, name = name.split(".", 2)
        chapter = int(number)
    return chapter, name.removeprefix("timing.")


def _kinds(outputs: Iterable[str]) -> str:
    """The files that a client may ask for; what a job keeps for other jobs is not among them."""
    found = [each for each in map(_kind, outputs) if each[1] in (*FILES, *FORMATS)]
    whole = ", ".join(sorted(kind for chapter, kind in found if not chapter)) or "none"
    chapters = sorted({chapter for chapter, _ in found if chapter})
    if not chapters:
        return whole
    several = f"chapters {chapters[0]} to {chapters[-1]}" if len(chapters) > 1 else f"chapter {chapters[0]}"
    return f"{whole}; of {several}: {', '.join(sorted({kind for chapter, kind in found if chapter}))}"


def _name(request: DownloadInput, outputs: tuple[str, ...]) -> str:
    """The name of the output that is asked for. Raises BadRequest for fields that do not go together."""
    if request.chapter is not None and request.type not in ("audio", "timing"):
        raise BadRequest.of("chapter", f"is of audio and timings; leave it out to download {request.type}")
    part = f"chapter.{request.chapter}." if request.chapter is not None else ""
    if request.type != "timing":
        if request.format is not None:
            raise BadRequest.of("format", f"is of timings only; leave it out to download {request.type}")
        return f"{part}{request.type}"
    prefix = f"{part}timing."
    if request.format is not None:
        return f"{prefix}{request.format}"
    return next((name for name in outputs if name.startswith(prefix)), f"{part}timing")
