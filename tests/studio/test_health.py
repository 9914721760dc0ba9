"""The view Health: how the worker is, in plain words, looked at again while it is shown."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from handler.http_api.readiness import State
from handler.protocols import Services
from tests.support.http_server import RunningServer, running
from tests.support.studio import Studio, opened

EVERY_MS = 5000


def part(page: Page, title: str) -> Locator:
    """The card with this heading."""
    return page.locator("health-view section").filter(has=page.get_by_role("heading", name=title, exact=True))


def fact(card: Locator, term: str) -> Locator:
    """What a card says of a term."""
    return card.locator(f"dt:text-is('{term}') + dd")


def look_later(page: Page) -> None:
    """Let the time pass after which the view looks again."""
    page.clock.run_for(EVERY_MS)


def test_worker_is_shown_in_plain_words(studio: Studio) -> None:
    """State, engines, aligners with the reason why not, jobs, machine and versions are there, without a barrier."""
    studio.server.client.post("/runsync", json={"input": {"text": "Warm."}})
    page = studio.open("health")
    expect(page.get_by_text("The worker takes jobs.")).to_be_visible()
    expect(part(page, "Engines")).to_contain_text("espeak")
    expect(part(page, "Engines")).to_contain_text("In memory")
    expect(part(page, "Engines")).to_contain_text("on the processor (CPU)")
    google = part(page, "Aligners").get_by_role("listitem").filter(has_text="google")
    expect(google).to_contain_text("Not usable")
    expect(google).to_contain_text("There are no Google credentials; set GOOGLE_CREDENTIALS_JSON")
    expect(part(page, "Machine")).to_contain_text(re.compile(r"Free disk for work in progress[\d.]+ [GT]B"))
    expect(fact(part(page, "Machine"), "Memory of the machine")).to_contain_text(re.compile(r"GB free of [\d.]+ GB"))
    expect(fact(part(page, "Jobs"), "Waiting")).to_contain_text("0 of at most")
    expect(fact(part(page, "What it offers"), "Captions as")).to_contain_text("srt, vtt")
    expect(part(page, "Versions")).to_contain_text("python")
    assert studio.barriers() == []


def test_view_looks_again_while_it_is_shown(studio: Studio) -> None:
    """What changes on the worker is shown after a while, not while the page is hidden, and at once when it is back."""
    page = studio.page
    page.clock.install()
    studio.open("health")
    expect(fact(part(page, "Jobs"), "Failed")).to_have_text("0")
    refused = {"input": {"text": "Too fast.", "speed": 9}}
    studio.server.client.post("/runsync", json=refused)
    look_later(page)
    expect(fact(part(page, "Jobs"), "Failed")).to_have_text("1")
    expect(part(page, "Last errors")).to_contain_text("Speed: must be at most 3.")
    expect(part(page, "Last errors")).to_contain_text("Correct the field that the sentence names")
    hide(page, "hidden")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    studio.server.client.post("/runsync", json=refused)
    look_later(page)
    look_later(page)
    assert asked == []
    hide(page, "visible")
    expect(fact(part(page, "Jobs"), "Failed")).to_have_text("2")


def hide(page: Page, state: str) -> None:
    """Hide or show the page, as another tab in front of it does."""
    page.evaluate(
        """state => {
          Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )


@pytest.mark.parametrize(
    ("state", "word", "meaning"),
    [
        (State.STARTING, "Starting", "Jobs are queued"),
        (State.FAILED, "Failed", "It takes no jobs."),
        (State.STOPPING, "Stopping", "takes no new jobs"),
    ],
)
def test_state_is_told_with_its_reason(
    state: State, word: str, meaning: str, chromium: Browser, server: RunningServer
) -> None:
    """A worker that starts, stops or has failed says so, with what that means and the reason."""
    server.api.readiness.set(state, "the model cannot be loaded")
    with opened(chromium, server, provoked="503") as studio:
        page = studio.open("health")
        banner = page.locator(".banner")
        expect(banner.get_by_text(word, exact=True)).to_be_visible()
        expect(banner).to_contain_text(meaning)
        expect(banner).to_contain_text("The model cannot be loaded.")
        expect(part(page, "Engines")).to_contain_text("espeak")
        expect(page.get_by_role("alert")).to_have_count(0)
        assert studio.barriers() == []


def test_silent_server_is_told_and_comes_back(chromium: Browser, services: Services) -> None:
    """A server that does not answer is an alert, said once, and goes away when it answers again."""
    with running(services) as server, opened(chromium, server, provoked="ERR_|502") as studio:
        page = studio.page
        page.clock.install()
        studio.open("health")
        expect(page.get_by_text("Looked at")).to_be_visible()
        page.context.set_offline(True)
        look_later(page)
        expect(page.get_by_role("alert")).to_contain_text("The server does not answer; is it running?")
        expect(page.locator(".banner")).to_contain_text("No answer")
        assert studio.barriers() == []
        page.context.set_offline(False)
        page.get_by_role("alert").get_by_role("button", name="Try again").click()
        expect(page.get_by_role("alert")).to_have_count(0)
        expect(page.get_by_text("The worker takes jobs.")).to_be_visible()
