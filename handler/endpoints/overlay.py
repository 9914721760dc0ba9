"""overlay: captions on a video, of its own speech or of another one, or on an audiogram where there is none."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from handler.captions import Captions, Style, cues, labelled, render, resolve, with_font, with_speakers
from handler.captions.styles import LANDSCAPE, VERTICAL
from handler.errors import BadRequest
from handler.jobs import File, Job
from handler.media import probe
from handler.pipeline import client_captions, incoming, lexicons, marking, speech_source, transcription
from handler.pipeline.client_captions import ClientCaptions
from handler.pipeline.cue_timing import WordFinder
from handler.pipeline.speech_source import Spoken
from handler.protocols import Services
from handler.requests import CaptionStyle, OverlayInput
from handler.types import Token

MAX_UNREPORTED_S = 1.0  # of a video: a longer part that is cut off is reported

MAX_PICTURE_BYTES = 30_000_000

_SHORT_SIDE = 1080
_SQUARE = (1080, 1080)


def run(request: OverlayInput, job: Job, services: Services) -> dict[str, Any]:
    """Draw the captions of a speech on a video, keep that; returns the reply without its URL."""
    with tempfile.TemporaryDirectory(prefix="overlay-") as name:
        folder = Path(name)
        if request.has_captions:
            given = client_captions.fetch(request, folder, job, services)
            request = request.model_copy(update={"caption_style": client_captions.style_of(request.caption_style)})
            spoken, source = _beside_captions(request, given, folder, job, services)
        else:
            given = None
            spoken, source = _gather(request, folder, job, services)
        plan, style = _plan(request, spoken, source)
        marker = _marker(plan, spoken, folder, job, services)
        _warn_of_cuts(request, spoken, plan, job)
        if given is not None:
            style, warnings = with_font(style, services.store, job.cancellation)
            captions = _of_client(request, given, spoken, plan, style, job, services)
        else:
            with job.timed("captions"):
                colours = request.speaker_colours or spoken.speaker_colours
                style, warnings = with_speakers(style, spoken.words, colours)
                job.warn_all(warnings)
                style, warnings = with_font(style, services.store, job.cancellation)
                shown = labelled(spoken.words) if request.speaker_labels else spoken.words
                laid_out = cues(shown, style, spoken.duration, spoken.language)
                captions = Captions(shown, laid_out, style, spoken.duration, spoken.language, spoken.method)
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
        job.warn_all(warnings)
        if marker:
            marker.video(folder / "video.mp4")
        files = {"video": File(f"videos/{job.id}.mp4", folder / "video.mp4", "video/mp4")}
        if request.transcript and spoken.transcript is not None:
            files["transcript"] = transcription.file(spoken.transcript, job.id)
        job.store(files)
    said = {} if spoken.transcript is None else {"text": spoken.transcript}
    return said | {
        "job_id": job.id,
        "status": "completed",
        "duration": round(plan.duration, 3),
        "language": spoken.language,
        "width": plan.width,
        "height": plan.height,
        "fps": round(float(plan.fps), 3),
    }


def _marker(
    plan: render.RenderPlan, spoken: Spoken, folder: Path, job: Job, services: Services
) -> marking.Marker | None:
    """The marks of a video in which a job's speech is heard, or that is made of a client's file with such a mark.

    None for any other: a client's video with its own speech is not made by AI because it has captions.
    """
    origin = spoken.origin if plan.speech else None
    for field in () if origin else ("audio_url", "video_url"):
        if (folder / field).exists():
            # The result has none of the tags of what it is made of.
            origin = origin or marking.origin_of(folder / field, services)
    return marking.Marker(replace(origin, composite=plan.source is not None), job, services) if origin else None


def _gather(request: OverlayInput, folder: Path, job: Job, services: Services) -> tuple[Spoken, probe.Source | None]:
    """The speech, and what it is drawn on. A request that cannot be done is refused before a video is fetched."""
    if request.text is None and request.job_id is None:
        return _heard(request, folder, job, services)
    script: tuple[Token, ...] = ()
    if request.text is not None:
        request = speech_source.with_language(request, request.text, job)
        script = speech_source.tokens(request, lexicons.resolve(request.lexicon, services.store, job.warn))
    if request.own_speech:
        source = _with_sound(request, folder, job, services)
        video, track = source.given.path, request.audio_track
        spoken = speech_source.in_sound(video, script, "video_url", request.language, job, services, track=track)
        if spoken.track != source.track:
            source = _probed(video, spoken.track, job, services)
        return spoken, source
    if request.job_id is not None:
        spoken = speech_source.of_job(request, folder, job, services)
    else:
        recording = _recording(request, folder, job, services)
        copy, language, track = folder / "speech.wav", request.language, request.audio_track
        spoken = speech_source.in_sound(recording, script, "audio_url", language, job, services, copy, track)
    return spoken, _source(request, folder, job, services)


def _beside_captions(
    request: OverlayInput, given: ClientCaptions, folder: Path, job: Job, services: Services
) -> tuple[Spoken, probe.Source | None]:
    """The sound and the picture under captions of the client; the speech has no words but theirs."""
    language = speech_source.with_language(request, given.text, job).language
    if request.audio_url is None:
        source = _source(request, folder, job, services)
        assert source is not None
        return Spoken((), source.duration, language, "", track=source.track), source
    limits, copy = services.settings, folder / "speech.wav"
    with job.timed("fetch"):
        recording = _fetched(request.audio_url, folder, "audio_url", limits.max_upload_bytes, job, services)
    track = request.audio_track
    opened = speech_source.open_sound(recording, "audio_url", limits.max_video_seconds, track, copy, job)
    with job.timed("decode"), opened as sound:
        spoken = Spoken((), sound.duration, language, "", copy)
    return spoken, _source(request, folder, job, services)


def _of_client(
    request: OverlayInput,
    given: ClientCaptions,
    spoken: Spoken,
    plan: render.RenderPlan,
    style: Style,
    job: Job,
    services: Services,
) -> Captions | render.Document:
    """The client's captions, ready to be drawn."""
    shown = client_captions.cut(given, plan.duration, job)
    if request.keep_style:
        return client_captions.as_they_are(given, style, job, services)
    heard = spoken.sound or (plan.source.given.path if plan.source and plan.source.sound else None)
    with ExitStack() as stack:
        sound = None
        if heard is not None and client_captions.shows_words(style):
            field, track = ("audio_url", None) if spoken.sound else ("video_url", spoken.track)
            limit = services.settings.max_video_seconds
            with job.timed("decode"):
                sound = stack.enter_context(speech_source.open_sound(heard, field, limit, track, None, job))
        with job.timed("align" if sound else "captions"):
            finder = WordFinder(sound, spoken.language, job, services)
            return client_captions.in_style(given, shown, style, finder, job)


