"""Progress of a job: once each, never after its result or its cancellation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from handler.sdk import posting
from handler.sdk.pauses import Pauses, retry_after_s
from handler.sdk.posting import Answer, ProgressRelay


class Posts:
    """What was posted; the answer to each waits until `answer` is set."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.came = asyncio.Event()
        self.answer = asyncio.Event()

    async def __call__(self, _: Any, __: str, data: dict[str, Any]) -> Answer:
        self.begun.append(data["output"]["done"])
        self.came.set()
        await self.answer.wait()
        self.ended.append(data["output"]["done"])
        return Answer(200, None, "")


@pytest.fixture
def posts(monkeypatch: pytest.MonkeyPatch) -> Posts:
    posts = Posts()
    monkeypatch.setenv("RUNPOD_WEBHOOK_POST_OUTPUT", "http://127.0.0.1:9/")
    monkeypatch.setattr(posting, "post", posts)
    return posts


async def a_relay_that_posts(posts: Posts) -> ProgressRelay:
    """A relay with one post under way and another that waits for it."""
    relay = ProgressRelay({"id": "j"})
    relay.notify({"done": 1})
    await posts.came.wait()
    relay.notify({"done": 2})
    return relay


async def settled(relay: ProgressRelay) -> None:
    """Everything that the relay has been told was handled."""
    relay.notify({"done": 9})
    posted: asyncio.Event = asyncio.Event()
    asyncio.get_running_loop().call_soon(posted.set)
    await posted.wait()
    if relay._sender is not None:
        await asyncio.wait({relay._sender}, timeout=30)


async def test_nothing_is_posted_after_a_cancellation(posts: Posts) -> None:
    """A cancelled job's post is broken off, and what its thread still reports is dropped."""
    relay = await a_relay_that_posts(posts)
    relay.stop()
    posts.answer.set()
    await settled(relay)
    assert (posts.begun, posts.ended) == ([1], [])


async def test_nothing_is_posted_after_the_result(posts: Posts) -> None:
    """The post under way arrives before the result; what waits behind it is dropped, as is all that comes later."""
    relay = await a_relay_that_posts(posts)
    closing = asyncio.create_task(relay.close())
    posts.answer.set()
    await closing
    await settled(relay)
    assert (posts.begun, posts.ended) == ([1], [1])


async def test_newest_progress_is_posted(posts: Posts) -> None:
    """Of what comes while a post is under way only the newest is posted."""
    relay = await a_relay_that_posts(posts)
    relay.notify({"done": 3})
    asyncio.get_running_loop().call_soon(posts.answer.set)
    await posts.answer.wait()
    assert relay._sender is not None
    await relay._sender
    assert posts.begun == [1, 3]


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        ("7", lambda seconds: seconds == 7),
        ("Wed, 21 Oct 2015 07:28:00 GMT", lambda seconds: seconds == 0),
        ("soon", lambda seconds: seconds is None),
        ("", lambda seconds: seconds is None),
        (None, lambda seconds: seconds is None),
    ],
)
def test_retry_after_is_read(value: str | None, holds: Callable[[float | None], bool]) -> None:
    """Seconds and dates are understood; anything else is as if it were not there."""
    assert holds(retry_after_s(value))


def test_pauses_grow_to_their_limit() -> None:
    """Each pause is about twice the one before, within the limit; what the other side asks for is heard up to it."""
    pauses = Pauses(0.5, 30.0)
    made = [pauses.next_s() for _ in range(10)]
    assert all(0.25 * 2**at <= pause <= 0.5 * 2**at for at, pause in enumerate(made[:6]))
    assert all(15 <= pause <= 30 for pause in made[7:])
    assert pauses.next_s(3600) == 30
    pauses.reset()
    assert pauses.next_s() <= 0.5
    assert pauses.next_s(5) == 5
