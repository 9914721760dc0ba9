"""Every request has an id, a line in the log and a span, and none of them holds text or keys."""

from __future__ import annotations

import io
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from handler import telemetry
from handler.http_api import app as http_app
from handler.http_api.api import Api
from handler.protocols import Services
from tests.support.http_server import PATIENCE_S, RunningServer, running
from tests.support.otlp_receiver import Received, attributes, receiving

SCRIPT = "Peculiar words."
KEY = "secret-secret-secret"


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    return environ | {"API_KEYS": f"web:{KEY}"}


@pytest.fixture
def log() -> io.StringIO:
    stream = io.StringIO()
    telemetry.configure("INFO", stream)
    return stream


@pytest.fixture
def keyed(log: io.StringIO, services: Services) -> Iterator[RunningServer]:
    """A server whose client sends a key."""
    with running(services) as server:
        server.client.headers["Authorization"] = f"Bearer {KEY}"
        yield server


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def access_lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [line for line in lines(log) if line["logger"] == "handler.http_api.access"]


def test_line_of_a_request_says_what_happened(services: Services, log: io.StringIO) -> None:
    """The line has method, route, status, seconds, sizes, the key's name, the request's id and the job's."""
    with running(services) as server:
        body = json.dumps({"input": {"text": SCRIPT}})
        headers = {"X-Request-Id": "mine-1", "X-API-Key": KEY, "Content-Type": "application/json"}
        answer = server.client.post("/runsync", content=body, headers=headers)
    (line,) = access_lines(log)
    job_id = answer.json()["id"]
    assert line.pop("seconds") > 0
    assert line.pop("time") > 0
    assert line == {
        "level": "INFO", "logger": "handler.http_api.access", "message": "request", "request_id": "mine-1",
        "method": "POST", "route": "/runsync", "status": 200, "key": "web", "job_id": job_id,
        "bytes_in": len(body), "bytes_out": len(answer.content),
    }  # fmt: skip
    assert answer.headers["X-Request-Id"] == "mine-1"
    assert answer.headers["X-Job-Id"] == job_id


def test_job_logs_under_its_request(keyed: RunningServer, log: io.StringIO) -> None:
    """The lines of a job, from its own threads, have the id of the request that sent it."""
    keyed.client.post("/runsync", json={"input": {"text": SCRIPT}}, headers={"X-Request-Id": "mine-2"})
    (done,) = [line for line in lines(log) if line["message"] == "job"]
    assert (done["outcome"], done["request_id"]) == ("COMPLETED", "mine-2")


@pytest.mark.parametrize("given", ["", "two words", "x" * 129, 'a"b', "naïve"])
def test_unsafe_request_id_is_replaced(keyed: RunningServer, given: str) -> None:
    """An id with other characters, or too many, is not taken over."""
    answer = keyed.client.get("/status/j1", headers={b"X-Request-Id": given.encode()})
    assert answer.headers["X-Request-Id"] not in {"", given}


def test_log_has_no_text_query_path_or_key(services: Services, log: io.StringIO) -> None:
    """What a client sends does not appear in the log: not its script, query, path or key."""
    with running(services) as server:
        server.client.post("/runsync?signature=abcdef", json={"input": {"text": SCRIPT}}, headers={"X-API-Key": KEY})
        server.client.get("/status/a-job-of-mine", headers={"Authorization": f"Bearer {KEY}"})
        server.client.get("/peculiar/path", headers={"Authorization": "Bearer wrong-wrong-wrong"})
    text = log.getvalue()
    assert [line["route"] for line in access_lines(log)] == ["/runsync", "/status/{job_id}", "(unknown)"]
    assert not [word for word in ("Peculiar", "abcdef", "peculiar", KEY, "wrong-wrong", "of-mine") if word in text]


def test_health_checks_are_not_logged(keyed: RunningServer, log: io.StringIO) -> None:
    """What a platform asks every few seconds leaves no lines, unless LOG_LEVEL is DEBUG."""
    keyed.client.get("/ping")
    keyed.client.get("/metrics")
    assert access_lines(log) == []


def _of_two_jobs(api: Api) -> APIRouter:
    """A route that sends two jobs, and says which one its answer is of."""
    routes = APIRouter()

    @routes.get("/two")
    async def two() -> Response:
        first, _ = (api.submit({"text": SCRIPT}) for _ in range(2))
        return Response(headers={"X-Job-Id": first.id})

    return routes


