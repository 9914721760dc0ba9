"""One browser for all tests of a process, and a server and a page for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from handler.protocols import Services
from tests.support import studio as pages
from tests.support.chromium import program
from tests.support.http_server import RunningServer, running
from tests.support.studio import Studio


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A browser for the tests of this folder, and no longer: while Playwright runs, no other loop of asyncio can."""
    if program() is None:
        pytest.skip("there is no Chromium here; apt-get install chromium")
    with pages.browser() as browser:
        yield browser


@pytest.fixture
def server(services: Services) -> Iterator[RunningServer]:
    with running(services) as server:
        yield server


@pytest.fixture
def studio(chromium: Browser, server: RunningServer) -> Iterator[Studio]:
    """The studio on a desktop, over a worker with espeak and an empty store; an error of the page fails the test."""
    with pages.opened(chromium, server) as studio:
        yield studio
