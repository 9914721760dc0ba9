"""generate: a script becomes speech, and captions in time with it. Read it top to bottom to follow a job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handler.jobs import File, Job
from handler.media import audio
from handler.pipeline import dub_script, dubbing, levelling, turn_voices, turns
from handler.pipeline.assembly import Assembly, Chunks
from handler.pipeline.background import BackgroundQueue
from handler.pipeline.captioning import BackgroundTiming
from handler.pipeline.chunk_files import ChunkPublisher
from handler.pipeline.lines import Line, engine_voices, origin, speakers
from handler.pipeline.marking import Marker
from handler.pipeline.synthesis import ChunkListener, synthesize
from handler.pipeline.takes import TakeSelector
from handler.protocols import Services
from handler.requests import GenerateInput


def run(request: GenerateInput, job: Job, services: Services) -> dict[str, Any]:
    """Speak the request's text, caption it if asked to, keep the files; returns the reply without its URLs."""
    if dub := dub_script.read(request, job, services):
        request = dub.of_request(request)
    script = turns.read(request, services, job)
    with services.engines.lease_all(turns.engines(script), job.warn, job.cancellation) as engines:
        resolved = turn_voices.resolve(script, engines, job, services)
        lines = job.cancellation.run(turn_voices.lines, resolved, request, job, services)
        marker = Marker(origin(lines), job, services)
        assembly: Assembly
        if dub is None:
            assembly = Chunks.of(lines, marker.speech)
        else:
            lines, assembly = dubbing.arranged(dub, lines, request.fit or dubbing.DEFAULT_FIT, job, marker.speech)
        result = _speak(request, lines, assembly, marker, job, services)
        job.warn_all(resolved.language_warnings())
    return result | ({"turns": resolved.described()} if request.turns is not None else {})


def _speak(
    request: GenerateInput, lines: Sequence[Line], assembly: Assembly, marker: Marker, job: Job, services: Services
) -> dict[str, Any]:
    """Speak the lines, assemble them, and make the files of the request."""
    voices = engine_voices(lines)
    rate, language = voices[0].engine.sample_rate, voices[0].voice.language
    seed = job.default_seed if request.seed is None else request.seed
    with (
        BackgroundQueue("align", job) as aligning,
        BackgroundQueue("publish", job) as publishing,
        BackgroundQueue("upload", job) as uploading,
        BackgroundQueue("measure", job) as measuring,
    ):
        timing = publisher = selector = None
        if request.wants_timings:
            timing = BackgroundTiming(request, language, rate, job, services, aligning)
        if request.chunk_urls:
            publisher = ChunkPublisher(request, rate, job, services, publishing, marker)
        if request.takes > 1 and any(each.engine.supports_seeds for each in voices):
            languages = dict.fromkeys(each.voice.language for each in voices)
            selector = TakeSelector(request, languages, rate, services, aligning)
        listeners: list[ChunkListener] = [each.on_chunk for each in (timing, publisher) if each]
        target = levelling.target(request, services.settings)
        # The gain is known when all is spoken: until then there is nothing to listen to.
        on_audio = job.listener.on_audio
        heard = on_audio if target is None else None
        speech, takes = synthesize(
            lines, assembly, seed, job, selector, listeners, heard, listener_rate=request.sample_rate
        )
        rate = audio.file_rate(request.audio_format, request.sample_rate or speech.sample_rate)
        length = assembly.length_at(rate)
        levelled = job.apart(levelling.level, speech.samples, speech.sample_rate, rate, target, job, length)
        if target and on_audio:
            on_audio(levelled.samples, rate, True)
        measured = measuring.submit(levelling.measure, levelled, job)
        with job.timed("encode"):
            sound = job.apart(audio.encode, levelled.samples, rate, request.audio_format, cancellation=job.cancellation)
        sound = marker.file(sound)
        job.measure("encode", audio_s=speech.duration, bytes=len(sound.body))
        files = {"audio": File(f"output/{job.id}.{request.audio_format}", sound.body, sound.media_type)}
        begun = {"audio": uploading.submit(job.write, files["audio"])}
        result = _reply(request, lines, job) | {
            "duration": round(speech.duration, 3),
            "sample_rate": sound.sample_rate,
            "seed": seed,
        }
        if selector:
            result["takes"] = selector.report(takes, job.warn)
        if timing:
            made = timing.captions(speech, f"{job.id}.{request.audio_format}")
            files |= made.files
            result |= made.result
        if publisher:
            publisher.finish()
        result["loudness"] = measuring.wait(measured, ignore_timeout=True)
        job.store(files, begun)
    job.metrics["rtf"] = round(job.metrics["speak"] / speech.duration, 4)
    return result


def _reply(request: GenerateInput, lines: Sequence[Line], job: Job) -> dict[str, Any]:
    """What the reply says of the script and of who speaks it: the first voice, and all where there are several."""
    voices = engine_voices(lines)
    first = voices[0]
    result: dict[str, Any] = {
        "job_id": job.id,
        "status": "completed",
        "audio_format": request.audio_format,
        "text": request.script,
        "language": first.voice.language,
        "voice": first.voice.name,
        "engine": first.engine.name,
        "model_license": " AND ".join(dict.fromkeys(each.license for each in voices)),
    }
    if request.turns is not None or len(voices) > 1:
        result["speakers"] = speakers(lines)
    if request.ssml is not None:
        result["ssml"] = request.ssml
    return result
