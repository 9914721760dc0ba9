"""Server-sent events: what an event looks like on the wire, and what is sent while nothing happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from handler.http_api import sse


def test_event_has_its_name_and_number() -> None:
    """An event has an id to resume after, a name, and its data as JSON."""
    assert sse.event({"done": 1}, "progress", 7) == b'id: 7\nevent: progress\ndata: {"done": 1}\n\n'
    assert sse.event([]) == b"data: []\n\n"


def test_text_cannot_leave_its_line() -> None:
    """No text ends a line, whatever a client takes for the end of one, nor breaks the encoding."""
    text = "a\nb\rc\r\nd\u2028e\u0085f\ud800g"
    [line, *rest] = sse.event(text, "words").decode().removeprefix("event: words\n").splitlines()
    assert line == r'data: "a\nb\rc\r\nd\u2028e\u0085f\ud800g"'
    assert rest == [""]


async def test_silence_is_filled_with_heartbeats() -> None:
    """Comments are sent while there is no event, and none of the events is lost to them."""
    go_on = asyncio.Event()

    async def events() -> AsyncIterator[bytes]:
        yield sse.event(1)
        await go_on.wait()
        yield sse.event(2)

    sent = []
    async for piece in sse.EventStream(events(), heartbeat_s=0.001).body_iterator:
        sent.append(piece)
        if sent.count(sse.HEARTBEAT) == 3:
            go_on.set()
    assert [piece for piece in sent if piece != sse.HEARTBEAT] == [sse.event(1), sse.event(2)]
    assert sent.index(sse.HEARTBEAT) == 1


async def test_source_ends_with_the_response() -> None:
    """A response that a client has left closes what its events come from."""
    closed = asyncio.Event()

    async def events() -> AsyncIterator[bytes]:
        try:
            yield sse.event(1)
            await asyncio.Event().wait()
        finally:
            closed.set()

    stream = aiter(sse.EventStream(events(), heartbeat_s=0.001).body_iterator)
    assert [await anext(stream) for _ in range(2)] == [sse.event(1), sse.HEARTBEAT]
    await stream.aclose()  # type: ignore[attr-defined]
    await closed.wait()
