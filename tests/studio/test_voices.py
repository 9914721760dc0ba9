"""The view Voices: the list with samples, its search, deleting with undo, and the control that chooses a voice."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from handler.backends import Backend, Pool
from handler.protocols import Services, Store
from handler.voices.registry import Consent
from tests.support import stored_voices
from tests.support.http_server import running
from tests.support.studio import PHONE, Studio, opened
from tests.support.voice_recordings import Cloner

MARKUP = "<img src=x onerror=alert(1)>"
PATIENCE_S = 20.0


@pytest.fixture
def voices(services: Services) -> Store:
    """Three voices: one with all that can be known of it, one with markup wherever a text can be, one by hand."""
    consent = Consent("Anna Berg", "2026-11-28", statement="Everyone may speak in my voice.")
    store = services.store
    stored_voices.put(store, "anna", description="For long stories", tags=("calm",), license="CC0", consent=consent)
    stored_voices.put(
        store, "bob", text=MARKUP, description=MARKUP, tags=(MARKUP,), license=MARKUP, language="de",
        consent=Consent(MARKUP, MARKUP, MARKUP, MARKUP),
    )  # fmt: skip
    stored_voices.put_by_hand(store, "con..d_-", b"not a wav")
    stored_voices.put_by_hand(store, MARKUP, b"not a wav")
    return store


def expect_shown(page: Page, names: list[str]) -> None:
    """The names of the voices on the page are these, once it has drawn them."""
    expect(page.get_by_role("listitem").get_by_role("heading", level=2)).to_have_text(names)


def sent(page: Page, endpoint: str) -> Callable[[Request], bool]:
    """Whether a request is a job of an endpoint, for ``expect_request``."""
    return lambda request: (
        request.method == "POST" and (request.post_data_json or {}).get("input", {}).get("endpoint") == endpoint
    )


def is_gone(store: Store, name: str) -> bool:
    """Whether a voice is deleted, which a page that was left cannot tell."""
    deadline = time.monotonic() + PATIENCE_S
    while (still := store.head(f"voices/{name}.wav")) and time.monotonic() < deadline:
        time.sleep(0.02)
    return still is None


def test_text_of_voices_is_text(voices: Store, studio: Studio) -> None:
    """Markup in whatever a voice says of itself is shown as it is written, and a file with an odd name is no voice."""
    page = studio.open("voices")
    expect(page.get_by_text("3 voices")).to_be_visible()
    expect_shown(page, ["anna", "bob", "con..d_-"])
    for name in ("anna", "bob", "con..d_-"):
        page.get_by_role("button", name=f"Details of {name}").click()
    bob = page.get_by_role("listitem").filter(has_text="Name in a jobbob")
    assert bob.inner_text().count(MARKUP) >= 6
    expect(page.get_by_label("Tag")).to_contain_text(MARKUP)
    assert page.locator("img").count() == 0
    anna = page.get_by_role("listitem").filter(has_text="Name in a jobanna")
    for text in ("For long stories", "calm", "CC0", "mother nature", "Anna Berg, 2026-11-28", "Everyone may"):
        expect(anna).to_contain_text(text)
    assert studio.barriers() == []


def test_voices_are_found(voices: Store, studio: Studio) -> None:
    """The search looks at all that is said of a voice, and each filter offers what there is."""
    page = studio.open("voices")
    expect(page.get_by_text("3 voices")).to_be_visible()
    for words, names in (("STORIES calm", ["anna"]), ("german", ["bob"]), ("con.", ["con..d_-"]), ("nobody", [])):
        page.get_by_label("Search").fill(words)
        expect_shown(page, names)
    expect(page.get_by_text("No voice is like that")).to_be_visible()
    page.get_by_label("Search").fill("")
    for field, option, names in (
        ("Language", "English (1)", ["anna"]),
        ("Tag", "calm (1)", ["anna"]),
        ("Kind", "Built in", []),
    ):
        page.get_by_label(field).select_option(option)
        expect_shown(page, names)
        page.get_by_label(field).select_option(index=0)
    expect(page.get_by_role("listitem")).to_have_count(3)


def test_thousands_of_voices(environ: dict[str, str], studio: Studio) -> None:
    """All pages of the list are read and searched, forty are shown, and the focus goes on at the next forty."""
    folder = Path(environ["LOCAL_STORE"], "voices")
    folder.mkdir(parents=True)
    for number in range(1200):
        # Not by the store, which waits for the disk each time.
        (folder / f"voice-{number:04}.wav").touch()
    page = studio.open("voices")
    expect(page.get_by_text("1,200 voices")).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_count(40)
    page.get_by_role("button", name="Show 40 more").press("Enter")
    expect(page.get_by_role("listitem")).to_have_count(80)
    expect(page.get_by_role("button", name="Play a sample of voice-0040")).to_be_focused()
    page.get_by_label("Search").fill("1199")
    expect_shown(page, ["voice-1199"])


def test_sample_is_the_recording(voices: Store, studio: Studio) -> None:
    """A voice of the bucket plays its recording, which is fetched once; a broken one says that it cannot be heard."""
    page = studio.open("voices")
    with page.expect_request("**/v1/voices/anna/preview"):
        page.get_by_role("button", name="Play a sample of anna").click()
    page.get_by_role("button", name="Stop the sample of anna").click()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name="Play a sample of anna").click()
    expect(page.get_by_role("button", name="Stop the sample of anna")).to_be_visible()
    page.get_by_role("button", name="Play a sample of con..d_-").click()
    expect(page.get_by_role("button", name="Play a sample of anna")).to_be_visible()
    expect(page.get_by_role("region", name="Messages")).to_contain_text("con..d_- cannot be heard")
    assert [url for url in asked if "anna" in url] == []


class TestBuiltin:
    """An engine's own voices, of piper."""

    @pytest.fixture
    def environ(self, environ: dict[str, str]) -> dict[str, str]:
        return environ | {"TTS_ENGINE": "piper"}

    def test_sample_is_spoken(self, studio: Studio) -> None:
        """An engine's own voice speaks a sentence, once; then it can be tried in a script."""
        page = studio.open("voices")
        jobs: list[Any] = []
        page.on("request", lambda request: jobs.append(request) if sent(page, "generate")(request) else None)
        play = page.get_by_role("button", name="Play a sample of piper:en_US-joe-medium")
        for _ in range(2):
            # The second time once the first is over.
            play.click()
            expect(page.get_by_role("button", name="Stop the sample of piper:en_US-joe-medium")).to_be_visible()
        assert [job.post_data_json["input"]["text"] for job in jobs] == [
            "Hello, this is how I sound when I read a few words."
        ]
        page.get_by_role("button", name="Use piper:en_US-joe-medium in a script").click()
        expect(page).to_have_url(re.compile(r"#/script\?voice=piper%3Aen_US-joe-medium$"))


