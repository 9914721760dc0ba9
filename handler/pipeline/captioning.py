"""Speech and its script become caption files: shared by the endpoints that make captions."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from handler.alignment import word_times
from handler.captions import FORMATS, Captions, Style, burn_in_command, cues, glyph_missing, resolve, with_font
from handler.jobs import File, Job
from handler.pipeline.background import Lane
from handler.pipeline.takes import Take
from handler.protocols import Services
from handler.requests import CaptionFields
from handler.types import Chunk, Span, Speech, Word


@dataclass(frozen=True)
class Made:
    """Caption files by their output names, and what the reply says of them."""

    files: dict[str, File]
    result: dict[str, Any]


class TimingBeside:
    """The times of a job's words, found in a lane beside its speaking."""

    def __init__(
        self, request: CaptionFields, language: str, sample_rate: int, job: Job, services: Services, lane: Lane
    ) -> None:
        self._timer = word_times.WordTimer(
            language,
            sample_rate,
            (request.timing_method, services.settings.aligners),
            services.aligners,
            strict=request.timing_strict,
            cancellation=lane.cancellation,
        )
        self._job = job
        self._lane = lane
        self._chunks: list[Future[None]] = []

    def on_chunk(self, chunk: Chunk, take: Take, _: Span) -> None:
        """Time the next chunk, beside what the caller does next."""
        self._chunks.append(self._lane.submit(self._timer.add_chunk, chunk, take.spoken, take.found))

    def finish(self, speech: Speech) -> word_times.Timing:
        """Wait for all chunks; every word's time in the whole. Raises AlignmentError when no method was left."""
        with self._job.timed("align"):
            try:
                for done, chunk in enumerate(self._chunks):
                    if not chunk.done():
                        self._job.progress("align", done, len(self._chunks))
                    self._lane.wait(chunk)
            finally:
                for warning in self._timer.skipped:
                    self._job.warn(warning.code, warning.message)
            timed = self._timer.timing(speech)
        for warning in timed.warnings:
            self._job.warn(warning.code, warning.message)
        return timed


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
    drawn = "ass" in request.timing_format
    with job.timed("captions"):
        style = resolve(request.caption_style, request.words_per_cue)
        if drawn:
            style = _with_font(style, timed.words, job, services)
        captions = Captions(
            words=timed.words,
            cues=cues(timed.words, style, duration, language),
            style=style,
            duration=duration,
            language=language,
            method=timed.method,
        )
        files = {f"timing.{name}": _file(captions, name, f"timings/{job.id}.{name}") for name in request.timing_format}
        if "json" not in request.timing_format:
            # So that `overlay` can lay the words out anew. "words" is no name that a reply hands out.
            files["words"] = _file(captions, "json", f"jobs/{job.id}/words.json")
    ends = [at for at, word in enumerate(timed.words) if word.paragraph]
    job.record_captions(_requested_style(request), ends)
    result: dict[str, Any] = {
        "timing_files": {},
        "timing_format": list(request.timing_format),
        "timing_method": timed.method,
        "word_count": len(timed.words),
        "timing_confidence": round(timed.confidence, 3),
    }
    if drawn:
        font = style.typeface
        files[f"font.{font.family}"] = File(font.key, font.body, font.media_type, shared=True, required=False)
        result["ffmpeg"] = burn_in_command(f"{job.id}.ass", audio, duration)
    return Made(files, result)


def _file(captions: Captions, name: str, key: str) -> File:
    return File(key, FORMATS[name].write(captions), FORMATS[name].media_type, required=False)


def _requested_style(request: CaptionFields) -> dict[str, Any]:
    """The style that the request asks for, as one object."""
    style = request.caption_style.model_dump(exclude_none=True) if request.caption_style else {}
    return style | ({"words_per_cue": request.words_per_cue} if request.words_per_cue else {})


def _with_font(style: Style, words: Sequence[Word], job: Job, services: Services) -> Style:
    """The style with the file of its font; warns of a font that is not there and of glyphs that it lacks."""
    style, warnings = with_font(style, services.store, job.cancellation)
    missing = style.typeface.missing(char for word in words for char in style.apply_case(word.shown))
    for warning in (*warnings, *([glyph_missing(style.font, missing)] if missing else [])):
        job.warn(warning.code, warning.message)
    return style
