"""A proxy before a bucket's service, which has trouble when it is told to: it refuses, slows and cuts."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

PIECE_BYTES = 1 << 16
SLOW_S = 0.02
"""Time that each piece of `SLOW_BYTES` takes while the bucket is slow: 400 kB a second."""
SLOW_BYTES = 1 << 13

TROUBLES = ("refused", "busy", "broken", "slow", "cut")
"""``refused``: nobody listens. ``busy``: each request is answered 503, ``broken``: 500. ``slow`` and ``cut`` pass
requests on: the answer to one that is cut is lost, whatever the bucket did."""

_ANSWERS = {"busy": ("503 Service Unavailable", "SlowDown"), "broken": ("500 Internal Server Error", "InternalError")}
_REQUEST = re.compile(rb"(GET|PUT|POST|HEAD|DELETE) ")


class TroubledBucket:
    """Passes connections on to a port of this machine. Use as a context manager; `trouble` is one of TROUBLES."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.trouble: str | None = None
        self.counts: Counter[str] = Counter()
        """How many connections or requests met each trouble."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="bucket", daemon=True)
        self._listener: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._socket = _bound()
        self.port = self._socket.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> TroubledBucket:
        self._thread.start()
        self._wait(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._wait(self._shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()

    def begin(self, trouble: str) -> None:
        """Have a trouble from now on."""
        self.trouble = trouble
        if trouble == "refused":
            self.counts[trouble] += 1
            self._wait(self._shut())

    def end(self) -> None:
        """Have none any more."""
        was, self.trouble = self.trouble, None
        if was == "refused":
            self._socket = _bound(self.port)
            self._wait(self._listen())

    def _wait(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _listen(self) -> None:
        self._listener = await asyncio.start_server(self._connected, sock=self._socket, limit=PIECE_BYTES)

    async def _shut(self) -> None:
        if self._listener:
            self._listener.close()
            self._listener = None
        for writer in tuple(self._writers):
            writer.transport.abort()
        connections = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self._to)
                self._writers.add(to_writer)
                try:
                    passing = self._requests(reader, to_writer, writer), self._answers(to_reader, writer)
                    tasks = [*map(asyncio.ensure_future, passing)]
                    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                    for task in tasks:
                        task.cancel()
                    await asyncio.gather(*tasks, return_exceptions=True)
                finally:
                    self._writers.discard(to_writer)
                    to_writer.close()
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _requests(
        self, reader: asyncio.StreamReader, to: asyncio.StreamWriter, client: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while piece := await reader.read(PIECE_BYTES):
                if self.trouble in _ANSWERS and _REQUEST.match(piece):
                    await self._answer(self.trouble, client)
                    return
                await self._send(piece, to)

    async def _answers(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(PIECE_BYTES):
                if self.trouble == "cut":
                    self.counts["cut"] += 1
                    client.transport.abort()
                    return
                await self._send(piece, client)

    async def _answer(self, trouble: str, client: asyncio.StreamWriter) -> None:
        self.counts[trouble] += 1
        status, code = _ANSWERS[trouble]
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>told to</Message></Error>"
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n"
        client.write(f"{head}Connection: close\r\n\r\n{body}".encode())
        await client.drain()

    async def _send(self, piece: bytes, to: asyncio.StreamWriter) -> None:
        if self.trouble == "slow":
            self.counts["slow"] += 1
            for start in range(0, len(piece), SLOW_BYTES):
                to.write(piece[start : start + SLOW_BYTES])
                await to.drain()
                await asyncio.sleep(SLOW_S)
        else:
            to.write(piece)
            await to.drain()


def _bound(port: int = 0) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound
