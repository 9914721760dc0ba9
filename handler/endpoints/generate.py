"""generate: a script becomes speech, and captions in time with it. Read it top to bottom to follow a job."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import replace
from typing import Any

from handler import text
from handler.alignment import fallback
from handler.errors import Cancelled, reason
from handler.jobs import File, Job
from handler.media import audio
from handler.pipeline import captioning
from handler.pipeline.background import Lane
from handler.pipeline.chunk_files import Handout
from handler.pipeline.synthesis import ChunkListener, synthesize
from handler.pipeline.takes import TakeSelector
from handler.protocols import Engine, Services
from handler.requests import EngineOptions, GenerateInput
from handler.types import Speech, SpeechOptions
from handler.voices import library

logger = logging.getLogger(__name__)


def run(request: GenerateInput, job: Job, services: Services) -> dict[str, Any]:
    """Speak the request's text, caption it if asked to, keep the files; returns the reply without its URLs."""
    name = request.engine or services.settings.tts_engine
    engine = services.engines.get(name)
    options = _options(request, engine, services.engines.backends[name].options, job)
    seed = _seed(job) if request.seed is None else request.seed
    voice = library.resolve(
        request.voice_name, request.language, engine, services, warn=job.warn, cancellation=job.cancellation
    )
    language = request.language or voice.language
    voice = replace(voice, language=language)

    with job.timed("text"):
        tokens = text.tokenize(request.text, language)
        chunks = text.chunk(tokens, language, engine.budget(voice, options))
    if foreign := text.foreign_script(request.text, language):
        script, likely = foreign
        job.warn("language_doubtful", f"most of the text is in {script} script, language is {language}; send {likely}?")
    with Lane("align", job) as aligning, Lane("handout", job) as handing_out, Lane("upload", job) as uploading:
        selector = _selector(request, language, engine, services, aligning)
        words = _words(request, language, engine, job, services, aligning)
        handout = _handout(request, engine, job, services, handing_out)
        listeners: list[ChunkListener] = [each.on_chunk for each in (words, handout) if each]
        speech, takes = synthesize(chunks, voice, options, seed, engine, job, selector, listeners)
        with job.timed("encode"):
            sound = audio.encode(speech.samples, speech.sample_rate, request.audio_format)
        files = {"audio": File(f"output/{job.id}.{request.audio_format}", sound.body, sound.media_type)}
        begun = {"audio": uploading.submit(job.write, files["audio"])}
        result = {
            "job_id": job.id,
            "status": "completed",
            "audio_format": request.audio_format,
            "duration": round(speech.duration, 3),
            "sample_rate": sound.sample_rate,
            "seed": seed,
            "text": request.text,
            "voice": voice.name,
            "engine": engine.name,
            "model_license": engine.model_license,
        }
        if selector:
            result["takes"] = selector.report(takes, job.warn)
        if words:
            result |= _captions(request, words, speech, language, files, job, services)
        if handout:
            handout.finish()
        job.store(files, begun)
    job.metrics["rtf"] = round(job.metrics["speak"] / speech.duration, 4)
    return result


def _options(request: GenerateInput, engine: Engine, own: type[EngineOptions] | None, job: Job) -> SpeechOptions:
    """What the request asks of the engine; a warning names what this engine ignores."""
    honoured = GenerateInput.model_fields.keys() | (own.model_fields.keys() if own else set())
    if not engine.supports_speed:
        honoured -= {"speed"}
    if not engine.supports_seeds:
        honoured -= {"takes"}
    if ignored := request.model_fields_set - honoured:
        job.warn("option_ignored", f"the engine {engine.name} ignores {', '.join(sorted(ignored))}")
    return SpeechOptions(speed=request.speed, own=request.own_options(own))


def _seed(job: Job) -> int:
    """A seed from the job's id and input: a job that is delivered twice gives the same speech."""
    return int(hashlib.sha256(f"{job.id} {job.record.request_sha256}".encode()).hexdigest()[:8], 16)


def _selector(
    request: GenerateInput, language: str, engine: Engine, services: Services, lane: Lane
) -> TakeSelector | None:
    if request.takes == 1 or not engine.supports_seeds:
        return None
    methods = fallback.methods(request.timing_method, services.settings.aligners)
    return TakeSelector(request.takes, language, engine.sample_rate, methods, services.aligners, lane)


def _words(
    request: GenerateInput, language: str, engine: Engine, job: Job, services: Services, lane: Lane
) -> captioning.TimingBeside | None:
    if not request.wants_timings:
        return None
    return captioning.TimingBeside(request, language, engine.sample_rate, job, services, lane)


def _handout(request: GenerateInput, engine: Engine, job: Job, services: Services, lane: Lane) -> Handout | None:
    if not request.chunk_urls:
        return None
    expires_in = request.expires_in or services.settings.presign_ttl
    return Handout(request.text, engine.sample_rate, request.audio_format, expires_in, job, services.store, lane)


def _captions(
    request: GenerateInput,
    words: captioning.TimingBeside,
    speech: Speech,
    language: str,
    files: dict[str, File],
    job: Job,
    services: Services,
) -> dict[str, Any]:
    """Add the caption files to ``files``. The speech is paid for: captions that fail cost a warning, not the job."""
    try:
        timed = words.finish(speech)
        audio_file = f"{job.id}.{request.audio_format}"
        made = captioning.make(request, timed, speech.duration, language, audio_file, job, services)
    except Cancelled:
        raise
    except Exception as error:
        logger.warning("no captions", exc_info=error)
        job.warn("timings_failed", f"no captions could be made: {reason(error)}")
        return {"timing_files": {}, "timing_format": list(request.timing_format)}
    files |= made.files
    return made.result
