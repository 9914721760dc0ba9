"""Frames of captions as libass draws them in a video of the worker's, and as the studio's canvas draws them."""

from __future__ import annotations

import base64
import io
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt
from PIL import Image
from playwright.sync_api import Page

from handler.captions import Captions
from handler.captions.fonts import lay_out, shipped
from handler.captions.layout import cues
from handler.captions.render import Document, RenderPlan
from handler.captions.render.emoji_track import track
from handler.captions.render.filtergraph import filters
from handler.captions.speakers import with_speakers
from handler.captions.styles import STYLES, Style
from handler.endpoints import layout
from handler.types import Word
from tests.support.caption_words import timed
from tests.support.http_server import RunningServer

BACKGROUND = "#7F7F7F"
INK = 48
"""How far a channel of a pixel is from the background, if something is drawn there."""
_DRAW = """async ({drawing, moments, background}) => {
    const { CaptionCanvas } = await import("/studio/js/caption_canvas.js");
    const canvas = new OffscreenCanvas(...drawing.canvas);
    const captions = new CaptionCanvas(canvas);
    await captions.load(drawing);
    const pictures = [];
    for (const seconds of moments) {
        captions.draw(seconds);
        const opaque = new OffscreenCanvas(...drawing.canvas);
        const context = opaque.getContext("2d");
        context.fillStyle = background;
        context.fillRect(0, 0, opaque.width, opaque.height);
        context.drawImage(canvas, 0, 0);
        const blob = await opaque.convertToBlob();
        pictures.push(new Uint8Array(await blob.arrayBuffer()).toBase64?.() ?? await inBase64(blob));
    }
    captions.unload();
    return pictures;

    function inBase64(blob) {
        return new Promise((resolve) => {
            const reader = new FileReader();
            reader.onload = () => resolve(reader.result.split(",")[1]);
            reader.readAsDataURL(blob);
        });
    }
}"""

LATIN = "It cost $4.50, she said --> Worth it, fully AVOID"
HEBREW, ARABIC = "שלום לכם iPhone חדש (15) עולם", "مرحبا بالعالم abc السلام عليكم"
CANVASES = ("1080x1920", "1920x1080", "1080x1080")
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    **{name: (LATIN, {"preset": name, "canvas": CANVASES[at % 3]}) for at, name in enumerate(STYLES)},
    "fade": (LATIN, {"preset": "classic", "animation": "fade", "shadow": 6.0}),
    "slide": (LATIN, {"preset": "highlight", "animation": "slide", "canvas": "1080x1080", "underline": True}),
    "typewriter": (LATIN, {"preset": "bold", "animation": "typewriter", "canvas": "1080x1080", "letter_spacing": 8.0}),
    "grows": (LATIN, {"preset": "highlight", "animation": "pop", "canvas": "1080x1080", "x": 0.3, "y": 0.25}),
    "turned": (LATIN, {"preset": "box", "rotation": -8.0, "animation": "slide", "canvas": "1080x1080"}),
    "hebrew": (HEBREW, {"preset": "box", "font": "DejaVu Sans", "canvas": "1080x1080"}),
    "arabic": (ARABIC, {"preset": "karaoke", "font": "DejaVu Sans", "canvas": "1080x1080"}),
    "emoji": ("Party 🎉 time 👩‍💻 now", {"preset": "highlight", "animation": "pop", "canvas": "1080x1080"}),
    "speakers": (LATIN, {"preset": "classic", "canvas": "1920x1080"}),
}
"""What is compared: a text, and the style that it is shown in."""

Picture = npt.NDArray[np.uint8]
"""[height, width, red green blue]"""


@dataclass(frozen=True)
class Difference:
    """How far two pictures of the same captions differ.

    ``edge`` is the greatest distance of the edges of all ink, in pixels; ``overlap`` the ink that both have of what
    either has; ``mean`` the mean difference of a channel where either has ink, of 255.
    """

    edge: int
    overlap: float
    mean: float

    @classmethod
    def of(cls, one: Picture, other: Picture) -> Difference:
        inks = [_ink(picture) for picture in (one, other)]
        either, both = inks[0] | inks[1], inks[0] & inks[1]
        if not either.any():
            return cls(0, 1.0, 0.0)
        edges = [_edges(ink) for ink in inks]
        distance = max(abs(a - b) for a, b in zip(*edges, strict=True)) if all(edges) else 9999
        mean = float(np.abs(one.astype(np.int16)[either] - other[either]).mean())
        return cls(distance, float(both.sum() / either.sum()), mean)


