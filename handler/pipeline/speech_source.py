"""The words of a video and where they come from: a finished job, a recording, or the video's own sound."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from handler import jobs, text
from handler.alignment import match
from handler.alignment.word_times import Timing
from handler.captions import FORMATS, STYLES
from handler.errors import BadReference, BadRequest, NotFound, TooLarge
from handler.jobs import Job
from handler.media import audio
from handler.media.decode import Sound, decode
from handler.media.recording import Recording, open_recording
from handler.protocols import Services
from handler.requests import AlignInput, CaptionStyle, Limits, OverlayInput
from handler.types import JobRecord, Token, Word

logger = logging.getLogger(__name__)

MAX_WORDS_BYTES = 64_000_000  # of a job's words as JSON: 40,000 words take 6 MB

DECODE_TIMEOUT_S = 180.0  # time to decode a recording: two hours of AAC take a slow core a minute

_BLANK_LINE = re.compile(r"\n\s*\n")


@dataclass(frozen=True)
class Spoken:
    """A speech: its words with their times, the method that found them, and its audio file.

    ``sound`` is None where the video's own sound is the speech. ``style`` is that of the job's own captions.
    """

    words: tuple[Word, ...]
    duration: float
    language: str
    method: str
    sound: Path | None = None
    style: CaptionStyle | None = None


def of_job(request: OverlayInput, folder: Path, job: Job, services: Services) -> Spoken:
    """Return the speech of a finished job, with the words of its captions; without captions they are timed now."""
    record = jobs.load(services.store, request.job_id or "")
    if record.state != jobs.COMPLETED or not {"audio", "words", "timing.json"} & set(record.outputs):
        message = f"job_id: job {record.job_id} has no speech to show; send the job_id of a finished generate or align"
        raise NotFound(f"{message} job")
    duration, limit = float(record.result.get("duration", 0)), services.settings.max_video_seconds
    if duration > limit:
        raise TooLarge(f"the speech lasts {duration:.0f} s, videos of at most {limit:g} s are made; send a shorter one")
    if "audio" not in record.outputs:
        return _words_alone(request, record, job, services)
    with job.timed("fetch"):
        spoken = _kept(record, services)
        if spoken is not None and request.audio == "keep":
            return spoken
        sound = folder / "speech"
        sound.write_bytes(jobs.audio(record, services.store, services.settings.max_video_bytes))
    if spoken is not None:
        return replace(spoken, sound=sound)
    script = text.tokenize(str(record.result.get("text", "")), request.language)
    return in_sound(sound, script, "job_id", request.language, job, services, folder / "speech.wav")


def _words_alone(request: OverlayInput, record: JobRecord, job: Job, services: Services) -> Spoken:
    """Return the words of a job that aligned a recording, which it did not keep."""
    why = f"job {record.job_id} has words and no speech"
    if request.video_url is None:
        raise BadRequest.of("job_id", f"{why}; send the video_url that they are said in, or audio_url with text")
    if request.audio not in (None, "keep"):
        raise BadRequest.of("audio", f"{why} to {request.audio} with; leave it out, which keeps the video's own sound")
    with job.timed("fetch"):
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
            kept = json.loads(services.store.get(record.outputs[name].key, MAX_WORDS_BYTES))
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


def tokens(request: AlignInput | OverlayInput) -> tuple[Token, ...]:
    """The tokens of a request's text, without its annotations or with them beside the words."""
    return text.tokenize_transcript(request.text or "", request.language, request.annotations or text.DROP)


def in_sound(
    sound: Path,
    script: Sequence[Token],
    field: str,
    language: str,
    job: Job,
    services: Services,
    copy: Path | None = None,
) -> Spoken:
    """Find the words of a script in a recording or a video that a client sent as ``field``; see `align`."""
    limit = services.settings.max_video_seconds
    timing, duration = align(sound, script, language, job, services, field=field, max_seconds=limit, copy=copy)
    return Spoken(timing.words, duration, language, timing.method, copy)


def align(
    sound: Path,
    tokens: Sequence[Token],
    language: str,
    job: Job,
    services: Services,
    *,
    field: str,
    max_seconds: float,
    method: str | None = None,
    strict: bool = False,
    copy: Path | None = None,
) -> tuple[Timing, float]:
    """Find the words of a text in a recording or a video; return their times and its length in seconds.

    The sound is also written to the file ``copy``, as a wav of our own. Raises BadRequest, which names ``field``, for a
    file that cannot be decoded or lasts longer than ``max_seconds``, and AlignmentError.
    """
    job.progress("decode", 0, 1)
    decoded: Sound | None = None
    limit, name, timeout, stop = max_seconds, "recording", DECODE_TIMEOUT_S, job.cancellation
    with ExitStack() as stack:
        with job.timed("decode"):
            try:
                if copy:
                    decoded = decode(sound, max_seconds=limit, timeout=timeout, name=name, cancellation=stop)
                    recording = Recording.from_samples(decoded.samples, decoded.sample_rate)
                else:
                    opened = open_recording(sound, max_seconds=limit, timeout=timeout, name=name, cancellation=stop)
                    recording = stack.enter_context(opened)
            except BadReference as error:
                raise BadRequest.of(field, error.message) from error
        with job.timed("align"):
            aligned = match.align(
                recording,
                tokens,
                language,
                (method, services.settings.aligners),
                services.aligners,
                strict=strict,
                progress=lambda seconds: job.progress("align", round(seconds), round(recording.duration)),
                cancellation=stop,
            )
        job.warn_all(aligned.warnings)
        if copy and decoded:
            copy.write_bytes(audio.encode(decoded.samples, decoded.sample_rate, "wav").body)
        return aligned.timing, recording.duration
