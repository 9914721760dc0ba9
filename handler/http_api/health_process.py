"""The health check on a port of its own, in a process of its own: no work of the worker's threads can delay its answer.

The worker starts this file, which needs the standard library alone. It gives it the listening socket, and writes the
answer to its standard input, a line each time: ``{"status": 200, "body": …}``. The process ends with the worker.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from handler.http_api.readiness import Readiness

INTERVAL_S = 0.5
MAX_SILENCE_S = 60.0  # after which the worker's event loop counts as stuck; loading a model delays it for seconds
REQUEST_TIMEOUT_S = 10.0


class HealthProcess:
    """The worker's side: the process, and what it is to answer."""

    def __init__(self, listening: socket.socket, path: str) -> None:
        """Start it. It takes over the socket."""
        # -I: nothing of the working directory and of the environment gets into it.
        command = [sys.executable, "-I", __file__, str(listening.fileno()), path]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[listening.fileno()], text=True)
        listening.close()

    def publish(self, readiness: Readiness) -> None:
        """Have it answer so from now on. To be called every `INTERVAL_S`. Raises BrokenPipeError if it has ended."""
        status, body = readiness.health()
        assert self._process.stdin is not None
        print(json.dumps({"status": status, "body": body}), file=self._process.stdin, flush=True)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


class _Answer:
    """What to answer, and when the worker last wrote it."""

    def __init__(self) -> None:
        self._answer: dict[str, Any] = {"status": 204, "body": None}
        self._at = time.monotonic()

    def read(self) -> None:
        """Take over each line from the worker. The end of the input is the end of the worker."""
        for line in sys.stdin:
            self._answer, self._at = json.loads(line), time.monotonic()
        os._exit(0)

    def now(self) -> tuple[int, bytes]:
        if time.monotonic() - self._at > MAX_SILENCE_S:
            return 503, b'{"status": "failed", "reason": "the worker does not answer"}'
        body = self._answer["body"]
        return self._answer["status"], b"" if body is None else json.dumps(body).encode()


def serve(listening: socket.socket, path: str) -> None:
    """Answer requests until the standard input ends."""
    answer = _Answer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = REQUEST_TIMEOUT_S

        def do_GET(self) -> None:
            found = self.path.partition("?")[0] == path
            status, body = answer.now() if found else (HTTPStatus.NOT_FOUND, b"")
            self.send_response(status)
            if status != HTTPStatus.NO_CONTENT:
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            """Do not log: it is asked every few seconds."""

    server = ThreadingHTTPServer(listening.getsockname()[:2], Handler, bind_and_activate=False)
    server.daemon_threads = True
    server.socket.close()
    server.socket = listening
    threading.Thread(target=answer.read, daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    # Ctrl-C reaches all processes of a terminal; this one goes on answering while the worker stops.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2])
