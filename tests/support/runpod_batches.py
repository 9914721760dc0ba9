"""RunPod's Batch Jobs on 127.0.0.1, after its documentation: the platform itself cannot be reached from a test.

A worker of the test runs the jobs when the batch is finalized.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from handler.dispatch import dispatch
from handler.protocols import Services

BATCH = "batch_01j9abc123"


class _Batch:
    """One batch: its jobs, what became of them, and every call as (method, path)."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.status = "DRAFT"
        self.jobs: list[dict[str, Any]] = []
        self.done: list[dict[str, Any]] = []
        self.calls: list[tuple[str, str]] = []

    def answer(self, method: str, path: str, body: Any) -> Any:
        url = urlsplit(path)
        self.calls.append((method, url.path))
        match method, url.path.removeprefix("/v2/abc/batch").removeprefix(f"/{BATCH}"):
            case "POST", "" if url.path == "/v2/abc/batch":
                self.jobs = body
                return {"id": BATCH, "status": self.status}
            case "POST", "/finalize":
                self.status = "FINALIZED"
                # In any order, as the documentation says.
                self.done = [self._run(number) for number in reversed(range(len(self.jobs)))]
                return {"id": BATCH, "status": self.status}
            case "GET", "":
                failed = sum(each["status"] == "FAILED" for each in self.done)
                counts = {"requestTotal": len(self.jobs), "requestInProgress": 0, "requestFailed": failed}
                return {"id": BATCH, "status": self.status, "requestCompleted": len(self.done) - failed, **counts}
            case "GET", "/requests":
                query = parse_qs(url.query)
                offset, limit = int(query["offset"][0]), int(query["limit"][0])
                page = {"total": len(self.done), "offset": offset, "limit": limit}
                more = offset + limit < len(self.done)
                return {"requests": self.done[offset : offset + limit], "hasMore": more, **page}
        raise AssertionError(f"the documentation has no {method} {path}")

    def _run(self, number: int) -> dict[str, Any]:
        reply = dispatch({"id": f"req_{number}", **self.jobs[number]}, self.services)
        if "error" in reply:
            return {"id": f"req_{number}", "status": "FAILED", "error": reply["error"]}
        return {"id": f"req_{number}", "status": "COMPLETED", "output": reply}


@contextmanager
def batch_jobs(services: Services) -> Iterator[tuple[str, _Batch]]:
    """The URL that stands for RunPod's, of an endpoint ``abc``, and the batch that it makes."""
    batch = _Batch(services)

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = json.dumps(batch.answer(self.command, self.path, json.loads(body) if body else None)).encode()
            self.send_response(200 if self.headers["Authorization"] == "Bearer rpa_1" else 401)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = _do  # noqa: N815 - http.server calls them so

        def log_message(self, *_: object) -> None:
            """Nothing: pytest shows what matters."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, name="batches")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", batch
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
