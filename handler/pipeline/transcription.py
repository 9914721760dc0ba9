"""Write down what a recording says, with the first transcriber that works here, and find the times of its words."""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from handler.alignment import word_times
from handler.cancellation import NEVER, Cancellation
from handler.errors import AlignmentError, BadReference, BadRequest, ConfigError, NoSpeech, WorkerError
from handler.jobs import File, Job
from handler.media.recording import Recording
from handler.pipeline import lexicons, speech_source, track_search
from handler.pipeline.speech_source import AlignedFile, ClientSound, Spoken
from handler.protocols import Services
from handler.requests import OverlayInput, named_language
from handler.types import Token, Transcript, WordTime

logger = logging.getLogger(__name__)

TRANSCRIBER = "transcriber"
"""The method of words whose times are those of the transcriber."""


@dataclass(frozen=True)
class TranscribedFile:
    """What a file says, its length in seconds, and the number of the audio track that says it."""

    transcript: Transcript
    duration: float
    track: int


def transcribe(
    recording: Recording,
    language: str | None,
    services: Services,
    *,
    prompt: str | None = None,
    progress: Callable[[float], None] = lambda _: None,
    cancellation: Cancellation = NEVER,
) -> Transcript | None:
    """What a recording says; None when nothing here can write it. Raises as `Transcriber.transcribe` does."""
    usable = services.transcribers.usable()
    for name, transcriber in usable:
        try:
            return cancellation.run(
                transcriber.transcribe,
                recording,
                language,
                prompt=prompt,
                progress=progress,
                cancellation=cancellation,
            )
        except ConfigError as error:
            usable.skip(name, error)
    return None


def transcribe_file(
    sound: ClientSound, language: str | None, job: Job, services: Services, *, prompt: str | None = None
) -> TranscribedFile:
    """What a client's file says; with None the language is detected. Its copy is not written.

    Where nobody speaks in the default audio track, others are tried. Raises as `speech_source.open_sound` does, and
    BadRequest on the file's field if no speech is heard in it, on ``language`` for one that the transcriber does not
    know, and on ``text`` when nothing here can write it down.
    """

    def written(recording: Recording) -> TranscribedFile:
        total = round(recording.duration)
        job.progress("transcribe", 0, total)
        with job.timed("transcribe"):
            heard = transcribe(
                recording,
                language,
                services,
                prompt=prompt,
                progress=lambda seconds: job.progress("transcribe", min(round(seconds), total), total),
                cancellation=job.cancellation,
            )
        if heard is None:
            message = "is missing and nothing here can write it; send the words that the recording says"
            raise BadRequest.of("text", message)
        words = len(heard.text.split())
        job.measure("transcribe", audio_s=recording.duration, characters=len(heard.text), words=words)
        job.warn_all(heard.warnings)
        return TranscribedFile(heard, recording.duration, recording.track)

    def opened(track: int | str | None) -> AbstractContextManager[Recording]:
        return speech_source.open_sound(replace(sound, track=track, copy=None), job)

    def is_wrong(error: WorkerError) -> bool:
        return isinstance(error, NoSpeech)

    try:
        return track_search.search(sound.track, opened, written, is_wrong, job)
    except NoSpeech as error:
        message = "no speech was heard in it; send another recording, or its words as text"
        raise BadRequest.of(sound.field, message) from error
    except BadReference as error:
        message = "what it says could not be written down; send another recording, or its words as text"
        raise BadRequest.of(sound.field, message) from error


def align(
    sound: ClientSound,
    heard: TranscribedFile,
    tokens: Sequence[Token],
    job: Job,
    services: Services,
    *,
    method: str | None = None,
    strict: bool = False,
) -> AlignedFile:
    """As `speech_source.align`, for the tokens of a text that a transcriber wrote.

    Where no aligner finds them, unless ``strict``, the words have the transcriber's own times, with a warning.
    """
    said = heard.transcript
    try:
        own = replace(sound, track=heard.track)
        return speech_source.align(own, tokens, said.language, job, services, method=method, strict=strict, heard=True)
    except AlignmentError as error:
        if strict or not said.words:
            raise
        logger.warning("the transcriber's own times are used", exc_info=error)
        job.warn("timings_estimated", f"captions have the transcriber's times: {error.message}")
        return AlignedFile(_own_times(said, tokens, heard.duration), heard.duration, heard.track)


def speech(request: OverlayInput, sound: ClientSound, job: Job, services: Services) -> Spoken:
    """What is said in a recording or a video that came without a text. Raises as `transcribe_file` and `align` do."""
    lexicon = lexicons.resolve(None, services.store, job.warn)
    language = named_language(request, request.language)
    heard = transcribe_file(sound, language, job, services, prompt=request.prompt)
    said = heard.transcript
    with job.timed("text"):
        known = request.model_copy(update={"text": said.text, "language": said.language})
        tokens = speech_source.tokens(known, lexicon)
    aligned = align(sound, heard, tokens, job, services)
    words, method = aligned.timing.words, aligned.timing.method
    spoken = Spoken(words, aligned.duration, said.language, method, sound.copy, track=heard.track)
    return replace(spoken, transcript=said.text)


def file(text: str, job_id: str) -> File:
    """The text that was written down, as a file of the job."""
    return File(f"output/{job_id}.txt", f"{text}\n".encode(), "text/plain; charset=utf-8", required=False)


def _own_times(said: Transcript, tokens: Sequence[Token], duration: float) -> word_times.Timing:
    starts = [word.start_char for word in said.words]

    def at(char: int, first: bool) -> float:
        """The second of a character, which is as far into its word as in the word's letters."""
        word = said.words[max(0, bisect_right(starts, char if first else char - 1) - 1)]
        share = (char - word.start_char) / (word.end_char - word.start_char)
        return word.start + min(1.0, max(0.0, share)) * (word.end - word.start)

    def confidence(char: int) -> float:
        return said.words[max(0, bisect_right(starts, char) - 1)].confidence

    times: list[WordTime | None] = []
    for token in tokens:
        start, end = at(token.start_char, True), at(token.end_char, False)
        step = (end - start) / len(token.spoken)
        spoken = range(len(token.spoken))
        times += [
            WordTime(start + step * number, start + step * (number + 1), confidence(token.start_char))
            for number in spoken
        ]
    return word_times.Timing(word_times.words(tokens, times, 0.0, duration), TRANSCRIBER)
