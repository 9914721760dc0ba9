"""A package index on 127.0.0.1, in the simple form (PEP 503), that can be told to fail."""

from __future__ import annotations

import base64
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType


class Index:
    """Serves the wheels of a folder. The next ``failures`` answers are 503; ``asked`` are the paths asked for.

    With ``login`` (``user:password``) it answers only those who give it; ``url`` is without it.
    """

    def __init__(self, wheels: Path, login: str = "") -> None:
        self.wheels, self.failures = wheels, 0
        self.header = f"Basic {base64.b64encode(login.encode()).decode()}" if login else None
        self.asked: list[str] = []
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                known = index.header in {None, self.headers["Authorization"]}
                status, body = index.answer(self.path) if known else (401, b"")
                self.send_response(status)
                self.send_header("Content-Type", "text/html" if self.path.endswith("/") else "application/zip")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Silent: `asked` holds what a test wants to know."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}/simple"

    def answer(self, path: str) -> tuple[int, bytes]:
        self.asked.append(path)
        if self.failures:
            self.failures -= 1
            return 503, b""
        kind, name = path.strip("/").split("/")
        if kind == "simple":
            links = [f'<a href="/wheels/{wheel.name}">{wheel.name}</a>' for wheel in self.wheels.glob(f"{name}-*.whl")]
            return (200, "\n".join(links).encode()) if links else (404, b"")
        wheel = self.wheels / name
        return (200, wheel.read_bytes()) if wheel.exists() else (404, b"")

    def __enter__(self) -> Index:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
