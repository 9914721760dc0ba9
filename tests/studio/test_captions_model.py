"""The model of the caption editor, without its view: edits, their words' times, undo, and what is saved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from handler import studio as package

SITE = "http://studio.test"
WORDS = [("One", 0.0, 0.4), ("two", 0.4, 0.9), ("three.", 0.9, 1.5), ("Four", 2.5, 2.9), ("five", 2.9, 3.4)]
DOCUMENT = {
    "version": 1,
    "duration": 5.0,
    "language": "en",
    "method": "engine",
    "words": [
        {"word": word, "start": start, "end": end, "confidence": 0.9, "interpolated": False}
        | {"start_char": 8 * at, "end_char": 8 * at + len(word)}
        for at, (word, start, end) in enumerate(WORDS)
    ],
    "cues": [
        {"start": 0.0, "end": 1.5, "text": "One two\nthree.", "first_word": 0, "last_word": 2},
        {"start": 2.5, "end": 3.4, "text": "Four five", "first_word": 3, "last_word": 4},
    ],
}


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """A page that has nothing but the studio's modules."""

    def answer(route: Route) -> None:
        path = package.FOLDER / route.request.url.removeprefix(f"{SITE}/")
        if path.is_file():
            route.fulfill(body=path.read_text("utf-8"), content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")

    context = chromium.new_context()
    context.route(f"{SITE}/**", answer)
    page = context.new_page()
    page.goto(SITE)
    yield page
    context.close()


def edit(page: Page, script: str, document: dict[str, Any] = DOCUMENT) -> Any:
    """What a script returns that has the model as ``model`` and its cues' ids as ``ids``."""
    return page.evaluate(
        """async ([document, script]) => {
            const module = await import("/js/captions/model.js");
            const words = await import("/js/captions/words.js");
            const model = new module.CaptionModel(document);
            const ids = model.cues.map((cue) => cue.id);
            const shown = () => model.cues.map((cue) => [cue.start, cue.end, words.textOf(cue.words)]);
            const times = (at) => model.cues[at].words.map((word) => [word.text, word.start, word.end]);
            const run = new Function("model", "ids", "shown", "times", "module", script);
            return run(model, ids, shown, times, module);
        }""",
        [document, script],
    )


def test_json_goes_around(page: Page) -> None:
    """Captions that nobody edits are saved with the words, times and lines that they had."""
    saved = edit(page, "return model.toJson()")
    assert [(cue["start"], cue["end"], cue["text"]) for cue in saved["cues"]] == [
        (cue["start"], cue["end"], cue["text"])
        for cue in DOCUMENT["cues"]  # type: ignore[attr-defined]
    ]
    assert [(word["word"], word["start"], word["end"]) for word in saved["words"]] == WORDS
    assert edit(page, "return [model.unsaved, model.undoable]") == [False, None]
    assert edit(page, "return new module.CaptionModel(model.toJson()).toJson()") == saved


def test_cues_are_joined_to_be_cut_anew(page: Page) -> None:
    """Neighbours without a pause between them are one cue for the worker, on one line."""
    script = "model.setTimes(ids[0], {end: 2.4}); return model.toJson({joined: true}).cues.map((cue) => cue.text)"
    assert edit(page, script) == ["One two three. Four five"]
    assert len(edit(page, "return model.toJson({joined: true}).cues")) == 2


def test_words_that_stay_keep_their_times(page: Page) -> None:
    """New words have the time of those that they replace; words between others share what is between them."""
    assert edit(page, "model.setText(ids[0], 'One twenty two three.'); return times(0)") == [
        ["One", 0.0, 0.2],
        ["twenty", 0.2, 0.4],
        ["two", 0.4, 0.9],
        ["three.", 0.9, 1.5],
    ]
    assert edit(page, "model.setText(ids[0], 'One 2\\nthree.'); return times(0)")[1] == ["2", 0.4, 0.9]
    halves = edit(page, "model.setText(ids[0], 'One t w three.'); return times(0)")
    assert halves[0] == ["One", 0.0, 0.4]
    assert halves[1:3] == [["t", 0.4, 0.65], ["w", 0.65, 0.9]]
    assert edit(page, "model.setText(ids[1], 'five'); return times(1)") == [["five", 2.9, 3.4]]
    assert "delete" in edit(page, "return model.setText(ids[0], '  ')")


def test_text_without_blanks(page: Page) -> None:
    """Words that stand without a blank between them stay apart, and so do characters of such scripts."""
    words = [
        {"word": char, "start": at / 2, "end": at / 2 + 0.5, "start_char": at, "end_char": at + 1}
        for at, char in enumerate("今日は雨")
    ]
    cues = [{"start": 0, "end": 2, "text": "今日は雨", "first_word": 0, "last_word": 3}]
    script = "model.setText(ids[0], '今日も雨。'); return [times(0), model.toJson().cues[0].text]"
    document = {"words": words, "cues": cues}
    times, text = edit(page, script, document)
    assert times == [["今", 0, 0.5], ["日", 0.5, 1], ["も", 1, 1.5], ["雨。", 1.5, 2]]
    assert text == "今日も雨。"
    saved = edit(page, "return model.toJson()", document)
    assert [word.get("start_char") for word in saved["words"]] == [None, 1, 2, 3]
    assert edit(page, "return shown()[0][2]", saved) == "今日は雨"


def test_edges_stay_between_the_neighbours(page: Page) -> None:
    """An edge stops at the next cue, at 0 and before the cue's other edge; its words stay inside the cue."""
    assert edit(page, "model.setTimes(ids[0], {end: 9}); return shown()[0]") == [0, 2.5, "One two\nthree."]
    assert edit(page, "model.setTimes(ids[1], {start: 1}); return shown()[1]") == [1.5, 3.4, "Four five"]
    assert edit(page, "model.setTimes(ids[0], {start: -3}); return shown()[0][0]") == 0
    narrow = edit(page, "model.setTimes(ids[1], {end: 2.7}); return times(1)")
    assert narrow == [["Four", 2.5, 2.589], ["five", 2.589, 2.7]]
    assert edit(page, "model.setTimes(ids[1], {end: 1}); return shown()[1]") == [2.5, 2.6, "Four five"]
    assert edit(page, "model.setTimes(ids[1], {start: 2.2}); return times(1)[0]") == ["Four", 2.2, 2.9]
    assert edit(page, "model.move(ids[1], -9); return [shown()[1], times(1)[1]]") == [
        [1.5, 2.4, "Four five"],
        ["five", 1.9, 2.4],
    ]
    assert edit(page, "model.moveAll(0.25); model.moveAll(-9); return shown().map((cue) => cue[0])") == [0, 2.5]


def test_no_edit_makes_an_overlap(page: Page) -> None:
    """After a thousand edits in any order cues are in order and apart, and words are inside them and in order."""
    problems = edit(
        page,
        """let seed = 7;
        const random = (below) => (seed = (seed * 16807) % 2147483647) % below;
        for (let step = 0; step < 1000; step += 1) {
          const id = model.cues[random(model.cues.length)].id;
          const kind = random(9);
          if (kind === 0) model.setTimes(id, {start: random(6000) / 1000});
          if (kind === 1) model.setTimes(id, {end: random(6000) / 1000});
          if (kind === 2) model.split(id, random(4));
          if (kind === 3 && model.cues.length > 3) model.merge(id);
          if (kind === 4) model.setText(id, ["a b", "One two three", "five", "x y z one"][random(4)]);
          if (kind === 5) model.add(random(9000) / 1000);
          if (kind === 6) model.move(id, (random(2000) - 1000) / 1000);
          if (kind === 7 && model.cues.length > 3) model.remove(id);
          if (kind === 8) model.setWordStart(id, 0, random(6000) / 1000);
        }
        const problems = [];
        let end = 0;
        for (const cue of model.cues) {
          if (cue.start < end || cue.end <= cue.start) problems.push(["cue", end, cue]);
          end = cue.end;
          let last = cue.start;
          for (const word of cue.words) {
            if (word.start < last - 1e-9 || word.end < word.start || word.end > cue.end) problems.push(["word", cue]);
            last = word.start;
          }
        }
        return problems;""",
    )
    assert problems == []


def test_merge_and_split(page: Page) -> None:
    """Merged cues have the words of both; a cue is split before a word, and its parts have the times of their words."""
    assert edit(page, "model.merge(ids[0]); return shown()") == [[0, 3.4, "One two\nthree. Four five"]]
    assert edit(page, "model.split(ids[0], 2); return shown()") == [
        [0, 0.9, "One two"],
        [0.9, 1.5, "three."],
        [2.5, 3.4, "Four five"],
    ]
    assert edit(page, "model.split(ids[0], 2); model.merge(ids[0]); return shown()[0][2]") == "One two\nthree."
    assert "no cue" in edit(page, "return model.merge(ids[1])")
    assert edit(page, "return [0, 3, 4, 7, 99].map((place) => model.wordAt(ids[0], place))") == [0, 1, 1, 2, 3]


def test_add_and_find(page: Page) -> None:
    """A cue is added where there is room; a search goes around the end."""
    assert edit(page, "model.add(1); return shown()[1]") == [1.5, 2.5, "New caption"]
    assert "room" in edit(page, "model.add(1); return model.add(2).problem")
    assert edit(page, "return ['two thr', 'FIVE', 'none'].map((query) => ids.indexOf(model.find(query)))") == [0, 1, -1]
    assert edit(page, "return [1, 0].map((at) => ids.indexOf(model.find('o', ids[at])))") == [0, 1]


def test_undo_and_redo(page: Page) -> None:
    """Every edit is undone and done again in order; a drag is one edit; saved captions are not unsaved after undo."""
    assert edit(
        page,
        """const seen = [];
        model.markSaved();
        for (const end of [1.6, 1.7, 1.8]) model.setTimes(ids[0], {end}, "drag 1");
        model.merge(ids[0]);
        seen.push([model.undo(), shown()[0][1], model.unsaved], [model.undo(), shown()[0][1], model.unsaved]);
        seen.push([model.undo()], [model.redo(), shown()[0][1]], [model.redoable]);
        model.remove(ids[1]);
        seen.push([model.redo(), model.cues.length]);
        return seen;""",
    ) == [["merge", 1.8, True], ["move an edge", 1.5, False], [None], ["move an edge", 1.8], ["merge"], [None, 1]]


def test_saved_captions_are_not_unsaved(page: Page) -> None:
    """What was saved is unsaved again once it is edited, or undone to what it was before."""
    script = """const seen = [];
        model.merge(ids[0]);
        seen.push(model.unsaved);
        model.markSaved();
        seen.push(model.unsaved);
        model.undo();
        seen.push(model.unsaved);
        model.redo();
        return [...seen, model.unsaved];"""
    assert edit(page, script) == [True, False, True, False]


def test_fast_cues(page: Page) -> None:
    """A cue of more than 20 characters a second is too fast; a word is never."""
    assert edit(page, "return model.cues.map(module.isFast)") == [False, False]
    assert edit(page, "model.setTimes(ids[1], {end: 2.8}); return module.isFast(model.cues[1])") is True
    assert edit(page, "model.setText(ids[1], 'x'.repeat(90)); return module.isFast(model.cues[1])") is False
