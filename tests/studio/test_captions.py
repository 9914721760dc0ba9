"""The view Captions: edits by hand and keyboard reach the files and videos; drafts, long files, files of the user."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pysubs2
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.http_server import RunningServer
from tests.support.studio import PATIENCE_MS, PHONE, Studio, opened
from tests.support.videos import FPS, SIZE, film

TEXT = "Words come on screen when they are spoken. Choose a style, then make it yours."
VIEW = "document.querySelector('captions-view')"
SRT = "1\n00:00:00,500 --> 00:00:02,000\nFirst line\n\n2\n00:00:02,500 --> 00:00:04,000\nsecond cue here\n"


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    return environ | {"ALIGNERS": "engine,sphinx"}


@pytest.fixture
def job(server: RunningServer) -> dict[str, Any]:
    """Speech with captions of four words at a time, as another client made it."""
    fields = {"text": TEXT, "timing_format": ["json"], "caption_style": "karaoke"}
    reply: dict[str, Any] = server.client.post("/runsync", json={"input": fields}).json()["output"]
    return reply


def captions_of(studio: Studio, job_id: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(studio.server.client.get(f"/v1/jobs/{job_id}/files/json").content)
    return found


def open_job(studio: Studio, job: dict[str, Any]) -> Page:
    page = studio.open("captions", f"?job={job['job_id']}")
    expect(page.get_by_role("heading", name="Cue 1 of")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("sound: its own")).to_be_visible(timeout=PATIENCE_MS)
    return page


def until(page: Page, condition: str) -> None:
    """Wait for a condition in the page. Playwright's own wait evaluates text there, which the policy forbids."""
    seen: bool = page.evaluate(
        f"""async (patience) => {{
          const end = performance.now() + patience;
          while (!({condition}) && performance.now() < end) await new Promise(requestAnimationFrame);
          return Boolean({condition});
        }}""",
        PATIENCE_MS,
    )
    assert seen, condition


def cue(page: Page, number: int) -> Locator:
    return page.get_by_role("listbox", name="Cues").get_by_role("option").nth(number - 1)


def saved(page: Page, *unwanted: str) -> str:
    """Make the files that are offered, but for the unwanted; the id of the job that made them."""
    page.get_by_role("tab", name="Save").click()
    for name in unwanted:
        page.get_by_role("checkbox", name=name).uncheck()
    page.get_by_role("button", name="Make files").click()
    card = page.locator("run-card").first
    expect(card.get_by_text("Done", exact=True)).to_be_visible()
    return card.get_attribute("data-run") or ""


def drawn(page: Page, condition: str = "true") -> None:
    """Wait until a layout is drawn that is as a condition on ``layout`` says."""
    until(page, f"((layout) => layout && {condition})({VIEW}.drawing.layout)")


def spoken(page: Page, time: float) -> str | None:
    """What is marked as spoken once the player is at a time."""
    seek = f"time => {{ const {{ session, drawing }} = {VIEW}; session.player.seek(time);"
    word: str | None = page.evaluate(f"{seek} return drawing.spokenAt(session.player.time)?.word ?? null; }}", time)
    return word


def preset(page: Page, name: str) -> None:
    page.get_by_role("group", name="Preset").get_by_text(name, exact=True).click()


def srt_of(studio: Studio, job_id: str) -> list[tuple[float, float, str]]:
    lines = pysubs2.SSAFile.from_string(studio.server.client.get(f"/v1/jobs/{job_id}/files/srt").text, "srt")
    return [(line.start / 1000, line.end / 1000, line.text.replace("\\N", "\n")) for line in lines]


