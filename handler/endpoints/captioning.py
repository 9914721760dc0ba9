"""Speech and its script become caption files: shared by the endpoints that make captions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from handler import timing
from handler.captions import FORMATS, Captions, burn_in_command, cues, resolve, shipped_font
from handler.job_input import CaptionStyle
from handler.jobs import File, Job
from handler.ports import Tools
from handler.values import Chunk, Speech


class CaptionRequest(Protocol):
    """The fields about captions, the same at every endpoint that makes them."""

    @property
    def timing_format(self) -> tuple[str, ...]: ...
    @property
    def timing_method(self) -> str | None: ...
    @property
    def timing_strict(self) -> bool: ...
    @property
    def words_per_cue(self) -> int | None: ...
    @property
    def caption_style(self) -> CaptionStyle | None: ...


@dataclass(frozen=True)
class Made:
    """Caption files by their output names, and what the reply says of them."""

    files: dict[str, File]
    result: dict[str, Any]


def make(
    request: CaptionRequest,
    speech: Speech,
    chunks: Sequence[Chunk],
    language: str,
    audio: str,
    job: Job,
    tools: Tools,
) -> Made:
    """Time the words, lay them out and write the formats asked for, for the file ``audio``. Raises AlignmentError."""
    methods = timing.order(request.timing_method, tools.settings.aligners, speech, strict=request.timing_strict)
    with job.stage("align"):
        timed = timing.time_words(
            speech,
            chunks,
            language,
            methods,
            tools.aligners,
            warn=job.warn,
            progress=lambda done, total: job.progress("align", done, total),
        )
    with job.stage("captions"):
        look = resolve(request.caption_style, request.words_per_cue)
        captions = Captions(
            words=timed.words,
            cues=cues(timed.words, look, speech.duration),
            look=look,
            duration=speech.duration,
            language=language,
            method=timed.method,
        )
        files = {}
        for name in request.timing_format:
            format_ = FORMATS[name]
            key = f"timings/{job.id}.{format_.suffix}"
            files[f"timing.{name}"] = File(key, format_.write(captions), format_.media_type, needed=False)
    result: dict[str, Any] = {
        "timing_files": {},
        "timing_format": list(request.timing_format),
        "timing_method": timed.method,
        "word_count": len(timed.words),
        "timing_confidence": round(timed.confidence, 3),
    }
    if "ass" in request.timing_format:
        font = shipped_font()
        files[f"font.{font.family}"] = File(
            f"fonts/{font.path.name}", font.path, font.media_type, shared=True, needed=False
        )
        result["ffmpeg"] = burn_in_command(f"{job.id}.ass", audio)
    return Made(files, result)
