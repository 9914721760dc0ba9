"""What a recording says is written by the first transcriber that works, in the language asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from handler.cancellation import NEVER, Cancellation
from handler.errors import BadReference, BadRequest, Cancelled, NoSpeech
from handler.jobs import Job
from handler.pipeline.transcription import transcribe, transcribe_file
from handler.protocols import Services
from handler.types import JobRecord, Transcript
from tests.support.fake_transcriber import Writer, with_writer
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT

SECOND = np.ones(16_000, np.float32)


class Failing(Writer):
    """Raises an error once it listens."""

    def __init__(self, error: Exception) -> None:
        super().__init__(HUMAN_TEXT, "en")
        self.error = error

    def listen(self, cancellation: Cancellation) -> None:
        raise self.error


@pytest.fixture
def job(services: Services) -> Job:
    return Job(JobRecord("job", "align", "IN_PROGRESS", 0.0), services.store, timeout=60)


def test_the_first_that_works_writes(services: Services) -> None:
    """Those that are not installed, cannot start or lack their model are passed over; without any there is no text."""
    writer = Writer(HUMAN_TEXT, "en")
    assert transcribe(SECOND, 16_000, "de", with_writer(services, writer), NEVER) == Transcript(HUMAN_TEXT, "de")
    assert transcribe(SECOND, 16_000, None, services, NEVER) is None


def test_a_cancelled_job_writes_nothing(services: Services) -> None:
    """Cancellation ends the wait for the transcriber."""
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(Cancelled):
        transcribe(SECOND, 16_000, None, with_writer(services, Writer(HUMAN_TEXT, "en")), cancellation)


def test_a_file_is_written_down(services: Services, job: Job) -> None:
    """The text comes with the length of the file and the track that says it, and the job's metrics have the time."""
    services = with_writer(services, Writer(HUMAN_TEXT, "en"))
    heard = transcribe_file(HUMAN_CLIP, None, job, services, field="audio_url", max_seconds=10)
    assert (heard.transcript, heard.track) == (Transcript(HUMAN_TEXT, "en"), 0)
    assert heard.duration == pytest.approx(5.3, abs=0.1)
    assert "transcribe" in job.metrics


@pytest.mark.parametrize(
    ("error", "message"),
    [(NoSpeech("send ref_text"), "no speech was heard"), (BadReference("send ref_text"), "could not be written down")],
)
def test_errors_are_about_the_field_of_the_file(services: Services, job: Job, error: Exception, message: str) -> None:
    """A transcriber speaks of a voice's clip; the client of another endpoint hears of its own field."""
    with pytest.raises(BadRequest, match=rf"^audio_url: .*{message}") as caught:
        transcribe_file(HUMAN_CLIP, None, job, with_writer(services, Failing(error)), field="audio_url", max_seconds=10)
    assert "ref_text" not in caught.value.message


def test_a_file_that_cannot_be_decoded_is_refused(services: Services, job: Job, tmp_path: Path) -> None:
    """Before any transcriber is asked."""
    (tmp_path / "a").write_bytes(b"no sound")
    with pytest.raises(BadRequest, match=r"^job_id: the recording is no audio file"):
        transcribe_file(tmp_path / "a", None, job, services, field="job_id", max_seconds=10)
