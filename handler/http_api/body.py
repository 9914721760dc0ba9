"""The limits of a request's body: its size, and how slowly it may come."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import Message, Receive

from handler.http_api.errors import Refused

GRACE_S = 10.0  # time that a body of any size has
MIN_BYTES_PER_S = 1000  # in the mean, beyond that


class LimitedBody:
    """A request's body on its way to the application. ``refused`` is set by what breaks a limit."""

    def __init__(self, receive: Receive, max_bytes: int) -> None:
        self._receive = receive
        self._max_bytes = max_bytes
        self._bytes = 0
        self._waited_s = 0.0
        self._ended = False
        self.refused: Refused | None = None

    def check_length(self, headers: Headers) -> None:
        """Raise Refused for a body that says itself that it is too long."""
        length = headers.get("content-length", "")
        if length.isascii() and length.isdecimal() and int(length[:20]) > self._max_bytes:
            raise self._too_large()

    async def receive(self) -> Message:
        """The next piece of the body, then what the server says of the client. Raises Refused, which stays."""
        if self._ended:
            return await self._receive()
        if self.refused:
            raise self.refused
        message = await self._next()
        self._bytes += len(message.get("body", b""))
        self._ended = not message.get("more_body", False)
        if self._bytes > self._max_bytes:
            self.refused = self._too_large()
            raise self.refused
        return message

    async def _next(self) -> Message:
        """Only the time in which the application waits for the client counts."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(GRACE_S + self._bytes / MIN_BYTES_PER_S - self._waited_s):
                return await self._receive()
        except TimeoutError:
            self.refused = Refused.of("request_timeout", "the body came too slowly; send the request again")
            raise self.refused from None
        finally:
            self._waited_s += loop.time() - started

    def _too_large(self) -> Refused:
        return Refused.of("too_large", f"the body has more than {self._max_bytes} bytes; send a smaller one")