def test_deleted_voice_comes_back(voices: Store, studio: Studio) -> None:
    """A deleted voice is gone from the list at once, and back after Undo; the worker was asked for nothing."""
    page = studio.open("voices")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if sent(page, "delete_voice")(request) else None)
    page.get_by_role("button", name="Details of anna").press("Enter")
    page.get_by_role("button", name="Delete").press("Enter")
    expect_shown(page, ["bob", "con..d_-"])
    expect(page.get_by_role("button", name="Details of bob")).to_be_focused()
    assert studio.barriers() == []
    studio.page.get_by_role("region", name="Messages").get_by_role("button", name="Undo").click()
    expect_shown(page, ["anna", "bob", "con..d_-"])
    assert asked == []
    assert voices.head("voices/anna.wav")


def test_voice_is_deleted_when_the_message_closes(voices: Store, studio: Studio) -> None:
    """The voice is deleted once its message has closed, in whichever view, and stays away from the list."""
    page = studio.open("voices")
    page.get_by_role("button", name="Details of anna").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("link", name="Runs").click()
    assert voices.head("voices/anna.wav")
    with page.expect_response(lambda response: sent(page, "delete_voice")(response.request)):
        page.get_by_role("button", name="Dismiss").click()
    assert voices.head("voices/anna.wav") is None
    page.get_by_role("link", name="Voices").click()
    expect(page.get_by_text("2 voices")).to_be_visible()
    expect_shown(page, ["bob", "con..d_-"])


