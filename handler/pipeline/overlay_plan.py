"""How an overlay is drawn: its size, frame rate, length, sound and style, and the warnings of what is cut off."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from handler.captions import Style, render, resolve
from handler.captions.styles import LANDSCAPE, VERTICAL
from handler.jobs import Job
from handler.media import probe
from handler.pipeline import client_captions
from handler.pipeline.speech_source import Spoken
from handler.requests import CaptionStyle, OverlayInput

MAX_UNREPORTED_S = 1.0  # of a video: a longer part that is cut off is reported

_SHORT_SIDE = 1080
_SQUARE = (1080, 1080)


def make(request: OverlayInput, spoken: Spoken, source: probe.Source | None) -> tuple[render.RenderPlan, Style]:
    """What is drawn, and the style of the captions on it."""
    moving = source if source is not None and not source.still else None
    wanted = _wanted_style(request, spoken, moving)
    size = (moving.width, moving.height) if moving else VERTICAL
    if canvas := request.canvas or wanted.canvas:
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


def _wanted_style(request: OverlayInput, spoken: Spoken, moving: probe.Source | None) -> CaptionStyle:
    """The style that the request asks for, else that of the job's own captions."""
    if request.has_captions:
        return client_captions.style_of(request.caption_style)
    if request.caption_style is not None:
        return request.caption_style
    wanted = spoken.style or CaptionStyle.model_validate({})
    # What the job's own captions were for says nothing of this video, which has a size and a rate of its own.
    return wanted.model_copy(update={"canvas": None, "fps": None}) if moving else wanted


def _scaled_style(wanted: CaptionStyle, size: tuple[int, int], fps: Fraction, *, whole_cues: bool) -> Style:
    """The style on a canvas of the video's shape with a short side of 1080, which libass draws at the video's size.

    So a style looks the same on a small video as on a large one.
    """
    scale = _SHORT_SIDE / min(size)
    near = _SQUARE if size[0] == size[1] else LANDSCAPE if size[0] > size[1] else VERTICAL
    style = resolve(wanted.model_copy(update={"canvas": f"{near[0]}x{near[1]}", "fps": None}), whole_cues=whole_cues)
    fitted = replace(style, canvas=(round(size[0] * scale), round(size[1] * scale)), fps=fps)
    narrower = min(1.0, fitted.safe_width / style.safe_width)
    return fitted if wanted.size is not None else replace(fitted, size=fitted.size * narrower)


def warn_of_cuts(request: OverlayInput, spoken: Spoken, plan: render.RenderPlan, job: Job) -> None:
    """Warn of a video, speech or words that are cut off, and of a video without the sound that was asked for."""
    video = plan.source
    if video is None:
        return
    if plan.sound == "replace":
        lost = video.duration - plan.duration
        if not video.still and lost > MAX_UNREPORTED_S:
            ends = f"the speech ends {lost:.1f} s before the video, and so does the result"
            job.warn("video_cut", f"{ends}; send audio: duck or keep for the whole video")
        return
    if not video.sound and not (request.has_captions and request.own_speech):
        purpose = "keep" if plan.sound == "keep" else "lower under the speech"
        job.warn("video_silent", f"the video has no sound of its own to {purpose}")
    if request.has_captions:
        _warn_of_cut_speech(spoken, plan, job)
    elif spoken.words and spoken.words[-1].end > plan.duration + client_captions.MAX_UNREPORTED_S:
        _warn_of_cut_words(request, spoken, plan, job)


def _warn_of_cut_speech(spoken: Spoken, plan: render.RenderPlan, job: Job) -> None:
    """Warn of speech under the client's captions that is longer than the video; `client_captions` warns of cues."""
    if plan.sound == "duck" and spoken.duration > plan.duration + MAX_UNREPORTED_S:
        ends = f"the speech ends at {spoken.duration:.1f} s and the video at {plan.duration:.1f} s"
        job.warn("speech_cut", f"{ends}, speech after that is cut off; send audio: replace, or a longer video")


def _warn_of_cut_words(request: OverlayInput, spoken: Spoken, plan: render.RenderPlan, job: Job) -> None:
    """Warn of words that end after the video: they are in a job's speech, in the video itself, or in no sound here."""
    ends = f"the last word ends at {spoken.words[-1].end:.1f} s and the video at {plan.duration:.1f} s"
    if plan.sound == "duck":
        code, message = (
            "speech_cut",
            "speech and captions after that are cut off; send audio: replace, or a longer video",
        )
    elif request.own_speech:
        code, message = "speech_cut", "for its picture ends before its sound; send a video whose picture is as long"
    else:
        # The job's speech is not heard here, whether the video says the same or not.
        code, message = "captions_cut", "captions after that are not shown; send a longer video"
    job.warn(code, f"{ends}, {message}")
