"""The studio's preview against the timings, over a minute of speech, and against libass, in every style.

    python benchmarks/preview.py [--seconds 60] [--no-pictures]

Piper speaks; a headless Chromium plays its speech and draws the captions of `layout` as the studio does. At every frame
that the browser shows, the word that is marked is compared with the words' own times at the sound's position: `off` is
how far outside of its time a word was marked, in milliseconds. The sound card's own delay is not measured.
`pictures` are differences of the canvas from libass, as tests/studio/test_caption_canvas.py has them, at their worst.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path[:1] = [str(Path(__file__).resolve().parent.parent)]  # not this folder, whose http.py would hide Python's

from playwright.sync_api import Page

from handler.app import make_services
from handler.captions.styles import resolve, with_font
from handler.dispatch import dispatch
from handler.protocols import Services
from handler.requests import CaptionStyle
from handler.settings import Settings
from tests.support import studio
from tests.support.caption_pictures import CASES, blank_page, captions_of, differences, frames_of
from tests.support.http_server import running

FPS = 60
SENTENCE = "Every word of this minute is marked exactly while it is spoken, however short or long it may be. "
MINUTE = """async ({drawing, sound}) => {
    const { CaptionCanvas } = await import("/studio/js/caption_canvas.js");
    const { CaptionPlayer } = await import("/studio/js/caption_player.js");
    const canvas = document.body.appendChild(document.createElement("canvas"));
    [canvas.width, canvas.height] = drawing.canvas.map((side) => side / 4);
    const captions = new CaptionCanvas(canvas);
    await captions.load(drawing);
    const audio = new Audio(sound);
    const samples = [];
    const player = new CaptionPlayer(audio, captions, {
        onFrame: (seconds) => samples.push([seconds, captions.wordAt(seconds), audio.currentTime]),
    });
    player.start();
    await audio.play();
    await new Promise((resolve) => audio.addEventListener("ended", resolve));
    player.stop();
    return samples;
}"""


def minute(page: Page, services: Services, seconds: float) -> dict[str, Any]:
    """Play a speech with its captions; how far the marked word is from the word that is spoken."""
    text = SENTENCE * max(1, round(seconds / 6))
    reply = dispatch({"id": "minute", "input": {"text": text, "timing_format": "json"}}, services)
    style = {"preset": "karaoke", "fps": FPS, "canvas": "1080x1080"}
    fields = {"endpoint": "layout", "job_id": "minute", "caption_style": style}
    drawing = dispatch({"input": fields}, services)
    store = services.store
    sound = store.presign_get("output/minute.wav", 3600, media_type="audio/wav", filename="minute.wav")
    samples = page.evaluate(MINUTE, {"drawing": drawing, "sound": sound})
    words = [[word["start"], word["end"]] for cue in drawing["cues"] for word in cue["words"]]
    firsts = [0]
    for cue in drawing["cues"]:
        firsts.append(firsts[-1] + len(cue["words"]))
    off = [_off(at, found and firsts[found["cue"]] + found["word"], words) for at, found, _ in samples]
    return {
        "seconds": reply["duration"],
        "frames": len(samples),
        "worst_ms": round(1000 * max(off), 1),
        "frames_off": sum(each > 1 / FPS for each in off),
        "behind_sound_ms": round(1000 * max(now - at for at, _, now in samples), 1),
        "longest_frame_ms": round(1000 * max(b[0] - a[0] for a, b in pairwise(samples)), 1),
    }


def _off(at: float, marked: int | None, words: list[list[float]]) -> float:
    """How many seconds a moment is outside of the time of the word marked then; a mark stays until the next word."""
    if marked is None:
        inside = [min(at - start, end - at) for start, end in words if start < at < end]
        return max(inside, default=0.0)
    until = words[marked + 1][0] if marked + 1 < len(words) else at
    return max(0.0, words[marked][0] - at, at - max(until, words[marked][1]))


def pictures(page: Page, services: Services, folder: Path) -> list[dict[str, Any]]:
    """The worst difference of each case."""
    rows = []
    for name, (text, wanted) in CASES.items():
        style, _ = with_font(resolve(CaptionStyle.model_construct(**wanted)), services.store)
        captions = captions_of(text, style, ("Anna", "Ben") if name == "speakers" else ())
        found = differences(captions, frames_of(captions, 6), page, folder)
        rows.append(
            {
                "case": name,
                "edge_px": max(each.edge for each in found),
                "overlap": round(min(each.overlap for each in found), 3),
                "mean": round(max(each.mean for each in found), 1),
            }
        )
        print(f"{name:12} {rows[-1]['edge_px']} px  {rows[-1]['overlap']}  {rows[-1]['mean']}", flush=True)
    return rows


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--no-pictures", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        store = Path(name) / "store"
        services = make_services(
            Settings.read({"ENGINES": "piper", "ALIGNERS": "engine", "LOCAL_STORE": str(store), "LOG_LEVEL": "ERROR"})
        )
        with running(services) as server, studio.browser() as browser:
            page = blank_page(browser.new_page(), server)
            result: dict[str, Any] = {"minute": minute(page, server.api.services, options.seconds)}
            print(result["minute"], flush=True)
            if not options.no_pictures:
                result["pictures"] = pictures(page, server.api.services, Path(name))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
