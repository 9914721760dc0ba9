"""Bodies that are too large or come too slowly are refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from fastapi import APIRouter, UploadFile
from starlette.datastructures import Headers
from starlette.types import Message

from handler.http_api import app as http_app
from handler.http_api import body
from handler.http_api.api import Api
from handler.http_api.body import LimitedBody
from handler.http_api.errors import Refused
from handler.http_api.gate import FORM_BYTES
from handler.protocols import Services
from tests.support.http_server import RunningServer, running

MAX_BODY = 2000
MAX_UPLOAD = 1_000_000


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    limits = dict.fromkeys(("MAX_UPLOAD_BYTES", "MAX_AUDIO_BYTES", "MAX_VIDEO_BYTES"), str(MAX_UPLOAD))
    return environ | limits | {"MAX_BODY_BYTES": str(MAX_BODY)}


def _files(_: Api) -> APIRouter:
    routes = APIRouter()

    @routes.post("/form")
    async def form(file: UploadFile) -> int:
        return len(await file.read())

    @routes.post("/json")
    async def json(body: dict[str, str]) -> None: ...

    return routes


@pytest.fixture
def server(services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningServer]:
    """A server with small limits, and a route that takes a file."""
    monkeypatch.setattr(http_app, "ROUTERS", (_files, *http_app.ROUTERS))
    with running(services) as server:
        yield server


def pieces(size: int) -> Iterator[bytes]:
    """A body whose length is not told beforehand."""
    for _ in range(0, size, 500):
        yield b" " * 500


def test_body_that_says_it_is_too_long_is_refused(server: RunningServer) -> None:
    """A Content-Length over MAX_BODY_BYTES is answered 413, and the connection goes on to be used."""
    answer = server.client.post("/run", content=b" " * (MAX_BODY + 1))
    assert (answer.status_code, answer.json()["error_code"]) == (413, "too_large")
    assert str(MAX_BODY) in answer.json()["error"]
    assert server.client.post("/run", json={"input": {"text": "Hello."}}).status_code == 200


def test_body_without_a_length_is_counted(server: RunningServer) -> None:
    """A body in chunks is answered 413 once it is over the limit, whatever the route makes of that."""
    answer = server.client.post("/run", content=pieces(MAX_BODY * 3))
    assert (answer.status_code, answer.json()["error_code"]) == (413, "too_large")


def test_framework_does_not_answer_for_a_limit(server: RunningServer) -> None:
    """FastAPI makes any exception that reading raises a 400; the client gets the 413."""
    answer = server.client.post("/json", content=pieces(MAX_BODY * 3), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error_code"]) == (413, "too_large")


def test_signed_upload_has_the_limits_of_files(server: RunningServer) -> None:
    """A file that is put to a signed link may be as large as the largest file."""
    store = server.api.services.store
    link = store.presign_put("uploads/one", 60)
    assert server.client.put(link, content=pieces(MAX_BODY * 10)).status_code == 200
    assert len(store.get("uploads/one")) == MAX_BODY * 10


def test_body_of_the_largest_size_is_taken(server: RunningServer) -> None:
    """A body of exactly MAX_BODY_BYTES is no problem."""
    job = b'{"input": {"text": "Hello."}}'
    headers = {"Content-Type": "application/json"}
    body = job + b" " * (MAX_BODY - len(job))
    assert server.client.post("/run", content=body, headers=headers).status_code == 200


def test_form_has_the_limits_of_files(server: RunningServer) -> None:
    """A form may be as large as the largest file; a larger one is refused before it is read."""
    answer = server.client.post("/form", files={"file": b" " * (MAX_BODY * 10)})
    assert (answer.status_code, answer.json()) == (200, MAX_BODY * 10)
    answer = server.client.post("/form", files={"file": b" " * (MAX_UPLOAD + FORM_BYTES)})
    assert answer.status_code == 413


def test_json_route_takes_no_large_form(server: RunningServer) -> None:
    """Calling a body a form does not raise the limit of a route for JSON."""
    answer = server.client.post("/run", files={"file": b" " * (MAX_BODY * 10)})
    assert answer.status_code == 413


@pytest.mark.parametrize("media_type", ["application/json", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("path", ["/tts", "/api/v1/vc"])
def test_body_without_files_has_the_limit_of_json(server: RunningServer, path: str, media_type: str) -> None:
    """A route that takes files keeps a body of another kind in memory, so it may not be as large as they."""
    answer = server.client.post(path, content=pieces(MAX_BODY * 3), headers={"Content-Type": media_type})
    assert answer.status_code == 413


@pytest.mark.parametrize("length", ["9" * 400, "٣٠٠٠"])
def test_absurd_length_is_no_fault(length: str) -> None:
    """A length of 400 digits is too long; one in other digits is none."""
    limited = LimitedBody(_never, MAX_BODY)
    headers = Headers(raw=[(b"content-length", length.encode())])
    if length.isascii():
        with pytest.raises(Refused):
            limited.check_length(headers)
    else:
        limited.check_length(headers)


async def _never() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


class Trickle:
    """A client that sends one byte, and then one whenever it is asked, but after ``pause_s``."""

    def __init__(self, pause_s: float) -> None:
        self.pause_s = pause_s
        self.sent = 0

    async def receive(self) -> Message:
        await asyncio.sleep(self.pause_s)
        self.sent += 1
        return {"type": "http.request", "body": b"x", "more_body": True}


async def read_all(limited: LimitedBody) -> None:
    for _ in range(1000):
        await limited.receive()


async def test_trickling_body_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that sends each byte in time, but too few of them, is refused with 408."""
    monkeypatch.setattr(body, "GRACE_S", 0.05)
    trickle = Trickle(0.01)
    limited = LimitedBody(trickle.receive, MAX_BODY)
    with pytest.raises(Refused) as refused:
        await read_all(limited)
    assert refused.value.status == 408
    assert limited.refused is refused.value
    assert trickle.sent < 100


async def test_time_of_the_application_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A route that takes its time between two pieces costs its client nothing."""
    loop, skipped_s = asyncio.get_running_loop(), 0.0
    now = loop.time
    monkeypatch.setattr(loop, "time", lambda: now() + skipped_s)
    limited = LimitedBody(Trickle(0).receive, MAX_BODY)
    for _ in range(3):
        await limited.receive()
        skipped_s += body.GRACE_S


async def test_disconnect_is_waited_for_without_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the body has ended, waiting for the client to hang up has no limit."""
    monkeypatch.setattr(body, "GRACE_S", 0.01)
    messages: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        await asyncio.sleep(0.05)
        return {"type": "http.disconnect"}

    limited = LimitedBody(receive, MAX_BODY)
    await limited.receive()
    assert (await limited.receive())["type"] == "http.disconnect"
