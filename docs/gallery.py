"""Draws the pictures of docs/captions.md and writes its generated parts: each picture is frames of a video that the
worker made of the very job shown beside it, on a video of ours.

    python docs/gallery.py            draw every picture and write the document (minutes)
    python docs/gallery.py --check    exit 1 if the document is out of date; draws nothing
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit
from urllib.request import url2pathname

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from docs.backdrops import film
from docs.generate import request_table
from examples.contact_sheet import contact_sheet
from handler import telemetry
from handler.app import make_services
from handler.captions import STYLES, Style, resolve
from handler.dispatch import dispatch
from handler.media import ffmpeg
from handler.media.ffmpeg import Input
from handler.protocols import Services
from handler.requests import Canvas, CaptionStyle
from handler.settings import Settings

DOCUMENT = ROOT / "docs" / "captions.md"
PICTURES = ROOT / "docs" / "gallery"
SCRIPT = "Every word is on screen, exactly while it is spoken."
CANVASES = tuple(get_args(Canvas))
HEIGHTS = {"1080x1920": 420, "1920x1080": 220, "1080x1080": 300}
"""How high a frame is shown, in pixels, by its canvas."""


@dataclass(frozen=True)
class Example:
    """A picture: three moments of a video in a style, on a light, a dark and a busy picture.

    ``words`` are those of the script that are being spoken then, by their index.
    """

    name: str
    style: dict[str, Any]
    words: tuple[int, int, int] = (0, 2, 4)
    script: str = SCRIPT
    language: str = "en"
    share: float = 0.6
    """How much of the word has been said. By default most of it, so that a sweep is seen to be under way."""
    turns: tuple[tuple[str, str], ...] = ()
    """Who says what, in place of ``script``: pairs of a speaker and a text."""
    colours: dict[str, str] | None = None
    """``speaker_colours`` of the job."""

    @property
    def canvas(self) -> str:
        return str(self.style["canvas"])

    @property
    def speech_id(self) -> str:
        """The id of the job that speaks its script."""
        return f"said-{hashlib.sha256(f'{self.speech}'.encode()).hexdigest()[:8]}"

    @property
    def speech(self) -> dict[str, Any]:
        """The input of the job that speaks its script."""
        turns = [{"speaker": speaker, "text": text} for speaker, text in self.turns]
        script = {"turns": turns} if turns else {"text": self.script}
        return {**script, "language": self.language, "timing_format": "json"}

    @property
    def request(self) -> dict[str, Any]:
        """The job's input, with the links that it has in the document."""
        links = {"job_id": "a1b2-u1", "video_url": "https://example.com/v.mp4"}
        colours = {"speaker_colours": self.colours} if self.colours else {}
        return {"endpoint": "overlay", **links, "caption_style": self.style, **colours}

    @property
    def markdown(self) -> str:
        """The picture, and the job that makes it."""
        job = json.dumps({"input": self.request}, ensure_ascii=False)
        return f"![{self.name}](gallery/{self.name}.webp)\n\n```json\n{job}\n```"


PRESETS = [
    Example(f"{preset}-{canvas}", {"preset": preset, "canvas": canvas}) for preset in STYLES for canvas in CANVASES
]
KEYS = {
    key: Example(f"key-{key}", {"preset": preset, **changes, "canvas": "1080x1080"})
    for key, preset, changes in (
        ("font", "highlight", {"font": "DejaVu Serif"}),
        ("size", "highlight", {"size": 150}),
        ("colour", "highlight", {"colour": "#A7F3D0"}),
        ("highlight", "box", {"highlight": "#F97316"}),
        ("outline", "highlight", {"outline": 18}),
        ("shadow", "highlight", {"outline": 2, "shadow": 9}),
        ("underline", "highlight", {"underline": True}),
        ("letter_spacing", "highlight", {"letter_spacing": 14}),
        ("position", "highlight", {"position": "middle"}),
        ("x", "highlight", {"x": 0.3}),
        ("y", "highlight", {"y": 0.2}),
        ("rotation", "box", {"rotation": -8}),
        ("animation", "karaoke", {"animation": "slide"}),
        ("case", "highlight", {"case": "upper"}),
        ("words_per_cue", "highlight", {"words_per_cue": 2}),
        ("max_chars", "classic", {"max_chars": 16}),
        ("max_lines", "classic", {"max_chars": 16, "max_lines": 4}),
    )
}
"""Of each key of ``caption_style`` that is seen on a still: what it does. A key more is a row more."""

