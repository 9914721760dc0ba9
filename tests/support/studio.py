"""The studio in a headless Chromium, driven by Playwright."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, expect, sync_playwright

from tests.support.chromium import program
from tests.support.http_server import RunningServer

PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)
FLAGS = [
    # It runs as root where tests run in containers, and shows nothing but our own page.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--mute-audio",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]
VIEWS = ("script", "voices", "captions", "align", "runs", "health")
PHONE, DESKTOP = (390, 844), (1280, 900)


@contextmanager
def browser(*further: str) -> Iterator[Browser]:
    """A Chromium of this machine with a fake microphone; ``further`` are flags, such as its recording."""
    with sync_playwright() as playwright, another(playwright.chromium, *further) as chromium:
        yield chromium


@contextmanager
def another(kind: BrowserType, *further: str) -> Iterator[Browser]:
    """A browser beside one that runs, whose ``browser_type`` is ``kind``."""
    chromium = kind.launch(executable_path=program(), args=[*FLAGS, *further])
    try:
        yield chromium
    finally:
        chromium.close()


@dataclass
class Studio:
    """The page of a running server. ``problems`` has what the console and the page reported as errors."""

    page: Page
    server: RunningServer
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", lambda line: self.problems.append(line.text) if line.type == "error" else None)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))

    def open(self, view: str, query: str = "") -> Page:
        """Show a view, once it is there."""
        self.page.goto(f"{self.server.url}/#/{view}{query}")
        expect(self.page.locator(f"main[data-ready={view}]")).to_be_attached()
        return self.page

    def barriers(self) -> list[str]:
        """What axe-core finds on the page as it is shown now: the rule and the elements of each."""
        # In an isolated world: the page's own policy lets no script of others run.
        self.page.evaluate(_axe())
        options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
        found: dict[str, Any] = self.page.evaluate("options => axe.run(document, options)", options)
        return [
            f"{one['id']} ({one['help']}): {' '.join(' '.join(node['html'].split())[:200] for node in one['nodes'])}"
            for one in found["violations"]
        ]


@contextmanager
def opened(chromium: Browser, server: RunningServer, *, provoked: str = "", **options: Any) -> Iterator[Studio]:
    """The studio in a context of its own; ``options`` are Playwright's. Fails if the page reported an error.

    ``provoked`` is a regular expression of errors that the test means to have, such as a browser's line on a 401.
    """
    width, height = options.pop("size", DESKTOP)
    context: BrowserContext = chromium.new_context(
        viewport={"width": width, "height": height}, permissions=["microphone"], **options
    )
    try:
        studio = Studio(context.new_page(), server)
        yield studio
        problems = [line for line in studio.problems if not (provoked and re.search(provoked, line))]
        assert problems == [], json.dumps(problems, indent=1)
    finally:
        context.close()


@cache
def _axe() -> str:
    return resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
