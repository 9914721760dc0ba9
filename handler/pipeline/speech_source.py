"""The words of a video and where they come from: a finished job, a recording, or the video's own sound."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from handler import jobs, text
from handler.alignment import match
from handler.captions import FORMATS, STYLES
from handler.errors import BadReference, BadRequest, NotFound, TooLarge
from handler.jobs import Job
from handler.media import audio
from handler.media.decode import decode
from handler.media.probe import Source
from handler.media.soundtrack import soundtrack
from handler.protocols import Services
from handler.requests import CaptionStyle, Limits, OverlayInput
from handler.types import JobRecord, Word

logger = logging.getLogger(__name__)

DECODE_SECONDS = 120.0
"""For a recording: an hour of AAC takes a slow core half a minute."""

_BLANK_LINE = re.compile(r"\n\s*\n")


@dataclass(frozen=True)
class Spoken:
    """A speech as its words with their times, how these were found, and the file it is heard from.

    ``sound`` is None where the video's own sound is what is heard. ``style`` is that of the job's own captions.
    """

    words: tuple[Word, ...]
    duration: float
    language: str
    method: str
    sound: Path | None = None
    style: CaptionStyle | None = None


def in_recording(request: OverlayInput, recording: Path, folder: Path, job: Job, services: Services) -> Spoken:
    """The request's text as it is said in a recording that the client sent."""
    return _timed(recording, request.text or "", "audio_url", request.language, job, services, folder / "speech.wav")


def in_video(request: OverlayInput, source: Source, folder: Path, job: Job, services: Services) -> Spoken:
    """What is said in the video itself."""
    sound, settings = folder / "own", services.settings
    with job.stage("decode"):
        soundtrack(
            source,
            sound,
            field="video_url",
            max_seconds=settings.max_video_seconds,
            cancellation=job.cancellation,
            timeout=settings.job_timeout,
        )
    return _timed(sound, request.text or "", "video_url", request.language, job, services)


def of_job(request: OverlayInput, folder: Path, job: Job, services: Services) -> Spoken:
    """The speech of a finished job: its words were kept if it made captions, and are timed now if it did not."""
    record = jobs.load(services.store, request.job_id or "")
    if record.state != jobs.COMPLETED or not {"audio", "words", "timing.json"} & set(record.outputs):
        message = f"job_id: job {record.job_id} has no speech to show; send the job_id of a finished generate or align"
        raise NotFound(f"{message} job")
    _within(float(record.result.get("duration", 0)), services)
    if "audio" not in record.outputs:
        return _words_alone(request, record, job, services)
    with job.stage("fetch"):
        spoken = _kept(record, services)
        if spoken is not None and request.audio == "keep":
            return spoken
        sound = folder / "speech"
        sound.write_bytes(jobs.audio(record, services.store, services.settings.max_video_bytes))
    if spoken is not None:
        return replace(spoken, sound=sound)
    script = str(record.result.get("text", ""))
    return _timed(sound, script, "job_id", request.language, job, services, folder / "speech.wav")


def _words_alone(request: OverlayInput, record: JobRecord, job: Job, services: Services) -> Spoken:
    """The words of a job that found them in a recording, which it did not keep."""
    told = f"job {record.job_id} has words and no speech"
    if request.video_url is None:
        raise BadRequest.of("job_id", f"{told}; send the video_url that they are said in, or audio_url with text")
    if request.audio not in (None, "keep"):
        raise BadRequest.of("audio", f"{told} to {request.audio} with; leave it out, which keeps the video's own sound")
    with job.stage("fetch"):
        spoken = _kept(record, services)
    if spoken is None:
        raise NotFound(f"job_id: the words of job {record.job_id} have been removed from the store; send it again")
    return spoken


def _kept(record: JobRecord, services: Services) -> Spoken | None:
    """The words of a job that made captions, as its JSON has them, which is kept even if nobody asked for it."""
    for name in ("words", "timing.json"):
        if name not in record.outputs:
            continue
        try:
            kept = json.loads(services.store.get(record.outputs[name].key))
            words = tuple(Word(shown=word.pop("word"), **word) for word in kept["words"])
            words = _with_paragraphs(words, record)
            style = _style_of(record)
            return Spoken(words, float(kept["duration"]), kept["language"], kept["method"], style=style)
        except NotFound:
            continue
        except (ValueError, TypeError, KeyError, AttributeError):
            logger.warning("the words of job %s cannot be read", record.job_id, exc_info=True)
    return None


def _with_paragraphs(words: Sequence[Word], record: JobRecord) -> tuple[Word, ...]:
    """The words with what their JSON does not say: after which of them the script has a blank line."""
    if "paragraphs" in record.captions:
        ends = set(record.captions["paragraphs"])
        return tuple(replace(word, paragraph=at in ends) for at, word in enumerate(words))
    # The record of an older worker has the script alone.
    script = str(record.result.get("text", ""))
    blank = [bool(_BLANK_LINE.search(script, word.end_char, after.start_char)) for word, after in pairwise(words)]
    return tuple(replace(word, paragraph=end) for word, end in zip(words, [*blank, False], strict=False))


def _style_of(record: JobRecord) -> CaptionStyle | None:
    """The style of a job's own captions; None where nothing was asked for, or it is none that this version knows."""
    try:
        known = Limits(0, (), tuple(STYLES), tuple(FORMATS))
        return CaptionStyle.model_validate(record.captions["style"], context=known) if record.captions else None
    except (ValueError, KeyError):
        logger.warning("the style of job %s cannot be read", record.job_id, exc_info=True)
        return None


def _timed(
    sound: Path, script: str, field: str, language: str, job: Job, services: Services, clean: Path | None = None
) -> Spoken:
    """Find the words of a script in a recording, which is written to ``clean`` where it is to be heard.

    BadRequest for a recording that cannot be read or makes too long a video.
    """
    job.check()
    settings = services.settings
    with job.stage("decode"):
        try:
            heard = decode(sound, max_seconds=settings.max_video_seconds, timeout=DECODE_SECONDS)
        except BadReference as error:
            raise BadRequest.of(field, error.message.replace("the clip", "the recording")) from error
    with job.stage("align"):
        aligned = match.align(
            match.Recording.of(heard.samples, heard.sample_rate),
            text.tokenize(script, language),
            language,
            (None, settings.aligners),
            services.aligners,
            progress=lambda seconds: job.progress("align", round(seconds), round(heard.duration)),
            cancellation=job.cancellation,
        )
    for warning in aligned.warnings:
        job.warn(warning.code, warning.message)
    if clean is not None:
        # A file of our own in place of the client's: ffmpeg has no need to see that.
        clean.write_bytes(audio.encode(heard.samples, heard.sample_rate, "wav").body)
    return Spoken(aligned.timing.words, heard.duration, language, aligned.timing.method, clean)


def _within(seconds: float, services: Services) -> None:
    limit = services.settings.max_video_seconds
    if seconds > limit:
        raise TooLarge(f"the speech lasts {seconds:.0f} s, videos of at most {limit:g} s are made; send a shorter one")
