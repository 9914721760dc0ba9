"""A web server on this machine, and fetches from it."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from handler.net.connection import INTERNET, Network
from handler.net.fetch import Fetched, fetch
from handler.storage.local_store import LocalStore
from s3_utils import S3Store

Answer = Callable[[BaseHTTPRequestHandler], None]


class Web:
    """A local HTTP server: an answer for each path, and what was asked of it."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.routes: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.posted: list[bytes] = []
        self.closing = threading.Event()
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                web.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                with suppress(OSError):
                    web.routes.get(self.path, answer(404))(self)

            def do_POST(self) -> None:
                web.posted.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.do_GET()

            def log_message(self, format: str, *args: Any) -> None:
                """Do not log."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: Any) -> None:
                """Do not log: in some tests the client hangs up."""

        self._server = Server((host, port), Handler)
        self.host, self.port = str(self._server.server_address[0]), int(self._server.server_address[1])
        self.scheme = "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def url(self, path: str = "/", host: str | None = None) -> str:
        return f"{self.scheme}://{host or self.host}:{self.port}{path}"

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


def answer(status: int = 200, body: bytes = b"", **headers: str) -> Answer:
    """A complete answer; ``Content_Type`` is the header Content-Type."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return send


def raw(data: bytes) -> Answer:
    """Exactly these bytes, then the end of the connection."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(data)

    return send


def in_turn(*answers: Answer) -> Answer:
    """Each of the answers once, then the last one again and again."""
    left = list(answers)
    return lambda handler: (left.pop(0) if len(left) > 1 else left[0])(handler)


NAMES = {
    "localhost": ["127.0.0.1", "::1"],
    "localhost.": ["127.0.0.1"],
    "metadata.google.internal": ["169.254.169.254"],
    "kubernetes.default.svc": ["10.96.0.1"],
    "evil.example": ["10.0.0.7"],
    "both.example": ["93.184.216.34", "192.168.1.1"],
    "six.example": ["2606:4700:4700::1111", "fd00::1"],
    "public.example": ["93.184.216.34"],
}


def figures_only(host: str) -> list[str]:
    """The addresses of numeric hosts by the system, and of names by a table; nothing leaves this machine."""
    if host in NAMES:
        return NAMES[host]
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(info[4][0]) for info in found]


def get(url: str, to: Path, max_bytes: int = 1000, allow_private: bool = True, **options: Any) -> Fetched:
    options.setdefault("network", Network(sleep=lambda _: None))
    return fetch(url, to, field="voice_file_url", max_bytes=max_bytes, allow_private=allow_private, **options)


def own_link(bucket: S3Store, web: Web, send: Answer, key: str = "videos/a b.mp4") -> str:
    """A signed link of the bucket, which its server answers with ``send``."""
    link = bucket.presign_get(key, 60, media_type="video/mp4", filename="a")
    web.routes[link.removeprefix(web.url(""))] = send
    return link


def get_own(url: str, to: Path, own: S3Store | LocalStore, network: Network = INTERNET, **options: Any) -> Fetched:
    return get(url, to, allow_private=False, own=own, network=network, **options)


LOOPBACK = ipaddress.ip_address("127.0.0.1")


WAY_OUT = r"; send a public or a signed link, whole; or ask for a file_url by endpoint upload with create_upload_url$"
