"""The words of a video and where they come from: a finished job, a recording, or the video's own sound."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from handler import jobs, text
from handler.alignment import match
from handler.alignment.word_times import Timing
from handler.captions import FORMATS, STYLES
from handler.errors import BadReference, BadRequest, NotFound, TooLarge
from handler.jobs import Job
from handler.media import audio
from handler.media.decode import decode
from handler.media.recording import Recording, open_recording
from handler.pipeline import lexicons, track_search
from handler.pipeline.marking import origin_of_job
from handler.protocols import Origin, Services
from handler.requests import DEFAULT_LANGUAGE, AlignInput, CaptionStyle, Limits, OverlayInput
from handler.text import Lexicon
from handler.text.annotations import blank_annotations
from handler.types import JobRecord, Token, Word

logger = logging.getLogger(__name__)

MAX_WORDS_BYTES = 64_000_000  # of a job's words as JSON: 40,000 words take 6 MB

DECODE_TIMEOUT_S = 180.0  # time to decode a recording: two hours of AAC take a slow core a minute

Request = TypeVar("Request", AlignInput, OverlayInput)

_BLANK_LINE = re.compile(r"\n\s*\n")


@dataclass(frozen=True)
class Spoken:
    """A speech: its words with their times, the method that found them, and its audio file.

    ``sound`` is None where the video's own sound is the speech, of which ``track`` is the number of the audio track.
    ``style`` and ``speaker_colours`` are those of the job's own captions. ``transcript`` is what the worker wrote down,
    None where the words were known. ``origin`` is what made a job's speech.
    """

    words: tuple[Word, ...]
    duration: float
    language: str
    method: str
    sound: Path | None = None
    style: CaptionStyle | None = None
    track: int = 0
    transcript: str | None = None
    origin: Origin | None = None
    speaker_colours: Mapping[str, str] | None = None


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
        spoken = kept(record, services)
        if spoken is not None and request.audio == "keep":
            return spoken
        sound = folder / "speech"
        sound.write_bytes(jobs.audio(record, services.store, services.settings.max_video_bytes))
    origin = origin_of_job(record.result)
    if spoken is not None:
        return replace(spoken, sound=sound, origin=origin)
    request = with_language(request, str(record.result.get("text", "")), job)
    script = script_of(record, request.language)
    own = ClientSound(sound, "job_id", limit, copy=folder / "speech.wav")
    spoken = in_sound(own, script, request.language, job, services)
    return replace(spoken, origin=origin)


def script_of(record: JobRecord, language: str) -> list[Token]:
    """The tokens of a job's script, in the language given or in those of its turns, with who says them."""
    said, lexicon = str(record.result.get("text", "")), lexicons.of_job(record)
    ssml = record.result.get("ssml")
    languages = {each["speaker"]: each["language"] for each in record.result.get("speakers", ())}
    turns = record.result.get("turns")
    if not turns:
        tokens = list(text.tokenize(said, language, lexicon, ssml=ssml, languages=languages))
        named = {token.speaker for token in tokens}
        # Who says what the text names no voice for.
        own = next((name for name in languages if name not in named), "")
        return [replace(token, speaker=token.speaker or own) for token in tokens]
    tokens = []
    for turn in turns:
        start, own = turn["start_char"], turn["language"]
        for token in text.tokenize(said[start : turn["end_char"]], own, lexicon, ssml=ssml, languages=languages):
            moved = replace(token, start_char=token.start_char + start, end_char=token.end_char + start)
            tokens.append(replace(moved, speaker=token.speaker or turn["speaker"]))
    return tokens


def _words_alone(request: OverlayInput, record: JobRecord, job: Job, services: Services) -> Spoken:
    """Return the words of a job that aligned a recording, which it did not keep."""
    why = f"job {record.job_id} has words and no speech"
    if request.video_url is None:
        raise BadRequest.of("job_id", f"{why}; send the video_url that they are said in, or audio_url with text")
    if request.audio not in (None, "keep"):
        raise BadRequest.of("audio", f"{why} to {request.audio} with; leave it out, which keeps the video's own sound")
    with job.timed("fetch"):
        spoken = kept(record, services)
    if spoken is None:
        raise NotFound(f"job_id: the words of job {record.job_id} have been removed from the store; send it again")
    return spoken


