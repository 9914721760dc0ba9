"""generate: a script becomes speech, and captions in time with it. The road of a job, top to bottom."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from handler import audio, text, voices
from handler.endpoints import captioning
from handler.errors import Cancelled, WorkerError
from handler.job_input import GenerateInput
from handler.jobs import File, Job
from handler.ports import Engine, Tools
from handler.values import Chunk, ChunkAudio, Speech, SpeechOptions, Voice

logger = logging.getLogger(__name__)


def run(request: GenerateInput, job: Job, tools: Tools) -> dict[str, Any]:
    """Speak the request's text, caption it if asked to, keep the files; returns the reply without its URLs."""
    engine = tools.engines.get(request.engine or tools.settings.tts_engine)
    options = _options(request, engine, job)
    voice = voices.resolve(request.voice_name, request.language, engine, tools, warn=job.warn)
    language = request.language or voice.language
    voice = replace(voice, language=language)

    with job.stage("text"):
        tokens = text.tokenize(request.text, language)
        chunks = text.chunk(tokens, engine.budget(voice, options))
    if foreign := text.foreign_script(request.text, language):
        script, likely = foreign
        job.warn("language_doubtful", f"most of the text is in {script} script, language is {language}; send {likely}?")
    with job.stage("speak"):
        speech = _speak(chunks, voice, options, engine, job)
    with job.stage("encode"):
        sound = audio.encode(speech.samples, speech.sample_rate, request.audio_format)
    files = {"audio": File(f"output/{job.id}.{request.audio_format}", sound.body, sound.media_type)}
    result = {
        "job_id": job.id,
        "status": "completed",
        "audio_format": request.audio_format,
        "duration": round(speech.duration, 3),
        "sample_rate": sound.sample_rate,
        "seed": options.seed,
        "text": request.text,
        "voice": voice.name,
        "engine": engine.name,
        "model_license": engine.model_license,
    }
    if request.wants_timings:
        result |= _captions(request, speech, chunks, language, files, job, tools)
    with job.stage("upload"):
        job.progress("upload", 0, len(files), paid=True)
        job.keep(files)
        job.progress("upload", len(files), len(files), paid=True)
    job.metrics["rtf"] = round(job.metrics["speak"] / speech.duration, 4)
    return result


def _options(request: GenerateInput, engine: Engine, job: Job) -> SpeechOptions:
    """What the request asks of the engine; what this engine ignores is said in a warning."""
    knobs = {"speed", "cfg_strength", "sway_sampling_coef", "target_rms", "cross_fade_duration", "remove_silence"}
    knobs |= {"target_duration", "nfe_step", "quality", "takes"}
    if ignored := sorted(knobs & request.model_fields_set - engine.options):
        job.warn("option_ignored", f"the engine {engine.name} ignores {', '.join(ignored)}")
    return SpeechOptions(
        speed=request.speed,
        seed=job.seed if request.seed is None else request.seed,
        steps=request.steps,
        cfg_strength=request.cfg_strength,
        sway_sampling_coef=request.sway_sampling_coef,
        target_rms=request.target_rms,
        cross_fade_duration=request.cross_fade_duration,
        remove_silence=request.remove_silence,
        target_duration=request.target_duration,
    )


def _speak(chunks: Sequence[Chunk], voice: Voice, options: SpeechOptions, engine: Engine, job: Job) -> Speech:
    spoken: list[ChunkAudio] = []
    job.progress("speak", 0, len(chunks))
    for piece in engine.speak(chunks, voice, options, job.check):
        spoken.append(piece)
        for warning in piece.warnings:
            job.warn(warning.code, warning.message)
        job.progress("speak", len(spoken), len(chunks))
    samples, spans = audio.join(
        [piece.samples for piece in spoken],
        engine.sample_rate,
        [(chunk.pause_before, chunk.pause_after) for chunk in chunks],
        options.cross_fade_duration if "cross_fade_duration" in engine.options else 0.0,
    )
    return Speech(samples, engine.sample_rate, options.seed, engine.name, spans, tuple(piece.words for piece in spoken))


def _captions(
    request: GenerateInput,
    speech: Speech,
    chunks: Sequence[Chunk],
    language: str,
    files: dict[str, File],
    job: Job,
    tools: Tools,
) -> dict[str, Any]:
    """Add the caption files to ``files``. The speech is paid for: captions that fail cost a warning, not the job."""
    try:
        made = captioning.make(request, speech, chunks, language, f"{job.id}.{request.audio_format}", job, tools)
    except Cancelled:
        raise
    except Exception as error:
        logger.warning("no captions", exc_info=error)
        reason = error.message if isinstance(error, WorkerError) else "something failed; the worker's log says what"
        job.warn("timings_failed", f"no captions could be made: {reason}")
        return {"timing_files": {}, "timing_format": list(request.timing_format)}
    files |= made.files
    return made.result
