"""generate: a script becomes speech, and captions in time with it. Read it top to bottom to follow a job."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from handler import text
from handler.jobs import File, Job
from handler.media import audio
from handler.pipeline import lexicons
from handler.pipeline.background import BackgroundQueue
from handler.pipeline.captioning import BackgroundTiming
from handler.pipeline.chunk_files import ChunkPublisher
from handler.pipeline.script_settings import with_script_settings
from handler.pipeline.synthesis import (
    ChunkListener,
    speech_options,
    synthesize,
    with_usable_phonemes,
    with_usable_sounds,
)
from handler.pipeline.takes import TakeSelector
from handler.protocols import Engine, Services
from handler.requests import GenerateInput
from handler.voices import engine_choice, library


def run(request: GenerateInput, job: Job, services: Services) -> dict[str, Any]:
    """Speak the request's text, caption it if asked to, keep the files; returns the reply without its URLs."""
    engine_name = engine_choice.chosen(request.engine, request.voice_name, services)
    with services.engines.lease(engine_name, job.warn, job.cancellation) as engine:
        return _speak(request, engine_name, engine, job, services)


def _speak(request: GenerateInput, engine_name: str, engine: Engine, job: Job, services: Services) -> dict[str, Any]:
    script = text.script_settings(request.text, request.ssml)
    job.warn_all(script.warnings)
    request = with_script_settings(request, script, engine, services, job)
    backend = services.engines.backends[engine_name]
    options = speech_options(request, engine, backend.options, job)
    seed = job.default_seed if request.seed is None else request.seed
    lexicon = lexicons.resolve(request.lexicon, services.store, job.warn)
    shown = text.shown_text(request.text, request.ssml)
    asked = text.language_asked(request.language, shown)
    voice = library.resolve(
        request.voice_name,
        asked,
        engine,
        services,
        needs_transcript=backend.needs_transcript,
        warn=job.warn,
        cancellation=job.cancellation,
    )
    language = asked or voice.language
    voice = replace(voice, language=language)

    with job.timed("text"):
        said = text.tokenize(request.text, language, lexicon, ssml=request.ssml)
        tokens = with_usable_sounds(with_usable_phonemes(said, engine, job), engine, job)
        job.record_lexicon(lexicon.found())
        budget = job.cancellation.run(engine.budget, voice, options)
        chunks = text.chunk(tokens, language, budget)
    with (
        BackgroundQueue("align", job) as aligning,
        BackgroundQueue("publish", job) as publishing,
        BackgroundQueue("upload", job) as uploading,
    ):
        timing = publisher = selector = None
        if request.wants_timings:
            timing = BackgroundTiming(request, language, engine, job, services, aligning)
        if request.chunk_urls:
            publisher = ChunkPublisher(request, engine, job, services, publishing)
        if request.takes > 1 and engine.supports_seeds:
            selector = TakeSelector(request, language, engine, services, aligning)
        listeners: list[ChunkListener] = [each.on_chunk for each in (timing, publisher) if each]
        speech, takes = synthesize(
            chunks, voice, options, seed, engine, job, selector, listeners, listener_rate=request.sample_rate
        )
        with job.timed("encode"):
            sound = audio.encode(speech.samples, speech.sample_rate, request.audio_format, request.sample_rate)
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
            "language": language,
            "voice": voice.name,
            "engine": engine.name,
            "model_license": voice.license or engine.model_license,
        }
        if request.ssml is not None:
            result["ssml"] = request.ssml
        if selector:
            result["takes"] = selector.report(takes, job.warn)
        if timing:
            made = timing.captions(speech, f"{job.id}.{request.audio_format}")
            files |= made.files
            result |= made.result
        if publisher:
            publisher.finish()
        job.warn_all(text.language_warnings(shown, language, request.language))
        job.store(files, begun)
    job.metrics["rtf"] = round(job.metrics["speak"] / speech.duration, 4)
    return result