def kept(record: JobRecord, services: Services) -> Spoken | None:
    """The words of a job that made captions, as its JSON has them, which is kept even if nobody asked for it."""
    for name in ("words", "timing.json"):
        if name not in record.outputs:
            continue
        try:
            kept = json.loads(services.store.get(record.outputs[name].key, MAX_WORDS_BYTES))
            words = tuple(Word(shown=word.pop("word"), **word) for word in kept["words"])
            words = _with_paragraphs(words, record)
            style = _style_of(record)
            colours = record.captions.get("speaker_colours")
            return Spoken(
                words, float(kept["duration"]), kept["language"], kept["method"], style=style, speaker_colours=colours
            )
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


def with_language(request: Request, script: str, job: Job) -> Request:
    """The request with the language of its script for AUTO; warns of a script that is plainly in another language."""
    said = text.shown_text(blank_annotations(script))
    language = text.language_asked(request.language, said) or DEFAULT_LANGUAGE
    job.warn_all(text.language_warnings(said, language, request.language))
    return request.model_copy(update={"language": language})


def tokens(request: AlignInput | OverlayInput, lexicon: Lexicon | None = None) -> tuple[Token, ...]:
    """The tokens of a request's text, without its annotations or with them beside the words."""
    annotations = request.annotations or text.DROP
    return text.tokenize_transcript(request.text or "", request.language, annotations, lexicon)


@dataclass(frozen=True)
class ClientSound:
    """A file with sound that a client sent as ``field``, and that may last ``max_seconds``.

    ``track`` is the audio track to use, see `tracks.chosen`; with None, others are tried where the default one does not
    have the words. The sound is also written to the file ``copy``, as a wav of our own, if there is one.
    """

    path: Path
    field: str
    max_seconds: float
    track: int | str | None = None
    copy: Path | None = None


def in_sound(sound: ClientSound, script: Sequence[Token], language: str, job: Job, services: Services) -> Spoken:
    """Find the words of a script in a recording or a video; see `align`."""
    found = align(sound, script, language, job, services)
    return Spoken(found.timing.words, found.duration, language, found.timing.method, sound.copy, track=found.track)


@dataclass(frozen=True)
class AlignedFile:
    """The words of a text in a file, its length in seconds, and the number of the audio track that says them."""

    timing: Timing
    duration: float
    track: int


def align(
    sound: ClientSound,
    tokens: Sequence[Token],
    language: str,
    job: Job,
    services: Services,
    *,
    method: str | None = None,
    strict: bool = False,
    heard: bool = False,
) -> AlignedFile:
    """Find the words of a text in a recording or a video; ``heard`` says that the worker wrote it.

    Raises as `open_sound` does, and AlignmentError.
    """

    job.progress("decode", 0, 1)

    @contextmanager
    def opened(track: int | str | None) -> Iterator[Recording]:
        with ExitStack() as stack:
            with job.timed("decode"):
                recording = stack.enter_context(open_sound(replace(sound, track=track), job))
            yield recording

    def aligned(recording: Recording) -> AlignedFile:
        with job.timed("align"):
            found = match.align(
                recording,
                tokens,
                language,
                (method, services.settings.aligners),
                services.aligners,
                strict=strict,
                heard=heard,
                progress=lambda seconds: job.progress("align", round(seconds), round(recording.duration)),
                cancellation=job.cancellation,
            )
        job.measure("align", words=len(found.timing.words), audio_s=recording.duration)
        job.warn_all(found.warnings)
        return AlignedFile(found.timing, recording.duration, recording.track)

    return track_search.search(sound.track, opened, aligned, lambda error: error.message == match.NONE_FOUND, job)


@contextmanager
def open_sound(sound: ClientSound, job: Job) -> Iterator[Recording]:
    """The sound of a client's file. Raises BadRequest on its field if it cannot be decoded or lasts too long."""
    reading: dict[str, Any] = {
        "max_seconds": sound.max_seconds,
        "timeout": DECODE_TIMEOUT_S,
        "name": "recording",
        "track": sound.track,
        "cancellation": job.cancellation,
    }
    with ExitStack() as stack:
        try:
            if sound.copy is None:
                recording = stack.enter_context(open_recording(sound.path, **reading))
            else:
                whole = decode(sound.path, **reading)
                sound.copy.write_bytes(audio.encode(whole.samples, whole.sample_rate, "wav").body)
                recording = replace(
                    Recording.from_samples(whole.samples, whole.sample_rate), track=whole.track, others=whole.others
                )
        except BadReference as error:
            raise BadRequest.of(sound.field, error.message) from error
        yield recording
