"""convert: a recording in another voice, with the same words at the same times."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from handler import jobs, temporary
from handler.alignment.word_times import Timing
from handler.errors import BadRequest, ConfigError, reason
from handler.jobs import File, Job
from handler.media import audio
from handler.media.recording import open_recording
from handler.pipeline import captioning, conversion, incoming, levelling, speech_source
from handler.pipeline.marking import Marker
from handler.protocols import Origin, Services, VoiceConverter
from handler.requests import ConvertInput
from handler.types import ChunkAudio, JobRecord, Samples
from handler.voices import library


def run(request: ConvertInput, job: Job, services: Services) -> dict[str, Any]:
    """Speak the recording in the voice, and carry its captions over; returns the reply without its URLs."""
    converter = _converter(job, services)
    source = jobs.load(services.store, request.job_id) if request.job_id else None
    captions = speech_source.kept(source, services) if source else None
    if captions is None and (asked := request.caption_fields):
        problem = "the job has no captions to carry over; leave this out, and send align with the new job_id"
        raise BadRequest.of(asked[0], problem)
    with temporary.folder("convert") as folder:
        with job.timed("fetch"):
            incoming.fetch_recording(request.audio_url, source, folder / "recording", job, services)
        given, rate = _samples(request, folder / "recording", job, services)
    language = str(source.result.get("language", "")) if source else ""
    voice = library.resolve(
        request.voice,
        language or None,
        converter,
        services,
        needs_transcript=False,
        warn=job.warn,
        cancellation=job.cancellation,
    )
    seed = job.default_seed if request.seed is None else request.seed
    spans, pieces = conversion.pieces(given, rate), []
    with job.timed("convert"):
        job.progress("convert", 0, len(spans))
        prepared = job.cancellation.run(converter.prepare, voice, seed, job.cancellation)

        def speak(samples: Samples, rate: int) -> Samples:
            return job.cancellation.run(prepared, samples, rate)

        for piece in conversion.convert(given, rate, converter.sample_rate, speak):
            pieces.append(piece)
            job.progress("convert", len(pieces), len(spans))
    marker = Marker(Origin(converter.name, converter.model_license), job, services)
    spoken = marker.speech(ChunkAudio(np.concatenate(pieces), watermarked=converter.watermarks), converter.sample_rate)
    samples = spoken.samples
    audio_rate = audio.file_rate(request.audio_format, converter.sample_rate)
    target = levelling.target(request, services.settings)
    levelled = job.apart(levelling.level, samples, converter.sample_rate, audio_rate, target, job)
    with job.timed("encode"):
        sound = job.apart(
            audio.encode, levelled.samples, audio_rate, request.audio_format, cancellation=job.cancellation
        )
    sound = marker.file(sound)
    files = {"audio": File(f"output/{job.id}.{request.audio_format}", sound.body, sound.media_type)}
    duration = len(samples) / converter.sample_rate
    job.measure("convert", chunks=len(pieces), audio_s=duration)
    job.measure("encode", audio_s=duration, bytes=len(sound.body))
    result = {
        "job_id": job.id,
        "status": "completed",
        "audio_format": request.audio_format,
        "duration": round(duration, 3),
        "sample_rate": sound.sample_rate,
        "loudness": job.apart(levelling.measure, levelled, job),
        "seed": seed,
        "voice": voice.name,
        "engine": converter.name,
        "model_license": converter.model_license,
    }
    if source:
        result |= {name: source.result[name] for name in ("text", "language", "ssml", "turns") if name in source.result}
        job.record_lexicon(source.lexicon)
    if source and captions:
        made = _captions(request, source, captions, f"{job.id}.{request.audio_format}", job, services)
        files |= made.files
        result |= made.result
    job.store(files)
    job.metrics["rtf"] = round(job.metrics["convert"] / duration, 4)
    return result


def _converter(job: Job, services: Services) -> VoiceConverter:
    usable = services.converters.usable()
    for name in services.converters.names():
        try:
            return job.cancellation.run(services.converters.get, name)
        except ConfigError as error:
            usable.skip(name, error)
    raise _none_converts(map(reason, usable.skipped.values()))


def problem(services: Services) -> ConfigError | None:
    """Why no converter can be used here, by what is installed; None if one may be usable. Loads nothing."""
    problems = [services.converters.problem(name) for name in services.converters.names()]
    return _none_converts(filter(None, problems)) if all(problems) else None


def _none_converts(why: Iterable[str]) -> ConfigError:
    return ConfigError(f"no voice can be converted here: {'; '.join(why) or 'this version has none'}")


def _samples(request: ConvertInput, source: Path, job: Job, services: Services) -> tuple[Samples, int]:
    """The whole recording, and its sample rate. Raises BadReference for what cannot be decoded or is silent."""
    job.progress("decode", 0, 1)
    with (
        job.timed("decode"),
        open_recording(
            source,
            max_seconds=services.settings.max_audio_seconds,
            timeout=speech_source.DECODE_TIMEOUT_S,
            name="audio of the job" if request.job_id else "recording (audio_url)",
            track=request.audio_track,
            cancellation=job.cancellation,
        ) as recording,
    ):
        job.measure("decode", audio_s=recording.duration)
        return audio.within_full_scale(recording.read(0, recording.length)), recording.sample_rate


def _captions(
    request: ConvertInput, source: JobRecord, spoken: speech_source.Spoken, name: str, job: Job, services: Services
) -> captioning.Made:
    """The captions of the source job for the new file: in its formats and its style, unless the request has others."""
    formats = tuple(each.removeprefix("timing.") for each in source.outputs if each.startswith("timing."))
    own = {
        "timing_format": formats or request.timing_format,
        "caption_style": spoken.style,
        "speaker_colours": spoken.speaker_colours,
    }
    fields = {field: value for field, value in own.items() if field not in request.model_fields_set}
    timing = Timing(spoken.words, spoken.method)
    return captioning.make(
        request.model_copy(update=fields), timing, spoken.duration, spoken.language, name, job, services
    )
