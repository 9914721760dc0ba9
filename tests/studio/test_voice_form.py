"""The view Voices: a recording becomes a voice, from a file or the microphone, and what is wrong can be mended."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, Dialog, FilePayload, Locator, Page, expect

from handler.protocols import Services, Store
from handler.voices import registry
from handler.voices.registry import Record
from tests.support import stored_voices
from tests.support.fake_transcriber import Writer, with_writer
from tests.support.http_server import RunningServer, running
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.studio import PHONE, Studio, another, opened
from tests.support.voice_recordings import human, wav

COUNTDOWN_S = 3.0
DROP = """([element, body]) => {
  const bytes = Uint8Array.from(atob(body), (char) => char.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], "anna.wav", { type: "audio/wav" }));
  for (const kind of ["dragover", "drop"]) {
    element.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
  }
}"""


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """A worker without an aligner, which would be started for each test: it compares no recording with its words."""
    return environ | {"ALIGNERS": "engine"}


def record(store: Store, name: str) -> Record:
    found = registry.read_record(store, name)
    assert found, f"there is no voice {name}"
    return found


def duration(body: bytes) -> float:
    return float(soundfile.info(io.BytesIO(body)).duration)


def after(seconds: int) -> re.Pattern[str]:
    """A clock at so many seconds or later, at most nine: a busy machine may look a minute later."""
    return re.compile(rf"^(0:0[{seconds}-9]|0:[1-5]\d|[1-9]\d?:\d\d)")


def text_field(page: Page) -> Locator:
    return page.get_by_label("Transcript")


def form(studio: Studio) -> Page:
    """The form of a new voice with the human clip as its file."""
    page = studio.open("voices", "?add=1")
    page.get_by_label("Recording, as a file").set_input_files(HUMAN_CLIP)
    expect(page.get_by_role("button", name="Listen to the cut")).to_be_visible()
    return page


def make(page: Page) -> None:
    page.get_by_role("button", name="Make the voice").click()


def ready(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=f"{name} is ready")).to_be_focused()


def has_no_barrier(studio: Studio) -> None:
    """axe-core finds nothing as the page is now, in light and dark, and on a phone nothing scrolls sideways."""
    size = studio.page.viewport_size
    assert size
    for colours in ("dark", "light"):
        studio.page.emulate_media(color_scheme=colours)
        assert studio.barriers() == [], colours
    studio.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert studio.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    studio.page.set_viewport_size(size)


def test_dropped_file_becomes_a_voice(services: Services, studio: Studio) -> None:
    """A file that is dropped anywhere on the form becomes a voice with all that the form says of it."""
    page = studio.open("voices", "?add=1")
    page.get_by_label("Description").fill("For long stories")
    page.get_by_label("Description").evaluate(
        f"(element, body) => ({DROP})([element, body])", base64.b64encode(human()).decode()
    )
    expect(page.get_by_role("slider", name="End of the cut")).to_be_visible()
    text_field(page).fill(HUMAN_TEXT)
    page.get_by_label("Language").select_option("English")
    page.get_by_label("Name").first.fill("anna")
    page.get_by_label("Tags").fill("calm, young ,")
    page.get_by_label("Licence").fill("CC BY 4.0")
    make(page)
    ready(page, "anna")
    has_no_barrier(studio)
    expect(page.get_by_role("main")).to_contain_text(HUMAN_TEXT)
    made = record(services.store, "anna")
    assert (made.text, made.language, made.description) == (HUMAN_TEXT, "en", "For long stories")
    assert (made.tags, made.license, made.consent) == (("calm", "young"), "CC BY 4.0", None)
    assert duration(services.store.get("voices/anna.wav")) == duration(human())
    page.get_by_role("button", name="Play the recording of anna").click()
    expect(page.get_by_role("button", name="Try it in a script")).to_be_disabled()
    expect(page.get_by_text("It cannot be tried here: No engine of this worker clones voices.")).to_be_visible()


def test_cut_by_keyboard_alone(services: Services, studio: Studio) -> None:
    """The handles are moved by the arrow keys, the cut is heard, and what is sent is the cut."""
    page = form(studio)
    listen = page.get_by_role("button", name="Listen to the cut")
    expect(listen).to_be_focused()
    page.keyboard.press("Shift+Tab")
    end = page.get_by_role("slider", name="End of the cut")
    expect(end).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("slider", name="Start of the cut")).to_be_focused()
    page.keyboard.press("Shift+ArrowRight")
    expected = duration(human()) - 0.39
    expect(page.get_by_text(f"{expected:.1f} s, from 0:00.1")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stop")).to_be_focused()
    text_field(page).fill(HUMAN_TEXT)
    page.get_by_label("Name").first.fill("anna")
    page.keyboard.press("Enter")
    ready(page, "anna")
    assert duration(services.store.get("voices/anna.wav")) == pytest.approx(expected, abs=0.005)


@pytest.fixture
def speaking(tmp_path: Path, chromium: Browser) -> Iterator[Browser]:
    """A browser whose microphone hears the human clip once the countdown is over."""
    samples, rate = soundfile.read(io.BytesIO(human()), dtype="float32")
    quiet = np.zeros(round(rate * (COUNTDOWN_S + 0.5)), np.float32)
    path = tmp_path / "microphone.wav"
    path.write_bytes(wav(np.concatenate([quiet, samples, quiet]), rate))
    with another(chromium.browser_type, f"--use-file-for-fake-audio-capture={path}%noloop") as browser:
        yield browser


class TestCompared:
    """A worker that compares English recordings with their words."""

    @pytest.fixture
    def environ(self, environ: dict[str, str]) -> dict[str, str]:
        return environ | {"ALIGNERS": "engine,sphinx"}

    def test_wrong_words_are_mended(self, services: Services, studio: Studio) -> None:
        """Words that the clip does not say are selected; mended, they are sent without the recording."""
        page = form(studio)
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url) if request.method == "PUT" else None)
        page.get_by_label("Name").first.fill("anna")
        text_field(page).fill("Some call me nature, others call me a dangerous elephant.")
        make(page)
        # The worker aligns the clip first, which is slow on a busy machine.
        expect(text_field(page)).to_have_attribute("aria-invalid", "true")
        expect(page.get_by_text("ref_text does not fit the clip from “")).to_be_visible()
        expect(text_field(page)).to_be_focused()
        chosen = text_field(page).evaluate("field => field.value.slice(field.selectionStart, field.selectionEnd)")
        assert chosen == "others call me a dangerous"
        has_no_barrier(studio)
        text_field(page).fill(HUMAN_TEXT)
        make(page)
        ready(page, "anna")
        assert len(sent) == 1
        assert record(services.store, "anna").text == HUMAN_TEXT

    def test_microphone_is_recorded(self, services: Services, server: RunningServer, speaking: Browser) -> None:
        """After 3-2-1 the microphone is recorded, with its level; the text to read aloud is the first transcript."""
        with opened(speaking, server) as studio:
            page = studio.open("voices", "?add=1")
            page.get_by_role("button", name="Record", exact=True).click()
            expect(page.get_by_text("There is a small garden")).to_be_visible()
            page.get_by_role("button", name="Start recording").press("Enter")
            group = page.get_by_role("group", name="Recording")
            expect(group.get_by_role("button", name="Cancel")).to_be_focused()
            for number in ("3", "2", "1"):
                expect(page.locator("#announcer")).to_have_text(number)
            stop = group.get_by_role("button", name="Stop")
            expect(stop).to_be_focused()
            level = group.get_by_role("meter", name="Level of the microphone")
            expect(level).to_have_attribute("aria-valuenow", re.compile(r"^-[12]?\d$"))
            expect(group.get_by_text("The level is good.")).to_be_visible()
            expect(group.get_by_text(re.compile("5 to 12 seconds are (good|better)"))).to_be_visible()
            expect(group.get_by_text(after(6))).to_be_visible()
            expect(group.get_by_text("A good length.")).to_be_visible()
            assert studio.barriers() == []
            stop.press("Enter")
            expect(page.get_by_role("button", name="Listen to the cut")).to_be_focused()
            expect(text_field(page)).to_have_value(re.compile("^There is a small garden"))
            # What was said is another text here.
            text_field(page).fill(HUMAN_TEXT)
            page.get_by_label("Name").first.fill("me")
            make(page)
            ready(page, "me")
            assert record(services.store, "me").text == HUMAN_TEXT


REFUSED = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', '%s'); }"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (REFUSED % "NotAllowedError", "does not let this page use the microphone"),
        (REFUSED % "NotFoundError", "There is no microphone"),
        ("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })", "pages of https addresses"),
    ],
    ids=["refused", "none", "insecure"],
)
def test_microphone_cannot_be_had(state: str, words: str, studio: Studio) -> None:
    """Where the browser gives no microphone, the page says why and what helps, and the way back is as before."""
    studio.page.add_init_script(state)
    page = studio.open("voices", "?add=1")
    page.get_by_role("button", name="Record", exact=True).click()
    page.get_by_role("button", name="Start recording").click()
    expect(page.get_by_role("alert").filter(has_text=words)).to_be_visible()
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_focused()
    assert studio.barriers() == []
    again.press("Enter")
    expect(again).to_be_focused()
    page.get_by_role("button", name="Cancel").first.click()
    page.get_by_role("button", name="Cancel").first.click()
    expect(page.get_by_role("button", name="Choose a file")).to_be_focused()


def test_names_are_checked_first(services: Services, studio: Studio) -> None:
    """A name that no voice can have is refused with the nearest that can; one that is taken needs a question."""
    stored_voices.put(services.store, "anna", description="the first")
    page = form(studio)
    text_field(page).fill(HUMAN_TEXT)
    name = page.get_by_label("Name").first
    for wrong, words in (
        ("", "Give the voice a name."),
        ("Zoë Ünal", "“ë” is not allowed in a name. For instance: Zoe-Unal"),
        ("-anna", "cannot begin with “-”. For instance: anna"),
        ("a" * 65, "has 65 characters"),
    ):
        name.fill(wrong)
        make(page)
        expect(page.get_by_text(words)).to_be_visible()
        expect(name).to_be_focused()
    name.fill("anna.wav")
    expect(page.get_by_text("There is a voice anna already")).to_be_visible()
    make(page)
    dialog = page.get_by_role("dialog", name="Replace anna?")
    has_no_barrier(studio)
    dialog.get_by_role("button", name="Keep it").click()
    assert record(services.store, "anna").description == "the first"
    make(page)
    dialog.get_by_role("button", name="Replace it").click()
    ready(page, "anna")
    assert record(services.store, "anna").description is None


def test_name_that_is_taken_meanwhile(services: Services, studio: Studio) -> None:
    """A voice of the same name that came while the form was filled in is not replaced without a question."""
    page = form(studio)
    text_field(page).fill(HUMAN_TEXT)
    page.get_by_label("Name").first.fill("anna")
    stored_voices.put(services.store, "anna", description="another's")
    make(page)
    page.get_by_role("dialog", name="Replace anna?").get_by_role("button", name="Keep it").click()
    assert record(services.store, "anna").description == "another's"


def test_new_voice_survives_a_deletion_of_its_name(services: Services, studio: Studio) -> None:
    """A voice that takes the name of one that is about to be deleted replaces it, and is not deleted in its place."""
    stored_voices.put(services.store, "anna", description="the first")
    page = studio.open("voices")
    page.get_by_role("button", name="Details of anna").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Add a voice").click()
    page.get_by_label("Recording, as a file").set_input_files(HUMAN_CLIP)
    text_field(page).fill(HUMAN_TEXT)
    page.get_by_label("Description").fill("the second")
    page.get_by_label("Name").first.fill("anna")
    make(page)
    ready(page, "anna")
    expect(page.get_by_role("button", name="Undo")).to_be_hidden()
    assert record(services.store, "anna").description == "the second"
    page.get_by_role("link", name="All voices").click()
    expect(page.get_by_role("heading", name="anna")).to_be_visible()


class TestConsent:
    """A worker that makes no voice without a consent."""

    @pytest.fixture
    def environ(self, environ: dict[str, str]) -> dict[str, str]:
        return environ | {"REQUIRE_CONSENT": "true"}

    def test_consent_is_required(self, services: Services, studio: Studio) -> None:
        """The form asks for the consent before it sends anything; it may be spoken, and is kept with the voice."""
        page = form(studio)
        text_field(page).fill(HUMAN_TEXT)
        page.get_by_label("Name").first.fill("anna")
        expect(page.get_by_text("Consent (required by this worker)")).to_be_visible()
        make(page)
        expect(page.get_by_label("Who agrees")).to_be_focused()
        expect(page.get_by_text("Say on which day they agreed.")).to_be_visible()
        page.get_by_role("button", name="Record the consent").click()
        expect(page.get_by_text("First fill in who agrees")).to_be_visible()
        page.get_by_label("Who agrees").fill("Anna Berg")
        page.get_by_label("On which day").fill("2026-11-01")
        page.get_by_role("button", name="Record the consent").click()
        group = page.get_by_role("group", name="Recording")
        expect(group.get_by_role("button", name="Stop")).to_be_focused()
        has_no_barrier(studio)
        expect(group.get_by_text(after(2))).to_be_visible()
        group.get_by_role("button", name="Stop").click()
        expect(page.get_by_text("A recording of the consent is kept as cons_")).to_be_visible()
        make(page)
        ready(page, "anna")
        consent = record(services.store, "anna").consent
        assert consent
        assert (consent.name, consent.date, consent.statement) == ("Anna Berg", "2026-11-01", None)
        assert services.store.head(f"consents/{consent.recording}")
        # The browser keeps that a voice was made, and not who allowed it.
        kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
        assert "Voice anna" in kept
        assert "Anna Berg" not in kept


def test_worker_writes_the_words_down(chromium: Browser, services: Services) -> None:
    """The worker's first draft of the transcript is there to be corrected; a worker that cannot write says so."""
    writer = Writer("Some call me nature, others call me mother.", "en")
    with running(with_writer(services, writer)) as server, opened(chromium, server) as studio:
        page = form(studio)
        page.get_by_role("button", name="Write it down for me").click()
        expect(text_field(page)).to_have_value(writer.transcript.text)
        expect(text_field(page)).to_be_focused()
        text_field(page).fill(HUMAN_TEXT)
        page.get_by_label("Name").first.fill("anna")
        make(page)
        ready(page, "anna")
    assert record(services.store, "anna").text == HUMAN_TEXT


