"""align: any recording and what it says become captions."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from handler import jobs, text
from handler.errors import BadRequest, NotFound
from handler.jobs import Job
from handler.pipeline import captioning, incoming, lexicons, speech_source
from handler.protocols import Services
from handler.requests import AlignInput
from handler.types import JobRecord


def run(request: AlignInput, job: Job, services: Services) -> dict[str, Any]:
    """Find the words of the text in the recording, keep caption files; returns the reply without its URLs."""
    lexicon = None if request.text is None else lexicons.resolve(request.lexicon, services.store, job.warn)
    with tempfile.TemporaryDirectory(prefix="align-") as folder:
        sound = Path(folder) / "recording"
        with job.timed("fetch"):
            spoken_by = jobs.load(services.store, request.job_id) if request.job_id else None
            script, name = (
                _from_job(request, spoken_by, sound, services)
                if spoken_by
                else _from_url(request, sound, job, services)
            )
        job.check()
        with job.timed("text"):
            request = speech_source.with_language(request, script, job)
            if spoken_by and request.text is None:
                # A job spoke its own script as it is written.
                own, ssml = lexicons.of_job(spoken_by), spoken_by.result.get("ssml")
                tokens = text.tokenize(script, request.language, own, ssml=ssml)
            else:
                tokens = speech_source.tokens(request, lexicon)
        aligned = speech_source.align(
            sound,
            tokens,
            request.language,
            job,
            services,
            field="job_id" if request.job_id else "audio_url",
            max_seconds=services.settings.max_audio_seconds,
            method=request.timing_method,
            strict=request.timing_strict,
            track=request.audio_track,
        )
    timing, duration = aligned.timing, aligned.duration
    made = captioning.make(request, timing, duration, request.language, name, job, services)
    job.store(made.files)
    result = {"job_id": job.id, "status": "completed", "duration": round(duration, 3), "language": request.language}
    return result | made.result


def _from_url(request: AlignInput, to: Path, job: Job, services: Services) -> tuple[str, None]:
    """Fetch the recording that the client links to; return its text."""
    limit = services.settings.max_audio_bytes
    incoming.fetch(request.audio_url or "", to, field="audio_url", max_bytes=limit, job=job, services=services)
    return request.text or "", None


def _from_job(request: AlignInput, record: JobRecord, to: Path, services: Services) -> tuple[str, str]:
    """Fetch the speech of a finished job; return its text and the name of its file."""
    if record.state != jobs.COMPLETED or "audio" not in record.outputs:
        raise NotFound(f"job_id: job {record.job_id} has no speech; send the job_id of a finished generate job")
    to.write_bytes(jobs.audio(record, services.store, services.settings.max_audio_bytes))
    script = request.text or record.result.get("text")
    if not isinstance(script, str):
        raise BadRequest.of("text", f"job {record.job_id} does not say what it spoke; send the text")
    return script, record.outputs["audio"].key.rpartition("/")[2]
