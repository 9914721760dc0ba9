"""A service that answers as a test tells it to: for what a healthy one does not do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Asked:
    """A request as it came in."""

    method: str
    path: str
    headers: Message
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What is sent back; ``cut`` promises one byte more than it sends, ``broken`` is all that is sent. Both hang up."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    broken: bytes = b""


def error_response(status: int, code: str) -> Answer:
    """An error as S3 services word it."""
    body = f"<Error><Code>{code}</Code><Message>hidden-message</Message></Error>".encode()
    return Answer(status, body, {"Content-Type": "application/xml"})


@contextmanager
def service(answer: Callable[[Asked], Answer | None]) -> Iterator[tuple[str, list[Asked]]]:
    """The address of a service that lives as long as the block, and what it was asked. None hangs up at once."""
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append(Asked(self.command, self.path, self.headers, body))
            reply = answer(asked[-1])
            self.close_connection = reply is None or reply.cut or bool(reply.broken)
            if reply is None or reply.broken:
                self.wfile.write(reply.broken if reply else b"")
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) + reply.cut))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body)

        do_GET = do_PUT = do_HEAD = do_DELETE = answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """The standard one writes to standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
