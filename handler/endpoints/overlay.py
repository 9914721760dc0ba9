"""overlay: captions on a video, of its own speech or of another one, or on an audiogram where there is none."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from handler.captions import Captions, Style, cues, render, resolve, with_font
from handler.captions.styles import LANDSCAPE, VERTICAL
from handler.jobs import File, Job
from handler.media import probe
from handler.pipeline import incoming, speech_source
from handler.pipeline.speech_source import Spoken
from handler.protocols import Services
from handler.requests import CaptionStyle, OverlayInput

LOST = 1.0  # seconds of a video that may be left out without a word

MAX_PICTURE_BYTES = 30_000_000

_USUAL_FPS = 30.0
_SHORT_SIDE = 1080
_SQUARE = (1080, 1080)


def run(request: OverlayInput, job: Job, services: Services) -> dict[str, Any]:
    """Draw the captions of a speech on a video, keep that; returns the reply without its URL."""
    with tempfile.TemporaryDirectory(prefix="overlay-") as name:
        folder = Path(name)
        said, source = _gathered(request, folder, job, services)
        plan, style = _plan(request, said, source)
        _say_what_is_lost(request, said, plan, job)
        with job.timed("captions"):
            style, warnings = with_font(style, services.store, job.cancellation)
            laid_out = cues(said.words, style, said.duration, said.language)
            captions = Captions(said.words, laid_out, style, said.duration, said.language, said.method)
        with job.timed("render"):
            job.progress("render", 0, plan.frames)
            warnings += render.render_video(
                plan,
                captions,
                folder / "video.mp4",
                cancellation=job.cancellation,
                progress=lambda done, total: job.progress("render", done, total),
                timeout=services.settings.job_timeout,
            )
        for warning in warnings:
            job.warn(warning.code, warning.message)
        job.store({"video": File(f"videos/{job.id}.mp4", folder / "video.mp4", "video/mp4")})
    return {
        "job_id": job.id,
        "status": "completed",
        "duration": round(plan.duration, 3),
        "width": plan.width,
        "height": plan.height,
        "fps": round(float(plan.fps), 3),
    }


def _gathered(request: OverlayInput, folder: Path, job: Job, services: Services) -> tuple[Spoken, probe.Source | None]:
    """The speech, and what it is drawn on. A request that cannot be done is refused before a video is fetched."""
    if request.own_speech:
        source = _source(request, folder, job, services)
        assert source is not None
        return speech_source.in_video(request, source, job, services), source
    if request.job_id is not None:
        said = speech_source.of_job(request, folder, job, services)
    else:
        with job.timed("fetch"):
            limit = services.settings.max_upload_bytes
            recording = _fetched(request.audio_url or "", folder, "audio_url", limit, job, services)
        said = speech_source.in_recording(request, recording, folder, job, services)
    return said, _source(request, folder, job, services)


def _source(request: OverlayInput, folder: Path, job: Job, services: Services) -> probe.Source | None:
    """The video or the picture that the client links to."""
    if request.video_url is not None:
        with job.timed("fetch"):
            path = _fetched(request.video_url, folder, "video_url", services.settings.max_video_bytes, job, services)
        with job.timed("probe"):
            limit = services.settings.max_video_seconds
            return probe.video(path, field="video_url", max_seconds=limit, cancellation=job.cancellation)
    if request.image_url is not None:
        with job.timed("fetch"):
            path = _fetched(request.image_url, folder, "image_url", MAX_PICTURE_BYTES, job, services)
        with job.timed("probe"):
            return probe.picture(path, field="image_url", cancellation=job.cancellation)
    return None


def _fetched(url: str, folder: Path, field: str, max_bytes: int, job: Job, services: Services) -> Path:
    return incoming.fetch(url, folder / field, field=field, max_bytes=max_bytes, job=job, services=services).path


def _plan(request: OverlayInput, said: Spoken, source: probe.Source | None) -> tuple[render.RenderPlan, Style]:
    """What is drawn, and the style of the captions on it."""
    moving = source if source is not None and not source.still else None
    wanted = request.caption_style or said.style or CaptionStyle.model_validate({})
    if moving and request.caption_style is None:
        # What the job's own captions were for says nothing of this video, which has a size and a rate of its own.
        wanted = wanted.model_copy(update={"canvas": None, "fps": None})
    canvas = request.canvas or wanted.canvas
    size = (moving.width, moving.height) if moving else VERTICAL
    if canvas is not None:
        width, _, height = canvas.partition("x")
        size = int(width), int(height)
    asked = request.fps or wanted.fps
    fps = moving.fps if moving else Fraction(_USUAL_FPS)
    if asked is not None:
        fps = probe.constant_rate(asked)
    if moving is not None:
        # Where there is no speech to hear but the video's own, keeping that is all that can be done.
        sound = (request.audio or "replace") if said.sound else "keep"
        plan = render.over_video(moving, said.sound, said.duration, size, fps, sound)
    else:
        assert said.sound is not None
        picture = source or request.background or render.BACKGROUND
        plan = render.audiogram(said.sound, said.duration, size, fps, picture)
    return plan, _scaled_style(wanted, size, float(fps))


def _scaled_style(wanted: CaptionStyle, size: tuple[int, int], fps: float) -> Style:
    """The style on a canvas of the video's shape with a short side of 1080, which libass draws at the video's size.

    So a style looks the same on a small video as on a large one.
    """
    scale = _SHORT_SIDE / min(size)
    near = _SQUARE if size[0] == size[1] else LANDSCAPE if size[0] > size[1] else VERTICAL
    style = resolve(wanted.model_copy(update={"canvas": f"{near[0]}x{near[1]}", "fps": None}))
    fitted = replace(style, canvas=(round(size[0] * scale), round(size[1] * scale)), fps=fps)
    narrower = min(1.0, fitted.safe_width / style.safe_width)
    return fitted if wanted.size is not None else replace(fitted, size=fitted.size * narrower)


_TO_DO_WITH_IT = {"keep": "keep", "duck": "lower under the speech"}


def _say_what_is_lost(request: OverlayInput, said: Spoken, plan: render.RenderPlan, job: Job) -> None:
    if plan.source is None:
        return
    if plan.sound == "replace":
        lost = plan.source.duration - plan.duration
        if not plan.source.still and lost > LOST:
            job.warn(
                "video_cut",
                f"the speech ends {lost:.1f} s before the video, and so does the result; send audio: duck or keep for"
                " the whole video",
            )
        return
    if not plan.source.sound:
        job.warn("video_silent", f"the video has no sound of its own to {_TO_DO_WITH_IT[plan.sound]}")
    if not said.words or said.words[-1].end <= plan.duration:
        return
    ends = f"the last word ends at {said.words[-1].end:.1f} s and the video at {plan.duration:.1f} s"
    if plan.sound == "duck":
        job.warn(
            "speech_cut", f"{ends}, speech and captions after that are cut off; send audio: replace, or a longer video"
        )
    elif request.own_speech:
        job.warn("speech_cut", f"{ends}, for its picture ends before its sound; send a video whose picture is as long")
    else:
        # The job's speech is not heard here, whether the video says the same or not.
        job.warn("captions_cut", f"{ends}, captions after that are not shown; send a longer video")
