"""The way to the worker: refusals, retries, and files by their links."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from handler.app import make_services
from handler.client import SpeechError
from handler.client.connection import Connection
from handler.client.transport import AsyncTransport, BlockingTransport, blocking
from handler.client.values import CONNECTION_LOST
from handler.http_api.api import Api
from handler.settings import Settings
from tests.client.conftest import Connect
from tests.support.cutting_proxy import CuttingProxy
from tests.support.http_server import RunningServer, running
from tests.support.speech_clients import Pauses, done
from tests.support.web_server import Web, answer, in_turn, raw

Call = Callable[..., Any]


@pytest.fixture
def web() -> Iterator[Web]:
    web = Web()
    yield web
    web.close()


@pytest.fixture(params=[BlockingTransport, AsyncTransport])
def connection(request: pytest.FixtureRequest, web: Web) -> Connection:
    """A connection to `web` of each kind, with a key."""
    return Connection(web.url(""), "k1", 30.0, request.param)


async def call(connection: Connection, method: Call, *args: Any, **options: Any) -> Any:
    """What a method of the connection returns."""
    if isinstance(connection.transport, BlockingTransport):
        return await asyncio.to_thread(blocking(method), connection, *args, **options)
    return await method(connection, *args, **options)


async def test_busy_server_is_asked_again(
    connect: Connect, environ: dict[str, str], pauses: Pauses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that a full queue refuses is sent again after the time that the server names."""
    monkeypatch.setattr(Api, "retry_after_s", lambda _: 7)
    with running(make_services(Settings.read(environ | {"QUEUE_LIMIT": "1"})), ready=False) as server:
        assert server.client.post("/run", json={"input": {"text": "First."}}).is_success
        assert server.client.post("/run", json={"input": {"text": "Second."}}).status_code == 429
        pauses.then = lambda: server.loop.call_soon_threadsafe(server.api.queue.start)
        assert (await done(connect(server.url).say, "It works!")).duration > 0
        assert pauses[0] == 7


async def test_busy_server_is_not_asked_for_ever(connect: Connect, environ: dict[str, str]) -> None:
    """A queue that stays full is an error when the next request would come after ``retry_for``."""
    with running(make_services(Settings.read(environ | {"QUEUE_LIMIT": "1"})), ready=False) as server:
        assert server.client.post("/run", json={"input": {"text": "First."}}).is_success
        with pytest.raises(SpeechError, match="the queue is full") as failed:
            await done(connect(server.url, retry_for=1).say, "It works!")
        assert (failed.value.code, failed.value.status, failed.value.retryable) == ("too_many_requests", 429, True)


async def test_server_that_starts_is_awaited(connect: Connect, server: RunningServer, pauses: Pauses) -> None:
    """A job that could not be sent, because nobody listened, is sent once somebody does."""
    proxy = CuttingProxy(int(server.url.rpartition(":")[2]))
    pauses.then = lambda: proxy.open() if len(pauses) == 1 else None
    try:
        assert (await done(connect(proxy.url).say, "It works!")).duration > 0
        assert proxy.asked(b"POST /run") == 1
    finally:
        proxy.close()


async def test_file_is_fetched_whole(connection: Connection, web: Web, tmp_path: Path, pauses: Pauses) -> None:
    """A file whose connection breaks is fetched again; only the whole of it gets the name, and nothing else is left."""
    broken = answer(200, b"abc", Content_Length="9")
    web.routes["/a.wav"] = in_turn(broken, answer(503), answer(200, b"abcdefghi"))
    await call(connection, Connection.save, web.url("/a.wav"), tmp_path / "out" / "a.wav")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.wav"]
    assert (tmp_path / "out" / "a.wav").read_bytes() == b"abcdefghi"
    assert len(web.asked) == 3


async def test_file_that_is_refused_leaves_nothing(connection: Connection, web: Web, tmp_path: Path) -> None:
    """An expired link is an error at once, and no file is made of its answer."""
    web.routes["/a.wav"] = answer(403, b"<Error>expired</Error>")
    with pytest.raises(SpeechError, match="answered 403") as failed:
        await call(connection, Connection.save, web.url("/a.wav"), tmp_path / "out" / "a.wav")
    assert failed.value.status == 403
    assert list((tmp_path / "out").iterdir()) == []
    assert len(web.asked) == 1


