"""overlay: captions on a video, or on an audiogram where there is none, with the speech as its sound."""

from __future__ import annotations

import json
import logging
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from handler import audio, jobs, long_audio, text
from handler.captions import Captions, Look, cues, dressed, lay_out, resolve
from handler.captions import video as films
from handler.captions.looks import LANDSCAPE, VERTICAL
from handler.decode import decode
from handler.errors import BadReference, BadRequest, NotFound, TooLarge
from handler.fetch import fetch
from handler.job_input import CaptionStyle, OverlayInput
from handler.jobs import File, Job
from handler.ports import Tools
from handler.values import JobRecord, Word

logger = logging.getLogger(__name__)

FETCH_SECONDS = 180.0
"""For a video: 200 MB from a host that sends a little more than a megabyte a second."""

DECODE_SECONDS = 120.0
"""For a recording: an hour of AAC takes a slow core half a minute."""

MAX_PICTURE_BYTES = 30_000_000

_USUAL_FPS = 30.0
_SHORT_SIDE = 1080
_SQUARE = (1080, 1080)
_BLANK_LINE = re.compile(r"\n\s*\n")


@dataclass(frozen=True)
class _Spoken:
    """A speech as its words with their times, how these were found, and the file it is heard from."""

    words: tuple[Word, ...]
    duration: float
    language: str
    method: str
    sound: Path | None


def run(request: OverlayInput, job: Job, tools: Tools) -> dict[str, Any]:
    """Draw the captions of a speech on a video, keep that; returns the reply without its URL."""
    with tempfile.TemporaryDirectory(prefix="overlay-") as name:
        folder = Path(name)
        spoken = _job_spoken(request, folder, job, tools) if request.job_id else _sent(request, folder, job, tools)
        _within(spoken.duration, tools)
        source = _source(request, folder, job, tools)
        shot, look = _plan(request, spoken, source)
        _say_what_is_lost(spoken, shot, job)
        with job.stage("captions"):
            look, warnings = dressed(look, tools.store, job.check)
            laid_out = cues(spoken.words, look, spoken.duration, spoken.language)
            captions = Captions(spoken.words, laid_out, look, spoken.duration, spoken.language, spoken.method)
        with job.stage("render"):
            job.progress("render", 0, shot.frames)
            warnings += films.draw(
                shot,
                captions,
                folder / "video.mp4",
                fonts=lay_out(look.typeface, folder / "fonts"),
                check=job.check,
                progress=lambda done, total: job.progress("render", done, total),
                timeout=tools.settings.job_timeout,
            )
        for warning in warnings:
            job.warn(warning.code, warning.message)
        with job.stage("upload"):
            job.progress("upload", 0, 1, paid=True)
            job.keep({"video": File(f"videos/{job.id}.mp4", folder / "video.mp4", "video/mp4")})
            job.progress("upload", 1, 1, paid=True)
    return {
        "job_id": job.id,
        "status": "completed",
        "duration": round(shot.duration, 3),
        "width": shot.width,
        "height": shot.height,
        "fps": round(float(shot.fps), 3),
    }


def _job_spoken(request: OverlayInput, folder: Path, job: Job, tools: Tools) -> _Spoken:
    """The speech of a finished job: its words were kept if it made captions, and are timed now if it did not."""
    record = jobs.load(tools.store, request.job_id or "")
    if record.state != jobs.COMPLETED or "audio" not in record.outputs:
        raise NotFound(f"job_id: job {record.job_id} has no speech to show; send the job_id of a finished generate job")
    _within(float(record.result.get("duration", 0)), tools)
    with job.stage("fetch"):
        spoken = _kept(record, tools)
        if spoken is not None and request.audio == "keep":
            return spoken
        sound = folder / "speech"
        sound.write_bytes(_audio(record, tools))
    if spoken is not None:
        return replace(spoken, sound=sound)
    return _timed(sound, str(record.result.get("text", "")), "job_id", request.language, folder, job, tools)


def _kept(record: JobRecord, tools: Tools) -> _Spoken | None:
    """The words of a job that made captions, as its JSON has them, which is kept even if nobody asked for it."""
    for name in ("words", "timing.json"):
        if name not in record.outputs:
            continue
        try:
            kept = json.loads(tools.store.get(record.outputs[name].key))
            words = tuple(Word(shown=word.pop("word"), **word) for word in kept["words"])
            words = _with_paragraphs(words, str(record.result.get("text", "")))
            return _Spoken(words, float(kept["duration"]), kept["language"], kept["method"], None)
        except NotFound:
            continue
        except (ValueError, TypeError, KeyError, AttributeError):
            logger.warning("the words of job %s cannot be read", record.job_id, exc_info=True)
    return None


def _with_paragraphs(words: Sequence[Word], script: str) -> tuple[Word, ...]:
    """The words with what their JSON does not say: after which of them the script has a blank line."""
    ends = [bool(_BLANK_LINE.search(script, word.end_char, after.start_char)) for word, after in pairwise(words)]
    return tuple(replace(word, paragraph=end) for word, end in zip(words, [*ends, False], strict=False))


def _audio(record: JobRecord, tools: Tools) -> bytes:
    try:
        return tools.store.get(record.outputs["audio"].key, max_bytes=tools.settings.max_video_bytes)
    except NotFound:
        message = f"job_id: the audio of job {record.job_id} has been removed from the store; send that job again"
        raise NotFound(message) from None


