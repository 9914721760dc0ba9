"""The view Runs: jobs live and their history in this browser, sent again, side by side, and what others have sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from handler.protocols import Services
from tests.support.gated_speaker import GatedSpeaker
from tests.support.http_server import PATIENCE_S, RunningServer, running
from tests.support.stub_backends import with_backends
from tests.support.studio import PHONE, Studio, opened

LONG = "Some call me nature, others call me mother nature. " * 12
START = """async input => {
  const { runs } = document.querySelector("main > *").studio;
  await new Promise((resolve) => runs.start(input, { onStart: resolve }).catch(() => {}));
}"""
PLAYED_TO = """(audio, seconds) => new Promise((resolve) => {
  const look = () => audio.currentTime >= seconds && resolve();
  audio.addEventListener("timeupdate", look);
  look();
})"""


def start(page: Page, **job: object) -> None:
    """Send a job as a view does."""
    page.evaluate(START, job)


def card(page: Page, title: str) -> Locator:
    """The card of the job whose title has this text."""
    return page.get_by_role("group", name=title)


def done(page: Page, text: str, **fields: object) -> Locator:
    """The card of a job that has been spoken."""
    start(page, text=text, **fields)
    expect(card(page, text).get_by_text("Done", exact=True)).to_be_visible()
    return card(page, text)


@pytest.fixture
def gate(services: Services) -> GatedSpeaker:
    """An engine that waits before the second chunk."""
    return GatedSpeaker(services.settings, 1)


@pytest.fixture
def gated(chromium: Browser, services: Services, gate: GatedSpeaker) -> Iterator[Studio]:
    """The studio over that engine."""
    with running(with_backends(services, gate)) as server, opened(chromium, server) as studio:
        yield studio
        gate.go_on.set()


def test_failed_job_says_what_to_do(studio: Studio) -> None:
    """A job that the worker refuses is an alert with the field and the sentence, and no barrier."""
    page = studio.open("runs")
    start(page, text="Too fast.", speed=9)
    expect(card(page, "Too fast.").get_by_role("alert")).to_contain_text("speed: must be at most 3")
    expect(card(page, "Too fast.").get_by_text("Failed", exact=True)).to_be_visible()
    assert studio.barriers() == []


def test_progress_is_live_and_a_job_can_be_cancelled(gated: Studio, gate: GatedSpeaker) -> None:
    """A card says in words how far its job is, the navigation how many run; Cancel ends the job on the server."""
    page = gated.open("runs")
    start(page, text=LONG)
    assert gate.reached.wait(PATIENCE_S)
    running_card = card(page, "Some call me")
    expect(running_card).to_contain_text(re.compile(r"Speaking: part 2 of \d+"))
    expect(running_card.get_by_role("progressbar")).to_have_attribute("value", re.compile(r"0\.\d+"))
    expect(page.get_by_role("link", name="Runs 1 job runs")).to_be_visible()
    assert gated.barriers() == []
    running_card.get_by_role("button", name="Cancel").click()
    expect(running_card.get_by_text("Cancelled", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Runs", exact=True)).to_be_visible()
    (job,) = gated.server.client.get("/v1/jobs").json()["jobs"]
    assert job["status"] == "CANCELLED"


def test_many_jobs_leave_room_for_a_cancel(gated: Studio, gate: GatedSpeaker) -> None:
    """More jobs than a browser has connections to a server are all followed, and the last one can be cancelled."""
    page = gated.open("runs")
    for number in range(8):
        start(page, text=f"{number}: {LONG}")
    last = card(page, "7: Some call me")
    last.get_by_role("button", name="Cancel").click()
    expect(last.get_by_text("Cancelled", exact=True)).to_be_visible()
    gate.go_on.set()
    expect(page.get_by_text("Done", exact=True)).to_have_count(7)


def test_cancel_that_fails_says_so(gated: Studio, gate: GatedSpeaker) -> None:
    """Where the server does not cancel a job, its card says why, and Cancel can be pressed again."""
    page = gated.open("runs")
    start(page, text=LONG)
    page.route("**/v1/jobs/*", lambda route: route.fulfill(status=404, json={"error": "no such job"}))
    gated.problems.clear()
    cancel = card(page, "Some call me").get_by_role("button", name="Cancel")
    cancel.click()
    expect(card(page, "Some call me").get_by_role("alert")).to_have_text("It was not cancelled: no such job")
    expect(cancel).to_have_text("Cancel")
    gated.problems[:] = [line for line in gated.problems if "404" not in line]


def test_book_shows_its_chapters(gated: Studio, gate: GatedSpeaker) -> None:
    """A book says which chapter is spoken; done, its m4b plays, and it and each file of its chapters can be saved."""
    page = gated.open("runs")
    start(page, endpoint="book", title="The Sea", text=f"# One\n\n{LONG}\n\n# The shore\n\nBye.", timing_format=["srt"])
    assert gate.reached.wait(PATIENCE_S)
    book = card(page, "The Sea")
    expect(book).to_contain_text("Speaking: chapter 1 of 2")
    expect(book).to_contain_text(re.compile(r"about \d+:\d+ left"))
    gate.go_on.set()
    expect(book.get_by_text("Done", exact=True)).to_be_visible()
    book.get_by_text("2 chapters").click()
    expect(book.get_by_role("listitem").nth(1)).to_contain_text("The shore")
    assert gated.barriers() == []
    files = book.get_by_role("group", name="Files of chapter 2")
    expect(files.get_by_role("button")).to_have_text(["Download mp3", "Download srt"])
    with page.expect_download() as download:
        files.get_by_role("button", name="Download mp3").click()
    assert download.value.suggested_filename.endswith("-02.mp3")
    assert download.value.path().stat().st_size > 1000
    book.get_by_role("button", name="Play").click()
    assert book.locator("audio").evaluate(PLAYED_TO, 0.2) is None


def test_failed_engine_can_be_tried_again(chromium: Browser, services: Services) -> None:
    """A job that may succeed when it is sent again has a button for that, which sends it."""
    gate = GatedSpeaker(services.settings, 1, fails=True)
    gate.go_on.set()
    with running(with_backends(services, gate)) as server, opened(chromium, server) as studio:
        page = studio.open("runs")
        start(page, text=LONG)
        alert = card(page, "Some call me").get_by_role("alert")
        expect(alert).to_contain_text("The engine broke; send the job again.")
        gate.at = -1
        alert.get_by_role("button", name="Try again").click()
        expect(card(page, "Some call me")).to_have_count(2)
        expect(card(page, "Some call me").first.get_by_text("Done", exact=True)).to_be_visible()


def test_end_is_told_in_other_views(gated: Studio, gate: GatedSpeaker) -> None:
    """A job that ends while another view is shown is told by a message, whose button leads to the job."""
    page = gated.open("runs")
    start(page, text=LONG)
    assert gate.reached.wait(PATIENCE_S)
    gated.open("voices")
    gate.go_on.set()
    message = page.get_by_role("status").filter(has_text="Done: Some call me")
    message.get_by_role("button", name="Show").click()
    expect(card(page, "Some call me")).to_be_focused()


def test_running_job_outlives_the_page(gated: Studio, gate: GatedSpeaker) -> None:
    """A page that is loaded again follows the jobs that it has sent, to their end."""
    page = gated.open("runs")
    start(page, text=LONG)
    assert gate.reached.wait(PATIENCE_S)
    page.reload()
    expect(card(page, "Some call me")).to_contain_text("Speaking: part 2")
    gate.go_on.set()
    expect(card(page, "Some call me").get_by_text("Done", exact=True)).to_be_visible()
    expect(card(page, "Some call me").locator("audio")).to_be_visible()


def test_history_plays_and_saves(studio: Studio) -> None:
    """A job of an earlier visit is played when asked, its files are saved under its name, its warnings are told."""
    page = studio.open("runs")
    done(page, "Hello, history!", timing_format=["srt", "textgrid"], nfe_step=8)
    page.reload()
    kept = card(page, "Hello, history!")
    expect(kept.locator("audio")).to_have_count(0)
    kept.get_by_role("button", name="Play", exact=True).click()
    expect(kept.locator("audio")).to_have_js_property("paused", False)
    job_id = studio.server.client.get("/v1/jobs").json()["jobs"][0]["id"]
    for label, kind, ending in (("Audio (wav)", "audio", "wav"), ("textgrid", "textgrid", "TextGrid")):
        with page.expect_download() as saving:
            kept.get_by_role("button", name=f"Download {label}").click()
        assert saving.value.suggested_filename == f"hello-history-{job_id[:8]}.{ending}"
        assert saving.value.path().read_bytes() == studio.server.client.get(f"/v1/jobs/{job_id}/files/{kind}").content
    expect(kept).to_contain_text("The job is done, but:")


def test_tabs_share_the_history(studio: Studio) -> None:
    """A job of one tab is in the other, to its end; what one removes is gone from both, and neither overwrites."""
    page = studio.open("runs")
    other = Studio(page.context.new_page(), studio.server)
    other.open("runs")
    done(page, "Of the first tab.")
    expect(card(other.page, "Of the first tab.").get_by_text("Done", exact=True)).to_be_visible()
    done(other.page, "Of the second tab.")
    page.reload()
    expect(page.get_by_role("group", name=re.compile("tab."))).to_have_count(2)
    card(other.page, "Of the first tab.").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("group", name=re.compile("tab."))).to_have_count(1)
    assert other.problems == []


def test_late_news_of_another_tab_do_not_open_a_job_again(studio: Studio) -> None:
    """A tab that is a step behind keeps an ended job as running: where it has ended, it stays so."""
    page = studio.open("runs")
    other = Studio(page.context.new_page(), studio.server)
    other.open("runs")
    done(page, "Of the first tab.")
    expect(card(other.page, "Of the first tab.").get_by_text("Done", exact=True)).to_be_visible()
    other.page.evaluate(
        """() => {
          const [name] = Object.keys(localStorage).filter((one) => one.startsWith("studio.run."));
          const run = JSON.parse(localStorage.getItem(name));
          localStorage.setItem(name, JSON.stringify({ ...run, state: "running", reply: null, ended: null }));
        }"""
    )
    done(other.page, "Of the second tab.")
    # News come in their order: the late ones have been heard.
    expect(card(page, "Of the second tab.").get_by_text("Done", exact=True)).to_be_visible()
    expect(card(page, "Of the first tab.").get_by_text("Done", exact=True)).to_be_visible()
    expect(card(page, "Of the first tab.").get_by_role("button", name="Remove")).to_be_visible()


def test_links_are_not_kept(studio: Studio) -> None:
    """The history has no link to a file: who reads the browser's storage needs the key to hear what was spoken."""
    page = studio.open("runs")
    done(page, "Mine alone.", timing_format="srt")
    kept = page.evaluate("JSON.stringify({...localStorage})")
    assert "Mine alone." in kept
    assert "://" not in kept


