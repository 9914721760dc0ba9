"""The view Script: write with marks, see what will be spoken, choose how, speak, and hear it with the words lit up."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from tests.support.http_server import RunningServer
from tests.support.studio import PATIENCE_MS, PHONE, Studio, opened

SPOKEN = "It cost $4.50 on Monday."


VOICE = "piper:en_US-joe-medium"


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """espeak speaks unless a voice of piper is asked for."""
    return environ | {"ENGINES": "espeak,piper"}


def script(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Script", exact=True)


def write(page: Page, text: str) -> Locator:
    field = script(page)
    field.fill(text)
    return field


def put_caret(page: Page, before: str, *, of: Locator | None = None) -> None:
    """Put the caret in front of this part of the script, as a click does."""
    field = of or script(page)
    field.evaluate("(field, at) => { field.focus(); field.setSelectionRange(at, at) }", units(field, before))


def units(field: Locator, before: str) -> int:
    """Where a part of a field begins, in the units of JavaScript."""
    place: int = field.evaluate("(field, before) => field.value.indexOf(before)", before)
    return place


def chips(page: Page, kind: str) -> list[str]:
    return page.locator(f".mirror .mark-{kind}").all_inner_texts()


def caret_line(page: Page) -> Locator:
    return page.get_by_role("region", name="At the caret")


def setting(page: Page, label: str) -> Locator:
    return page.get_by_label(label, exact=True)


def sent(page: Page) -> dict[str, Any]:
    """The input of the job that was sent last."""
    runs: list[dict[str, Any]] = page.evaluate("document.querySelector('script-view').studio.runs.all")
    found: dict[str, Any] = runs[0]["input"]
    return found


def speak(page: Page) -> Locator:
    """Press Speak; the card of the finished job."""
    before = page.locator("run-card").get_attribute("data-run") if page.locator("run-card").count() else None
    page.get_by_role("button", name="Speak").click()
    card = page.locator(f"run-card:not([data-run='{before}'])")
    expect(card).to_have_attribute("data-state", "completed", timeout=PATIENCE_MS)
    return card


# Marks


def test_marks_are_chips_of_the_same_width(studio: Studio) -> None:
    """Pauses, pronunciations and voices are drawn as chips exactly under their text, whatever letters are around."""
    page = studio.open("script")
    long = "So long. " * 40
    field = write(page, f"Hi 🎉 [pause:1s] there.\nשלום [Nguyen](win) 你好 مرحبا بالعالم\n\n[voice:{VOICE}] {long}")
    expect(page.locator(".mirror .mark-voice")).to_have_text(f"[voice:{VOICE}]")
    assert chips(page, "pause") == ["[pause:1s]"]
    assert chips(page, "pronunciation") == ["[Nguyen](win)"]
    lines = page.evaluate("[...document.querySelectorAll('.mirror > div')].map((line) => line.textContent)")
    assert "\n".join(lines) == field.input_value()
    under = page.evaluate(
        """() => [...document.querySelectorAll(".mirror .mark")].map((mark) => {
          const [box] = mark.getClientRects();
          const found = document.caretPositionFromPoint(box.left + box.width / 2, box.top + box.height / 2);
          const start = found.offsetNode.value.indexOf(mark.textContent);
          return start < found.offset && found.offset < start + mark.textContent.length;
        })"""
    )
    assert under == [True, True, True]


def test_toolbar_and_undo(studio: Studio) -> None:
    """The toolbar and its keys put marks into the text, and Ctrl+Z takes each back."""
    page = studio.open("script")
    field = write(page, "Hello Nguyen and bye.")
    put_caret(page, " and")
    page.get_by_role("button", name="Pause").click()
    expect(field).to_have_value("Hello Nguyen [pause:1s] and bye.")
    expect(field).to_be_focused()
    page.keyboard.type("2s")  # the length is selected
    expect(field).to_have_value("Hello Nguyen [pause:2s] and bye.")
    put_caret(page, "guyen")
    page.keyboard.press("Control+;")
    page.keyboard.type("win")
    expect(field).to_have_value("Hello [Nguyen](win) [pause:2s] and bye.")
    values: list[str] = []
    while field.input_value() != "Hello Nguyen and bye.":
        assert len(values) < 12, values
        page.keyboard.press("Control+z")
        values.append(field.input_value())
    assert "Hello Nguyen [pause:2s] and bye." in values


def test_mark_at_the_caret_is_edited_and_removed(studio: Studio) -> None:
    """The mark under the caret is a form: changed by Set, taken out by Remove, and left by Escape."""
    page = studio.open("script")
    field = write(page, "Hi [pause:1s] Mr. [Nguyen](win).")
    put_caret(page, "ause")
    line = caret_line(page)
    line.get_by_label("Pause").fill("2.5s")
    page.keyboard.press("Enter")
    expect(field).to_have_value("Hi [pause:2.5s] Mr. [Nguyen](win).")
    expect(field).to_be_focused()
    put_caret(page, "guyen")
    line.get_by_label("Said as").fill("noo (yen)")
    assert studio.barriers() == []
    line.get_by_role("button", name="Set").click()
    expect(field).to_have_value("Hi [pause:2.5s] Mr. [Nguyen](noo  yen ).".replace(" )", ")"))
    put_caret(page, "guyen")
    line.get_by_role("button", name="Remove the mark").click()
    expect(field).to_have_value("Hi [pause:2.5s] Mr. Nguyen.")
    put_caret(page, "ause")
    line.get_by_label("Pause").press("Escape")
    expect(field).to_be_focused()


def test_voice_is_chosen_for_a_mark(studio: Studio) -> None:
    """The button Voice asks whose, and puts a mark on a line of its own; the mark offers another one."""
    page = studio.open("script")
    field = write(page, "Are we there?")
    put_caret(page, "")
    field.press("Control+End")
    page.keyboard.press("Control+/")
    dialog = page.get_by_role("dialog", name="Choose a voice")
    dialog.get_by_role("button", name="joe").last.click()
    expect(field).to_have_value(f"Are we there?\n[voice:{VOICE}] ")
    expect(field).to_be_focused()
    put_caret(page, "joe")
    line = caret_line(page)
    expect(line.get_by_label("Voice from here on")).to_have_value(VOICE)
    line.get_by_role("button", name="Choose").click()
    dialog.get_by_role("button", name="Cancel").click()
    expect(line).to_be_visible()


def test_bad_mark_is_a_problem_at_its_place(studio: Studio) -> None:
    """A mark that the worker does not understand is underlined, and its sentence is read at the caret and on hover."""
    page = studio.open("script")
    write(page, "🎉 Wait [pause:99s] here.")
    expect(page.locator(".mirror .mark-problem")).to_have_text("[pause:99s]")
    put_caret(page, "ause:99")
    expect(caret_line(page)).to_contain_text("a pause is 0.05 to 30 seconds")
    write(page, "Wait [voice:nobody] here.")
    expect(page.locator(".mirror .mark-problem")).to_have_text("[voice:nobody]")


def test_markup_is_text(studio: Studio) -> None:
    """Markup in a script stays text: in the field, in the mirror, at the caret and in what is spoken."""
    page = studio.open("script")
    write(page, "x <img src=x onerror=alert(1)> [<b>y</b>](z <i>) 5 < 6")
    put_caret(page, "b>y")
    expect(caret_line(page).get_by_label("Shown")).to_have_value("<b>y</b>")
    assert page.locator("main img, main b, main i").count() == 0


# What a word will be spoken as


def test_words_that_are_spoken_otherwise_are_marked(studio: Studio) -> None:
    """Numbers are underlined, after emoji too; the caret and the mouse tell what they are spoken as."""
    page = studio.open("script")
    write(page, f"🎉👩‍👩‍👧 {SPOKEN}")
    expect(page.locator(".mirror .mark-word")).to_have_text("$4.50")
    put_caret(page, "4.50")
    expect(caret_line(page)).to_contain_text("$4.50 is spoken as four dollars and fifty cents")
    put_caret(page, "onday")
    expect(caret_line(page)).to_contain_text("is spoken as it is written")
    box = page.locator(".mirror .mark-word").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".tip")).to_have_text("“$4.50” is spoken as “four dollars and fifty cents”")
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 100)
    expect(page.locator(".tip")).to_be_hidden()


def test_say_it_otherwise(studio: Studio) -> None:
    """A word becomes a pronunciation mark that begins with what is spoken now, or an entry of the lexicon."""
    page = studio.open("script")
    field = write(page, SPOKEN)
    expect(page.locator(".mirror .mark-word")).to_be_attached()
    put_caret(page, "4.50")
    caret_line(page).get_by_role("button", name="Say it otherwise").click()
    expect(field).to_have_value("It cost [$4.50](four dollars and fifty cents) on Monday.")
    put_caret(page, "onday")
    caret_line(page).get_by_role("button", name="Everywhere").click()
    page.keyboard.type("Tuesday")
    expect(page.locator(".mirror .mark-word")).to_have_text("Monday.")
    speak(page)
    assert sent(page)["lexicon"] == {"Monday": "Tuesday"}


def test_lexicon_by_name(studio: Studio) -> None:
    """A lexicon of the bucket is named; one that is not there is a problem of its field."""
    page = studio.open("script")
    write(page, "Hello.")
    page.get_by_text("Pronunciation", exact=True).click()
    setting(page, "Words said otherwise").select_option("named")
    setting(page, "Name of the lexicon").fill("brands")
    page.get_by_role("button", name="Speak").click()
    expect(page.get_by_role("alert").filter(has_text="brands")).to_be_visible()


def test_counts(studio: Studio) -> None:
    """Characters are counted as the worker does, an emoji once; seconds and the language are told."""
    page = studio.open("script")
    write(page, "Hello 🎉, this is a test of the counter.")
    expect(page.get_by_text("39 of 20,000 characters")).to_be_visible()
    expect(page.locator(".counts")).to_contain_text("about 0:03 · English")
    write(page, "🎉" * 20_001)
    expect(page.get_by_text("20,001 of 20,000 characters")).to_have_class("numeric bad")


def test_worker_is_asked_once(studio: Studio) -> None:
    """Not every key asks the worker, and a text that it has read before is not sent again."""
    page = studio.open("script")
    asked: list[str] = []

    def hear(request: Request) -> None:
        job = (request.post_data_json or {}).get("input", {}) if request.url.endswith("/runsync") else {}
        if job.get("endpoint") == "text":
            asked.append(job["text"])

    page.on("request", hear)
    field = write(page, "")
    typed = "It cost $5."
    field.press_sequentially(typed)
    expect(page.locator(".mirror .mark-word")).to_have_text("$5.")
    assert asked[-1] == typed
    assert len(asked) < len(typed) / 2
    field.press("Backspace")
    expect(page.locator(".mirror .mark-word")).to_have_text("$5")
    field.press(".")
    expect(page.locator(".mirror .mark-word")).to_have_text("$5.")
    assert asked.count(typed) == 1


def test_example(studio: Studio) -> None:
    """Who has written nothing is offered an example, which has every kind of sign."""
    page = studio.open("script")
    page.get_by_role("button", name="Try an example").click()
    expect(script(page)).to_be_focused()
    expect(page.locator(".mirror .mark-pause")).to_be_attached()
    expect(page.locator(".mirror .mark-word")).to_have_text(["3/4/2026.", "Dr.", "$4.50,", "50%"])


# Speak


def test_speak_and_listen(studio: Studio) -> None:
    """Ctrl+Enter speaks what is written and nothing that was not set; the words light up, a click on one goes there."""
    page = studio.open("script")
    text = "One 🎉 [pause:0.3s] two [tree](three).\nFour 👩‍👩‍👧 five."
    sounds: list[str] = []
    page.on("request", lambda request: sounds.append(request.url) if request.url.endswith("/files/audio") else None)
    field = write(page, text)
    field.press("Control+Enter")
    reader = page.locator("script-reader .reader")
    expect(reader).to_contain_text("One 🎉 0.3s two tree.\nFour 👩‍👩‍👧 five.")
    assert sent(page) == {"timing_format": ["srt", "json"], "text": text}
    words = reader.locator(".spoken-word").all_inner_texts()
    assert words == ["One 🎉", "two", "tree.", "Four 👩‍👩‍👧", "five."]
    reader.get_by_text("tree.").click()
    expect(reader.locator("[aria-current]")).to_have_text("tree.")
    assert len(sounds) == 1
    page.evaluate("document.querySelector('audio').pause()")
    now = """() => {
      const reader = document.querySelector("script-reader");
      return [document.querySelector("audio").currentTime, reader.querySelector("[aria-current]")?.textContent ?? null];
    }"""
    captions = page.evaluate(
        """async () => {
          const { studio, run } = document.querySelector("script-reader");
          return JSON.parse(await (await studio.api.file(run.id, "json")).text()).words;
        }"""
    )
    for word in captions:
        page.evaluate(
            "time => { document.querySelector('audio').currentTime = time }", (word["start"] + word["end"]) / 2
        )
        expect(reader.locator("[aria-current]")).to_have_text(word["word"])
    reader.focus()
    page.keyboard.press("ArrowLeft")
    expect(reader.locator("[aria-current]")).to_have_text("Four 👩‍👩‍👧")
    assert page.evaluate(now)[0] == pytest.approx(captions[3]["start"], abs=0.01)
    page.get_by_role("button", name="Open in Captions").click()
    expect(page.locator("main[data-ready=captions]")).to_be_attached()
    assert page.evaluate("location.hash").startswith("#/captions?job=")
    page.get_by_role("link", name="Script").click()
    expect(page.locator("script-reader .reader")).to_be_visible()


def test_settings_are_sent(studio: Studio) -> None:
    """Each control sends its field; what the engine alone knows and what has no control of its own is there, too."""
    page = studio.open("script")
    write(page, "Hello there.")
    setting(page, "language").fill("en-GB")
    setting(page, "speed").fill("1.5")
    setting(page, "seed").fill("7")
    page.get_by_text("Sound", exact=True).click()
    setting(page, "audio format").select_option("mp3")
    setting(page, "sample rate").fill("24000")
    setting(page, "loudness").fill("-16")
    setting(page, "vtt").check()
    setting(page, "srt").uncheck()
    setting(page, "caption style").select_option("pop")
    page.get_by_text("More", exact=True).click()
    setting(page, "true peak").fill("-2")
    assert studio.barriers() == []
    speak(page)
    assert sent(page) == {
        "language": "en-GB", "speed": 1.5, "seed": 7, "audio_format": "mp3", "sample_rate": 24000, "loudness": -16,
        "timing_format": ["vtt", "json"], "caption_style": "pop", "true_peak": -2, "text": "Hello there.",
    }  # fmt: skip
    page.get_by_role("button", name="Another seed each time").click()
    expect(setting(page, "seed")).to_have_value("")
    page.get_by_role("button", name="Keep this seed").click()
    expect(setting(page, "seed")).to_have_value("7")


def test_problems_are_at_their_fields(studio: Studio) -> None:
    """What the worker refuses is told where it was entered, also in a part that was closed; the focus goes there."""
    page = studio.open("script")
    page.get_by_role("button", name="Speak").click()
    expect(page.locator(".body .problem")).not_to_be_empty()
    expect(script(page)).to_be_focused()
    write(page, "Hello.")
    setting(page, "language").fill("not a language")
    page.get_by_text("More", exact=True).click()
    setting(page, "words per cue").fill("99")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Speak").click()
    expect(setting(page, "words per cue")).to_have_attribute("aria-invalid", "true")
    expect(setting(page, "words per cue")).to_be_visible()
    expect(setting(page, "language")).to_be_focused()
    assert studio.barriers() == []


def test_problem_under_the_script_names_its_field(studio: Studio) -> None:
    """What a preview is refused for is told with the field's name, and at the control alone once that has it."""
    page = studio.open("script")
    write(page, "Hello.")
    setting(page, "speed").fill("9")
    told = page.locator(".writing").get_by_text("speed: must be at most 3")
    expect(told).to_be_visible()
    page.get_by_role("button", name="Speak").click()
    expect(setting(page, "speed")).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".settings").get_by_text("must be at most 3")).to_be_visible()
    expect(told).to_be_hidden()


