"""The key of a locked server, from the first request to a wrong one, a right one, and none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import APIResponse, Browser, Page, Route, expect
from pydantic import SecretStr

from handler.protocols import Services
from tests.studio.test_runs import card, start
from tests.support.http_server import RunningServer, running
from tests.support.studio import Studio, opened

KEY = "a-key-of-sixteen-or-more"


@pytest.fixture
def locked(services: Services) -> Iterator[RunningServer]:
    settings = services.settings.model_copy(update={"api_keys": SecretStr(f"me:{KEY}")})
    with running(replace(services, settings=settings)) as server:
        yield server


@pytest.fixture
def studio(chromium: Browser, locked: RunningServer) -> Iterator[Studio]:
    with opened(chromium, locked, provoked="401") as studio:
        yield studio


def give_key(page: Page) -> None:
    """Give the key before it is asked for."""
    page.get_by_role("button", name="API key").click()
    page.get_by_label("Key of this server").fill(KEY)
    page.get_by_role("button", name="Use this key").click()


def test_key_is_asked_for_until_it_is_right(studio: Studio) -> None:
    """The first request asks for the key; a wrong one is said to be wrong; with the right one the view goes on."""
    page = studio.open("health")
    dialog = page.get_by_role("dialog", name="API key")
    key = dialog.get_by_label("Key of this server")
    expect(key).to_be_focused()
    assert studio.barriers() == []
    key.fill("not-one-of-its-keys")
    key.press("Enter")
    expect(dialog).to_contain_text("The server does not know this key.")
    assert studio.barriers() == []
    key.fill(KEY)
    dialog.get_by_role("button", name="Use this key").click()
    expect(page.get_by_text("The worker takes jobs.")).to_be_visible()
    expect(dialog).to_have_count(0)


def test_without_a_key_there_is_a_way_out(studio: Studio) -> None:
    """Who gives no key reads what is missing, is not asked again by itself, and can give one later."""
    page = studio.open("health")
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("This server wants a key: ask who runs it")
    assert studio.barriers() == []
    alert.get_by_role("button", name="Give a key").click()
    page.get_by_label("Key of this server").fill(KEY)
    page.get_by_role("button", name="Use this key").click()
    expect(page.get_by_text("The worker takes jobs.")).to_be_visible()
    expect(alert).to_have_count(0)


def test_request_on_its_way_is_sent_again_with_the_key(studio: Studio) -> None:
    """A request that was refused while the key was given does not ask for it a second time."""
    page = studio.open("runs")
    refused: list[tuple[Route, APIResponse]] = []
    page.route("**/v1/jobs", lambda route: refused.append((route, route.fetch())), times=1)
    with page.expect_request("**/v1/jobs"):
        page.evaluate("input => void document.querySelector('main > *').studio.runs.start(input)", {"text": "Late."})
    give_key(page)
    [(route, response)] = refused
    assert response.status == 401
    route.fulfill(response=response)
    expect(card(page, "Late.").get_by_text("Done", exact=True)).to_be_visible()


def test_locked_history_is_followed_once_there_is_a_key(studio: Studio) -> None:
    """A page that lost its key does not lose a job that ran: it follows it when the key is given."""
    page = studio.open("runs")
    give_key(page)
    start(page, text="Still there.")
    expect(card(page, "Still there.").get_by_text("Done", exact=True)).to_be_visible()
    page.evaluate(
        """() => {
          const [name] = Object.keys(localStorage).filter((one) => one.startsWith("studio.run."));
          const run = JSON.parse(localStorage.getItem(name));
          localStorage.setItem(name, JSON.stringify({ ...run, state: "running", reply: null }));
        }"""
    )
    page.reload()
    page.get_by_role("dialog", name="API key").get_by_role("button", name="Cancel").click()
    expect(card(page, "Still there.").get_by_text("Running", exact=True)).to_be_visible()
    give_key(page)
    expect(card(page, "Still there.").get_by_text("Done", exact=True)).to_be_visible()
