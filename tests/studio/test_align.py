"""The view Align: recordings of the user and of runs, with and without a text; uploads refused and cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile
from playwright.sync_api import Browser, Page, expect

from handler.backends import Registry
from handler.engines import espeak_library
from handler.protocols import Services
from tests.support.fake_transcriber import Writer, with_writer
from tests.support.http_server import running
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.stub_backends import Even, with_backends, with_settings
from tests.support.studio import PATIENCE_MS, Studio, opened

MEDIA = "document.querySelector('align-view audio')"
CONFIDENCE = 0.45


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    return environ | {"ALIGNERS": "engine,sphinx"}


@pytest.fixture
def writer() -> Writer:
    return Writer(HUMAN_TEXT, "en")


@pytest.fixture
def evenly(services: Services, writer: Writer, chromium: Browser) -> Iterator[Studio]:
    """The studio over a worker that hears the same words always, and spreads them evenly with little confidence."""
    services = with_backends(with_writer(services, writer), even=Even("even", lambda _: CONFIDENCE))
    with running(services) as server, opened(chromium, server) as studio:
        yield studio


def choose(page: Page, path: Path = HUMAN_CLIP) -> None:
    page.get_by_label("Choose audio or video").set_input_files(path)
    expect(page.get_by_role("button", name="Choose another")).to_be_visible()


def test_recording_with_its_text(studio: Studio, tmp_path: Path) -> None:
    """A recording and its text become words in time with the player, files, and captions with the user's own sound."""
    speech = espeak_library.speak(["good", "day", "to", "you"], ["", "", "", "."], "en-us")
    soundfile.write(tmp_path / "day.flac", speech.samples, espeak_library.SAMPLE_RATE)
    page = studio.open("align")
    choose(page, tmp_path / "day.flac")
    page.get_by_label("Text", exact=True).fill("Good day to you.")
    page.get_by_role("button", name="Find the words").click()
    words = page.get_by_role("listbox", name="Words of the recording").get_by_role("option")
    expect(words).to_have_text(["Good", "day", "to", "you."], timeout=PATIENCE_MS)
    words.nth(1).click()
    expect(words.nth(1)).to_have_class("spoken")
    assert speech.words[1] is not None
    assert page.evaluate(f"{MEDIA}.currentTime") == pytest.approx(speech.words[1].start, abs=0.1)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download srt").click()
    assert "Good" in download.value.path().read_text()
    assert studio.barriers() == []
    page.get_by_role("button", name="Open in Captions").click()
    expect(page.get_by_role("heading", name="Cue 1 of 4")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("sound: day.flac")).to_be_visible()


def test_recording_without_a_text(evenly: Studio, writer: Writer) -> None:
    """What is heard becomes the transcript; the prompt reaches the transcriber, and unsure words are marked."""
    page = evenly.open("align")
    choose(page)
    page.get_by_label("Names and spellings").fill("Nature")
    page.get_by_label("Language").fill("en")
    page.get_by_role("button", name="Write down what is said").click()
    words = page.get_by_role("listbox", name="Words of the recording").get_by_role("option")
    expect(words).to_have_count(9, timeout=PATIENCE_MS)
    expect(page.get_by_role("option", name="nature, (unsure)")).to_have_class("unsure")
    expect(page.get_by_role("button", name="Download Text (txt)")).to_be_visible()
    assert (writer.prompts, writer.asked) == (["Nature"], ["en"])
    assert evenly.barriers() == []


def test_text_is_asked_for_where_nothing_can_write_it_down(services: Services, chromium: Browser) -> None:
    """Without a transcriber that is ready the view says so at once, and sends no recording without its text."""
    deaf = replace(services, transcribers=Registry("transcriber", {}, services.settings))
    with running(deaf) as server, opened(chromium, server) as studio:
        page = studio.open("align")
        expect(page.get_by_text("This worker cannot write down what is said")).to_be_visible()
        choose(page)
        uploads: list[str] = []
        page.on("request", lambda request: uploads.append(request.url) if request.method != "GET" else None)
        page.get_by_role("button", name="Find the words").click()
        expect(page.get_by_text("Give the words that are said")).to_be_visible()
        expect(page.get_by_label("Text", exact=True)).to_be_focused()
        assert uploads == []
        assert studio.barriers() == []


def test_words_by_keyboard(evenly: Studio) -> None:
    """Arrows choose a word, Enter plays from it."""
    page = evenly.open("align")
    choose(page)
    page.get_by_label("Text", exact=True).fill(HUMAN_TEXT)
    page.get_by_role("button", name="Find the words").press("Enter")
    words = page.get_by_role("listbox", name="Words of the recording")
    expect(words).to_be_visible(timeout=PATIENCE_MS)
    for key in ("ArrowRight", "ArrowRight", "End", "ArrowLeft", "Enter"):
        words.press(key)
    expect(words.get_by_role("option", selected=True)).to_have_text("mother")
    expect(page.get_by_role("option", name="mother (unsure)")).to_have_class("unsure spoken")
    assert page.evaluate(f"{MEDIA}.currentTime >= 7 / 9 * {MEDIA}.duration - 0.01")


