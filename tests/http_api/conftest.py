"""What the tests of the HTTP server share: a worker with espeak behind a real socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from handler.protocols import Services
from tests.support.http_server import RunningServer, running


@pytest.fixture
def server(services: Services) -> Iterator[RunningServer]:
    """A server whose worker is ready; it speaks with espeak and keeps files in a folder."""
    with running(services) as server:
        yield server


@pytest.fixture
def held(services: Services) -> Iterator[RunningServer]:
    """A server whose worker still starts: jobs wait until the test calls ``start``."""
    with running(services, ready=False) as server:
        yield server
