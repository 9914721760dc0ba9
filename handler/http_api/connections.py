"""Connections that uvicorn would hold for ever: of clients that send no request, or do not read their answer."""

from __future__ import annotations

import asyncio
import logging
import resource
import socket
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

logger = logging.getLogger(__name__)

MAX_CONNECTIONS = min(1000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)
"""Fewer where the process may open few files: jobs need some, too."""

REQUEST_TIMEOUT_S = 15.0
"""From a connection's start, or the end of an answer, to the end of the next request's headers."""

STALLED_TIMEOUT_S = 60.0
"""How long a client may leave its answer unread. Reading slowly is enough: 48 kB in this time."""

STOP_TIMEOUT_S = 30  # for the last bytes of answers, once all jobs have ended

_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_FULL = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class GuardedProtocol(H11Protocol):
    """A connection with time limits. It is h11's, in every environment alike: that bounds the headers to 64 kB."""

    max_connections = MAX_CONNECTIONS
    request_timeout_s = REQUEST_TIMEOUT_S
    stalled_timeout_s = STALLED_TIMEOUT_S

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._deadline: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._closing: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # asyncio does it only for sockets that were made with IPPROTO_TCP. Without it an answer, whose head and body
        # are two writes, waits 40 ms for the client's delayed acknowledgement.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if len(self.connections) > self.max_connections:
            logger.warning("refused a connection: there are %d already", self.max_connections)
            transport.write(_FULL)
            self._close()
            return
        self._expect_request()

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._deadline, self._stalled, self._closing):
            _cancel(timer)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_answering():
            self._deadline = _cancel(self._deadline)
        elif self._deadline is None:
            self._expect_request()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._is_answering():
            # What is still to come of a body that nobody wanted is thrown away; it may not last for ever either.
            self._expect_request()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._stalled is None:
            self._stalled = self.loop.call_later(self.stalled_timeout_s, self._abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stalled = _cancel(self._stalled)

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _expect_request(self) -> None:
        _cancel(self._deadline)
        self._deadline = self.loop.call_later(self.request_timeout_s, self._give_up)

    def _give_up(self) -> None:
        if self.cycle is None and not self.transport.is_closing():
            self.transport.write(_TOO_SLOW)
        self._close()

    def _close(self) -> None:
        """Close the connection once its answer is read, but not much later."""
        self.transport.close()
        self._closing = self._closing or self.loop.call_later(self.stalled_timeout_s, self._abort)

    def _abort(self) -> None:
        """Drop the connection with what is unread; uvicorn tells the application, which cancels the job."""
        logger.info("a client does not read its answer: the connection is cut")
        self.transport.abort()


def _cancel(timer: asyncio.TimerHandle | None) -> asyncio.TimerHandle | None:
    """Stop a timer; returns None, for its place."""
    if timer is not None:
        timer.cancel()
    return None


UVICORN: dict[str, Any] = {
    "http": GuardedProtocol,
    "ws": "none",
    "lifespan": "off",
    "log_config": None,
    "log_level": "warning",
    "access_log": False,
    "server_header": False,
    "timeout_graceful_shutdown": STOP_TIMEOUT_S,
}
"""How uvicorn serves: without logs of its own (the access log is ours), and with connections that end."""
