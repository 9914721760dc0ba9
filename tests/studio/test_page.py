"""The studio's frame: it loads under its own policy, small, without a barrier, with a key where one is wanted."""

from __future__ import annotations

import json
import re
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

MAX_BYTES, MAX_SENT_BYTES = 450_000, 180_000
"""Of all files of the studio: as they lie here, and as browsers get them."""
MAX_VIEW_BYTES = 250_000
"""Of what one view loads, before compression."""
KEY = "a-key-of-sixteen-or-more"


def files() -> list[Path]:
    return [path for path in package.FOLDER.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"}]


def test_all_files_are_small(server: RunningServer) -> None:
    """The whole studio is under 450 kB on the disk, and under 180 kB as it is sent to a browser."""
    assert sum(path.stat().st_size for path in files()) < MAX_BYTES
    sent = 0
    for path in files():
        name = path.relative_to(package.FOLDER).as_posix()
        with server.client.stream("GET", "/" if name == "index.html" else f"/studio/{name}") as answer:
            assert answer.headers["content-encoding"] == "gzip"
            sent += sum(len(piece) for piece in answer.iter_raw())
    assert sent < MAX_SENT_BYTES


@pytest.mark.parametrize("view", VIEWS)
def test_view_loads_little(view: str, studio: Studio) -> None:
    """What a view loads is under 250 kB, even uncompressed, and nothing of it comes from elsewhere."""
    loaded: set[str] = set()
    studio.page.on("request", lambda request: loaded.add(request.url.partition("?")[0]))
    studio.open(view).wait_for_load_state("networkidle")
    assert all(url.startswith((studio.server.url, "blob:")) for url in loaded)
    names = [url.partition("/studio/")[2] or "index.html" for url in loaded if url.rpartition("/")[2] != "v1"]
    own = [package.FOLDER / name for name in names if (package.FOLDER / name).is_file()]
    assert len(own) > 5
    assert sum(path.stat().st_size for path in own) < MAX_VIEW_BYTES


def test_page_names_nothing_of_others() -> None:
    """No file of the studio loads anything from another server."""
    for path in files():
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://\w", text), path


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
    locked = running(replace(services, settings=settings))
    with locked as server, opened(chromium, server, provoked="401") as studio:
        page = studio.open("runs")
        page.get_by_role("button", name="API key").click()
        dialog = page.get_by_role("dialog", name="API key")
        dialog.get_by_label("Key of this server").fill(KEY)
        dialog.get_by_role("button", name="Use this key").click()
        expect(dialog).to_be_hidden()
        held = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])")
        assert KEY not in held


def test_page_works_without_storage(studio: Studio) -> None:
    """A browser that refuses its storage to the page shows every view, and speaks."""
    refuse = "Object.defineProperty(window, '{}', {{ get() {{ throw new DOMException('no', 'SecurityError'); }} }})"
    for part in ("localStorage", "sessionStorage"):
        studio.page.add_init_script(refuse.format(part))
    page = studio.open("script")
    page.get_by_label("Script", exact=True).fill("Nothing is kept.")
    page.get_by_role("button", name="Speak", exact=True).click()
    expect(page.locator("run-card").get_by_text("Done", exact=True)).to_be_visible()
    page.get_by_role("button", name="Colours: system").click()
    expect(page.get_by_role("button", name="Colours: light")).to_be_visible()
    for view in VIEWS:
        studio.open(view)


STALE: dict[str, list[object]] = {
    "studio.captions": [{"job": {"cues": []}}, [["job", {"captions": {"cues": 5}, "style": None}]], 7, "{"],
    "studio.runs": [{"a": 1}, [None, 3, {"id": "x"}], "no"],
    "studio.run.odd": [[], {"id": "odd", "state": "wondering"}, {"id": 1, "state": "completed", "title": None}],
    "studio.draft": [[], {"settings": 1, "script": []}, {"settings": {"voice": 3}, "script": {"turns": 1}}],
    "studio.theme": [{}, "toString", 5],
}
FORMER_RUN = {
    "id": "former", "input": {"text": "Long ago"}, "title": "Long ago", "endpoint": "generate", "created": 1,
    "state": "completed", "progress": None, "reply": {"duration": 1}, "error": None,
}  # fmt: skip


@pytest.mark.parametrize("at", range(3))
def test_what_another_version_kept_does_no_harm(at: int, studio: Studio) -> None:
    """Every view is shown over values of other shapes in the browser's storage, which are left out."""
    kept = {name: json.dumps(values[at % len(values)]) for name, values in STALE.items()}
    studio.page.add_init_script(
        f"for (const part of [localStorage, sessionStorage]) Object.assign(part, {json.dumps(kept)})"
    )
    for view in VIEWS:
        studio.open(view)
    expect(studio.page.get_by_role("button", name="Colours: system")).to_be_visible()


def test_runs_of_an_earlier_version_are_kept(studio: Studio) -> None:
    """The list in which the first version kept its runs is read once, and what of it can be read is in the history."""
    page = studio.open("health")
    page.evaluate("runs => localStorage.setItem('studio.runs', JSON.stringify(runs))", [FORMER_RUN, {"id": "broken"}])
    page.reload()
    studio.open("runs")
    expect(page.get_by_role("group", name="Long ago")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('studio.run'))") == [
        "studio.run.former"
    ]


def test_way_back_leads_out_of_a_dialog(studio: Studio) -> None:
    """The browser's way back, which is a phone's for a dialog as well, leaves no dialog over the view before."""
    studio.open("runs")
    page = studio.open("health")
    page.get_by_role("button", name="API key").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.go_back()
    expect(page.locator("main[data-ready=runs]")).to_be_attached()
    expect(page.get_by_role("dialog")).to_have_count(0)


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