def test_removed_runs_come_back(studio: Studio) -> None:
    """A run is removed, and all are, from this browser; each can be undone; the focus is never lost."""
    page = studio.open("runs")
    done(page, "The first one.")
    done(page, "The second one.")
    card(page, "The second one.").get_by_role("button", name="Remove").click()
    expect(card(page, "The second one.")).to_have_count(0)
    expect(card(page, "The first one.")).to_be_focused()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("group", name=re.compile("one."))).to_have_count(2)
    expect(page.get_by_role("group", name=re.compile("one.")).first).to_contain_text("The second one.")
    page.get_by_role("button", name="Clear all").click()
    expect(page.get_by_text("There are no runs yet.")).to_be_visible()
    expect(page.get_by_role("heading", name="Runs")).to_be_focused()
    page.get_by_role("button", name="Undo").click()
    page.reload()
    expect(page.get_by_role("group", name=re.compile("one."))).to_have_count(2)


def test_runs_are_sent_again(studio: Studio) -> None:
    """Again gives the same seed, another seed another one; a run is opened in Script and in Captions."""
    page = studio.open("runs")
    first = done(page, "Once more.")
    seed = re.search(r"seed (\d+)", first.inner_text())
    assert seed
    first.get_by_role("button", name="Again").click()
    cards = card(page, "Once more.")
    expect(cards).to_have_count(2)
    expect(cards.first).to_contain_text(seed[0])
    cards.first.get_by_role("button", name="With another seed").click()
    expect(cards).to_have_count(3)
    expect(cards.first).to_contain_text("seed")
    expect(cards.first).not_to_contain_text(seed[0])
    job_id = cards.last.get_attribute("data-run")
    cards.last.get_by_role("button", name="Edit in Script").click()
    expect(page).to_have_url(re.compile(f"#/script\\?run={job_id}$"))
    studio.open("runs")
    cards.last.get_by_role("button", name="Captions").click()
    expect(page).to_have_url(re.compile(f"#/captions\\?job={job_id}$"))