# Several speakers


def test_turns(studio: Studio) -> None:
    """Turns have a speaker, a voice, a pace and a pause of their own; a problem of one is told in it."""
    page = studio.open("script")
    page.get_by_role("button", name="Turns").click()
    first = page.get_by_role("textbox", name="Text of turn 1")
    first.fill("Are we there yet? [pause:99s]")
    page.get_by_role("button", name="Add a turn").click()
    second = page.get_by_role("textbox", name="Text of turn 2")
    expect(second).to_be_focused()
    second.fill("It cost $4.50.")
    expect(page.locator(".mirror .mark-problem")).to_have_text("[pause:99s]")
    first.fill("🎉 Are we there yet?")
    expect(page.locator(".turn:nth-child(2) .mark-word")).to_have_text("$4.50.")
    page.get_by_label("speaker", exact=True).first.fill("Anna")
    page.get_by_label("speaker", exact=True).last.fill("Bob")
    page.get_by_text("Language, speed, pause").last.click()
    row = page.locator(".turn:nth-child(2)")
    row.get_by_label("speed").fill("9")
    page.get_by_role("button", name="Speak").click()
    expect(row.get_by_label("speed")).to_have_attribute("aria-invalid", "true")
    assert studio.barriers() == []
    row.get_by_label("speed").fill("1.5")
    row.get_by_label("pause after").fill("0.2")
    page.get_by_label("Captions say who speaks").check()
    page.get_by_label("Colour of Anna in captions").fill("#ff8800")
    row.get_by_role("button", name="Move up").click()
    speak(page)
    job = sent(page)
    assert job["turns"] == [
        {"speaker": "Bob", "text": "It cost $4.50.", "speed": 1.5, "pause_after": 0.2},
        {"speaker": "Anna", "text": "🎉 Are we there yet?"},
    ]
    assert job["speaker_labels"] is True
    assert job["speaker_colours"] == {"Anna": "#ff8800"}
    assert "text" not in job
    expect(page.locator("script-reader .chip")).to_have_text(["Bob", "Anna"])