def burnt(page: Page, studio: Studio, tmp_path: Path) -> dict[str, Any]:
    """Burn the captions in; the size, rate and length of the video."""
    page.get_by_role("tab", name="Save").click()
    page.get_by_role("button", name="Burn into a video").click()
    card = page.locator("run-card").first
    expect(card.get_by_text("Done", exact=True)).to_be_visible()
    expect(card.locator("video")).to_be_visible(timeout=PATIENCE_MS)
    video = tmp_path / "burnt.mp4"
    video.write_bytes(studio.server.client.get(f"/v1/jobs/{card.get_attribute('data-run')}/files/video").content)
    meta: dict[str, Any] = next(imageio_ffmpeg.read_frames(str(video)))
    return meta


def test_edits_reach_the_files(studio: Studio, job: dict[str, Any]) -> None:
    """A text, an edge, a merged and a split cue are in the files, and all other words keep their times."""
    before = captions_of(studio, job["job_id"])["cues"]
    page = open_job(studio, job)
    page.get_by_label("Text", exact=True).fill("Words appear")
    page.get_by_label("End", exact=True).fill(str(before[0]["end"] - 0.2))
    page.get_by_label("End", exact=True).press("Enter")
    cue(page, 3).click()
    page.get_by_role("button", name="Merge with next").click()
    expect(page.get_by_role("heading", name="Cue 3 of")).to_be_visible()
    cue(page, 2).click()
    text = page.get_by_label("Text", exact=True)
    text.evaluate("box => box.setSelectionRange(5, 5)")
    text.press("Control+Enter")
    job_id = saved(page)
    shown = srt_of(studio, job_id)
    assert (shown[0][0], shown[0][2]) == (before[0]["start"], "Words appear")
    assert shown[0][1] == pytest.approx(before[0]["end"] - 0.2, abs=0.002)
    assert [text.replace("\n", " ") for _, _, text in shown[1:3]] == ["when", "they are spoken."]
    assert shown[1][0] == pytest.approx(before[1]["start"], abs=0.002)
    assert shown[2][1] == pytest.approx(before[1]["end"], abs=0.002)
    assert shown[3][0] == pytest.approx(before[2]["start"], abs=0.002)
    assert shown[3][1] == pytest.approx(before[3]["end"], abs=0.002)
    words = {(word["word"], word["start"]) for word in captions_of(studio, job["job_id"])["words"]}
    kept = {(word["word"], word["start"]) for word in captions_of(studio, job_id)["words"]}
    assert {word for word, _ in words - kept} == {"come", "on", "screen"}
    assert page.evaluate("document.querySelector('captions-view').unsaved") is False


def test_edges_are_nudged_by_keyboard(studio: Studio, job: dict[str, Any]) -> None:
    """The handles on the waveform move by 10 ms and 100 ms, stop at the neighbours, and are undone by Ctrl+Z."""
    page = open_job(studio, job)
    cue(page, 2).click()
    start = page.get_by_label("Start", exact=True)
    first = float(start.input_value())
    handle = page.get_by_role("slider", name="Start of cue 2")
    for _ in range(3):
        handle.press("ArrowRight")
    handle.press("Shift+ArrowRight")
    expect(start).to_have_value(f"{first + 0.13:.3f}")
    handle.press("Home")
    expect(start).to_have_value(f"{first:.3f}")
    handle.press("Shift+ArrowRight")
    assert page.evaluate("document.querySelector('captions-view').unsaved") is True
    handle.press("Control+z")
    expect(start).to_have_value(f"{first:.3f}")
    handle.press("Control+Shift+z")
    expect(start).not_to_have_value(f"{first:.3f}")
    page.get_by_label("Handles for words").check()
    words = page.get_by_role("slider", name="Start of “they”")
    at = float(words.get_attribute("aria-valuenow") or 0)
    words.press("ArrowRight")
    expect(words).to_have_attribute("aria-valuenow", f"{at + 0.01:.3f}")


