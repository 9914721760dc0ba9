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

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page, expect

from docs.gallery import webp
from handler import telemetry
from handler.app import make_services
from handler.settings import Settings
from tests.support.http_server import running
from tests.support.studio import DESKTOP, PHONE, Studio, browser, opened

PICTURES = ROOT / "docs" / "studio"
QUALITY = 80
NARRATOR, OTHER = "piper:en_US-joe-medium", "piper:en_US-kristin-medium"
TEXT = "Some call me nature. [pause:0.5s] Others call me mother nature. I have been here for over four and a half billion years."

SEND = """async ([input, title]) => {
  const { runs } = document.querySelector("main > *").studio;
  await runs.start(input, { title }).catch(() => {});
}"""

JOBS: Sequence[tuple[dict[str, object], str]] = (
    ({"text": TEXT, "voice": NARRATOR, "speed": 4}, ""),
    ({"text": TEXT, "voice": NARRATOR, "seed": 7, "timing_format": ["srt", "vtt", "ass"], "caption_style": "pop"}, ""),
    ({"text": TEXT, "voice": NARRATOR, "seed": 8, "speed": 0.9, "timing_format": ["srt", "json"]}, ""),
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


def _compared(page: Page) -> None:
    expect(page.locator("run-comparison audio")).to_have_count(2)


def _played(page: Page) -> None:
    page.get_by_role("button", name="Play", exact=True).first.click()
    page.locator("audio").first.evaluate("audio => { audio.pause(); audio.currentTime = 2; }")


def _looked(page: Page) -> None:
    expect(page.get_by_text("Looked at")).to_be_visible()


SCENES = [
    Scene("script", "script", lambda jobs: f"?run={jobs[-1]}"),
    Scene("captions", "captions", lambda jobs: f"?job={jobs[-1]}"),
    Scene("voices", "voices"),
    Scene("align", "align"),
    Scene("runs", "runs", prepare=_played),
    Scene("compare", "runs", lambda jobs: f"?compare={jobs[-2]},{jobs[-1]}", _compared),
    Scene("health", "health", prepare=_looked),
    Scene("captions-dark", "captions", lambda jobs: f"?job={jobs[-1]}", colours="dark"),
    Scene("runs-phone", "runs", prepare=_played, size=PHONE, colours="dark"),
    Scene("script-phone", "script", lambda jobs: f"?run={jobs[-1]}", size=PHONE),
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
