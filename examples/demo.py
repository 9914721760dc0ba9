"""`make demo`: from script to captioned video in two jobs, on defaults that need no key, no GPU and no download."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
import urllib.parse
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from examples.contact_sheet import contact_sheet
from handler import telemetry
from handler.app import make_services
from handler.dispatch import dispatch
from handler.settings import Settings

OUT = ROOT / "out" / "demo"

SCRIPT = """\
On the 3rd of May, 1,250 people watched one short video. [pause:1.2s] \
It cost $4.50 to make. By Sunday, 98% of them had shared it — and not one had turned the sound on. \
That is what captions are for: every word on screen, exactly while it is spoken."""


def main() -> int:
    """Speak, draw the video and print where the files are; returns an exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", default="espeak", help="which engine speaks")
    engine = parser.parse_args().engine
    began = time.monotonic()
    telemetry.configure("ERROR")
    shutil.rmtree(OUT, ignore_errors=True)

    # Models are kept beside this run's files, not among them: they are found again by the next one.
    ours = {"TTS_ENGINE": engine, "LOCAL_STORE": str(OUT / "store"), "S3_BUCKET": "", "RUNPOD_POD_ID": ""}
    settings = Settings.read({"MODELS_DIR": str(ROOT / "out" / "models"), **os.environ, **ours})
    services = make_services(settings)
    fields = {"text": SCRIPT, "return_word_timings": True, "timing_format": "all", "caption_style": "karaoke"}
    speech = dispatch({"id": "demo", "input": fields}, services)
    # Without a video to draw on, overlay makes one: the waveform of the speech.
    video = speech if "error" in speech else dispatch({"input": {"endpoint": "overlay", "job_id": "demo"}}, services)
    if "error" in video:
        print(f"The demo's job failed: {video['error']}", file=sys.stderr)
        return 1
    audio = _fetch(speech["audio_url"])
    captions = {name: _fetch(url) for name, url in speech["timing_files"].items()}
    pictures = _fetch(video["video_url"]).replace(OUT / "demo.mp4"), OUT / "frames.png"
    cues = json.loads(captions["json"].read_text("utf-8"))["cues"]
    middles = [(cue["start"] + cue["end"]) / 2 for cue in cues]
    contact_sheet(pictures[0], middles[:: max(1, len(middles) // 5)][:5], pictures[1])
    _print_summary(speech, [audio, *captions.values(), *pictures], time.monotonic() - began)
    return 0


def _fetch(url: str) -> Path:
    """Copy what a reply's URL points to beside the other results."""
    source = Path(urllib.parse.unquote(urllib.parse.urlsplit(url).path))
    return Path(shutil.copy(source, OUT))


def _print_summary(reply: dict[str, Any], files: list[Path], seconds: float) -> None:
    print(f"{reply['duration']:.1f} s of speech by {reply['engine']}, {reply['word_count']} words timed by", end=" ")
    print(f"{reply['timing_method']}, in {seconds:.1f} s:\n")
    for file in files:
        print(f"  {file.relative_to(ROOT).as_posix():28}{file.stat().st_size:>12,} bytes")
    for warning in reply["warnings"]:
        print(f"\n  warning: {warning['message']}")
    print("\nWatch out/demo/demo.mp4, or look at out/demo/frames.png. Then try a script of your own:\n")
    print("  TTS_ENGINE=espeak LOCAL_STORE=out/store .venv/bin/python -m handler run \\")
    print("""    '{"input": {"text": "Hello, world!", "timing_format": "all", "caption_style": "karaoke"}}'""")


if __name__ == "__main__":
    sys.exit(main())
