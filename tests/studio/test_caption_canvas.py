"""The studio's canvas shows captions as libass draws them: in every style, on every canvas, at every moment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from handler.app import make_services
from handler.captions.styles import resolve, with_font
from handler.endpoints import layout
from handler.requests import CaptionStyle
from handler.settings import Settings
from tests.captions.test_fonts import FILES
from tests.support.caption_pictures import CASES, blank_page, captions_of, differences, frames_of
from tests.support.http_server import RunningServer, running

MOMENTS = 3  # frames of each text
MAX_EDGE_PX, MIN_OVERLAP, MAX_MEAN = 2, 0.9, 17.0
EMOJI_OVERLAP = 0.87  # ffmpeg lays pictures on whole pixels, and has half as many of their colours


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    store = tmp_path_factory.mktemp("store")
    services = make_services(Settings.read({"ENGINES": "espeak", "ALIGNERS": "engine", "LOCAL_STORE": str(store)}))
    services.store.put("fonts/DejaVuSans-Bold.ttf", (FILES / "DejaVuSans-Bold.ttf").read_bytes(), "font/ttf")
    with running(services) as server:
        yield server


@pytest.fixture(scope="module")
def page(chromium: Browser, server: RunningServer) -> Iterator[Page]:
    """A page of the server with nothing on it, that fails the tests by what its console says."""
    problems: list[str] = []
    with chromium.new_context() as context:
        page = context.new_page()
        page.on("console", lambda line: problems.append(line.text))
        yield blank_page(page, server)
    assert problems == []


@pytest.mark.parametrize("name", CASES)
def test_canvas_shows_what_libass_draws(name: str, server: RunningServer, page: Page, tmp_path: Path) -> None:
    """The edges of all ink are within two pixels, and nine tenths of it is the same, in the same colours."""
    text, wanted = CASES[name]
    style, warnings = with_font(resolve(CaptionStyle.model_construct(**wanted)), server.api.services.store)
    assert not warnings
    captions = captions_of(text, style, ("Anna", "Ben") if name == "speakers" else ())
    frames = frames_of(captions, MOMENTS)
    for frame, found in zip(frames, differences(captions, frames, page, tmp_path), strict=True):
        assert found.edge <= MAX_EDGE_PX, (frame, found)
        assert found.overlap >= (EMOJI_OVERLAP if name == "emoji" else MIN_OVERLAP), (frame, found)
        assert found.mean <= MAX_MEAN, (frame, found)


def test_canvas_tells_where_words_are(page: Page) -> None:
    """Each word on screen has a box where its letters are, and the word being spoken is that of the timings."""
    captions = captions_of("It cost much, fully AVOID", resolve(CaptionStyle.model_construct(preset="karaoke")))
    found = page.evaluate(
        """async ({drawing, moments}) => {
            const { CaptionCanvas } = await import("/studio/js/caption_canvas.js");
            const captions = new CaptionCanvas(new OffscreenCanvas(...drawing.canvas));
            await captions.load(drawing);
            const found = moments.map((at) => ({ boxes: captions.boxes(at), word: captions.wordAt(at) }));
            captions.unload();
            return found;
        }""",
        {
            "drawing": layout.drawing(captions),
            "moments": [(word.start + word.end) / 2 for word in captions.words],
        },
    )
    places = [(cue, word) for cue, each in enumerate(captions.cues) for word in range(len(each.words))]
    assert [(one["word"]["cue"], one["word"]["word"]) for one in found] == places
    drawing = layout.drawing(captions)
    for (cue, word), one in zip(places, found, strict=True):
        boxes = {box["word"]: box for box in one["boxes"]}
        assert {box["cue"] for box in one["boxes"]} == {cue}
        left, top, width, height = drawing["cues"][cue]["words"][word]["places"][0]
        box = boxes[word]
        assert (box["left"], box["top"], box["width"], box["height"]) == pytest.approx(
            (left, top, width, height), abs=2
        )