def test_cues_are_edited_by_keyboard_alone(studio: Studio, job: dict[str, Any]) -> None:
    """From the list: arrows choose, m merges, Delete removes, Enter goes to the text; undo brings all back."""
    page = open_job(studio, job)
    cues = page.get_by_role("listbox", name="Cues")
    title = page.locator("cue-editor h2")
    count = int((title.text_content() or "").split()[-1])
    cues.press("ArrowDown")
    expect(title).to_have_text(f"Cue 2 of {count}")
    cues.press("m")
    expect(title).to_have_text(f"Cue 2 of {count - 1}")
    cues.press("Delete")
    expect(title).to_have_text(f"Cue 2 of {count - 2}")
    cues.press("Enter")
    expect(page.get_by_label("Text", exact=True)).to_be_focused()
    page.get_by_label("Seconds by which all cues move").fill("0.5")
    page.get_by_role("button", name="Move all cues").press("Enter")
    assert page.evaluate(f"{VIEW}.session.model.cues[0].start") == pytest.approx(0.5, abs=0.01)
    for _ in range(3):
        page.keyboard.press("Control+z")
    expect(title).to_contain_text(f"of {count}")
    assert page.evaluate("document.querySelector('captions-view').unsaved") is False


def test_keys_play_and_step(studio: Studio, job: dict[str, Any]) -> None:
    """Space plays and pauses, arrows step one frame, the slider and a click in the waveform seek."""
    page = open_job(studio, job)
    player = "document.querySelector('captions-view').session.player"
    page.locator("h1").click()
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    until(page, f"{player}.time > 0.2")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.locator("h1").click()
    page.evaluate(f"{player}.seek(1)")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(f"{player}.time") == pytest.approx(31.5 / 30, abs=0.001)
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(f"{player}.time") == pytest.approx(30.5 / 30, abs=0.001)
    page.locator("wave-form").click(position={"x": 400, "y": 40})
    assert page.evaluate(f"{player}.time") > 1.5


def test_marked_word_is_that_of_the_timings(studio: Studio, job: dict[str, Any]) -> None:
    """On the frames of a word it is the one that is marked; edited words are marked at their new times."""
    page = open_job(studio, job)
    drawn(page, "layout.cues.length === 4")
    for word in captions_of(studio, job["job_id"])["words"]:
        for time in (word["start"] + 1 / 30, (word["start"] + word["end"]) / 2, word["end"] - 1 / 30):
            assert spoken(page, time) == word["word"], time
    page.get_by_label("Text", exact=True).fill("Words appear")
    drawn(page, "layout.cues[0].text.includes('appear')")
    assert spoken(page, 1.0) == "appear"


def test_captions_are_drawn_at_their_time(studio: Studio) -> None:
    """Before the first cue nothing is drawn, in it there are its letters; a word after another changes the picture."""
    page = studio.open("captions")
    drawn(page)
    pixels = """time => {
      const { session } = document.querySelector("captions-view");
      session.player.seek(time);
      const { width, height } = document.querySelector(".stage-captions");
      const picture = document.querySelector(".stage-captions").getContext("2d").getImageData(0, 0, width, height).data;
      const yellow = (at) => picture[at] > 200 && picture[at + 1] > 150 && picture[at + 2] < 80;
      const all = [...picture.keys()].filter((at) => at % 4 === 0 && picture[at + 3]);
      return [all.length, all.filter(yellow).length];
    }"""
    assert page.evaluate(pixels, 0.1) == [0, 0]
    (first, marked), (second, other) = page.evaluate(pixels, 0.5), page.evaluate(pixels, 0.9)
    assert min(first, second) > 500
    assert marked > 50
    assert marked != other