def test_dialect_says_which_job_its_answer_is_of(
    services: Services, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A route that sends several jobs names one in X-Job-Id, and the log has the same."""
    monkeypatch.setattr(http_app, "ROUTERS", (*http_app.ROUTERS, _of_two_jobs))
    with running(services, ready=False) as server:
        answer = server.client.get("/two", headers={"X-API-Key": KEY})
        assert answer.headers["X-Job-Id"] == next(iter(server.api.queue._jobs))
    assert access_lines(log)[0]["job_id"] == answer.headers["X-Job-Id"]


def _faulty(_: Api) -> APIRouter:
    """Two routes that break: before their answer, and in it."""
    routes = APIRouter()

    async def broken() -> Any:
        yield b"half"
        raise ZeroDivisionError(SCRIPT)

    @routes.get("/fault")
    async def fault() -> None:
        raise ZeroDivisionError

    @routes.get("/half")
    async def half() -> StreamingResponse:
        return StreamingResponse(broken())

    return routes


def test_unexpected_error_is_answered_and_logged(
    services: Services, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of the server is a reply of the usual form, without detail; the log has its traceback and its id."""
    monkeypatch.setattr(http_app, "ROUTERS", (*http_app.ROUTERS, _faulty))
    with running(services) as server:
        answer = server.client.get("/fault", headers={"X-API-Key": KEY})
    assert (answer.status_code, answer.json()["error_code"]) == (500, "internal")
    (fault,) = [line for line in lines(log) if "ZeroDivisionError" in line.get("traceback", "")]
    assert fault["request_id"] == answer.headers["X-Request-Id"]


def test_answer_that_breaks_is_cut(services: Services, log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that fails in its middle ends without its end: no client takes it for all."""
    monkeypatch.setattr(http_app, "ROUTERS", (*http_app.ROUTERS, _faulty))
    with running(services) as server, pytest.raises(Exception, match="incomplete chunked read"):
        server.client.get("/half", headers={"X-API-Key": KEY})
    (line,) = access_lines(log)
    assert (line["status"], line["complete"]) == (200, False)


def test_unknown_path_is_not_found(keyed: RunningServer) -> None:
    """Paths and methods that are not there are answered in the usual form."""
    missing = keyed.client.get("/nothing")
    wrong = keyed.client.delete("/run")
    assert (missing.status_code, missing.json()["error_code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json()["error_code"]) == (405, "method_not_allowed")


TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Received]:
    with receiving() as received:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", received.url)
        yield received


def test_request_and_its_job_are_spans_of_the_clients_trace(services: Services, collector: Received) -> None:
    """The request's span is a child of the client's, the job's a child of the request's; no attribute has text."""
    with running(services) as server:
        headers = {"X-API-Key": KEY, "traceparent": f"00-{TRACE}-{PARENT}-01", "X-Request-Id": "mine-3"}
        server.client.post("/runsync?q=abcdef", json={"input": {"text": SCRIPT}}, headers=headers)
    server.api.services.observers[-1].close()  # type: ignore[attr-defined]
    request, job = collector.named("POST /runsync"), collector.named("job generate")
    assert request.trace_id.hex() == job.trace_id.hex() == TRACE
    assert request.parent_span_id.hex() == PARENT
    assert job.parent_span_id == request.span_id
    assert request.kind == request.SPAN_KIND_SERVER
    assert attributes(request) == {
        "http.request.method": "POST", "http.route": "/runsync", "http.response.status_code": 200,
        "request.id": "mine-3",
    }  # fmt: skip
    assert not [word for word in ("Peculiar", "abcdef", KEY) if word in str(collector.spans)]


def test_fault_is_an_error_of_its_span(
    services: Services, collector: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that the server failed is an error; one that it refused is not."""
    monkeypatch.setattr(http_app, "ROUTERS", (*http_app.ROUTERS, _faulty))
    with running(services) as server:
        server.client.get("/fault", headers={"X-API-Key": KEY})
        server.client.get("/status/none", headers={"X-API-Key": KEY})
    server.api.services.observers[-1].close()  # type: ignore[attr-defined]
    failed, refused = collector.named("GET /fault"), collector.named("GET /status/{job_id}")
    assert failed.status.code == failed.status.STATUS_CODE_ERROR
    assert refused.status.code == refused.status.STATUS_CODE_UNSET


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/tts", "application/json"),
        ("/tts", "multipart/form-data; boundary=b"),
        ("/v1/audio/transcriptions", "multipart/form-data; boundary=b"),
        ("/run", "application/json"),
    ],
)
def test_client_who_hangs_up_while_it_sends(services: Services, log: io.StringIO, path: str, media_type: str) -> None:
    """A body that breaks off is nobody's error: its line has the status 499, and no other line is written."""
    with running(services) as server:
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\nContent-Type: {media_type}\r\n"
        with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), PATIENCE_S) as client:
            client.sendall(f"{head}Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n".encode())
            # The application waits for the body.
            assert client.recv(100).startswith(b"HTTP/1.1 100")
            client.sendall(b"--b")
    assert [line["status"] for line in access_lines(log)] == [499]
    assert [line for line in lines(log) if line["level"] in {"WARNING", "ERROR"}] == []