def test_speech_of_a_run(evenly: Studio) -> None:
    """A run of the history is aligned without an upload, with its own script."""
    page = evenly.open("align")
    page.evaluate("document.querySelector('align-view').studio.runs.start({text: 'Good day to you.'})")
    page = evenly.open("runs")
    page = evenly.open("align")
    page.get_by_label("Or the speech of a run").select_option("Good day to you.")
    page.get_by_role("button", name="Find the words").click()
    words = page.get_by_role("listbox", name="Words of the recording").get_by_role("option")
    expect(words).to_have_text(["Good", "day", "to", "you."], timeout=PATIENCE_MS)


def test_speech_without_captions_gets_them(evenly: Studio) -> None:
    """Captions of a job that made none are found in Align, and open with the speech of that job."""
    job = evenly.server.client.post("/runsync", json={"input": {"text": "Good day to you."}}).json()["output"]
    page = evenly.open("captions", f"?job={job['job_id']}")
    page.get_by_role("button", name="Find its words").click()
    page.get_by_role("button", name="Find the words").click()
    page.get_by_role("button", name="Open in Captions").click(timeout=PATIENCE_MS)
    expect(page.get_by_role("heading", name="Cue 1 of 4")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("sound: its own")).to_be_visible(timeout=PATIENCE_MS)


def test_failed_job_says_what_to_do(evenly: Studio, tmp_path: Path) -> None:
    """The worker's sentence about a file that has no sound is shown, and the form is ready for another."""
    (tmp_path / "notes.wav").write_bytes(b"these are no sounds" * 100)
    page = evenly.open("align")
    choose(page, tmp_path / "notes.wav")
    expect(page.get_by_text("Your browser cannot play this file")).to_be_visible()
    page.get_by_label("Text", exact=True).fill("Hello.")
    page.get_by_role("button", name="Find the words").click()
    expect(page.locator("run-card").get_by_role("alert")).to_contain_text("audio_url", timeout=PATIENCE_MS)
    expect(page.get_by_role("button", name="Find the words")).to_be_enabled()
    assert evenly.barriers() == []


@pytest.mark.parametrize(
    ("limit", "sentence"),
    [
        ({"max_audio_bytes": HUMAN_CLIP.stat().st_size - 1}, "takes at most 25"),
        ({"max_audio_seconds": 3.0}, "at most 0:03"),
    ],
    ids=["bytes", "seconds"],
)
def test_limits_are_checked_before_the_upload(
    limit: dict[str, float], sentence: str, services: Services, chromium: Browser
) -> None:
    """A file over the server's limits is refused in words at once, and nothing is sent."""
    with running(with_settings(services, **limit)) as server, opened(chromium, server) as studio:
        page = studio.open("align")
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.method))
        expect(page.get_by_text("More options")).to_be_visible()
        page.get_by_label("Choose audio or video").set_input_files(HUMAN_CLIP)
        expect(page.get_by_role("alert")).to_contain_text(sentence)
        assert "PUT" not in sent


def test_upload_shows_its_progress_and_is_cancelled(evenly: Studio, tmp_path: Path) -> None:
    """How much is sent is shown; a cancelled upload leaves the form as it was, and no job."""
    (tmp_path / "long.wav").write_bytes(HUMAN_CLIP.read_bytes() + bytes(3_000_000))
    page = evenly.open("align")
    choose(page, tmp_path / "long.wav")
    network = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 300_000}
    network.send("Network.emulateNetworkConditions", slow)
    page.get_by_role("button", name="Write down what is said").click()
    upload = page.get_by_role("progressbar", name="Upload")
    expect(upload).not_to_have_js_property("value", 0)
    assert evenly.barriers() == []
    page.get_by_role("button", name="Cancel the upload").click()
    expect(upload).to_be_hidden()
    expect(page.get_by_role("button", name="Write down what is said")).to_be_enabled()
    expect(page.locator("run-card")).to_have_count(0)


def test_files_are_dropped(evenly: Studio) -> None:
    """A text file and a recording may be dropped anywhere on the form."""
    page = evenly.open("align")
    drop = """([name, type, text]) => {
      const data = new DataTransfer();
      data.items.add(new File([text], name, { type }));
      const form = document.querySelector("align-view form");
      for (const kind of ["dragover", "drop"]) {
        form.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
      }
    }"""
    page.evaluate(drop, ["words.txt", "text/plain", "Good day."])
    expect(page.get_by_label("Text", exact=True)).to_have_value("Good day.")
    page.evaluate(drop, ["day.mp3", "audio/mpeg", "ID3"])
    expect(page.get_by_text("day.mp3", exact=True)).to_be_visible()
