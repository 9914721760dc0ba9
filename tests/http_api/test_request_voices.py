"""Voices that live for one request: made of a file, and gone afterwards, however the request ends."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import UploadFile

from handler.http_api.engine_voices import CONVERTER
from handler.http_api.errors import Refused
from handler.http_api.job_queue import _Lanes
from handler.http_api.readiness import State
from handler.http_api.request_voices import request_voice
from handler.protocols import Services
from tests.support.fake_transcriber import Writer, with_writer
from tests.support.http_server import PATIENCE_S, RunningServer, running
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.waiting_request import waiting_request


@pytest.fixture
def server(services: Services) -> Iterator[RunningServer]:
    with running(with_writer(services, Writer(HUMAN_TEXT, "en"))) as server:
        yield server


def recording(body: bytes | None = None) -> UploadFile:
    return UploadFile(io.BytesIO(HUMAN_CLIP.read_bytes() if body is None else body), filename="me.wav")


def keys(server: RunningServer) -> list[str]:
    store = server.api.services.store
    return [item.key for folder in ("voices/", "prepared/", "uploads/") for item in store.list(folder, 10).objects]


def use(server: RunningServer, error: BaseException | None = None, **sources: Any) -> tuple[str | None, list[str]]:
    """The voice that a block gets, and what is in the store meanwhile; the block may end with an error."""

    async def work() -> tuple[str | None, list[str]]:
        async with request_voice(server.api, waiting_request(), CONVERTER, sources) as voice:
            if error:
                raise error
            return voice, keys(server)

    return asyncio.run_coroutine_threadsafe(work(), server.loop).result(PATIENCE_S)


def test_file_is_a_voice_for_one_request(server: RunningServer) -> None:
    """The voice is there in the block, and nothing of it afterwards."""
    voice, meanwhile = use(server, voice_wav=recording())
    assert f"voices/{voice}.wav" in meanwhile
    assert f"voices/{voice}.json" in meanwhile
    assert keys(server) == []


def test_voice_goes_when_the_request_fails(server: RunningServer) -> None:
    """A request that ends by an error leaves nothing either."""
    with pytest.raises(RuntimeError):
        use(server, RuntimeError("the client has hung up"), voice_wav=recording())
    assert keys(server) == []


@pytest.mark.parametrize("event", ["stops", "is full"])
def test_voice_goes_when_the_worker_takes_no_jobs(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch, event: str
) -> None:
    """A worker that is told to stop within the request, or whose queue is full by its end, leaves nothing either."""

    async def work() -> None:
        async with request_voice(server.api, waiting_request(), CONVERTER, {"voice_wav": recording()}):
            if event == "stops":
                server.api.readiness.set(State.STOPPING, "the worker is stopping")
            monkeypatch.setattr(_Lanes, "has_room", lambda *_: event == "stops")

    asyncio.run_coroutine_threadsafe(work(), server.loop).result(PATIENCE_S)
    assert keys(server) == []


def test_file_that_is_no_recording(server: RunningServer) -> None:
    """It is refused, and leaves nothing."""
    with pytest.raises(Refused) as refused:
        use(server, voice_wav=recording(b"nothing"))
    assert refused.value.status == 422
    assert keys(server) == []
    assert server.api.services.tally == {"bad_reference": 1}, "there is no voice to delete"


def test_no_voice(server: RunningServer) -> None:
    """A request without one is for the engine's own; empty fields count as left out."""
    assert use(server, voice=None, voice_url="")[0] is None


def test_two_voices(server: RunningServer) -> None:
    """Two fields that give a voice are refused by their names."""
    with pytest.raises(Refused, match="voice and voice_wav each give a voice"):
        use(server, voice="anna", voice_wav=recording())


def test_worker_that_is_stopping(server: RunningServer) -> None:
    """A worker that takes no jobs refuses, although the voice could not be deleted either."""
    server.api.readiness.set(State.STOPPING, "the worker is stopping")
    with pytest.raises(Refused) as refused:
        use(server, voice_wav=recording())
    assert refused.value.status == 503
