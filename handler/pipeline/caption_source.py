"""Captions that are there already, of a client or of a job, in the style that a request asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from handler import jobs
from handler.captions import Captions, cues, labelled, resolve, unlabelled, with_speakers
from handler.errors import NotFound
from handler.jobs import Job
from handler.pipeline import captioning, client_captions, speech_source
from handler.pipeline.cue_timing import WordFinder
from handler.protocols import Services
from handler.requests import AUTO, CaptionSource, CaptionStyle
from handler.text import language_asked
from handler.text.annotations import blank_annotations
from handler.types import Word

GIVEN = "given"  # the timing method of captions that say when each cue is on screen, and nothing of how that was found


@dataclass(frozen=True)
class Found:
    """Captions in a style; ``asked`` is the style as a request would ask for it, with its preset."""

    captions: Captions
    asked: CaptionStyle


def read(request: CaptionSource, job: Job, services: Services) -> Found:
    """The captions of a request, laid out in its style; cues of a client may overlap.

    Raises NotFound for a job without captions, and as `client_captions.fetch` does.
    """
    return _of_job(request, job, services) if request.job_id else _of_client(request, job, services)


def _of_client(request: CaptionSource, job: Job, services: Services) -> Found:
    given = client_captions.fetch(request, job, services)
    wanted = client_captions.style_of(request.caption_style)
    style = resolve(wanted, request.words_per_cue, whole_cues=True)
    shown = given.read.cues
    style = captioning.with_checked_font(style, [Word(cue.text, 0, 0, 1, True, 0, 0) for cue in shown], job, services)
    asked = request.language or given.read.language or AUTO
    language = language_asked(asked, blank_annotations(given.text)) or "en"
    captions = client_captions.laid_out(given, shown, style, WordFinder(None, language, job, services), job)
    return Found(replace(captions, method=captions.method or GIVEN), wanted)


def _of_job(request: CaptionSource, job: Job, services: Services) -> Found:
    record = jobs.load(services.store, request.job_id or "")
    spoken = speech_source.kept(record, services)
    if spoken is None:
        raise NotFound(f"job_id: job {record.job_id} has no captions; send the job_id of one that made captions")
    wanted = request.caption_style or spoken.style or CaptionStyle.model_validate({})
    names = (word.speaker for word in spoken.words)
    style, warnings = with_speakers(
        resolve(wanted, request.words_per_cue), names, request.speaker_colours or spoken.speaker_colours
    )
    job.warn_all(warnings)
    shown = spoken.words
    if request.speaker_labels:
        job.warn_all(unlabelled(shown))
        shown = labelled(shown)
    style = captioning.with_checked_font(style, shown, job, services)
    language = request.language if request.language not in (None, AUTO) else spoken.language
    laid_out = cues(shown, style, spoken.duration, language)
    return Found(Captions(spoken.words, laid_out, style, spoken.duration, language, spoken.method), wanted)