def test_style_reaches_the_layout(studio: Studio) -> None:
    """Presets, values and canvas are drawn as the worker lays them out; its objection is shown at the control."""
    page = studio.open("captions")
    drawn(page, "layout.style.name === 'highlight'")
    page.get_by_role("tab", name="Style").click()
    preset(page, "box")
    drawn(page, "layout.style.effect === 'box'")
    page.get_by_label("size", exact=True).fill("90")
    page.get_by_label("case", exact=True).select_option("upper")
    page.get_by_label("position", exact=True).select_option("top")
    page.get_by_label("colour", exact=True).fill("#FF0000")
    drawn(page, "layout.style.colour === '#FF0000' && layout.style.size === 90 && layout.style.case === 'upper'")
    drawn(page, "layout.cues[0].events.every((event) => !event.middle || event.middle[1] < 500)")
    page.get_by_text("16:9", exact=True).click()
    drawn(page, "layout.canvas[0] === 1920")
    page.get_by_label("underline", exact=True).select_option("yes")
    drawn(page, "layout.style.underline")
    page.get_by_label("size", exact=True).fill("9000")
    expect(page.get_by_text("must be at most 400")).to_be_visible()
    assert studio.barriers() == []
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy as JSON").click()
    expect(page.get_by_text("The style is copied")).to_be_visible()
    copied = json.loads(page.evaluate("navigator.clipboard.readText()"))["caption_style"]
    assert copied["preset"] == "box"
    assert copied["colour"] == "#FF0000"
    page.get_by_role("button", name="Back to the preset").click()
    drawn(page, "layout.style.size !== 90 && layout.style.case === 'as_is'")


def test_cues_follow_the_style_until_they_are_edited(studio: Studio, job: dict[str, Any]) -> None:
    """Another preset cuts the cues of a job anew; edited ones stay, until the user has them cut."""
    page = open_job(studio, job)
    title = page.locator("cue-editor h2")
    page.get_by_role("tab", name="Style").click()
    expect(page.get_by_role("radio", name="karaoke")).to_be_checked()
    preset(page, "word")
    expect(title).to_have_text("Cue 1 of 15")
    expect(page.locator("source-bar").get_by_text("15 cues")).to_be_visible()
    assert page.evaluate(f"{VIEW}.unsaved") is False
    page.get_by_role("tab", name="Cues").click()
    page.get_by_label("Text", exact=True).fill("Letters")
    page.get_by_role("tab", name="Style").click()
    preset(page, "pop")
    drawn(page, "layout.style.name === 'pop'")
    expect(title).to_have_text("Cue 1 of 15")
    page.get_by_role("button", name="Cut the cues by this style").click()
    expect(title).not_to_have_text("Cue 1 of 15")
    assert page.evaluate(f"{VIEW}.session.model.cues[0].words[0].text") == "Letters"
    page.keyboard.press("Control+z")
    expect(title).to_have_text("Cue 1 of 15")


def test_own_captions_on_an_own_video(studio: Studio, tmp_path: Path) -> None:
    """An SRT file and a video of the user: seen in its shape, edited, and burnt in at its size, rate and length."""
    film(tmp_path, "own.mp4", 5.0)
    (tmp_path / "own.srt").write_text(SRT)
    page = studio.open("captions")
    page.get_by_text("Open other captions").click()
    page.get_by_label("Captions", exact=True).set_input_files(tmp_path / "own.srt")
    expect(page.get_by_role("heading", name="Cue 1 of 2")).to_be_visible()
    page.get_by_label("Sound, video or picture").set_input_files(tmp_path / "own.mp4")
    expect(page.get_by_text("sound: own.mp4")).to_be_visible()
    expect(page.get_by_role("radio", name="16:9")).to_be_checked()
    expect(page.locator("caption-stage video")).to_have_js_property("videoWidth", SIZE[0])
    drawn(page, f"layout.fps === {FPS} && layout.canvas[0] === 1920")
    page.get_by_label("Text", exact=True).fill("First lines")
    meta = burnt(page, studio, tmp_path)
    assert (meta["size"], meta["fps"], meta["duration"]) == (SIZE, FPS, pytest.approx(5.0, abs=0.1))
    job_id = page.locator("run-card").first.get_attribute("data-run")
    sent = page.evaluate("id => document.querySelector('captions-view').studio.runs.get(id).input", job_id)
    assert [cue["text"] for cue in json.loads(sent["captions"])["cues"]] == ["First lines", "second cue here"]
    assert studio.barriers() == []