def _heard(request: OverlayInput, folder: Path, job: Job, services: Services) -> tuple[Spoken, probe.Source | None]:
    """As `_gather`, where the worker writes down what is said."""
    if not request.own_speech:
        recording = _recording(request, folder, job, services)
        spoken = transcription.speech(request, recording, "audio_url", job, services, folder / "speech.wav")
        return spoken, _source(request, folder, job, services)
    source = _with_sound(request, folder, job, services)
    spoken = transcription.speech(request, source.given.path, "video_url", job, services)
    if spoken.track != source.track:
        source = _probed(source.given.path, spoken.track, job, services)
    return spoken, source


def _with_sound(request: OverlayInput, folder: Path, job: Job, services: Services) -> probe.Source:
    """The video, in which the words are said. Raises BadRequest for one without sound."""
    source = _source(request, folder, job, services)
    assert source is not None
    if not source.sound:
        message = "the video has no sound to find the words in; send audio_url with text, or job_id, beside it"
        raise BadRequest.of("video_url", message)
    return source


def _recording(request: OverlayInput, folder: Path, job: Job, services: Services) -> Path:
    with job.timed("fetch"):
        limit = services.settings.max_upload_bytes
        return _fetched(request.audio_url or "", folder, "audio_url", limit, job, services)


def _source(request: OverlayInput, folder: Path, job: Job, services: Services) -> probe.Source | None:
    """The video or the picture that the client links to."""
    if request.video_url is not None:
        with job.timed("fetch"):
            path = _fetched(request.video_url, folder, "video_url", services.settings.max_video_bytes, job, services)
        return _probed(path, None if request.audio_url else request.audio_track, job, services)
    if request.image_url is not None:
        with job.timed("fetch"):
            path = _fetched(request.image_url, folder, "image_url", MAX_PICTURE_BYTES, job, services)
        with job.timed("probe"):
            return probe.picture(path, field="image_url", cancellation=job.cancellation)
    return None


