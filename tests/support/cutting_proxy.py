"""A proxy between a client and a server on this machine, which loses answers or refuses when it is told to."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class CuttingProxy:
    """Passes connections on to a port. Use as a context manager.

    ``header`` is a line that each answer gets.
    """

    def __init__(self, port: int, header: bytes = b"") -> None:
        self.port, self._header = port, header
        self._cuts: dict[bytes, int] = {}
        self._refusals: dict[bytes, tuple[bytes, int]] = {}
        self._open: list[socket.socket] = []
        self._heads: dict[socket.socket, bytes] = {}  # of the last request on each connection
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[bytes] = []
        """The heads of all requests, in their order."""
        self.lost = 0
        """How many answers were lost."""
        self.held, self.released = threading.Event(), threading.Event()
        self._hold: bytes | None = None

    def lose(self, request: bytes, times: int = 1) -> None:
        """Close the connection in place of the next answers to requests that begin so; the server has got them."""
        self._cuts[request] = times

    def refuse(self, request: bytes, answer: bytes, times: int = 1) -> None:
        """Give this answer to the next requests that begin so, and hang up; the server does not get them."""
        self._refusals[request] = answer, times

    def hold(self, request: bytes) -> None:
        """Keep the answer to requests that begin so back until `released` is set; `held` is set when it has come."""
        self._hold = request

    def asked(self, request: bytes) -> int:
        """How many requests began so."""
        return sum(head.startswith(request) for head in self.requests)

    def open(self) -> None:
        """Accept connections; before, nobody can connect."""
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> CuttingProxy:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections; nobody can connect any more."""
        self.released.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connected in self._open:
            with suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)
            connected.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self.port))
                self._open += [client, server]
                doomed = threading.Event()
                threading.Thread(target=self._requests, args=(client, server, doomed), daemon=True).start()
                threading.Thread(target=self._answers, args=(client, server, doomed), daemon=True).start()

    def _requests(self, client: socket.socket, server: socket.socket, doomed: threading.Event) -> None:
        with suppress(OSError):
            while data := client.recv(1 << 16):
                if data.split(b" ", 1)[0] in {b"GET", b"POST", b"PUT"}:
                    self.requests.append(data)
                    self._heads[server] = data
                    for request, times in self._cuts.items():
                        if times and data.startswith(request):
                            self._cuts[request] -= 1
                            doomed.set()
                    if refusal := self._refusal(data):
                        client.sendall(refusal)
                        client.shutdown(socket.SHUT_RDWR)
                        server.shutdown(socket.SHUT_RDWR)
                        return
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)

    def _refusal(self, data: bytes) -> bytes | None:
        for request, (answer, times) in self._refusals.items():
            if times and data.startswith(request):
                self._refusals[request] = answer, times - 1
                return answer
        return None

    def _answers(self, client: socket.socket, server: socket.socket, doomed: threading.Event) -> None:
        with suppress(OSError):
            while data := server.recv(1 << 16):
                if doomed.is_set():
                    self.lost += 1
                    break
                # A client that asks whether it may send the body has not sent it yet.
                asked, is_whole = self._heads.get(server, b""), not data.startswith(b"HTTP/1.1 100 ")
                if self._hold and is_whole and asked.startswith(self._hold):
                    self.held.set()
                    self.released.wait()
                if self._header and data.startswith(b"HTTP/1.1 "):
                    data = data.replace(b"\r\n", b"\r\n" + self._header + b"\r\n", 1)
                client.sendall(data)
            client.shutdown(socket.SHUT_RDWR)
            server.shutdown(socket.SHUT_RDWR)
