"""upload: a recording or a job's speech becomes a voice; or a client gets a URL to PUT any file to, for other jobs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from handler import jobs, temporary
from handler.errors import BadRequest, NotFound, StorageError, TooLarge, WorkerError
from handler.jobs import Job
from handler.media import audio
from handler.media.decode import Sound, decode
from handler.pipeline import incoming, speech_source, track_search, uploads
from handler.protocols import Services
from handler.requests import UploadInput
from handler.text import language_asked, language_warnings
from handler.types import JobRecord, Output
from handler.voices import consents, descriptions, engine_choice, library, registry, transcript_files
from handler.voices.registry import Consent
from handler.voices.transcript import TranscriptMismatch

logger = logging.getLogger(__name__)

UPLOAD_SECONDS = 900  # life of a URL to PUT a file to
FETCH_S = 120.0  # time for the recording: 50 MB from a host that sends half a megabyte a second


def run(request: UploadInput, job: Job, services: Services) -> dict[str, Any]:
    """Publish the recording as a voice, or sign the URL that it may be PUT to."""
    if request.voice_name and not request.overwrite and registry.taken(services.store, request.voice_name):
        raise registry.exists_already(request.voice_name)
    if request.engine is not None and not services.engines.backends[request.engine].supports_cloning:
        raise BadRequest.of("engine", f"{request.engine} has no cloned voices; leave it out, or send one that clones")
    if request.create_upload_url or request.voice_name is None:
        return _upload_url(services)
    return _publish(request.voice_name, request, job, services)


def _upload_url(services: Services) -> dict[str, Any]:
    """Where a file may be PUT, and the link by which a job reads it afterwards, as it would one on the web."""
    token, lives = uploads.new_token(), uploads.file_seconds(services.settings)
    return {
        "status": "upload_url",
        "upload_url": services.store.presign_put(uploads.key(token), UPLOAD_SECONDS),
        "file_url": uploads.file_url(services.store, token, lives),
        "upload_token": token,
        "max_bytes": services.settings.max_upload_bytes,
        "expires_in": UPLOAD_SECONDS,
        "file_expires_in": lives,
    }


def _of_job(request: UploadInput, source: JobRecord) -> UploadInput:
    """The request with the words, the language and the licence of the job that it names, unless it has its own.

    Raises BadRequest for a job in which several voices speak.
    """
    jobs.require_audio(source)
    if len({each["voice"] for each in source.result.get("speakers", ())}) > 1:
        problem = f"several voices speak in job {source.job_id}; send the job_id of a job in one voice"
        raise BadRequest.of("job_id", problem)
    script, language = source.result.get("text"), source.result.get("language")
    own = {"license": request.license or source.result.get("model_license"), "language": request.language or language}
    if script and language:
        tokens = speech_source.script_of(source, language)
        own["ref_text"] = " ".join(" ".join(token.spoken) + token.mark for token in tokens)
    return request.model_copy(update=own)


def _consent(request: UploadInput, services: Services) -> Consent | None:
    """The consent to keep with the voice. Raises BadRequest if one is required, NotFound for an unknown recording."""
    if (given := request.consent) is None:
        if services.settings.require_consent:
            example = '{"name": "Anna Berg", "date": "2026-11-28", "statement": "…"}'
            raise BadRequest.of("consent", f"is required by this worker; send who agreed, when, and to what: {example}")
        return None
    if given.recording is not None:
        consents.load(services.store, given.recording, "consent.recording")
    return Consent(**given.model_dump())


def _publish(name: str, request: UploadInput, job: Job, services: Services) -> dict[str, Any]:
    consent = _consent(request, services)
    source = jobs.load(services.store, request.job_id) if request.job_id else None
    if source is not None:
        request = _of_job(request, source)
    with temporary.folder("upload") as folder:
        with job.timed("fetch"):
            # The transcript first: it is small, and a link that does not open should not cost the recording's fetch.
            text = _transcript(request, folder, job, services)
            recording = folder / "recording"
            if source is not None:
                recording.write_bytes(jobs.audio(source, services.store, services.settings.max_audio_bytes))
            else:
                _receive(request, recording, job, services)
        job.check()
        sound, made = _prepared(recording, text, request, job, services)
    job.check()
    if text is not None and made.language is not None:
        job.warn_all(language_warnings(text, made.language, request.language))
    job.warn_all(made.warnings)
    wav = audio.encode(sound.samples, sound.sample_rate, "wav").body
    record = replace(
        made.to_record(name, wav, made.language),
        description=request.description,
        tags=request.tags,
        license=request.license,
        consent=consent,
        engine=request.engine,
    )
    with job.timed("publish"):
        record = job.write_together(
            lambda store: registry.publish(store, record, wav, made.prepared, overwrite=request.overwrite)
        )
        _tidy(request, job, services)
    voice = descriptions.uploaded(name, record, services)
    # Signed when the reply is made, as every URL: a second delivery gets a fresh one.
    del voice["preview_url"]
    job.add_output("preview", Output(registry.wav_key(name), registry.WAV, len(wav)))
    return {"status": "uploaded", "voice": voice}


def _prepared(
    recording: Path, text: str | None, request: UploadInput, job: Job, services: Services
) -> tuple[Sound, library.PreparedVoice]:
    """Decode the audio track that says the text, and make a voice of it."""
    # Without a text, the transcriber finds the language.
    language = language_asked(request.language, text or "")

    @contextmanager
    def decoded(track: int | str | None) -> Iterator[Sound]:
        with job.timed("decode"):
            sound = decode(recording, track=track, cancellation=job.cancellation)
        job.measure("decode", audio_s=len(sound.samples) / sound.sample_rate)
        job.check()
        yield sound

    def prepared(sound: Sound) -> tuple[Sound, library.PreparedVoice]:
        with job.timed("prepare"):
            without = _without_transcript(request.engine, services)
            made = library.prepare_voice(sound, text, language, services, job.cancellation, without_transcript=without)
            return sound, made

    def is_wrong(error: WorkerError) -> bool:
        return isinstance(error, TranscriptMismatch)

    return track_search.search(request.audio_track, decoded, prepared, is_wrong, job)


def _without_transcript(engine: str | None, services: Services) -> list[str]:
    """The engines that can speak in the voice if nobody knows what the clip says."""
    if engine is None:
        return engine_choice.cloning(services, without_transcript=True)
    return [] if services.engines.backends[engine].needs_transcript else [engine]


def _transcript(request: UploadInput, folder: Path, job: Job, services: Services) -> str | None:
    if request.transcript_url is None:
        return request.ref_text
    fetched = incoming.fetch(
        request.transcript_url,
        folder / "transcript",
        field="transcript_url",
        max_bytes=transcript_files.MAX_BYTES,
        job=job,
        services=services,
        timeout=30.0,
    )
    return transcript_files.read(fetched.path.read_bytes(), fetched.filename, fetched.media_type)


def _receive(request: UploadInput, to: Path, job: Job, services: Services) -> None:
    """Get the recording, from its link or from where the client has PUT it."""
    limit = services.settings.max_upload_bytes
    if request.voice_file_url is not None:
        url = request.voice_file_url
        incoming.fetch(url, to, field="voice_file_url", max_bytes=limit, job=job, services=services, timeout=FETCH_S)
        return
    key = uploads.key(request.upload_token or "")
    seen = services.store.head(key)
    if seen is None:
        fault = "nothing is under this upload_token, or it was used already"
        raise NotFound(f"{fault}; PUT the file to upload_url, then call upload again")
    if seen.size > limit:
        services.store.delete(key)
        fault = f"upload_token: the file has {seen.size / 1e6:.1f} MB, at most {limit / 1e6:g} MB are taken"
        raise TooLarge(f"{fault}; send a shorter clip")
    # It may have been replaced since: a URL to PUT to is good for more than one.
    to.write_bytes(services.store.get(key, max_bytes=limit))


def _tidy(request: UploadInput, job: Job, services: Services) -> None:
    """Remove what was PUT. One that could not be used stays, to be tried again with another transcript."""
    if request.upload_token is None:
        return
    try:
        services.store.delete(uploads.key(request.upload_token))
    except StorageError:
        logger.warning("an upload could not be removed", exc_info=True)
        job.warn("upload_not_removed", "the file that was uploaded could not be removed; the voice is whole")
