"""Takes the pictures of docs/studio.md and README: the studio's views in a headless Chromium, over a real worker that
has spoken real jobs with piper.

    python docs/studio_gallery.py [--only runs] [--out docs/studio]

It needs Debian's chromium, as the tests of the studio do.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page, expect

from docs.gallery import webp
from handler import telemetry
from handler.app import make_services
from handler.settings import Settings
from tests.support import stored_voices
from tests.support.http_server import running
from tests.support.studio import DESKTOP, PHONE, Studio, browser, opened

PICTURES = ROOT / "docs" / "studio"
QUALITY = 80
NARRATOR = "piper:en_US-joe-medium"
TEXT = (
    "Some call me nature. [pause:0.5s] Others call me mother nature."
    " I have been here for over 4.5 billion years: 22,500 times longer than you."
)
VOICES: Sequence[dict[str, Any]] = (
    {"name": "anna", "description": "Calm, for stories", "tags": ("calm", "story"), "license": "CC BY 4.0"},
    {"name": "news-desk", "description": "Clear and quick", "tags": ("news",), "license": "All rights reserved"},
)
"""Voices of the bucket, with the recording that the tests have."""
CAPTION_S, SCRIPT_S = 2.6, 1.0

SEND = """async ([input, title]) => {
  const { runs } = document.querySelector("main > *").studio;
  await runs.start(input, { title }).catch(() => {});
}"""

JOBS: Sequence[tuple[dict[str, object], str]] = (
    ({"text": TEXT, "voice": NARRATOR, "speed": 4}, "Nature, too fast"),
    (
        {"text": TEXT, "voice": NARRATOR, "seed": 7, "timing_format": ["srt", "vtt"], "caption_style": "karaoke"},
        "Nature, first take",
    ),
    (
        {"text": TEXT, "voice": NARRATOR, "seed": 8, "timing_format": ["srt", "vtt"], "caption_style": "highlight"},
        "Nature, second take",
    ),
)
"""The jobs of the history: input and title, the first one the oldest."""


@dataclass(frozen=True)
class Scene:
    """A picture: a view with its parameters, on a screen, in colours; ``prepare`` does what a user would."""

    name: str
    view: str
    query: Callable[[Sequence[str]], str] = lambda _: ""
    """The parameters of the view, by the ids of the jobs, the oldest first."""
    prepare: Callable[[Page], object] = lambda _: None
    size: tuple[int, int] = DESKTOP
    colours: str = "light"


def _spoken(page: Page) -> None:
    page.get_by_role("button", name="Speak", exact=True).click()
    audio = page.locator("script-view audio").first
    expect(audio).to_be_visible()
    audio.evaluate("(audio, seconds) => { audio.pause(); audio.currentTime = seconds; }", SCRIPT_S)


def _at_a_caption(page: Page) -> None:
    position = page.get_by_role("slider", name="Position", exact=True)
    expect(position).to_be_visible()
    at = "(slider, seconds) => { slider.value = seconds; slider.dispatchEvent(new Event('input', { bubbles: true })); }"
    position.evaluate(at, CAPTION_S)
    page.wait_for_load_state("networkidle")


def _aligned(page: Page) -> None:
    page.get_by_label("Or the speech of a run").select_option(index=1)
    page.get_by_role("button", name="Find the words").click()
    expect(page.get_by_label("Words in time")).to_be_visible()


def _compared(page: Page) -> None:
    expect(page.locator("run-comparison audio")).to_have_count(2)


def _played(page: Page) -> None:
    page.get_by_role("button", name="Play", exact=True).first.click()
    page.locator("audio").first.evaluate("audio => { audio.pause(); audio.currentTime = 2; }")


def _looked(page: Page) -> None:
    expect(page.get_by_text("Looked at")).to_be_visible()


SCENES = [
    Scene("runs", "runs", prepare=_played),
    Scene("runs-phone", "runs", prepare=_played, size=PHONE, colours="dark"),
    Scene("compare", "runs", lambda jobs: f"?compare={jobs[-2]},{jobs[-1]}", _compared),
    Scene("captions", "captions", lambda jobs: f"?job={jobs[-1]}", _at_a_caption),
    Scene("captions-dark", "captions", lambda jobs: f"?job={jobs[-2]}", _at_a_caption, colours="dark"),
    Scene("voices", "voices"),
    Scene("health", "health", prepare=_looked),
    Scene("script", "script", lambda jobs: f"?run={jobs[-1]}", _spoken),
    Scene("script-phone", "script", lambda jobs: f"?run={jobs[-1]}", size=PHONE),
    Scene("align", "align", prepare=_aligned),
]
"""Each picture is shown in docs/studio.md; a view more is a row more."""


def take(wanted: Sequence[Scene], out: Path) -> None:
    """Send the jobs from the page, then save a picture of each scene as ``{name}.webp``."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, browser() as chromium:
        folder = Path(name)
        environ = {"ENGINES": "piper,espeak", "ALIGNERS": "engine,sphinx", "LOCAL_STORE": str(folder / "store")}
        services = make_services(Settings.read({**environ, "MODELS_DIR": str(folder / "models")}))
        with running(services) as server, opened(chromium, server) as studio:
            for voice in VOICES:
                stored_voices.put(server.api.services.store, **voice)
            page = studio.open("runs")
            for job, title in JOBS:
                page.evaluate(SEND, [job, title])
            ids = page.evaluate("document.querySelector('main > *').studio.runs.all.map(({ id }) => id)")[::-1]
            for scene in wanted:
                size = _picture(studio, scene, ids, folder, out)
                print(f"{scene.name:24}{size:>10,} bytes")


def _picture(studio: Studio, scene: Scene, jobs: Sequence[str], folder: Path, out: Path) -> int:
    page = studio.page
    page.set_viewport_size({"width": scene.size[0], "height": scene.size[1]})
    page.emulate_media(color_scheme="dark" if scene.colours == "dark" else "light", reduced_motion="reduce")
    studio.open(scene.view, scene.query(jobs))
    page.reload()  # each picture shows the view as a visitor finds it, not what the last scene left
    page.wait_for_load_state("networkidle")
    scene.prepare(page)
    for message in page.get_by_role("button", name="Dismiss").all():
        message.click()
    page.evaluate("() => { document.activeElement.blur(); scrollTo(0, 0); }")
    page.screenshot(path=folder / "page.png")
    return webp(folder / "page.png", out / f"{scene.name}.webp", QUALITY)


def main() -> int:
    """Take the pictures; returns an exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="take the pictures with this in their names")
    parser.add_argument("--out", type=Path, default=PICTURES)
    asked = parser.parse_args()
    telemetry.configure("ERROR")
    take([scene for scene in SCENES if asked.only in scene.name], asked.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
