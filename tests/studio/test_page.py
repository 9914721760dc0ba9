"""The studio's frame: it loads under its own policy, small, without a barrier, with a key where one is wanted."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from pydantic import SecretStr

from handler import studio as package
from handler.protocols import Services
from tests.support.http_server import RunningServer, running
from tests.support.studio import DESKTOP, PHONE, VIEWS, Studio, opened

MAX_BYTES = 250_000
KEY = "a-key-of-sixteen-or-more"


def files() -> list[Path]:
    return [path for path in package.FOLDER.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"}]


def test_page_is_small() -> None:
    """All files of the studio together are under 250 kB as they are sent."""
    assert sum(path.stat().st_size for path in files()) < MAX_BYTES


def test_page_names_nothing_of_others() -> None:
    """No file of the studio loads anything from another server."""
    for path in files():
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "https://" not in text, path
        assert "http://" not in text, path


def test_files_have_a_strict_policy(server: RunningServer) -> None:
    """The page may run its own scripts alone, and no text becomes markup."""
    for path in ("/", "/studio/js/app.js", "/studio/css/base.css"):
        answer = server.client.get(path)
        policy = answer.headers["content-security-policy"]
        assert answer.status_code == 200
        assert "default-src 'none'; script-src 'self';" in policy
        assert "require-trusted-types-for 'script'" in policy
        assert "unsafe" not in policy
        again = server.client.get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304


@pytest.mark.parametrize(
    "path", ["__init__.py", "css/../__init__.py", "js/%2e%2e/__init__.py", "css", "js/none.js", ""]
)
def test_only_the_pages_files_are_served(path: str, server: RunningServer) -> None:
    """What lies beside the page's files is not served."""
    assert server.client.get(f"/studio/{path}").status_code in {404, 405}


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_views_have_no_barrier(colours: Any, size: tuple[int, int], chromium: Browser, server: RunningServer) -> None:
    """axe-core finds nothing on any empty view, in light and dark, on a desktop and a phone; none scrolls sideways."""
    with opened(chromium, server, size=size, color_scheme=colours) as studio:
        for view in VIEWS:
            page = studio.open(view)
            assert studio.barriers() == [], view
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view


def test_key_is_kept_in_memory(chromium: Browser, services: Services) -> None:
    """The key that a user gives to the page is in no storage of the browser."""
    settings = services.settings.model_copy(update={"api_keys": SecretStr(f"me:{KEY}")})
    with running(replace(services, settings=settings)) as server, opened(chromium, server) as studio:
        page = studio.open("runs")
        page.get_by_role("button", name="API key").click()
        dialog = page.get_by_role("dialog", name="API key")
        dialog.get_by_label("Key of this server").fill(KEY)
        dialog.get_by_role("button", name="Use this key").click()
        expect(dialog).to_be_hidden()
        held = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])")
        assert KEY not in held


def test_keyboard_reaches_every_view(studio: Studio) -> None:
    """Tab goes to the skip link, then to each view; Enter opens it and moves the focus to the content."""
    page = studio.open("script")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    for view in VIEWS:
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name=view.capitalize())).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    expect(page.get_by_role("heading", level=1)).to_have_text("Health")


def test_compressed_page_is_light() -> None:
    """A proxy that compresses sends under 80 kB."""
    assert sum(len(gzip.compress(path.read_bytes())) for path in files()) < 80_000