def _sent(request: OverlayInput, folder: Path, job: Job, tools: Tools) -> _Spoken:
    """A recording that the client links to, with what it says."""
    with job.stage("fetch"):
        sound = _fetched(request.audio_url or "", folder, "audio_url", tools.settings.max_upload_bytes, job, tools)
    return _timed(sound, request.text or "", "audio_url", request.language, folder, job, tools)


def _timed(sound: Path, script: str, field: str, language: str, folder: Path, job: Job, tools: Tools) -> _Spoken:
    """Find the words of a script in a recording. BadRequest for one that cannot be read or makes too long a video."""
    job.check()
    settings = tools.settings
    with job.stage("decode"):
        try:
            heard = decode(sound, max_seconds=settings.max_video_seconds, timeout=DECODE_SECONDS)
        except BadReference as error:
            raise BadRequest.of(field, error.message.replace("the clip", "the recording")) from error
    with job.stage("align"):
        aligned = long_audio.align(
            long_audio.Recording.of(heard.samples, heard.sample_rate),
            text.tokenize(script, language),
            language,
            (None, settings.aligners),
            tools.aligners,
            progress=lambda seconds: job.progress("align", round(seconds), round(heard.duration)),
        )
    for warning in aligned.warnings:
        job.warn(warning.code, warning.message)
    # A file of our own in place of the client's: ffmpeg has no need to see that.
    clean = folder / "speech.wav"
    clean.write_bytes(audio.encode(heard.samples, heard.sample_rate, "wav").body)
    return _Spoken(aligned.timing.words, heard.duration, language, aligned.timing.method, clean)


def _within(seconds: float, tools: Tools) -> None:
    limit = tools.settings.max_video_seconds
    if seconds > limit:
        raise TooLarge(f"the speech lasts {seconds:.0f} s, videos of at most {limit:g} s are made; send a shorter one")


def _source(request: OverlayInput, folder: Path, job: Job, tools: Tools) -> films.Source | None:
    """The video or the picture that the client links to."""
    if request.video_url is not None:
        with job.stage("fetch"):
            path = _fetched(request.video_url, folder, "video_url", tools.settings.max_video_bytes, job, tools)
        with job.stage("probe"):
            limit = tools.settings.max_video_seconds
            return films.video(path, field="video_url", max_seconds=limit, check=job.check)
    if request.image_url is not None:
        with job.stage("fetch"):
            path = _fetched(request.image_url, folder, "image_url", MAX_PICTURE_BYTES, job, tools)
        with job.stage("probe"):
            return films.picture(path, field="image_url", check=job.check)
    return None


def _fetched(url: str, folder: Path, field: str, max_bytes: int, job: Job, tools: Tools) -> Path:
    return fetch(
        url,
        folder / field,
        field=field,
        max_bytes=max_bytes,
        allow_private=tools.settings.allow_private_urls,
        timeout=FETCH_SECONDS,
        check=job.check,
    ).path


def _plan(request: OverlayInput, spoken: _Spoken, source: films.Source | None) -> tuple[films.Shot, Look]:
    """What is drawn, and the look of the captions on it."""
    style = request.caption_style or CaptionStyle.model_validate({})
    moving = source if source is not None and not source.still else None
    canvas = request.canvas or style.canvas
    size = (moving.width, moving.height) if moving else VERTICAL
    if canvas is not None:
        width, _, height = canvas.partition("x")
        size = int(width), int(height)
    asked = request.fps or style.fps
    fps = moving.fps if moving else Fraction(_USUAL_FPS)
    if asked is not None:
        fps = films.constant_rate(asked)
    if moving is not None:
        sound = request.audio or "replace"
        shot = films.over(moving, spoken.sound, spoken.duration, size, fps, sound)
    else:
        assert spoken.sound is not None
        picture = source or request.background or films.BACKGROUND
        shot = films.audiogram(spoken.sound, spoken.duration, size, fps, picture)
    return shot, _look(style, size, float(fps))


def _look(style: CaptionStyle, size: tuple[int, int], fps: float) -> Look:
    """The style on a canvas of the video's shape with a short side of 1080, which libass draws at the video's size.

    So a style looks the same on a small video as on a large one.
    """
    scale = _SHORT_SIDE / min(size)
    near = _SQUARE if size[0] == size[1] else LANDSCAPE if size[0] > size[1] else VERTICAL
    look = resolve(style.model_copy(update={"canvas": f"{near[0]}x{near[1]}", "fps": None}))
    fitted = replace(look, canvas=(round(size[0] * scale), round(size[1] * scale)), fps=fps)
    narrower = min(1.0, fitted.safe_width / look.safe_width)
    return fitted if style.size is not None else replace(fitted, size=fitted.size * narrower)


def _say_what_is_lost(spoken: _Spoken, shot: films.Shot, job: Job) -> None:
    if shot.source is None or shot.sound == "replace":
        return
    if not shot.source.sound:
        job.warn("video_silent", f"the video has no sound of its own for audio: {shot.sound}")
    if spoken.words and spoken.words[-1].end > shot.duration:
        message = (
            f"the speech lasts {spoken.duration:.1f} s and the video {shot.duration:.1f} s, what is later is cut off"
        )
        job.warn("speech_cut", f"{message}; send audio: replace, or a longer video")