async def test_file_that_breaks_does_not_replace_another(connection: Connection, web: Web, tmp_path: Path) -> None:
    """A file of that name stays as it was if the new one does not come whole."""
    (tmp_path / "a.wav").write_bytes(b"before")
    web.routes["/a.wav"] = answer(200, b"abc", Content_Length="9")
    connection._retry_for = 0
    with pytest.raises(SpeechError) as failed:
        await call(connection, Connection.save, web.url("/a.wav"), tmp_path / "a.wav")
    assert failed.value.code == CONNECTION_LOST
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.wav": b"before"}


async def test_links_do_not_get_the_key(connection: Connection, web: Web) -> None:
    """The key of the server is for the server alone: links lead to a bucket."""
    web.routes["/a.wav"] = answer(200, b"abc")
    assert await call(connection, Connection.read, web.url("/a.wav")) == b"abc"
    request = connection.request("GET", "/a.wav")
    await call(connection, Connection.answer, request)
    (_, by_link), (_, by_server) = web.asked
    assert "authorization" not in by_link
    assert by_server["authorization"] == "Bearer k1"


REFUSALS = [
    (401, "", "unauthorized", "127.0.0.1 answered 401 Unauthorized; check api_key"),
    (404, "<html>", "not_found", "127.0.0.1 answered 404 Not Found"),
    (400, '{"error": "speed: is 9", "error_code": "bad_request"}', "bad_request", "speed: is 9"),
    (503, '{"error": "no bucket", "error_code": "config_error", "retryable": false}', "config_error", "no bucket"),
    (404, '{"error": {"message": "no model", "code": "model_not_found"}}', "model_not_found", "no model"),
]


@pytest.mark.parametrize(("status", "body", "code", "message"), REFUSALS)
async def test_refusals(connection: Connection, web: Web, status: int, body: str, code: str, message: str) -> None:
    """An error has the sentence and the code of its body, in either form, or those of its status."""
    web.routes["/x"] = answer(status, body.encode())
    with pytest.raises(SpeechError) as failed:
        await call(connection, Connection.answer, connection.request("GET", "/x"))
    error = failed.value
    assert (error.code, error.message, error.retryable, error.status) == (code, message, False, status)
    assert len(web.asked) == 1


ONCE = [(429, 2, False), (503, 2, False), (500, 1, True), (502, 1, False)]


@pytest.mark.parametrize(("status", "requests", "retryable"), ONCE)
async def test_what_is_not_sent_again(
    connection: Connection, web: Web, pauses: Pauses, status: int, requests: int, retryable: bool
) -> None:
    """A job is sent again if the server has refused it, and never if a server behind a gateway may have it."""
    web.routes["/x"] = in_turn(answer(status), answer(400))
    with pytest.raises(SpeechError) as failed:
        await call(connection, Connection.answer, connection.request("GET", "/x"), repeatable=False)
    assert len(web.asked) == requests
    assert failed.value.retryable == retryable


async def test_delays_grow(connection: Connection, web: Web, pauses: Pauses) -> None:
    """Each retry waits longer than the one before, and at least as long as the server asks."""
    broken = raw(b"")
    web.routes["/x"] = in_turn(*[broken] * 4, answer(502, Retry_After="7"), answer(200, b"{}"))
    await call(connection, Connection.answer, connection.request("GET", "/x"))
    assert all(0.1 * 2**number <= pause <= 0.2 * 2**number for number, pause in enumerate(pauses[:4]))
    assert pauses[4] == 7
    assert len(pauses) == 5


@pytest.mark.parametrize("link", ["file:///etc/hostname", "file://localhost/etc/hostname"])
async def test_only_a_server_on_this_machine_names_files(link: str, tmp_path: Path) -> None:
    """A server elsewhere can neither have this machine's files read nor written."""
    connection = Connection("https://speech.example", None, 0, AsyncTransport)
    ours = tmp_path / "ours.txt"
    ours.write_text("ours")
    for attempt in (connection.read(link), connection.save(link, tmp_path / "a"), connection.put(tmp_path / "b", link)):
        with pytest.raises(SpeechError, match="cannot read it") as failed:
            await attempt
        assert failed.value.code == "config_error"
    assert [path.name for path in tmp_path.iterdir()] == ["ours.txt"]


async def test_answer_of_another_server(connect: Connect, web: Web) -> None:
    """A server that is no worker gets a message about the url."""

    def page(handler: BaseHTTPRequestHandler) -> None:
        answer(200, b"<html>Welcome</html>")(handler)

    web.routes["/status/a"] = page
    with pytest.raises(SpeechError, match="check the url"):
        await done(connect(web.url("")).job("a").status)
