"""Both clients in the same test: how a call of either is made, and what they wait for."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable
from typing import Any

import pytest

from handler.client.transport import AsyncTransport, BlockingTransport
from handler.protocols import Services
from tests.support.stub_backends import PATIENCE, Speaker, with_backends


async def done(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What a call of `AsyncSpeech` returns, or of `Speech`, made in a thread of its own."""
    if inspect.iscoroutinefunction(call):
        return await call(*args, **kwargs)
    return await asyncio.to_thread(call, *args, **kwargs)


class Pauses(list[float]):
    """The seconds that a client would wait, one after the other; ``then`` is called instead of waiting."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.then: Callable[[], object] = lambda: None
        monkeypatch.setattr(BlockingTransport, "sleep", self._sleep)
        monkeypatch.setattr(AsyncTransport, "sleep", self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.append(seconds)
        self.then()


class Gate:
    """An engine that speaks one chunk, and the next when it is opened."""

    def __init__(self, services: Services) -> None:
        self._opened = threading.Event()
        self.reached = threading.Event()
        """Set when a job waits for the gate."""
        self.services = with_backends(services, engine=Speaker(services.settings, self._before))

    def open(self) -> None:
        self._opened.set()

    def _before(self, chunk: int) -> None:
        if chunk == 1:
            self.reached.set()
            assert self._opened.wait(PATIENCE)
