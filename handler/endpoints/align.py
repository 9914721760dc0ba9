"""align: any recording and what it says become captions; without a text, what it says is written down first."""

from __future__ import annotations

from typing import Any

from handler import jobs, temporary, text
from handler.errors import Cancelled
from handler.jobs import Job
from handler.pipeline import captioning, incoming, lexicons, speech_source, transcription
from handler.pipeline.speech_source import AlignedFile, ClientSound
from handler.protocols import Services
from handler.requests import AlignInput, named_language
from handler.text import Lexicon
from handler.types import JobRecord


def run(request: AlignInput, job: Job, services: Services) -> dict[str, Any]:
    """Find the words of the text in the recording, keep caption files; returns the reply without its URLs."""
    spoken_by = jobs.load(services.store, request.job_id) if request.job_id else None
    script = _script(request, spoken_by)
    # A job spoke its own script as it is written.
    own = request.text is None and script is not None
    lexicon = None if own else lexicons.resolve(request.lexicon, services.store, job.warn)
    with temporary.folder("align") as folder:
        path, field = folder / "recording", "job_id" if request.job_id else "audio_url"
        sound = ClientSound(path, field, services.settings.max_audio_seconds, request.audio_track)
        with job.timed("fetch"):
            incoming.fetch_recording(request.audio_url, spoken_by, path, job, services)
        job.check()
        if script is None:
            return _transcribed(request, sound, lexicon, spoken_by, job, services)
        _warn_of_ignored(request, job)
        with job.timed("text"):
            request = speech_source.with_language(request, script, job)
            if own and spoken_by:
                tokens = tuple(speech_source.script_of(spoken_by, request.language))
            else:
                tokens = speech_source.tokens(request, lexicon)
        method, strict = request.timing_method, request.timing_strict
        aligned = speech_source.align(sound, tokens, request.language, job, services, method=method, strict=strict)
        return _captions(request, aligned, spoken_by, job, services)


def _transcribed(
    request: AlignInput,
    sound: ClientSound,
    lexicon: Lexicon | None,
    spoken_by: JobRecord | None,
    job: Job,
    services: Services,
) -> dict[str, Any]:
    """Write down what the recording says, and make its captions.

    The text is paid for: captions that fail cost a warning, not the job.
    """
    language = named_language(request, request.language)
    heard = transcription.transcribe_file(sound, language, job, services, prompt=request.prompt)
    said = heard.transcript
    request = request.model_copy(update={"text": said.text, "language": said.language})
    try:
        job.warn_all(text.language_warnings(said.text, said.language))
        with job.timed("text"):
            tokens = speech_source.tokens(request, lexicon)
        method, strict = request.timing_method, request.timing_strict
        aligned = transcription.align(sound, heard, tokens, job, services, method=method, strict=strict)
        result = _captions(request, aligned, spoken_by, job, services)
    except Cancelled:
        raise
    except Exception as error:  # noqa: BLE001 - the warning says it
        result = _described(job, heard.duration, said.language) | captioning.failed(error, request, job).result
    if request.transcript:
        job.store({"transcript": transcription.file(said.text, job.id)})
    return result | {"text": said.text}


def _captions(
    request: AlignInput, aligned: AlignedFile, spoken_by: JobRecord | None, job: Job, services: Services
) -> dict[str, Any]:
    """Store the caption files, and return what the reply says."""
    name = spoken_by.outputs["audio"].key.rpartition("/")[2] if spoken_by else None
    made = captioning.make(request, aligned.timing, aligned.duration, request.language, name, job, services)
    job.store(made.files)
    return _described(job, aligned.duration, request.language) | made.result


def _warn_of_ignored(request: AlignInput, job: Job) -> None:
    for name in ("prompt", "transcript"):
        if getattr(request, name):
            job.warn("option_ignored", f"{name} has no effect: the script of job {request.job_id} is known")


def _described(job: Job, duration: float, language: str) -> dict[str, Any]:
    return {"job_id": job.id, "status": "completed", "duration": round(duration, 3), "language": language}


def _script(request: AlignInput, spoken_by: JobRecord | None) -> str | None:
    """What the recording says, as far as that is known: the request's text, else what the job spoke."""
    known = spoken_by.result.get("text") if spoken_by else None
    return request.text or (known if isinstance(known, str) else None)