@pytest.mark.parametrize("leave", ["close", "reload"])
def test_voice_is_deleted_when_the_page_is_left(leave: str, voices: Store, studio: Studio) -> None:
    """Whoever deletes a voice and closes the page has deleted it: the browser sends the job behind the page's end."""
    page = studio.open("voices")
    page.get_by_role("button", name="Details of anna").click()
    page.get_by_role("button", name="Delete").click()
    assert voices.head("voices/anna.wav")
    if leave == "close":
        page.close(run_before_unload=True)
    else:
        page.reload()
    assert is_gone(voices, "anna")
    assert voices.head("voices/bob.wav")


def test_voice_that_cannot_be_deleted_stays(voices: Store, studio: Studio) -> None:
    """Where the worker does not delete the voice, it is in the list again, and the message says why."""
    page = studio.open("voices")
    page.get_by_role("button", name="Details of anna").click()
    page.get_by_role("button", name="Delete").click()
    page.route("**/runsync", lambda route: route.fulfill(json={"status": "FAILED", "error": "the store is away"}))
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("region", name="Messages")).to_contain_text("anna was not deleted: the store is away")
    expect_shown(page, ["anna", "bob", "con..d_-"])


PICKER = """async () => {
  const { Api } = await import("/studio/js/api.js");
  const { voicePicker } = await import("/studio/js/components/voice_picker.js");
  window.chosen = [];
  const onChange = (value, voice) => chosen.push([value, voice?.language]);
  window.picker = voicePicker({ api: new Api(() => null) }, { onChange });
  document.querySelector("main").append(picker.element);
}"""


def test_voice_that_no_engine_speaks_in_says_so(voices: Store, studio: Studio) -> None:
    """Without an engine that clones, a voice of the bucket can be neither used nor picked, and the reason is there."""
    page = studio.open("voices")
    expect(page.get_by_role("button", name="Use anna in a script")).to_be_disabled()
    expect(page.get_by_text("No engine of this worker clones voices.")).to_have_count(3)
    page.evaluate(PICKER)
    page.get_by_role("button", name="Voice The engine's own voice").click()
    dialog = page.get_by_role("dialog", name="Choose a voice")
    expect(dialog.get_by_role("button", name=re.compile("^anna"))).to_be_disabled()
    expect(dialog.get_by_text("No engine of this worker clones voices.")).to_have_count(3)
    assert studio.barriers() == []
    expect(dialog.get_by_text("true", exact=True)).to_have_count(0)


def test_voice_is_picked(voices: Store, services: Services, chromium: Browser) -> None:
    """The picker's dialog searches all voices; the one chosen is the field's value, and the focus is back on it."""
    cloner = Backend(lambda _: Cloner(), supports_cloning=True)
    cloning = replace(services, engines=Pool("engine", {"espeak": cloner}, services.settings))
    with running(cloning) as server, opened(chromium, server, size=PHONE) as studio:
        page = studio.open("runs")
        page.evaluate(PICKER)
        button = page.get_by_role("button", name="Voice The engine's own voice")
        button.press("Enter")
        dialog = page.get_by_role("dialog", name="Choose a voice")
        expect(dialog.get_by_text("3 voices")).to_be_visible()
        assert studio.barriers() == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        dialog.get_by_label("Search").fill("stories")
        dialog.get_by_role("button", name=re.compile("^anna")).press("Enter")
        expect(dialog).to_be_hidden()
        button = page.get_by_role("button", name="Voice anna · English")
        expect(button).to_be_focused()
        expect(page.get_by_role("button", name="Play a sample of anna")).to_be_visible()
        assert page.evaluate("[picker.value, chosen]") == ["anna", [["anna", "en"]]]
        button.click()
        page.keyboard.press("Escape")
        expect(button).to_be_focused()
        button.click()
        dialog.get_by_role("button", name="The engine's own voice").click()
        expect(page.get_by_role("button", name="Voice The engine's own voice")).to_be_focused()
        assert page.evaluate("[picker.value, chosen.length]") == ["", 2]
        page.evaluate("picker.value = 'piper:en_GB-alan-low'")
        expect(page.get_by_role("button", name="Voice en_GB-alan-low · piper")).to_be_visible()
