"""overlay: captions on a video, of its own speech or of another one, or on an audiogram where there is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from handler import temporary
from handler.captions import Captions, render
from handler.errors import BadRequest
from handler.jobs import File, Job
from handler.pipeline import client_captions, marking, overlay_captions, overlay_plan, transcription
from handler.pipeline.overlay_sources import OverlaySources
from handler.pipeline.speech_source import Spoken
from handler.protocols import Origin, Services
from handler.requests import OverlayInput


def run(request: OverlayInput, job: Job, services: Services) -> dict[str, Any]:
    """Draw captions on a video, keep that; returns the reply without its URL."""
    with temporary.folder("overlay") as folder:
        given = client_captions.fetch(request, job, services) if request.has_captions else None
        sources = OverlaySources(request, given, folder, job, services)
        spoken, source = sources.gather()
        plan, style = overlay_plan.make(request, spoken, source)
        # A client's video with its own speech is not made by AI because it has captions.
        origin = (spoken.origin if plan.speech else None) or sources.origin()
        marker = _marker(origin, plan, job, services)
        overlay_plan.warn_of_cuts(request, spoken, plan, job)
        if given is None:
            captions: Captions | render.Document = overlay_captions.of_speech(request, spoken, style, job, services)
        else:
            captions = overlay_captions.of_client(request, given, spoken, plan, style, job, services)
        video = folder / "video.mp4"
        try:
            _render(plan, captions, video, job, services)
        except render.DamagedPicture as error:
            field = "video_url" if request.image_url is None else "image_url"
            raise BadRequest.of(field, "is damaged, most of it cannot be decoded; check that it opens whole") from error
        if marker:
            marker.on_disk(video, "video/mp4")
        job.store(_files(request, spoken, video, job))
    return _reply(spoken, plan, job)


def _marker(origin: Origin | None, plan: render.RenderPlan, job: Job, services: Services) -> marking.Marker | None:
    """The marks of a video that has something in it that AI made."""
    return marking.Marker(replace(origin, composite=plan.source is not None), job, services) if origin else None


def _render(
    plan: render.RenderPlan, captions: Captions | render.Document, video: Path, job: Job, services: Services
) -> None:
    with job.timed("render"):
        job.progress("render", 0, plan.frames)
        warnings = render.render_video(
            plan,
            captions,
            video,
            cancellation=job.cancellation,
            progress=lambda done, total: job.progress("render", done, total),
            timeout=services.settings.job_timeout,
        )
    job.measure("render", frames=plan.frames, bytes=video.stat().st_size)
    job.warn_all(warnings)


def _files(request: OverlayInput, spoken: Spoken, video: Path, job: Job) -> dict[str, File]:
    files = {"video": File(f"videos/{job.id}.mp4", video, "video/mp4")}
    if request.transcript and spoken.transcript is not None:
        files["transcript"] = transcription.file(spoken.transcript, job.id)
    return files


def _reply(spoken: Spoken, plan: render.RenderPlan, job: Job) -> dict[str, Any]:
    transcript = {} if spoken.transcript is None else {"text": spoken.transcript}
    return transcript | {
        "job_id": job.id,
        "status": "completed",
        "duration": round(plan.duration, 3),
        "language": spoken.language,
        "width": plan.width,
        "height": plan.height,
        "fps": round(float(plan.fps), 3),
    }