def _ink(picture: Picture) -> npt.NDArray[np.bool_]:
    background = np.array(list(bytes.fromhex(BACKGROUND[1:])), np.int16)
    return (np.abs(picture.astype(np.int16) - background).max(axis=2) > INK).astype(np.bool_)  # type: ignore[no-any-return]


def _edges(ink: npt.NDArray[np.bool_]) -> list[int]:
    rows, columns = np.nonzero(ink)
    return [int(edge) for axis in (rows, columns) if len(axis) for edge in (axis.min(), axis.max())]


def captions_of(text: str, style: Style, speakers: Sequence[str] = ()) -> Captions:
    """A text in a style, with a pause inside it; ``speakers`` take turns of three words."""
    words: tuple[Word, ...] = timed(text, pauses={2: 0.3})
    if speakers:
        words = tuple(replace(word, speaker=speakers[at // 3 % len(speakers)]) for at, word in enumerate(words))
    style, _ = with_speakers(style, (word.speaker for word in words if word.speaker), None)
    length = words[-1].end + 0.3
    return Captions(words, cues(words, style, length), style, length, "en", "engine")


def frames_of(captions: Captions, most: int) -> list[int]:
    """The frames that tell the most: early in a cue, in the middle and late in words, at most so many."""
    fps = captions.style.fps
    found = [round(cue.start * fps) + 2 for cue in captions.cues]
    for word in captions.words:
        found += [round((word.start + share * (word.end - word.start)) * fps) for share in (0.5, 0.95)]
    found = sorted(set(found))
    return found[:: -(-len(found) // most)]


def by_libass(captions: Captions, frames: Sequence[int], folder: Path) -> list[Picture]:
    """These frames, in order, by the worker's own filters."""
    folder.mkdir(parents=True)
    document, _ = Document.of(captions)
    assert document.captions
    width, height = document.style.canvas
    lay_out(shipped(), folder / "fonts", *document.fonts)
    (folder / "c.ass").write_bytes(document.body)
    (folder / "fonts.conf").write_text(f"<fontconfig><dir>{folder}/fonts</dir></fontconfig>")
    rate = Fraction(document.style.fps).limit_denominator(1001)
    plan = RenderPlan(width, height, rate, captions.duration, None, background=BACKGROUND)
    pictures = track(document.captions, (width, height))
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error"]
    if pictures:
        pictures.sheet().save(folder / "emoji.png")
        command += ["-i", "emoji.png"]
    chosen = "+".join(f"eq(n\\,{frame})" for frame in frames)
    source = f":d={float((frames[-1] + 2) / rate):.3f},select='{chosen}',format=gbrp"
    graph = filters(plan, document.style, pictures).replace(",format=gbrp", source, 1)
    (folder / "graph").write_text(graph)
    command += ["-/filter_complex", "graph", "-map", "[v]", "-frames:v", str(len(frames)), "-fps_mode", "passthrough"]
    command += ["-pix_fmt", "rgb24", "-f", "rawvideo", "-"]
    environment = {"FONTCONFIG_FILE": str(folder / "fonts.conf")}
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, env=environment)
    return list(np.frombuffer(done.stdout, np.uint8).reshape(len(frames), height, width, 3))


def by_canvas(captions: Captions, frames: Sequence[int], page: Page) -> list[Picture]:
    """The same frames, drawn by a page of `blank_page`."""
    document, _ = Document.of(captions)
    assert document.captions
    drawing = layout.drawing(document.captions)
    moments = [float((frame + Fraction(1, 2)) / Fraction(captions.style.fps)) for frame in frames]
    given = {"drawing": drawing, "moments": moments, "background": BACKGROUND}
    bodies = page.evaluate(_DRAW, given)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(body))).convert("RGB")) for body in bodies]


def blank_page(page: Page, server: RunningServer) -> Page:
    """A page of the server's own origin with nothing on it."""
    url = f"{server.url}/blank"
    page.route(url, lambda route: route.fulfill(content_type="text/html", body="<!doctype html><title>-</title>"))
    page.goto(url)
    return page


_numbers = count()


def differences(captions: Captions, frames: Sequence[int], page: Page, folder: Path) -> list[Difference]:
    """How far the canvas is from libass on each frame; the pictures stay in the folder."""
    own = folder / f"{next(_numbers)}-{captions.style.name}"
    pairs = list(zip(by_libass(captions, frames, own), by_canvas(captions, frames, page), strict=True))
    for frame, pair in zip(frames, pairs, strict=True):
        Image.fromarray(np.concatenate(pair, axis=1)).save(own / f"{frame}.png")
    return [Difference.of(*pair) for pair in pairs]
