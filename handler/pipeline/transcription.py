"""Write down what a recording says, with the first transcriber that works here."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from handler.cancellation import Cancellation
from handler.errors import BadReference, BadRequest, ConfigError, NoSpeech, TooLarge, WorkerError
from handler.jobs import Job
from handler.media import levels
from handler.media.recording import Recording
from handler.pipeline import speech_source, track_search
from handler.protocols import Services
from handler.types import Samples, Transcript

MAX_TRANSCRIBED_S = 1800.0  # a transcriber gets the sound at once: half an hour takes 1.5 GB of memory


@dataclass(frozen=True)
class TranscribedFile:
    """What a file says, its length in seconds, and the number of the audio track that says it."""

    transcript: Transcript
    duration: float
    track: int


def transcribe(
    samples: Samples, sample_rate: int, language: str | None, services: Services, cancellation: Cancellation
) -> Transcript | None:
    """What the samples say; None when nothing here can write it. Raises as `Transcriber.transcribe` does."""
    usable = services.transcribers.usable()
    for name, transcriber in usable:
        try:
            return cancellation.run(transcriber.transcribe, samples, sample_rate, language, cancellation)
        except ConfigError as error:
            usable.skip(name, error)
    return None


def transcribe_file(
    sound: Path,
    language: str | None,
    job: Job,
    services: Services,
    *,
    field: str,
    max_seconds: float,
    track: int | str | None = None,
) -> TranscribedFile:
    """What a client's file says, which was sent as ``field``; with None the language is detected.

    Where nobody speaks in the default audio track, others are tried; ``track`` allows one alone. Raises BadRequest on
    ``field`` for a file that cannot be decoded or in which no speech is heard, and on ``text`` when nothing here can
    write it down; TooLarge for one that lasts longer than MAX_TRANSCRIBED_S.
    """

    def written(recording: Recording) -> TranscribedFile:
        if recording.duration > MAX_TRANSCRIBED_S:
            fault = f"{field}: the recording lasts {recording.duration / 60:.0f} minutes"
            limit = f"at most {MAX_TRANSCRIBED_S / 60:g} are written down; send a shorter one, or its words as text"
            raise TooLarge(f"{fault}, {limit}")
        job.progress("transcribe", 0, round(recording.duration))
        samples = recording.read(0, recording.length)
        if levels.is_silent(samples, recording.sample_rate):
            # Whisper writes words for silence, too.
            raise NoSpeech(f"{field}: the recording is silent")
        with job.timed("transcribe"):
            heard = transcribe(samples, recording.sample_rate, language, services, job.cancellation)
        if heard is None:
            message = "is missing and nothing here can write it; send the words that the recording says"
            raise BadRequest.of("text", message)
        return TranscribedFile(heard, recording.duration, recording.track)

    def opened(track: int | str | None) -> AbstractContextManager[Recording]:
        return speech_source.open_sound(sound, field, max_seconds, track, None, job)

    def is_wrong(error: WorkerError) -> bool:
        return isinstance(error, NoSpeech)

    try:
        return track_search.search(track, opened, written, is_wrong, job)
    except NoSpeech as error:
        message = "no speech was heard in it; send another recording, or its words as text"
        raise BadRequest.of(field, message) from error
    except BadReference as error:
        message = "what it says could not be written down; send another recording, or its words as text"
        raise BadRequest.of(field, message) from error
