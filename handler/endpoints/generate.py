"""generate: a script becomes speech, and captions in time with it. The road of a job, top to bottom."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from handler import text
from handler.alignment import word_times
from handler.errors import Cancelled, reason
from handler.jobs import File, Job
from handler.media import audio
from handler.pipeline import captioning
from handler.pipeline.background import Lane
from handler.pipeline.chunk_files import Handout
from handler.pipeline.synthesis import ChunkListener, synthesize
from handler.pipeline.takes import TakeSelector
from handler.protocols import Engine, Services
from handler.requests import GenerateInput
from handler.types import Speech, SpeechOptions
from handler.voices import library

logger = logging.getLogger(__name__)


def run(request: GenerateInput, job: Job, services: Services) -> dict[str, Any]:
    """Speak the request's text, caption it if asked to, keep the files; returns the reply without its URLs."""
    engine = services.engines.get(request.engine or services.settings.tts_engine)
    options = _options(request, engine, job)
    seed = job.seed if request.seed is None else request.seed
    voice = library.resolve(
        request.voice_name, request.language, engine, services, warn=job.warn, cancellation=job.cancellation
    )
    language = request.language or voice.language
    voice = replace(voice, language=language)

    with job.stage("text"):
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
        with job.stage("encode"):
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
        job.upload(files, begun)
    job.metrics["rtf"] = round(job.metrics["speak"] / speech.duration, 4)
    return result


def _options(request: GenerateInput, engine: Engine, job: Job) -> SpeechOptions:
    """What the request asks of the engine; what this engine ignores is said in a warning."""
    knobs = {"speed", "cfg_strength", "sway_sampling_coef", "target_rms", "cross_fade_duration", "remove_silence"}
    knobs |= {"target_duration", "nfe_step", "quality", "takes"}
    honoured = engine.options | ({"takes"} if engine.supports_seeds else set())
    if ignored := sorted(knobs & request.model_fields_set - honoured):
        job.warn("option_ignored", f"the engine {engine.name} ignores {', '.join(ignored)}")
    return SpeechOptions(
        speed=request.speed,
        steps=request.steps,
        cfg_strength=request.cfg_strength,
        sway_sampling_coef=request.sway_sampling_coef,
        target_rms=request.target_rms,
        cross_fade_duration=request.cross_fade_duration,
        remove_silence=request.remove_silence,
        target_duration=request.target_duration,
    )


def _selector(
    request: GenerateInput, language: str, engine: Engine, services: Services, lane: Lane
) -> TakeSelector | None:
    if request.takes == 1 or not engine.supports_seeds:
        return None
    methods = word_times.order(request.timing_method, services.settings.aligners)
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