def test_runs_are_compared_side_by_side(studio: Studio) -> None:
    """One run is heard at a time; a key goes on in the other at the same position, as loud; what differs is a table."""
    page = studio.open("runs")
    for text, loudness in (("The loud one. " * 6, -15), ("The quiet one. " * 6, -25)):
        start(page, text=text, loudness=loudness)
        chosen = card(page, text.split(".")[0])
        chosen.get_by_role("button", name="Compare").click()
    page.get_by_role("button", name="Compare 2 runs").click()
    comparison = page.get_by_role("region", name="Comparing 2 runs")
    expect(comparison).to_be_focused()
    loud, quiet = comparison.locator("audio").first, comparison.locator("audio").last
    expect(loud).not_to_have_js_property("volume", 1)
    expect(quiet).to_have_js_property("volume", 1)
    assert 0.2 < loud.evaluate("audio => audio.volume") < 0.45
    row = comparison.get_by_role("row").filter(has=page.get_by_role("rowheader", name="loudness", exact=True))
    expect(row).to_have_text("loudness-15-25")
    assert studio.barriers() == []
    page.keyboard.press("Space")
    expect(loud).to_have_js_property("paused", False)
    loud.evaluate(PLAYED_TO, 0.5)
    page.keyboard.press("b")
    expect(quiet).to_have_js_property("paused", False)
    expect(loud).to_have_js_property("paused", True)
    assert quiet.evaluate("audio => audio.currentTime") >= 0.5
    expect(comparison.get_by_role("button", name="Go on in B")).to_have_attribute("aria-pressed", "true")
    comparison.get_by_role("button", name="Go on in A").click()
    expect(loud).to_have_js_property("paused", False)
    expect(quiet).to_have_js_property("paused", True)
    page.keyboard.press("2")
    expect(quiet).to_have_js_property("paused", False)
    comparison.get_by_role("button", name="Close").click()
    expect(comparison).to_have_count(0)


