"""Server-sent events: how an event is written, and a response that stays open while nothing happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import StreamingResponse

from handler.telemetry import json_text

HEARTBEAT_S = 15.0  # proxies close a connection that is silent for longer, often after 30 or 60 s
UNBUFFERED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Headers of any stream: no proxy keeps it, or waits for more of it (the second is nginx's)."""

HEARTBEAT = b": still here\n\n"  # a comment, which clients skip


def event(data: Any, kind: str | None = None, number: int | None = None) -> bytes:
    """One event with this data as JSON, in one line: no text of a client can begin another field or event.

    ``kind`` is its name (clients take one without for a ``message``), ``number`` the id to resume after.
    """
    lines = [] if number is None else [f"id: {number}"]
    if kind is not None:
        lines.append(f"event: {kind}")
    return "\n".join([*lines, f"data: {json_text(data)}", "", ""]).encode()


class EventStream(StreamingResponse):
    """The response to a request for events; a heartbeat is sent wherever there is none for so many seconds."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncIterator[bytes], *, heartbeat_s: float = HEARTBEAT_S) -> None:
        super().__init__(_with_heartbeats(events, heartbeat_s), headers=UNBUFFERED)


async def _with_heartbeats(events: AsyncIterator[bytes], every_s: float) -> AsyncIterator[bytes]:
    following: asyncio.Future[bytes] | None = None
    try:
        while True:
            following = following or asyncio.ensure_future(anext(events))
            done, _ = await asyncio.wait({following}, timeout=every_s)
            if not done:
                yield HEARTBEAT
                continue
            try:
                piece = following.result()
            except StopAsyncIteration:
                return
            following = None
            yield piece
    finally:
        if following is not None:
            following.cancel()