def test_voice_is_edited(services: Services, studio: Studio) -> None:
    """A voice is made anew of its own recording with what was changed; the rest stays as it is."""
    stored_voices.put(services.store, "anna", description="calm", tags=("old",), license="CC0")
    page = studio.open("voices")
    page.get_by_role("button", name="Details of anna").click()
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_role("button", name="Listen to the cut")).to_be_visible()
    expect(text_field(page)).to_have_value(HUMAN_TEXT)
    page.get_by_label("Description").fill("calm and slow")
    page.get_by_role("button", name="Save the voice").click()
    ready(page, "anna")
    made = record(services.store, "anna")
    assert (made.description, made.tags, made.license, made.text) == ("calm and slow", ("old",), "CC0", HUMAN_TEXT)
    assert duration(services.store.get("voices/anna.wav")) == duration(human())


def test_draft_is_kept(studio: Studio) -> None:
    """What is filled in stays while another view is shown; Cancel can be undone; the page warns if it is left."""
    page = form(studio)
    page.get_by_label("Description").fill("calm")
    page.get_by_role("link", name="Runs").click()
    page.go_back()
    expect(page.get_by_label("Description")).to_have_value("calm")
    expect(page.get_by_role("button", name="Listen to the cut")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="Voices")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Description")).to_have_value("calm")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.close(run_before_unload=True)
    expect(page.get_by_label("Description")).to_have_value("calm")
    assert asked == ["beforeunload"]


def test_file_that_is_no_recording(services: Services, studio: Studio) -> None:
    """A file that the browser cannot read is sent all the same, and what the worker says of it is shown with it."""
    page = studio.open("voices", "?add=1")
    note = FilePayload(name="note.mp3", mimeType="audio/mpeg", buffer=b"not a recording")
    page.get_by_label("Recording, as a file").set_input_files(note)
    expect(page.get_by_text("This browser cannot show the file.")).to_be_visible()
    page.get_by_label("Name").first.fill("anna")
    make(page)
    expect(page.get_by_role("alert").filter(has_text="no audio file that can be read")).to_be_visible()
    assert services.store.head("voices/anna.wav") is None
    has_no_barrier(studio)
