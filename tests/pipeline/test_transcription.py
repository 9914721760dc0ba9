"""What a recording says is written by the first transcriber that works, and gets times from aligners, else its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from handler.alignment import word_times
from handler.app import make_services
from handler.backends import Registry
from handler.cancellation import Cancellation
from handler.errors import AlignmentError, BadReference, BadRequest, Cancelled, NoSpeech
from handler.jobs import Job
from handler.media.recording import Recording
from handler.pipeline import transcription
from handler.pipeline.speech_source import ClientSound
from handler.pipeline.transcription import TRANSCRIBER, TranscribedFile, transcribe, transcribe_file
from handler.protocols import Services
from handler.settings import Settings
from handler.text import tokenize_transcript
from handler.types import JobRecord, Transcript, Word
from tests.support.fake_transcriber import Writer, with_writer
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.whisper_base import whisper_models

__all__ = ["whisper_models"]

SECOND = Recording.from_samples(np.ones(16_000, np.float32), 16_000)


class Failing(Writer):
    """Raises an error once it listens: Whisper's own are raised in its own tests."""

    def __init__(self, error: Exception) -> None:
        super().__init__(HUMAN_TEXT, "en")
        self.error = error

    def listen(self, cancellation: Cancellation) -> None:
        raise self.error


@pytest.fixture
def job(services: Services) -> Job:
    return Job(JobRecord("job", "align", "IN_PROGRESS", 0.0), services.store, timeout=60)


@pytest.fixture
def whisper(environ: dict[str, str], whisper_models: Path) -> Services:
    return make_services(Settings.read(environ | {"MODELS_DIR": str(whisper_models), "ALIGNERS": "sphinx"}))


def test_the_first_that_works_writes(services: Services) -> None:
    """Those that are not installed, cannot start or lack their model are passed over; without any there is no text."""
    writer = Writer(HUMAN_TEXT, "en")
    assert transcribe(SECOND, "de", with_writer(services, writer)) == Transcript(HUMAN_TEXT, "de")
    assert transcribe(SECOND, None, services) is None


def test_a_cancelled_job_writes_nothing(services: Services) -> None:
    """Cancellation ends the wait for the transcriber."""
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(Cancelled):
        transcribe(SECOND, None, with_writer(services, Writer(HUMAN_TEXT, "en")), cancellation=cancellation)


def test_a_file_is_written_down(whisper: Services, job: Job) -> None:
    """The text comes with the length of the file and the track that says it; metrics and progress are the job's."""
    heard = transcribe_file(ClientSound(HUMAN_CLIP, "audio_url", 10), None, job, whisper)
    assert heard.transcript.text.lower().startswith("some call me nature")
    assert (heard.transcript.language, heard.track) == ("en", 0)
    assert heard.duration == pytest.approx(5.3, abs=0.1)
    assert "transcribe" in job.metrics
    assert job.record.progress == {"stage": "transcribe", "done": 5, "total": 5}


@pytest.mark.parametrize(
    ("error", "message"),
    [(NoSpeech("send ref_text"), "no speech was heard"), (BadReference("send ref_text"), "could not be written down")],
)
def test_errors_are_about_the_field_of_the_file(services: Services, job: Job, error: Exception, message: str) -> None:
    """A transcriber speaks of a voice's clip; the client of another endpoint hears of its own field."""
    with pytest.raises(BadRequest, match=rf"^audio_url: .*{message}") as caught:
        transcribe_file(ClientSound(HUMAN_CLIP, "audio_url", 10), None, job, with_writer(services, Failing(error)))
    assert "ref_text" not in caught.value.message


def test_a_file_that_cannot_be_decoded_is_refused(services: Services, job: Job, tmp_path: Path) -> None:
    """Before any transcriber is asked."""
    (tmp_path / "a").write_bytes(b"no sound")
    with pytest.raises(BadRequest, match=r"^job_id: the recording is no audio file"):
        transcribe_file(ClientSound(tmp_path / "a", "job_id", 10), None, job, services)


def word(text: str, start_char: int, start: float, end: float, confidence: float = 1.0) -> Word:
    return Word(text, start, end, confidence, False, start_char, start_char + len(text))


HEARD = Transcript(
    "Some call me.", "en", (word("Some", 0, 0.5, 0.9, 0.8), word("call", 5, 1.0, 1.2), word("me.", 10, 1.3, 1.5))
)


def aligned(said: Transcript, job: Job, services: Services, *, strict: bool = False) -> word_times.Timing:
    """The times of a transcript's words where no aligner is."""
    services = replace(services, aligners=Registry("aligner", {}, services.settings))
    heard, tokens = TranscribedFile(said, 5.3, 0), tokenize_transcript(said.text, said.language)
    sound = ClientSound(HUMAN_CLIP, "audio_url", 10)
    return transcription.align(sound, heard, tokens, job, services, strict=strict).timing


def test_words_have_the_transcribers_times_where_no_aligner_works(services: Services, job: Job) -> None:
    """With its method, a warning that says why, and its confidence; the aligners' times are better where they work."""
    timing = aligned(HEARD, job, services)
    assert timing.method == TRANSCRIBER
    assert [(found.shown, found.start, found.end) for found in timing.words] == [
        ("Some", 0.5, 0.9), ("call", 1.0, 1.2), ("me.", 1.3, 1.5),
    ]  # fmt: skip
    assert (timing.words[0].confidence, timing.words[0].interpolated) == (0.8, False)
    assert [warning.code for warning in job.warnings] == ["timings_estimated"]
    with pytest.raises(AlignmentError):
        aligned(HEARD, job, services, strict=True)


def test_a_heard_word_of_several_tokens_is_shared_by_its_letters(services: Services, job: Job) -> None:
    """As the characters of a Chinese word."""
    words = aligned(
        Transcript("你们好 ok", "zh", (word("你们好", 0, 0.0, 0.9), word("ok", 4, 1.0, 1.4))), job, services
    ).words
    assert "".join(found.shown for found in words).replace(" ", "") == "你们好ok"
    assert (words[0].start, words[-1].start, words[-1].end) == (0.0, 1.0, 1.4)
    assert words[-2].end == pytest.approx(0.9)


def test_the_text_becomes_a_file() -> None:
    """A line of UTF-8."""
    made = transcription.file("Grüße.", "job1")
    assert (made.key, made.body) == ("output/job1.txt", "Grüße.\n".encode())
