"""A request whose client waits for the answer, for tests of what is behind the routes."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request


def waiting_request() -> Request:
    """A request that has been read, and whose client does not hang up."""

    async def receive() -> Any:
        await asyncio.Event().wait()

    return Request({"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}, receive)
