"""What the tests of the client share: a server, and clients of both kinds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from handler.client import AsyncSpeech, Speech
from handler.protocols import Services
from tests.support.http_server import RunningServer, running
from tests.support.speech_clients import Gate, Pauses, done

Connect = Callable[..., Any]


@pytest.fixture
def server(services: Services) -> Iterator[RunningServer]:
    with running(services) as server:
        yield server


@pytest.fixture
def gate(services: Services) -> Iterator[Gate]:
    gate = Gate(services)
    yield gate
    gate.open()


@pytest.fixture
def gated(gate: Gate) -> Iterator[RunningServer]:
    """A server whose jobs of several chunks wait for `gate`."""
    with running(gate.services) as server:
        yield server
        gate.open()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Pauses:
    return Pauses(monkeypatch)


@pytest.fixture(params=[Speech, AsyncSpeech])
async def connect(request: pytest.FixtureRequest) -> AsyncIterator[Connect]:
    """Makes clients of one kind, which are closed after the test; it runs once for each kind."""
    clients: list[Any] = []

    def make(*args: Any, **options: Any) -> Any:
        clients.append(request.param(*args, **options))
        return clients[-1]

    yield make
    for client in clients:
        await done(client.close)