def test_switching_keeps_the_text(studio: Studio) -> None:
    """A text becomes a turn for each voice that it names, and turns become a text; back again nothing is lost."""
    page = studio.open("script")
    field = write(page, f"Hello.\n\n[voice:{VOICE}] Good day.")
    page.get_by_role("button", name="Turns").click()
    expect(page.get_by_role("textbox", name="Text of turn 1")).to_have_value("Hello.")
    expect(page.get_by_role("textbox", name="Text of turn 2")).to_have_value("Good day.")
    page.get_by_label("speaker", exact=True).last.fill("Jörg")
    page.get_by_role("button", name="Text", exact=True).click()
    expect(field).to_have_value(f"Hello.\n\n[voice:{VOICE}] Good day.")
    page.get_by_role("button", name="Turns").click()
    expect(page.get_by_label("speaker", exact=True).last).to_have_value("Jörg")


# What is kept


def test_draft_is_kept_and_cleared(studio: Studio) -> None:
    """The script and its settings outlive the page, until they are cleared, which can be undone."""
    page = studio.open("script")
    write(page, "My draft.")
    setting(page, "seed").fill("5")
    page.get_by_role("link", name="Voices").click()
    expect(page.locator("main[data-ready=voices]")).to_be_attached()
    page.reload()
    studio.open("script")
    expect(script(page)).to_have_value("My draft.")
    expect(setting(page, "seed")).to_have_value("5")
    page.get_by_role("button", name="Clear").click()
    expect(script(page)).to_have_value("")
    expect(setting(page, "seed")).to_have_value("")
    page.get_by_role("button", name="Undo").click()
    expect(script(page)).to_have_value("My draft.")


