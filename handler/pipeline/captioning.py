"""Speech and its script become caption files: shared by the endpoints that make captions."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from handler.alignment import word_times
from handler.captions import (
    FORMATS,
    Captions,
    Style,
    burn_in_command,
    cues,
    emoji,
    glyph_missing,
    labelled,
    resolve,
    shipped,
    unlabelled,
    with_font,
    with_speakers,
)
from handler.errors import Cancelled, reason
from handler.jobs import File, Job
from handler.pipeline.background import BackgroundQueue
from handler.pipeline.takes import Take
from handler.protocols import Services
from handler.requests import CaptionFields, GenerateInput
from handler.types import Chunk, Span, Speech, Word

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Made:
    """Caption files by their output names, and what the reply says of them."""

    files: dict[str, File]
    result: dict[str, Any]


class BackgroundTiming:
    """Times the words of a job in a background queue while it speaks, and makes its captions from them."""

    def __init__(
        self,
        request: GenerateInput,
        language: str,
        sample_rate: int,
        job: Job,
        services: Services,
        queue: BackgroundQueue,
    ) -> None:
        self._timer = word_times.WordTimer(
            sample_rate,
            (request.timing_method, services.settings.aligners),
            services.aligners,
            strict=request.timing_strict,
            cancellation=queue.cancellation,
        )
        self._request = request
        self._language = language
        self._job = job
        self._services = services
        self._queue = queue
        self._chunks: list[Future[None]] = []

    def on_chunk(self, chunk: Chunk, take: Take, span: Span) -> None:
        """Time the next chunk in the background."""
        self._chunks.append(self._queue.submit(self._time, chunk, take, span))

    def _time(self, chunk: Chunk, take: Take, span: Span) -> None:
        self._timer.add_chunk(chunk, take.spoken, take.found)
        on_words = self._job.listener.on_words
        if on_words is not None and (words := self._timer.newest_words(span)):
            on_words(words)

    def captions(self, speech: Speech, audio: str) -> Made:
        """Wait for all chunks; the captions of the file ``audio``.

        The speech is paid for: captions that fail cost a warning, not the job.
        """
        try:
            timed = self.timing(speech)
            return make(self._request, timed, speech.duration, self._language, audio, self._job, self._services)
        except Cancelled:
            raise
        except Exception as error:  # noqa: BLE001 - the warning says it
            return failed(error, self._request, self._job)

    def timing(self, speech: Speech) -> word_times.Timing:
        """Wait for all chunks; the times of all words. Raises AlignmentError where no method was left."""
        with self._job.timed("align"):
            try:
                for done, chunk in enumerate(self._chunks):
                    if not chunk.done():
                        self._job.progress("align", done, len(self._chunks))
                    self._queue.wait(chunk)
            finally:
                self._job.warn_all(self._timer.skipped)
            timed = self._timer.timing(speech)
        self._job.measure("align", words=len(timed.words), audio_s=speech.duration)
        self._job.warn_all(timed.warnings)
        return timed


def failed(error: Exception, request: CaptionFields, job: Job) -> Made:
    """What a job has instead of captions that failed, with a warning: no files."""
    logger.warning("no captions", exc_info=error)
    job.warn("timings_failed", f"no captions could be made: {reason(error)}")
    return Made({}, {"timing_files": {}, "timing_format": list(request.timing_format)})


def make(
    request: CaptionFields,
    timed: word_times.Timing,
    duration: float,
    language: str,
    audio: str | None,
    job: Job,
    services: Services,
) -> Made:
    """Lay the words out and write the formats asked for, for the file ``audio`` of ``duration`` seconds.

    ``audio`` is None for a recording of the client's, which may well be the video that they want captions on.
    """
    requested_style = request.caption_style.model_dump(exclude_none=True) if request.caption_style else {}
    if request.words_per_cue:
        requested_style["words_per_cue"] = request.words_per_cue
    with job.timed("captions"):
        captions = lay_out(request, timed, duration, language, job, services)
        files = files_of(captions, request.timing_format, job)
        if "json" not in request.timing_format:
            # So that `overlay` can lay the words out anew. "words" is no name that a reply hands out.
            files["words"] = caption_file(captions, "json", f"jobs/{job.id}/words")
    job.measure("captions", words=len(timed.words), files=len(request.timing_format))
    paragraphs = [index for index, word in enumerate(timed.words) if word.paragraph]
    job.record_captions(requested_style, paragraphs, request.speaker_colours)
    result: dict[str, Any] = {
        "timing_files": {},
        "timing_format": list(request.timing_format),
        "timing_method": timed.method,
        "word_count": len(timed.words),
        "timing_confidence": round(timed.confidence, 3),
    }
    if "ass" in request.timing_format:
        result["ffmpeg"] = burn_in_command(f"{job.id}.ass", audio, duration)
    return Made(files, result)


def lay_out(
    request: CaptionFields,
    timed: word_times.Timing,
    duration: float,
    language: str,
    job: Job,
    services: Services,
    *,
    speakers: Sequence[str] = (),
) -> Captions:
    """The words as captions in the style of the request, which has its font where that is drawn.

    ``speakers`` are all speakers in order, where not all of them say any of these words: each keeps their colour.
    """
    style = resolve(request.caption_style, request.words_per_cue)
    names = speakers or [word.speaker for word in timed.words]
    style, warnings = with_speakers(style, names, request.speaker_colours)
    job.warn_all(warnings)
    shown = timed.words
    if request.speaker_labels:
        job.warn_all(unlabelled(timed.words))
        shown = labelled(timed.words)
    if "ass" in request.timing_format:
        style = with_checked_font(style, shown, job, services)
    laid = cues(shown, style, duration, language)
    return Captions(timed.words, laid, style, duration, language, timed.method, request.csv_safe)


def files_of(captions: Captions, formats: Sequence[str], job: Job) -> dict[str, File]:
    """The captions in these formats, and with ``ass`` the font that draws them."""
    files = {f"timing.{name}": caption_file(captions, name, f"timings/{job.id}") for name in formats}
    return files | (font_file(captions.style) if "ass" in formats else {})


def caption_file(captions: Captions, name: str, stem: str) -> File:
    """The captions in the format ``name``, as a file whose key begins with ``stem``."""
    key = f"{stem}.{FORMATS[name].suffix or name}"
    return File(key, FORMATS[name].write(captions), FORMATS[name].media_type, required=False)


def font_file(style: Style) -> dict[str, File]:
    """The file of the style's font by its output name."""
    font = style.typeface
    return {f"font.{font.family}": File(font.key, font.body, font.media_type, shared=True, required=False)}


def with_checked_font(style: Style, words: Sequence[Word], job: Job, services: Services) -> Style:
    """The style with the file of its font; warns of a font that is not there and of glyphs that it lacks."""
    style, warnings = with_font(style, services.store, job.cancellation)
    shown = [part for word in words for part in emoji.split(style.apply_case(word.shown))]
    pictures = [part for part, is_emoji in shown if is_emoji and emoji.drawable(part)]
    lacking = style.typeface.missing(char for part, _ in shown if part not in pictures for char in part)
    missing = shipped().missing(lacking)
    borrowed = [char for char in lacking if char not in missing]
    # A font of the bucket may have them.
    pictures = [part for part in dict.fromkeys(pictures) if style.typeface.missing(part)]
    lacks = (missing, borrowed, pictures)
    job.warn_all((*warnings, *([glyph_missing(style.font, *lacks)] if any(lacks) else [])))
    return style