def test_comparison_shows_the_seed_that_the_worker_chose(studio: Studio) -> None:
    """Beside a run with a seed, one that was sent without has that of its reply; seconds are rounded."""
    page = studio.open("runs")
    for text, fields in (("Sent without.", {}), ("Sent with one, and longer than that.", {"seed": 7})):
        done(page, text, **fields).get_by_role("button", name="Compare").click()
    page.get_by_role("button", name="Compare 2 runs").click()
    chosen = page.evaluate(
        "document.querySelector('runs-view').studio.runs.all.find((run) => !('seed' in run.input)).reply.seed"
    )
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="seed", exact=True))
    expect(row.get_by_role("cell")).to_have_text([str(chosen), "7"])
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="duration", exact=True))
    expect(row.get_by_role("cell")).to_have_text([re.compile(r"^\d+\.\d s$")] * 2)


def test_jobs_of_others_are_listed(studio: Studio) -> None:
    """Jobs that others have sent are under a heading of their own, and can be shown with their files."""
    ended = studio.server.client.post("/runsync", json={"input": {"text": "Not of this browser."}}).json()
    page = studio.open("runs")
    expect(page.get_by_role("heading", name="Other jobs of this server")).to_be_visible()
    assert studio.barriers() == []
    page.get_by_role("button", name="Show it above").click()
    shown = card(page, "A job of generate")
    expect(shown.get_by_text("Done", exact=True)).to_be_visible()
    expect(shown).to_have_attribute("data-run", ended["id"])
    expect(shown.locator("audio")).to_be_visible()
    expect(page.get_by_role("heading", name="Other jobs of this server")).to_be_hidden()


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_history_has_no_barrier(colours: Any, chromium: Browser, server: RunningServer) -> None:
    """axe-core finds nothing on a phone's history with a run of each kind, and it does not scroll sideways."""
    with opened(chromium, server, size=PHONE, color_scheme=colours) as studio:
        page = studio.open("runs")
        done(page, "Averyveryverylongword" * 3, timing_format="all")
        start(page, text="Too fast.", speed=9)
        expect(card(page, "Too fast.").get_by_text("Failed", exact=True)).to_be_visible()
        assert studio.barriers() == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