def test_speech_of_a_job_on_a_picture(studio: Studio, job: dict[str, Any], tmp_path: Path) -> None:
    """A job's speech and captions on a picture of the user, in the canvas that is chosen."""
    page = open_job(studio, job)
    page.screenshot(path=tmp_path / "picture.png")
    page.get_by_text("Open other captions").click()
    page.get_by_label("Sound, video or picture").set_input_files(tmp_path / "picture.png")
    expect(page.locator("caption-stage img")).to_be_visible()
    page.get_by_text("1:1", exact=True).click()
    meta = burnt(page, studio, tmp_path)
    assert meta["size"] == (1080, 1080)
    assert meta["duration"] == pytest.approx(job["duration"], abs=0.6)


def test_thousands_of_cues(studio: Studio, tmp_path: Path) -> None:
    """A file of 2,000 cues: only those in sight are elements, all are reached, searched, edited and saved."""
    words: list[dict[str, Any]] = []
    cues: list[dict[str, Any]] = []
    for at in range(2000):
        first = len(words)
        for place, word in enumerate(["this", "is", "cue", str(at + 1)]):
            words.append({"word": word, "start": 2 * at + 0.3 * place, "end": 2 * at + 0.3 * (place + 1)})
        cues.append({"start": 2 * at, "end": 2 * at + 1.5, "first_word": first, "last_word": len(words) - 1})
    (tmp_path / "long.json").write_text(json.dumps({"language": "en", "words": words, "cues": cues}))
    page = studio.open("captions")
    page.get_by_text("Open other captions").click()
    page.get_by_label("Captions", exact=True).set_input_files(tmp_path / "long.json")
    expect(page.get_by_role("heading", name="Cue 1 of 2000")).to_be_visible(timeout=PATIENCE_MS)
    listed = page.get_by_role("listbox", name="Cues")
    listed.press("End")
    expect(page.get_by_role("heading", name="Cue 2000 of 2000")).to_be_visible()
    assert listed.get_by_role("option").count() < 40
    page.get_by_role("searchbox", name="Find in the captions").fill("cue 777")
    page.get_by_role("searchbox", name="Find in the captions").press("Enter")
    expect(page.get_by_role("heading", name="Cue 777 of 2000")).to_be_visible()
    expect(listed.get_by_role("option", selected=True)).to_be_in_viewport()
    page.get_by_label("Text", exact=True).fill("this is the cue that was found")
    shown = srt_of(studio, saved(page, "vtt", "ass", "json"))
    assert len(shown) == 2000
    start, end, text = shown[776]
    assert (start, end, text.replace("\n", " ")) == (1552.0, 1553.5, "this is the cue that was found")
    assert shown[1999][2] == "this is cue 2000"


def test_fast_cue_has_a_hint(studio: Studio) -> None:
    """A cue that nobody can read in its time says so, in the list and at its text."""
    page = studio.open("captions")
    page.get_by_label("Text", exact=True).fill("Far too many words for a second and a half of time on the screen")
    expect(page.get_by_text("hard to read")).to_be_visible()
    expect(cue(page, 1)).to_contain_text("characters a second")
    assert studio.barriers() == []


def test_edits_survive_a_reload(studio: Studio, job: dict[str, Any]) -> None:
    """Unsaved edits are there after the page was loaded anew, until they are discarded."""
    page = open_job(studio, job)
    original = page.get_by_label("Text", exact=True).input_value()
    page.get_by_label("Text", exact=True).fill("Edited words")
    until(page, "sessionStorage['studio.captions']?.includes('Edited')")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.get_by_text("Your edits from before are back.")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_label("Text", exact=True)).to_have_value("Edited words")
    page.get_by_role("button", name="Discard them").click()
    expect(page.get_by_label("Text", exact=True)).to_have_value(original)


