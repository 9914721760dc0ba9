"""Whatever a server does not do, a fetch hears that its job is cancelled or out of time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from handler.net.connection import Network
from tests.support.cancellations import Stop
from tests.support.endless_server import EndlessServer, full_listener
from tests.support.web_server import get

OK = b"HTTP/1.1 200 OK\r\n"
ANSWERS = {
    "makes no handshake": (b"", b""),
    "drips a handshake": (b"\x16\x03\x03\x40\x00", b"\x02"),
    "says nothing": (b"", b""),
    "drips its status": (b"HTTP/1.1 2", b"0"),
    "drips headers": (OK, b"X: y\r\n"),
    "drips one header": (OK + b"X: ", b"y"),
    "drips continues": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "drips a body": (OK + b"Content-Length: 900000\r\n\r\n", b"x"),
    "stops in a body": (OK + b"Content-Length: 900000\r\n\r\nx", b""),
    "drips a body without a length": (OK + b"\r\n", b"x"),
    "drips chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "drips the size of a chunk": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "drips a trailer": (OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n", b"X: y\r\n"),
    "drips a redirect": (b"HTTP/1.1 302 Found\r\nLocation: ", b"x"),
}
TIMEOUT_S = 10.0  # of a fetch: it ends as BadRequest then, if it has not heard the job before


@pytest.fixture(params=Stop.KINDS)
def stop(request: pytest.FixtureRequest) -> Stop:
    return Stop(request.param)


@pytest.fixture
def cleanup() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize("answer", ANSWERS)
def test_server_that_never_ends_is_left(answer: str, stop: Stop, to: Path, cleanup: ExitStack) -> None:
    """The fetch ends as the job does, and leaves no file."""
    server = cleanup.enter_context(closing(EndlessServer(*ANSWERS[answer], stop.now)))
    url = server.url.replace("http", "https") if "handshake" in answer else server.url
    with pytest.raises(stop.error):
        get(url, to, max_bytes=1_000_000, timeout=TIMEOUT_S, cancellation=stop.cancellation)
    assert not to.exists()


def test_server_that_takes_no_connection_is_left(stop: Stop, to: Path, cleanup: ExitStack) -> None:
    """The fetch ends although the connection is never made."""
    listener, waiting = full_listener()
    for each in (listener, *waiting):
        cleanup.enter_context(closing(each))
    threading.Timer(0.1, stop.now).start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    with pytest.raises(stop.error):
        get(url, to, timeout=TIMEOUT_S, cancellation=stop.cancellation)


def test_resolver_that_does_not_answer_is_left(stop: Stop, to: Path, cleanup: ExitStack) -> None:
    """The fetch ends although the host name is never looked up."""
    closed = threading.Event()
    cleanup.callback(closed.set)

    def resolve(_: str) -> list[str]:
        stop.now()
        closed.wait()
        return []

    network = Network(resolve=resolve)
    with pytest.raises(stop.error):
        get("http://voices.example/", to, timeout=TIMEOUT_S, cancellation=stop.cancellation, network=network)


def test_busy_server_is_not_asked_again_after_a_cancellation(stop: Stop, to: Path, cleanup: ExitStack) -> None:
    """The pause between two tries ends with the job."""
    busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n"
    server = cleanup.enter_context(closing(EndlessServer(busy, b"", stop.now)))
    with pytest.raises(stop.error):
        get(server.url, to, timeout=60.0, cancellation=stop.cancellation, network=Network())