ANIMATED = {
    name: Example(
        f"animation-{name}", {"preset": preset, "animation": name, "canvas": "1080x1080"}, (0, 2, 5), share=share
    )
    for name, preset, share in (
        ("fade", "classic", 0.15),
        ("pop", "highlight", 0.08),
        ("slide", "box", 0.08),
        ("typewriter", "bold", 0.2),
    )
}
"""What each animation does, early in a word."""

_SQUARE = {"preset": "highlight", "canvas": "1080x1080"}
SCRIPTS = {
    "cyrillic": Example("script-cyrillic", _SQUARE, (0, 1, 2), "Каждое слово на экране.", "ru"),
    "greek": Example("script-greek", _SQUARE, (0, 1, 2), "Κάθε λέξη στην οθόνη.", "el"),
    "long": Example(
        "long-words", _SQUARE, (0, 1, 2), "Donaudampfschifffahrtsgesellschaft, antidisestablishmentarianism, and so on."
    ),
    "pictures": Example("emoji", _SQUARE, (0, 2, 5), "Great 🎉 party, 👩‍💻 coders! I ❤️ you 🇩🇪 1️⃣", "en"),
    "speakers": Example(
        "speakers",
        _SQUARE,
        (1, 4, 6),
        turns=(("Anna", "Hello there, Ben."), ("Ben", "Hi Anna!"), ("Cleo", "Good morning.")),
        colours={"Ben": "#56B4E9"},
    ),
    "emoji": Example("missing-glyphs", _SQUARE, (0, 1, 2), "Great 🎉 news, 日本 fans!", "en"),
}
"""What a script may hold."""


def preset_pictures(preset: str) -> str:
    """A preset on every canvas."""
    return "\n\n".join(example.markdown for example in PRESETS if example.style["preset"] == preset)


def presets_table() -> str:
    """What each preset starts from, by key; what depends on the canvas, on each."""

    def on(preset: str, canvas: str) -> Style:
        return resolve(CaptionStyle.model_construct(preset=preset, canvas=canvas))

    on_each: list[tuple[str, Callable[[Style], object]]] = [
        ("size", lambda style: f"{style.size:g}"),
        ("outline", lambda style: f"{style.outline:g}"),
        ("max_chars", lambda style: style.max_chars),
    ]
    anywhere: list[tuple[str, Callable[[Style], object]]] = [
        ("colour", lambda style: style.colour),
        ("highlight", lambda style: style.highlight if style.effect != "none" else ""),
        ("position", lambda style: style.position),
        ("case", lambda style: style.case),
        ("words_per_cue", lambda style: style.words_per_cue or "by sense"),
        ("max_lines", lambda style: style.max_lines),
        ("canvas", lambda style: "x".join(map(str, style.canvas))),
        ("fps", lambda style: f"{float(style.fps):g}"),
    ]
    lines = [["", *(f"`{name}`" for name in STYLES)], ["---"] * (len(STYLES) + 1)]
    lines += [
        [f"`{key}` on {canvas}", *(str(value(on(name, canvas))) for name in STYLES)]
        for key, value in on_each
        for canvas in CANVASES
    ]
    lines += [[f"`{key}`", *(str(value(style)) for style in STYLES.values())] for key, value in anywhere]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def key_picture(key: str) -> str:
    """What a key means, and what it does to a preset."""
    return f"{CaptionStyle.model_fields[key].description}\n\n{KEYS[key].markdown}"


def script_picture(name: str) -> str:
    """What speaks a script in its language, and its picture."""
    example = SCRIPTS[name]
    return f"```json\n{json.dumps({'input': example.speech}, ensure_ascii=False)}\n```\n\n{example.markdown}"


PARTS: dict[str, Callable[[str], str]] = {
    "keys": lambda _: request_table(CaptionStyle),
    "presets": lambda _: presets_table(),
    "preset": preset_pictures,
    "key": key_picture,
    "animation": lambda name: ANIMATED[name].markdown,
    "script": script_picture,
}
"""The generated parts of the document: ``<!-- generated: preset word -->`` is ``PARTS["preset"]("word")``."""


