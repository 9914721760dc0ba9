"""align: any recording and what it says become captions."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from handler import jobs, text
from handler.alignment import match
from handler.errors import BadReference, BadRequest, NotFound
from handler.jobs import Job
from handler.net.fetch import fetch
from handler.pipeline import captioning
from handler.protocols import Services
from handler.requests import AlignInput
from handler.types import JobRecord, Token

FETCH_SECONDS = 180.0
"""For a recording: 500 MB from a host that sends three a second."""

DECODE_SECONDS = 180.0
"""For a recording: two hours of AAC take a slow core a minute."""


def run(request: AlignInput, job: Job, services: Services) -> dict[str, Any]:
    """Find the words of the text in the recording, keep caption files; returns the reply without its URLs."""
    with tempfile.TemporaryDirectory(prefix="align-") as folder:
        sound = Path(folder) / "recording"
        with job.stage("fetch"):
            script, name = (
                _from_job(request, sound, services) if request.job_id else _from_url(request, sound, job, services)
            )
        job.check()
        with job.stage("text"):
            tokens = text.tokenize(script, request.language)
        if foreign := text.foreign_script(script, request.language):
            writing, likely = foreign
            told = f"most of the text is in {writing} script, language is {request.language}; send {likely}?"
            job.warn("language_doubtful", told)
        aligned, duration = _aligned(request, sound, tokens, job, services)
    for warning in aligned.warnings:
        job.warn(warning.code, warning.message)
    made = captioning.make(request, aligned.timing, duration, request.language, name, job, services)
    with job.stage("upload"):
        job.progress("upload", 0, len(made.files), ignore_timeout=True)
        job.keep(made.files)
        job.progress("upload", len(made.files), len(made.files), ignore_timeout=True)
    return {"job_id": job.id, "status": "completed", "duration": round(duration, 3)} | made.result


def _from_url(request: AlignInput, to: Path, job: Job, services: Services) -> tuple[str, None]:
    """Get the recording that the client links to; what it says."""
    fetch(
        request.audio_url or "",
        to,
        field="audio_url",
        max_bytes=services.settings.max_audio_bytes,
        allow_private=services.settings.allow_private_urls,
        own=services.store,
        timeout=FETCH_SECONDS,
        cancellation=job.cancellation,
    )
    return request.text or "", None


def _from_job(request: AlignInput, to: Path, services: Services) -> tuple[str, str]:
    """Get the speech of a finished job; what it says, and the name of its file."""
    record = jobs.load(services.store, request.job_id or "")
    if record.state != jobs.COMPLETED or "audio" not in record.outputs:
        raise NotFound(f"job_id: job {record.job_id} has no speech; send the job_id of a finished generate job")
    to.write_bytes(jobs.audio(record, services.store, services.settings.max_audio_bytes))
    return request.text or _said(record), record.outputs["audio"].key.rpartition("/")[2]


def _said(record: JobRecord) -> str:
    script = record.result.get("text")
    if not isinstance(script, str):
        raise BadRequest.of("text", f"job {record.job_id} does not say what it spoke; send the text")
    return script


def _aligned(
    request: AlignInput, sound: Path, tokens: Sequence[Token], job: Job, services: Services
) -> tuple[match.Aligned, float]:
    """The times of the words, and how long the recording is. BadRequest for one that cannot be read."""
    settings = services.settings
    with ExitStack() as stack:
        with job.stage("decode"):
            job.progress("decode", 0, 1)
            try:
                opened = match.opened(sound, max_seconds=settings.max_audio_seconds, timeout=DECODE_SECONDS)
                recording = stack.enter_context(opened)
            except BadReference as error:
                field = "job_id" if request.job_id else "audio_url"
                raise BadRequest.of(field, error.message.replace("the clip", "the recording")) from error
        with job.stage("align"):
            aligned = match.align(
                recording,
                tokens,
                request.language,
                (request.timing_method, settings.aligners),
                services.aligners,
                strict=request.timing_strict,
                progress=lambda seconds: job.progress("align", round(seconds), round(recording.duration)),
                cancellation=job.cancellation,
            )
        return aligned, recording.duration
