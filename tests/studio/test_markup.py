"""Markup of others is text: names, scripts, labels and errors show their signs, and the browser runs none of it."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Browser, Page, Route, expect

from handler.http_api.readiness import State
from tests.studio.test_runs import card, start
from tests.support.http_server import RunningServer
from tests.support.studio import Studio, opened

IMAGE = "<img src=x onerror=\"document.title='broken'\">"
MARKUP = f"{IMAGE}<script>document.title='broken'</script><b>bold</b>&amp;"
ELEMENTS = ":is(main, .bar, .toasts, dialog) :is(img, script, b, iframe, object)"

INJECTIONS = {
    "markup": "document.querySelector('main').innerHTML = '<img src=x onerror=\"window.broken = 1\">'",
    "script": "document.body.append(Object.assign(document.createElement('script'), { text: 'window.broken = 1' }))",
    "handler": "const one = document.createElement('button'); one.setAttribute('onclick', 'window.broken = 1');"
    " document.body.append(one); one.click()",
    "address": "const one = Object.assign(document.createElement('a'), { href: 'javascript:window.broken = 1' });"
    " document.body.append(one); one.click()",
    "function": "window.setTimeout('window.broken = 1')",
    "document": "document.body.append(Object.assign(document.createElement('iframe'),"
    " { srcdoc: '<script>parent.broken = 1</script>' }))",
    "other server": "const one = document.createElement('script'); one.src = 'https://example.com/broken.js';"
    " document.body.append(one)",
}
"""Ways to run what a text says, which the policy of the page refuses each."""


def expect_text_alone(page: Page) -> None:
    """Nothing of the markup has become an element, or has run."""
    expect(page.locator(ELEMENTS)).to_have_count(0)
    assert "broken" not in page.title()


def hostile(route: Route) -> None:
    """The server's own answer with markup in place of each of its texts, and in front of each name of a table."""

    def spoilt(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: spoilt(each) for name, each in value.items()}
        if isinstance(value, list):
            return [spoilt(each) for each in value]
        return MARKUP if isinstance(value, str) else value

    answer = route.fetch()
    body = answer.json()
    output = {name: spoilt(value) for name, value in body.get("output", body).items()}
    for table in ("engines", "aligners", "versions", "memory", "free_space"):
        if isinstance(output.get(table), dict):
            output[table] = {f"{IMAGE}{name}": value for name, value in output[table].items()}
    route.fulfill(response=answer, body=json.dumps({**body, "output": output} if "output" in body else output))


def test_jobs_show_markup_as_text(studio: Studio) -> None:
    """A script, a voice, a speaker and a field full of markup are text in the card, its error, its warning and code."""
    page = studio.open("runs")
    start(page, text=f"{MARKUP} and so on.", voice=IMAGE)
    start(page, **{"text": "Field.", IMAGE: 1})
    expect(card(page, "Field.").get_by_role("alert")).to_contain_text(IMAGE)
    expect(card(page, IMAGE).get_by_role("alert")).to_contain_text("voice")
    turns = [{"speaker": IMAGE, "text": "Speaker one."}, {"speaker": "<i>", "text": "Two."}]
    start(page, turns=turns, timing_format="ass", speaker_labels=True, caption_style={"font": IMAGE.replace('"', "")})
    labelled = card(page, "Speaker one.")
    expect(labelled.get_by_text("The job is done, but:")).to_be_visible()
    expect(labelled).to_contain_text("<img src=x")
    expect_text_alone(page)
    labelled.get_by_role("button", name="As code").click()
    expect(page.get_by_role("region", name="curl")).to_contain_text("<img src=x onerror=")
    expect_text_alone(page)
    page.get_by_role("button", name="Close").click()
    start(page, turns=turns)
    for each in card(page, "Speaker one.").all():
        each.get_by_role("button", name="Compare").click()
    page.get_by_role("button", name="Compare 2 runs").click()
    expect(page.get_by_role("region", name="What differs")).to_contain_text("font")
    expect_text_alone(page)


def test_messages_show_markup_as_text(studio: Studio) -> None:
    """The message that a job has ended elsewhere has its title as text."""
    page = studio.open("voices")
    start(page, text=f"{MARKUP} and so on.")
    expect(page.get_by_role("status").filter(has_text=IMAGE)).to_be_visible()
    expect_text_alone(page)


def test_health_shows_markup_as_text(chromium: Browser, server: RunningServer) -> None:
    """A server that answers markup in every field is shown as text, in the state, the engines and the errors."""
    server.api.readiness.set(State.READY, MARKUP)
    server.client.post("/runsync", json={"input": {"text": "Field.", IMAGE: 1}})
    with opened(chromium, server) as studio:
        studio.page.route("**/runsync", hostile)
        studio.page.route("**/v1/options", hostile)
        page = studio.open("health")
        expect(page.get_by_role("heading", name="Engines")).to_be_visible()
        expect(page.locator(".banner")).to_contain_text(IMAGE)
        expect(page.locator("section").filter(has_text="An engine turns")).to_contain_text(IMAGE)
        expect_text_alone(page)


def test_stored_history_shows_markup_as_text(studio: Studio) -> None:
    """What somebody wrote into the browser's storage is text as well."""
    page = studio.open("voices")
    run = {
        "id": '"><img src=x>', "input": {"text": MARKUP}, "title": MARKUP, "endpoint": IMAGE, "created": 0,
        "state": "failed", "error": {"message": MARKUP, "issues": [{"field": IMAGE, "message": MARKUP}]},
    }  # fmt: skip
    page.evaluate("([id, run]) => localStorage.setItem(`studio.run.${id}`, run)", [run["id"], json.dumps(run)])
    page.reload()
    studio.open("runs")
    expect(card(page, IMAGE)).to_contain_text(IMAGE)
    expect_text_alone(page)


def test_policy_refuses_what_is_injected(chromium: Browser, server: RunningServer) -> None:
    """Even where a view had a hole, the browser itself would run nothing that is not a file of the studio."""
    with opened(chromium, server, provoked="Content Security Policy|Trusted") as studio:
        page = studio.open("runs")
        for way, code in INJECTIONS.items():
            with page.expect_console_message(lambda line: "Content Security" in line.text or "Trusted" in line.text):
                page.evaluate(f"() => {{ try {{ {code} }} catch {{ }} }}")
            assert page.evaluate("window.broken") is None, way
