"""A server whose answers never end."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

DRIP_S = 0.005
DRIPS_BEFORE_STUCK = 3


class EndlessServer:
    """Answers every connection with ``opening``, then with ``drip`` again and again until it is closed.

    An empty ``drip`` sends nothing more. ``on_stuck`` is called once for each connection, when its client has got the
    opening and waits for an end that does not come. With ``reading`` false the request is never read.
    """

    def __init__(
        self, opening: bytes = b"", drip: bytes = b"", on_stuck: Callable[[], None] = lambda: None, reading: bool = True
    ) -> None:
        self._opening, self._drip, self._on_stuck, self._reading = opening, drip, on_stuck, reading
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._closing.set()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connected, _ = self._listener.accept()
                threading.Thread(target=self._answer, args=(connected,), daemon=True).start()

    def _answer(self, connected: socket.socket) -> None:
        with connected, suppress(OSError):
            if self._reading:
                connected.recv(1 << 16)
            connected.sendall(self._opening)
            drips = 0
            while not self._closing.is_set():
                if drips == DRIPS_BEFORE_STUCK:
                    self._on_stuck()
                drips += 1
                connected.sendall(self._drip)
                self._closing.wait(DRIP_S)


def full_listener() -> tuple[socket.socket, list[socket.socket]]:
    """A listening socket whose queue is full, so that nobody else can connect to it; and the connections in it."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    waiting = []
    for _ in range(4):
        client = socket.socket()
        client.setblocking(False)
        with suppress(BlockingIOError):
            client.connect(listener.getsockname())
        waiting.append(client)
    return listener, waiting
