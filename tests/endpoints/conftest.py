"""What the tests of the endpoints share: a worker that may fetch from this machine, and a web host on it."""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from handler import jobs
from handler.aligners.sphinx import SphinxAligner
from handler.app import make_services
from handler.dispatch import dispatch
from handler.protocols import Services
from handler.settings import Settings


class Web:
    """A web host: ``files`` by path, each as its body and its media type."""

    def __init__(self, port: int) -> None:
        self.files: dict[str, tuple[bytes, str]] = {}
        self._port = port

    def put(self, path: str, body: bytes, media_type: str = "application/octet-stream") -> str:
        self.files[path] = (body, media_type)
        return f"http://127.0.0.1:{self._port}{path}"


@pytest.fixture
def web() -> Iterator[Web]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body, media_type = host.files.get(self.path, (b"", ""))
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing: the tests' output is theirs."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        host = Web(server.server_port)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield host
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The worker's temporary folder, its own for each test: what is left there can be seen."""
    folder = tmp_path / "disk"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {
        "TTS_ENGINE": "espeak",
        "LOCAL_STORE": str(tmp_path / "store"),
        "ALIGNERS": "engine,sphinx",
        "ALLOW_PRIVATE_URLS": "true",
        "MAX_UPLOAD_BYTES": "1000000",
    }


@pytest.fixture
def services(environ: dict[str, str]) -> Services:
    return make_services(Settings.read(environ))


@pytest.fixture(scope="module")
def sphinx() -> SphinxAligner:
    """One for all tests of the module: its decoders take a while to build."""
    return SphinxAligner(None)  # type: ignore[arg-type]


def call(services: Services, endpoint: str, **fields: Any) -> dict[str, Any]:
    """One job's reply."""
    return dispatch({"input": {"endpoint": endpoint, **fields}}, services)


def refused(reply: dict[str, Any], code: str, *words: str) -> None:
    """The reply is an error of that code, has the words, and gives nothing away."""
    assert reply.get("error_code") == code, reply
    for word in words:
        assert word in reply["error"]
    for secret in ("/tmp", "voices/", "uploads/", "prepared/", "Traceback", "127.0.0.1"):
        assert secret not in reply["error"]


def left_behind(services: Services, job_id: str, state: str, *, seconds: float = 600.0, **changes: Any) -> None:
    """Make the record of a job say how it ended; with the state LOST its worker was killed so many ``seconds`` ago."""
    key = f"jobs/{job_id}.json"
    stored = jobs.IN_PROGRESS if state == jobs.LOST else state
    record = json.loads(services.store.get(key)) | {"state": stored, **changes}
    services.store.put(key, json.dumps(record).encode(), "application/json")
    if state == jobs.LOST:
        assert services.settings.local_store is not None
        written = time.time() - seconds
        os.utime(services.settings.local_store / key, (written, written))