def examples() -> list[Example]:
    """Every picture there is."""
    return [*PRESETS, *KEYS.values(), *ANIMATED.values(), *SCRIPTS.values()]


def generated(text: str) -> str:
    """The document with each of its marked parts made anew; KeyError for a mark that means nothing."""
    return re.sub(
        r"(<!-- generated: (\w+) ?(\w*) -->\n).*?(<!-- end -->)",
        lambda match: f"{match[1]}\n{PARTS[match[2]](match[3])}\n\n{match[4]}",
        text,
        flags=re.DOTALL,
    )


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the list of pictures is the output."""


def draw(wanted: Sequence[Example], out: Path, *, quality: int = 80, zoom: float = 1.0) -> None:
    """Have the worker make the video of each example, and save three of its frames as ``{name}.webp``.

    ``zoom`` 1 is as large as the document shows them. Raises AssertionError for a job that fails.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        services = _services(folder)
        with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=name)) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            for example in wanted:
                times = _make_video(example, folder, services)
                links = {"job_id": example.speech_id, "video_url": f"http://127.0.0.1:{server.server_port}/v.mp4"}
                reply = dispatch({"input": {**example.request, **links}}, services)
                assert "error" not in reply, reply
                height = round(HEIGHTS[example.canvas] * zoom)
                contact_sheet(_local(reply["video_url"]), times, folder / "sheet.png", height=height, columns=3)
                size = webp(folder / "sheet.png", out / f"{example.name}.webp", quality)
                print(f"{example.name:24}{size:>10,} bytes", *(f"\n    {w['message']}" for w in reply["warnings"]))
            server.shutdown()


def _services(folder: Path) -> Services:
    """A worker whose bucket has a font of its own, one that the tests' packages bring."""
    import matplotlib

    face = Path(matplotlib.__file__).parent / "mpl-data/fonts/ttf/DejaVuSerif-Bold.ttf"
    (folder / "store" / "fonts").mkdir(parents=True)
    shutil.copy(face, folder / "store" / "fonts")
    settings = {"ENGINES": "espeak", "LOCAL_STORE": str(folder / "store"), "MODELS_DIR": str(folder)}
    return make_services(Settings.read(settings | {"ALLOW_PRIVATE_URLS": "true"}))


def _make_video(example: Example, folder: Path, services: Services) -> list[float]:
    """Speak the example's script, and lay a video of its canvas below it; the times of the pictures, in seconds."""
    reply = dispatch({"id": example.speech_id, "input": example.speech}, services)
    assert "error" not in reply, reply
    words = json.loads(_local(reply["timing_files"]["json"]).read_text("utf-8"))["words"]
    times = [words[at]["start"] + example.share * (words[at]["end"] - words[at]["start"]) for at in example.words]
    width, _, height = example.canvas.partition("x")
    cuts = [(first + second) / 2 for first, second in pairwise(times)]
    film(folder / "v.mp4", (int(width), int(height)), cuts, reply["duration"])
    return times


def _local(url: str) -> Path:
    return Path(url2pathname(urlsplit(url).path))


def webp(sheet: Path, picture: Path, quality: int) -> int:
    """Save a PNG as a WebP, and return its bytes."""
    encode = ["-c:v", "libwebp", "-quality", str(quality), "-compression_level", "6", "-map_metadata", "-1"]
    ffmpeg.run([Input(sheet, "png_pipe", "png")], [*encode, "p.webp"], sheet.parent, timeout=60)
    shutil.move(sheet.parent / "p.webp", picture)
    return picture.stat().st_size


def main() -> int:
    """Draw and write, or check; returns an exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--only", default="", help="draw the pictures with this in their names")
    parser.add_argument("--out", type=Path, default=PICTURES)
    parser.add_argument("--zoom", type=float, default=1.0)
    asked = parser.parse_args()
    text = DOCUMENT.read_text("utf-8")
    if asked.check:
        print("docs/captions.md is", "up to date" if generated(text) == text else "out of date: run `make gallery`")
        return int(generated(text) != text)
    telemetry.configure("ERROR")
    draw([example for example in examples() if asked.only in example.name], asked.out, zoom=asked.zoom)
    DOCUMENT.write_text(generated(text), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
