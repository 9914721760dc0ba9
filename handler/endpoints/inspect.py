"""inspect: which marks of AI a file has, and what they say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from handler import jobs, temporary
from handler.errors import BadReference, BadRequest, ConfigError, NotFound
from handler.jobs import Job
from handler.media import audio, probe
from handler.media.recording import Recording, open_recording
from handler.pipeline import incoming
from handler.pipeline.speech_source import DECODE_TIMEOUT_S
from handler.protocols import FileMark, Mark, Services, SoundMark
from handler.requests import InspectInput

WINDOW_S = 10.0  # searched at once: a file may have a mark in a part of it only
FOUND = 0.5
"""Confidence from which a watermark counts as found: speech with one has 0.7 to 1, other sound 0 to 0.3."""


def run(request: InspectInput, job: Job, services: Services) -> dict[str, Any]:
    """Look for every mark that this worker knows; returns what was found."""
    with temporary.folder("inspect") as folder:
        path = folder / "file"
        with job.timed("fetch"):
            is_video = _fetch(request, path, job, services)
        marks = _in_sound(request, path, is_video, job, services)
        with job.timed("read"):
            for mark in _usable(job, services):
                if isinstance(mark, FileMark):
                    marks[mark.name] = job.cancellation.run(mark.read, path)
    verdicts = {found.get("made_by_ai") for found in marks.values() if found}
    return {
        "job_id": job.id,
        "status": "completed",
        "made_by_ai": True if True in verdicts else False if False in verdicts else None,
        "marks": {name: marks.get(name) for name in services.marks.names()},
    }


def _fetch(request: InspectInput, to: Path, job: Job, services: Services) -> bool:
    """Write the file to ``to``; returns whether it is a video. Raises NotFound for a job without speech and video."""
    settings = services.settings
    limits = {"audio_url": settings.max_audio_bytes, "video_url": settings.max_video_bytes}
    for field, limit in limits.items():
        if url := getattr(request, field):
            incoming.fetch(url, to, field=field, max_bytes=limit, job=job, services=services)
            return field == "video_url"
    record = jobs.load(services.store, request.job_id or "")
    kind = next((kind for kind in ("audio", "video") if kind in record.outputs), None)
    if record.state != jobs.COMPLETED or kind is None:
        problem = f"job {record.job_id} has neither speech nor a video"
        raise NotFound(f"job_id: {problem}; send the job_id of a finished generate, convert or overlay job")
    to.write_bytes(jobs.content(record, kind, services.store, settings.max_file_bytes))
    return kind == "video"


def _in_sound(
    request: InspectInput, path: Path, is_video: bool, job: Job, services: Services
) -> dict[str, dict[str, Any] | None]:
    """What the marks in the samples say. Raises BadRequest for a file without sound that is no video."""
    limit = services.settings.max_audio_seconds
    if is_video:
        with job.timed("probe"):
            source = probe.video(path, field="video_url", max_seconds=limit, cancellation=job.cancellation)
        if not source.sound:
            job.warn("mark_not_searched", "the video has no sound in which a watermark could be")
            return {}
    field = "job_id" if request.job_id else "video_url" if is_video else "audio_url"
    opening = open_recording(
        path,
        max_seconds=limit,
        timeout=DECODE_TIMEOUT_S,
        name="file",
        track=request.audio_track,
        cancellation=job.cancellation,
    )
    with ExitStack() as stack:
        try:
            with job.timed("decode"):
                recording = stack.enter_context(opening)
        except BadReference as error:
            raise BadRequest.of(field, error.message) from error
        usable = _usable(job, services)
        return {mark.name: _search(mark, recording, job) for mark in usable if isinstance(mark, SoundMark)}


def _search(mark: SoundMark, recording: Recording, job: Job) -> dict[str, Any] | None:
    """Search a recording window by window: ``share`` is how much of its sound has the mark."""
    if recording.duration < mark.min_s:
        problem = (
            f"the sound lasts {recording.duration:.2f} s, and a {mark.name} is looked for in {mark.min_s:g} s or more"
        )
        job.warn("mark_not_searched", f"{problem}; send a longer part")
        return None
    rate, size = recording.sample_rate, round(WINDOW_S * recording.sample_rate)
    # What is left at the end belongs to the last window: alone it could be too short.
    starts = range(0, max(1, recording.length - size // 2), size)
    confidences = []
    with job.timed(f"search_{mark.name}"):
        for number, start in enumerate(starts):
            job.progress("inspect", number, len(starts))
            end = recording.length if start == starts[-1] else start + size
            samples = recording.read(start, end)
            if not audio.is_silent(samples):
                confidences.append(mark.find(samples, rate))
    found = [confidence >= FOUND for confidence in confidences]
    said = {"found": any(found), "confidence": round(max(confidences, default=0.0), 3)}
    said["share"] = round(sum(found) / max(1, len(found)), 3)
    return said | ({"made_by_ai": True} if any(found) else {})


def _usable(job: Job, services: Services) -> Iterator[Mark]:
    """The marks that can be looked for here; warns of the others."""
    for name in services.marks.names():
        try:
            yield job.cancellation.run(services.marks.get, name)
        except ConfigError as error:
            job.warn("mark_not_searched", f"the mark {name} cannot be looked for: {error.message}")
