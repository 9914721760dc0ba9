"""The download endpoint: fresh URLs of a job's files."""

from __future__ import annotations

from typing import Any

import pytest

from handler import jobs
from handler.protocols import Services
from tests.endpoints.conftest import call, left_behind, refused
from tests.support.stub_backends import read


def test_download_signs_files_of_a_job(services: Services) -> None:
    """download signs the audio and each caption format of a finished job, and says what else there is."""
    reply = call(services, "generate", text="Hello.", timing_format=["srt", "json"])
    job_id = reply["job_id"]
    audio = call(services, "download", job_id=job_id)
    assert (audio["status"], audio["content_type"]) == ("ready", "audio/wav")
    assert read(audio["audio_url"]) == read(reply["audio_url"])
    timing = call(services, "download", job_id=job_id, type="timing", format="json", expires_in=60)
    assert read(timing["timing_url"]) == read(reply["timing_files"]["json"])
    assert timing["expires_in"] == 60
    assert call(services, "download", job_id=job_id, type="timing")["filename"].endswith(".srt")
    refused(call(services, "download", job_id=job_id, type="timing", format="ass"), "not_found", "has audio, json, srt")
    refused(call(services, "download", job_id=job_id, type="video"), "not_found", "audio")
    refused(call(services, "download", job_id=job_id, format="srt"), "bad_request", "format")
    refused(call(services, "download", job_id="no-such"), "not_found", "no-such")
    services.store.delete(f"output/{job_id}.wav")
    refused(call(services, "download", job_id=job_id), "not_found", "removed")


@pytest.mark.parametrize(
    ("state", "way_out"),
    [
        (jobs.IN_PROGRESS, "because it runs; ask for them later"),
        (jobs.LOST, "its worker has ended without a word; send the job again"),
        (jobs.FAILED, "its status says why, as job_error"),
        (jobs.CANCELLED, "because it was cancelled; send it again"),
    ],
)
def test_download_of_an_unfinished_job_tells_the_way_out(services: Services, state: str, way_out: str) -> None:
    """A job without files is told by what became of it; one whose worker was killed is never finished."""
    job_id = call(services, "generate", text="Hello.")["job_id"]
    left_behind(services, job_id, state)
    refused(call(services, "download", job_id=job_id), "not_found", way_out)


def test_missing_file_is_told_as_requests_name_it(services: Services) -> None:
    """The files are listed by their kinds, those of chapters together, and none that only other jobs read."""
    fields: dict[str, Any] = {"text": "# One\n\nHello.\n\n# Two\n\nIt rains.", "timing_format": "srt"}
    job_id = call(services, "book", **fields)["job_id"]
    reply = call(services, "download", job_id=job_id, chapter=9)
    assert reply["error"].endswith("has no 'audio' of chapter 9; it has book, srt; of chapters 1 to 2: audio, srt")
    job_id = call(services, "generate", text="Hello.", timing_format="srt")["job_id"]
    assert "words" in jobs.load(services.store, job_id).outputs
    reply = call(services, "download", job_id=job_id, type="timing", format="vtt")
    assert reply["error"].endswith("has no 'vtt'; it has audio, srt")