def test_attached_video_is_asked_for_again(studio: Studio, job: dict[str, Any], tmp_path: Path) -> None:
    """After a reload, which loses files, the page names the video that was attached beside the edits."""
    film(tmp_path, "own.mp4", 1.0)
    page = open_job(studio, job)
    page.get_by_text("Open other captions").click()
    page.get_by_label("Sound, video or picture").set_input_files(tmp_path / "own.mp4")
    expect(page.get_by_text("behind it: own.mp4")).to_be_visible()
    page.get_by_label("Text", exact=True).fill("Edited words")
    until(page, "sessionStorage['studio.captions']?.includes('Edited')")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.get_by_text("Attach own.mp4 again")).to_be_visible(timeout=PATIENCE_MS)


def test_view_opens_at_its_top(chromium: Browser, server: RunningServer, job: dict[str, Any]) -> None:
    """Captions that are opened from far down another view show their preview."""
    with opened(chromium, server, size=(1280, 707)) as studio:
        page = studio.open("script")
        expect(page.get_by_role("button", name="Speak", exact=True)).to_be_visible()
        page.evaluate("scrollTo(0, 400)")
        assert page.evaluate("scrollY") > 0
        open_job(studio, job)
        assert page.evaluate("scrollY") == 0
        expect(page.locator("caption-stage")).to_be_in_viewport(ratio=0.9)


def test_edits_survive_other_captions(studio: Studio, job: dict[str, Any]) -> None:
    """Edits of one job's captions are there again after a look at others, and those have none of them."""
    page = open_job(studio, job)
    page.get_by_label("Text", exact=True).fill("Edited words")
    studio.open("runs")
    studio.open("captions")
    expect(page.get_by_label("Text", exact=True)).to_have_value("Words come on screen")
    page.get_by_role("tab", name="Style").click()
    preset(page, "bold")
    expect(page.get_by_role("radio", name="bold")).to_be_checked()
    studio.open("runs")
    page = open_job(studio, job)
    expect(page.get_by_label("Text", exact=True)).to_have_value("Edited words")


def test_job_of_others_in_the_history_is_opened(studio: Studio, job: dict[str, Any]) -> None:
    """A job that others have sent, whose input this browser does not know, has its captions and its style."""
    page = studio.open("runs")
    page.get_by_role("button", name="Show it above").click()
    page.get_by_role("group", name="A job of generate").get_by_role("button", name="Captions").click()
    expect(page.get_by_text("sound: its own")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("tab", name="Style").click()
    expect(page.get_by_role("radio", name="karaoke")).to_be_checked()


def test_refused_captions_say_why(studio: Studio, tmp_path: Path) -> None:
    """A file without cues is refused in the worker's words, and what was open stays open."""
    (tmp_path / "empty.srt").write_text("nothing to see")
    page = studio.open("captions")
    page.get_by_text("Open other captions").click()
    page.get_by_label("Captions", exact=True).set_input_files(tmp_path / "empty.srt")
    expect(page.get_by_role("alert").first).to_contain_text("empty.srt cannot be used")
    expect(page.get_by_role("heading", name="Cue 1 of 4")).to_be_visible()
    assert studio.barriers() == []


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_tabs_have_no_barrier(colours: Any, chromium: Browser, server: RunningServer) -> None:
    """axe-core finds nothing on the cues, the style and the files, on a phone in light and dark, and none is wider."""
    with opened(chromium, server, size=PHONE, color_scheme=colours) as studio:
        page = studio.open("captions")
        expect(page.get_by_role("heading", name="Cue 1 of 4")).to_be_visible()
        for tab in ("Cues", "Style", "Save"):
            page.get_by_role("tab", name=tab).click()
            expect(page.get_by_role("tabpanel", name=tab)).to_be_visible()
            assert studio.barriers() == [], tab
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), tab
