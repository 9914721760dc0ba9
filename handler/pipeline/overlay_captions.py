"""The captions that an overlay draws: the words of its speech, or those that the client sent."""

from __future__ import annotations

from contextlib import ExitStack

from handler.captions import Captions, Style, cues, labelled, render, unlabelled, with_font, with_speakers
from handler.jobs import Job
from handler.media.recording import Recording
from handler.pipeline import client_captions, speech_source
from handler.pipeline.client_captions import ClientCaptions
from handler.pipeline.cue_timing import WordFinder
from handler.pipeline.speech_source import ClientSound, Spoken
from handler.protocols import Services
from handler.requests import OverlayInput


def of_speech(request: OverlayInput, spoken: Spoken, style: Style, job: Job, services: Services) -> Captions:
    """The words of the speech in a style, laid out in cues."""
    with job.timed("captions"):
        names = (word.speaker for word in spoken.words)
        style, unknown = with_speakers(style, names, request.speaker_colours or spoken.speaker_colours)
        job.warn_all(unknown)
        style = _with_font(style, job, services)
        words = spoken.words
        if request.speaker_labels:
            job.warn_all(unlabelled(words))
            words = labelled(words)
        laid_out = cues(words, style, spoken.duration, spoken.language)
    job.measure("captions", words=len(words))
    return Captions(words, laid_out, style, spoken.duration, spoken.language, spoken.method)


def of_client(
    request: OverlayInput,
    given: ClientCaptions,
    spoken: Spoken,
    plan: render.RenderPlan,
    style: Style,
    job: Job,
    services: Services,
) -> Captions | render.Document:
    """The client's captions in a style, or as they are with `keep_style`."""
    shown = client_captions.cut(given, plan.duration, job)
    style = _with_font(style, job, services)
    if request.keep_style:
        return client_captions.as_they_are(given, style, job, services)
    with ExitStack() as stack:
        sound = None
        if client_captions.shows_words(style):
            with job.timed("decode"):
                sound = _opened_sound(spoken, plan, stack, job, services)
        with job.timed("align" if sound else "captions"):
            finder = WordFinder(sound, spoken.language, job, services)
            return client_captions.in_style(given, shown, style, finder, job)


def _with_font(style: Style, job: Job, services: Services) -> Style:
    """The style with the file of its font; warns of one that is not there."""
    style, replaced = with_font(style, services.store, job.cancellation)
    job.warn_all(replaced)
    return style


def _opened_sound(
    spoken: Spoken, plan: render.RenderPlan, stack: ExitStack, job: Job, services: Services
) -> Recording | None:
    """The sound that may say the words of captions: the recording, else the video's own; None without any."""
    limit, video = services.settings.max_video_seconds, plan.source
    if spoken.sound is not None:
        sound = ClientSound(spoken.sound, "audio_url", limit)
    elif video is not None and video.sound:
        sound = ClientSound(video.given.path, "video_url", limit, spoken.track)
    else:
        return None
    return stack.enter_context(speech_source.open_sound(sound, job))