def _probed(path: Path, track: int | str | None, job: Job, services: Services) -> probe.Source:
    limit, stop = services.settings.max_video_seconds, job.cancellation
    with job.timed("probe"):
        return probe.video(path, field="video_url", max_seconds=limit, track=track, cancellation=stop)


def _fetched(url: str, folder: Path, field: str, max_bytes: int, job: Job, services: Services) -> Path:
    return incoming.fetch(url, folder / field, field=field, max_bytes=max_bytes, job=job, services=services).path


def _plan(request: OverlayInput, spoken: Spoken, source: probe.Source | None) -> tuple[render.RenderPlan, Style]:
    """What is drawn, and the style of the captions on it."""
    moving = source if source is not None and not source.still else None
    wanted = request.caption_style or spoken.style or CaptionStyle.model_validate({})
    if moving and request.caption_style is None:
        # What the job's own captions were for says nothing of this video, which has a size and a rate of its own.
        wanted = wanted.model_copy(update={"canvas": None, "fps": None})
    canvas = request.canvas or wanted.canvas
    size = (moving.width, moving.height) if moving else VERTICAL
    if canvas is not None:
        width, _, height = canvas.partition("x")
        size = int(width), int(height)
    fps = moving.fps if moving else Fraction(30)
    if asked := request.fps or wanted.fps:
        fps = probe.constant_rate(asked)
    if moving is not None:
        # Where there is no speech to hear but the video's own, keeping that is all that can be done.
        sound = (request.audio or "replace") if spoken.sound else "keep"
        plan = render.over_video(moving, spoken.sound, spoken.duration, size, fps, sound)
    else:
        assert spoken.sound is not None
        picture = source or request.background or render.BACKGROUND
        plan = render.audiogram(spoken.sound, spoken.duration, size, fps, picture)
    return plan, _scaled_style(wanted, size, fps, whole_cues=request.has_captions)


def _scaled_style(wanted: CaptionStyle, size: tuple[int, int], fps: Fraction, *, whole_cues: bool = False) -> Style:
    """The style on a canvas of the video's shape with a short side of 1080, which libass draws at the video's size.

    So a style looks the same on a small video as on a large one.
    """
    scale = _SHORT_SIDE / min(size)
    near = _SQUARE if size[0] == size[1] else LANDSCAPE if size[0] > size[1] else VERTICAL
    style = resolve(wanted.model_copy(update={"canvas": f"{near[0]}x{near[1]}", "fps": None}), whole_cues=whole_cues)
    fitted = replace(style, canvas=(round(size[0] * scale), round(size[1] * scale)), fps=fps)
    narrower = min(1.0, fitted.safe_width / style.safe_width)
    return fitted if wanted.size is not None else replace(fitted, size=fitted.size * narrower)


def _warn_of_cuts(request: OverlayInput, spoken: Spoken, plan: render.RenderPlan, job: Job) -> None:
    if plan.source is None:
        return
    if plan.sound == "replace":
        lost = plan.source.duration - plan.duration
        if not plan.source.still and lost > MAX_UNREPORTED_S:
            ends = f"the speech ends {lost:.1f} s before the video, and so does the result"
            job.warn("video_cut", f"{ends}; send audio: duck or keep for the whole video")
        return
    if not plan.source.sound:
        purpose = "keep" if plan.sound == "keep" else "lower under the speech"
        if not (request.has_captions and request.own_speech):
            job.warn("video_silent", f"the video has no sound of its own to {purpose}")
    if request.has_captions and plan.sound == "duck" and spoken.duration > plan.duration + MAX_UNREPORTED_S:
        ends = f"the speech ends at {spoken.duration:.1f} s and the video at {plan.duration:.1f} s"
        job.warn("speech_cut", f"{ends}, speech after that is cut off; send audio: replace, or a longer video")
    if not spoken.words or spoken.words[-1].end <= plan.duration:
        return
    ends = f"the last word ends at {spoken.words[-1].end:.1f} s and the video at {plan.duration:.1f} s"
    if plan.sound == "duck":
        fate = "speech and captions after that are cut off"
        job.warn("speech_cut", f"{ends}, {fate}; send audio: replace, or a longer video")
    elif request.own_speech:
        job.warn("speech_cut", f"{ends}, for its picture ends before its sound; send a video whose picture is as long")
    else:
        # The job's speech is not heard here, whether the video says the same or not.
        job.warn("captions_cut", f"{ends}, captions after that are not shown; send a longer video")