def test_run_is_opened_again(studio: Studio) -> None:
    """A job of the history fills the form with what was sent; so does a voice of the address."""
    page = studio.open("script")
    write(page, "Once more.")
    setting(page, "seed").fill("9")
    card = speak(page)
    job = card.get_attribute("data-run")
    write(page, "Something else.")
    studio.page.goto("about:blank")
    studio.open("script", f"?run={job}")
    expect(script(page)).to_have_value("Once more.")
    expect(setting(page, "seed")).to_have_value("9")
    expect(page.get_by_role("status")).to_contain_text("in place of your draft")
    page.get_by_role("button", name="Undo").click()
    expect(script(page)).to_have_value("Something else.")
    assert page.url.endswith("#/script")
    page.goto("about:blank")
    studio.open("script", f"?voice={VOICE}")
    expect(script(page)).to_have_value("Something else.")
    speak(page)
    assert sent(page)["voice"] == VOICE


# Long and foreign texts


def test_pasted_lines_of_windows(studio: Studio) -> None:
    """Line ends of Windows become those of the field, so that offsets are right in what is sent."""
    page = studio.open("script")
    field = script(page)
    field.evaluate(
        """field => {
          field.focus();
          document.execCommand("insertText", false, "One.\\r\\nIt cost $4.50.");
        }"""
    )
    expect(field).to_have_value("One.\nIt cost $4.50.")
    expect(page.locator(".mirror .mark-word")).to_have_text("$4.50.")


