"""Slow and silent clients hold no connection for ever, and their jobs stop."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import pytest
import uvicorn
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from uvicorn.server import ServerState

from handler.http_api import app as http_app
from handler.http_api import body
from handler.http_api.api import Api
from handler.http_api.connections import UVICORN, GuardedProtocol
from handler.protocols import Services
from tests.support.http_server import PATIENCE_S, RunningServer, running

SHORT_S = 0.2


@contextmanager
def connected(server: RunningServer, buffer_bytes: int | None = None) -> Iterator[socket.socket]:
    """A bare connection, on which the test decides what is sent and read."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.socket() as connection:
        if buffer_bytes:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
        connection.settimeout(PATIENCE_S)
        connection.connect((host, int(port)))
        yield connection


def rest(connection: socket.socket) -> bytes:
    """All that comes until the server closes the connection."""
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


def ping(connection: socket.socket) -> bytes:
    """The whole answer to a health check on a connection that stays open."""
    connection.sendall(b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n")
    received = b""
    while not received.endswith(b"}"):
        piece = connection.recv(65536)
        assert piece, "the connection was closed"
        received += piece
    return received


def send_without_end(connection: socket.socket, start: bytes = b"") -> None:
    """Send until the server does not want more, which raises ConnectionError."""
    connection.sendall(start)
    for _ in range(10**6):
        connection.sendall(b"x" * 65536)
    raise AssertionError("the server took everything")


@pytest.fixture
def impatient(services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningServer]:
    """A server that waits a fifth of a second for a body, and for the end of what was not wanted or is not read."""
    monkeypatch.setattr(GuardedProtocol, "stalled_timeout_s", SHORT_S)
    monkeypatch.setattr(body, "GRACE_S", SHORT_S)
    with running(services) as server:
        yield server


@pytest.fixture
def no_time_for_headers(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """What makes the server wait a fifth of a second for headers, from the next connection or answer on.

    A client that sends them should have them on their way by then, however busy the machine is.
    """
    return partial(monkeypatch.setattr, GuardedProtocol, "request_timeout_s", SHORT_S)


def test_silent_connection_is_closed(impatient: RunningServer, no_time_for_headers: Callable[[], None]) -> None:
    """A client that connects and sends nothing is told so, and cut."""
    no_time_for_headers()
    with connected(impatient) as connection:
        assert rest(connection).startswith(b"HTTP/1.1 408 ")


def test_headers_that_never_end_are_cut(impatient: RunningServer, no_time_for_headers: Callable[[], None]) -> None:
    """A client whose headers trickle (slowloris) is cut, though it goes on sending."""
    no_time_for_headers()
    with connected(impatient) as connection:
        connection.sendall(b"POST /run HTTP/1.1\r\nHost: localhost\r\n")
        connection.settimeout(SHORT_S / 10)
        sent = 0
        while True:
            try:
                received = connection.recv(65536)
                break
            except TimeoutError:
                connection.sendall(b"X: y\r\n")
                sent += 1
                assert sent < 1000
        assert received.startswith(b"HTTP/1.1 408 ")


def test_second_request_has_a_limit_too(impatient: RunningServer, no_time_for_headers: Callable[[], None]) -> None:
    """After an answer the next headers may not trickle either."""
    with connected(impatient) as connection:
        assert ping(connection).startswith(b"HTTP/1.1 200 ")
        no_time_for_headers()
        assert ping(connection).startswith(b"HTTP/1.1 200 ")
        # What comes after the end finds nobody.
        with suppress(ConnectionError):
            connection.sendall(b"GET /ping HTTP/1.1\r\n")
            assert rest(connection) == b""


def test_body_that_does_not_come_is_refused(impatient: RunningServer, no_time_for_headers: Callable[[], None]) -> None:
    """A body that is announced and never sent is answered 408, and its connection closed soon."""
    with connected(impatient) as connection:
        assert ping(connection).startswith(b"HTTP/1.1 200 ")
        no_time_for_headers()
        connection.sendall(b"POST /run HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        answer = rest(connection)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error_code"] == "request_timeout"


def test_endless_body_of_a_refused_request_is_cut(
    impatient: RunningServer, no_time_for_headers: Callable[[], None]
) -> None:
    """After a 413 the rest of a body is thrown away, for a while, and then the connection is cut."""
    with connected(impatient) as connection:
        assert ping(connection).startswith(b"HTTP/1.1 200 ")
        no_time_for_headers()
        connection.sendall(b"POST /run HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")
        with pytest.raises(ConnectionError):
            send_without_end(connection)


def test_headers_have_a_limit(impatient: RunningServer) -> None:
    """Headers of megabytes are refused before they are all here."""
    with connected(impatient) as connection, pytest.raises(ConnectionError):
        send_without_end(connection, b"GET /ping HTTP/1.1\r\nX: ")


def _endless(api: Api) -> APIRouter:
    """A route that answers without end for a job that waits."""
    routes = APIRouter()

    @routes.get("/endless")
    async def endless(request: Request) -> StreamingResponse:
        job = api.submit({"text": "Hello."})

        async def noise() -> Any:
            async with api.cancelled_on_disconnect(request, job):
                while True:
                    yield b"x" * 65536

        return StreamingResponse(noise())

    return routes


def test_client_that_does_not_read_is_cut_and_its_job_cancelled(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that leaves its answer unread is cut, and the job that makes the answer is cancelled."""
    monkeypatch.setattr(http_app, "ROUTERS", (*http_app.ROUTERS, _endless))
    monkeypatch.setattr(GuardedProtocol, "stalled_timeout_s", SHORT_S)
    # The worker is starting: the job waits in the queue.
    with running(services, ready=False) as server, connected(server, 4096) as connection:
        connection.sendall(b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(16).startswith(b"HTTP/1.1 200 ")
        (job,) = server.api.queue._jobs.values()
        asyncio.run_coroutine_threadsafe(job.ended.wait(), server.loop).result(PATIENCE_S)
        assert job.state == "CANCELLED"
        assert not rest(connection).endswith(b"0\r\n\r\n")


class UnreadTransport(asyncio.Transport):
    """A connection whose client reads nothing: what is written stays, so that closing never ends."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__({"socket": connection})
        self.written = b""
        self.closing = False
        self.aborted = asyncio.Event()

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True

    def abort(self) -> None:
        self.aborted.set()

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


@pytest.mark.parametrize("close", [b"", b"Connection: close\r\n"])
async def test_unread_end_of_an_answer_is_dropped(monkeypatch: pytest.MonkeyPatch, close: bytes) -> None:
    """A client that leaves the last bytes of its answer unread does not keep the connection, closed or not."""
    monkeypatch.setattr(GuardedProtocol, "request_timeout_s", SHORT_S)
    monkeypatch.setattr(GuardedProtocol, "stalled_timeout_s", SHORT_S)
    config = uvicorn.Config(PlainTextResponse("Hello."), **UVICORN)
    protocol = GuardedProtocol(config, ServerState(), {})
    with socket.socket(type=socket.SOCK_STREAM) as connection:
        transport = UnreadTransport(connection)
        protocol.connection_made(transport)
        protocol.data_received(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + close + b"\r\n")
        await asyncio.wait_for(transport.aborted.wait(), PATIENCE_S)
    assert transport.closing
    assert transport.written.endswith(b"Hello.")
    protocol.connection_lost(None)


def test_connections_are_bounded(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection over the limit is told to come again, and the others go on."""
    monkeypatch.setattr(GuardedProtocol, "max_connections", 2)
    with running(services) as server, connected(server) as first, connected(server) as second:
        assert ping(first).startswith(b"HTTP/1.1 200 ")
        assert ping(second).startswith(b"HTTP/1.1 200 ")
        with connected(server) as third:
            assert rest(third).startswith(b"HTTP/1.1 503 ")
        assert ping(first).startswith(b"HTTP/1.1 200 ")


def test_answers_are_sent_at_once(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """No connection holds back the end of an answer until its beginning is acknowledged, however it was made."""
    options: list[int] = []

    class Watched(GuardedProtocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            options.append(transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    monkeypatch.setitem(UVICORN, "http", Watched)
    with running(services) as server:
        server.client.get("/ping")
    assert options
    assert all(options)
