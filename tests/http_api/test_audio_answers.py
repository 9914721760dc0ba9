"""Answers whose body is a job's audio: its type, its name and its warnings; never a header of the client's making."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from handler.http_api.api import Api
from handler.http_api.audio_answers import MAX_IGNORED, audio_answer
from handler.http_api.errors import Refused
from handler.http_api.job_queue import JobQueue
from handler.protocols import Services

REPLY: dict[str, Any] = {"job_id": "a1", "audio_format": "mp3", "warnings": []}


@pytest.fixture
def api(services: Services) -> Api:
    services.store.put("output/a1.mp3", b"sound", "audio/mpeg")
    return Api(services, JobQueue(services))


def test_file_of_the_job(api: Api) -> None:
    """The body is the file in the store, with its own type, and the name that it is saved under."""
    answer = asyncio.run(audio_answer(api, REPLY))
    assert (bytes(answer.body), answer.headers["content-type"]) == (b"sound", "audio/mpeg")
    assert answer.headers["content-disposition"] == 'attachment; filename="a1.mp3"'
    assert answer.headers["x-job-id"] == "a1"
    assert not {"x-warnings", "x-ignored-fields"} & set(answer.headers)


def test_warnings_and_ignored_fields(api: Api) -> None:
    """Headers have the warnings, and the ignored fields whose names are plain words, a limited number."""
    reply = REPLY | {"warnings": [{"code": "one", "message": "…"}]}
    hostile = ["a", "b\r\nX-Evil: 1", "ü", "x" * 100, "", *(f"f{number}" for number in range(100))]
    answer = asyncio.run(audio_answer(api, reply, hostile))
    assert json.loads(answer.headers["x-warnings"]) == reply["warnings"]
    words = answer.headers["x-ignored-fields"].split(", ")
    assert words[:2] == ["a", "f0"]
    assert len(words) <= MAX_IGNORED


def test_another_format(api: Api) -> None:
    """A file that was made of the job's is sent by its format."""
    api.services.store.put("output/a1.wav", b"other", "audio/wav")
    answer = asyncio.run(audio_answer(api, REPLY, audio_format="wav"))
    assert (bytes(answer.body), answer.headers["content-type"]) == (b"other", "audio/wav")


def test_file_that_is_gone(api: Api) -> None:
    """A file that has been removed since is refused, with a sentence about its job."""
    api.services.store.delete("output/a1.mp3")
    with pytest.raises(Refused) as refused:
        asyncio.run(audio_answer(api, REPLY))
    assert refused.value.status == 404
    assert refused.value.reply["error"].startswith("the audio of job a1 has been removed")