def test_long_script_is_drawn_by_the_line(studio: Studio) -> None:
    """A key in a script of 20,000 characters draws its own line anew, and leaves all others alone."""
    page = studio.open("script")
    text = "\n".join(["It cost [a](b) $5 [pause:1s] and more of it."] * 440)
    field = write(page, text)
    expect(page.locator(".mirror > div")).to_have_count(440)
    expect(page.locator(".mirror .mark-pause")).to_have_count(440)
    page.evaluate(
        """() => {
          window.drawn = 0;
          new MutationObserver((records) => { for (const one of records) window.drawn += one.addedNodes.length })
            .observe(document.querySelector(".mirror"), { childList: true });
        }"""
    )
    put_caret(page, "more")
    field.press("x")
    expect(page.locator(".mirror > div").first).to_contain_text("xmore")
    assert page.evaluate("drawn") == 1


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_phone(colours: Any, chromium: Browser, server: RunningServer) -> None:
    """On a phone nothing scrolls sideways and no target is small, with a script, its result and several speakers."""
    with opened(chromium, server, size=PHONE, color_scheme=colours) as studio:
        page = studio.open("script")
        write(page, "Hello [pause:0.1s] Dr. [Nguyen](win). Bye.")
        put_caret(page, "guyen")
        speak(page)
        expect(page.locator("script-reader .reader")).to_be_visible()
        assert studio.barriers() == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.get_by_role("button", name="Turns").click()
        page.get_by_label("speaker", exact=True).fill("Anna")
        expect(page.get_by_label("Colour of Anna in captions")).to_be_visible()
        assert studio.barriers() == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        small = page.evaluate(
            """() => [...document.querySelectorAll("main button, main select, main input:not([type=checkbox])")]
              .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 43)
              .map((one) => one.outerHTML)"""
        )
        assert small == []
