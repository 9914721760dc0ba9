"""`make demo`: from script to captioned video in the worker's own jobs, which need no key, no GPU and no download."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from examples.backdrop import FPS, backdrop
from examples.contact_sheet import contact_sheet
from examples.film import join
from examples.terminal import print_summary, step
from handler import telemetry
from handler.app import make_services
from handler.dispatch import dispatch
from handler.engines import ENGINES
from handler.errors import WorkerError
from handler.media import ffmpeg
from handler.protocols import Services
from handler.settings import Settings

OUT = ROOT / "out" / "demo"

TITLE_S = 1.3  # in the pause before the first word

# The captions change their style in the pause between the halves.
FIRST_HALF = """\
[pause:1.4s] You write a script. This worker speaks it, and shows each word exactly when you hear it. [pause:0.6s] """
SECOND_HALF = """\
Dr. [Nguyen](win) sold 1,250 books at $4.50 each: the captions keep your spelling. [pause:0.6s] \
Now bring your own voice, and your own video."""

LARGE = {"position": "middle", "size": 165, "max_chars": 12, "words_per_cue": 4}
FIRST_STYLE = {"preset": "karaoke", **LARGE}
SECOND_STYLE = {"preset": "box", "highlight": "#6EE7B7", **LARGE}

NEEDED_BYTES = 200_000_000  # of free space: results and temporary files

PICTURED = ("speaks", "exactly", "Nguyen", "$4.50")  # the words that frames.png shows, after the title


class Failed(Exception):
    """The demo cannot go on; the message is one sentence."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the video and print where it is; return an exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", default="piper", choices=sorted(ENGINES), help="which engine speaks")
    engine = parser.parse_args(arguments).engine
    telemetry.configure("ERROR")
    try:
        demo(engine, OUT)
    except (Failed, WorkerError) as error:
        why = str(error)
    except OSError as error:
        why = f"{error.filename or 'a file'} cannot be written: {error.strerror or error}"
    except ffmpeg.Failed:
        why = "ffmpeg could not write a video; is the disk full?"
    except KeyboardInterrupt:
        why = "it was interrupted"
    else:
        return 0
    print(f"The demo stopped: {why}", file=sys.stderr)
    return 1


def demo(engine: str, out: Path, canvas: str | None = "1080x1920") -> None:
    """Replace the folder ``out`` by the files of the demo, and print what they are. Without canvas the video is small.

    Raises Failed, WorkerError, OSError or ffmpeg.Failed.
    """
    began = time.monotonic()
    _make_room(out)
    with tempfile.TemporaryDirectory(prefix="demo-") as store:
        services = _services(engine, store)
        with step("Speaking the script"):
            fields = {"timing_format": "all", "caption_style": FIRST_STYLE}
            speech = _job({"text": FIRST_HALF + SECOND_HALF, **fields}, services, id="demo")
            if not speech["timing_files"]:
                raise Failed(speech["warnings"][-1]["message"])
            captions = [_copy(url, out) for url in speech["timing_files"].values()]
            audio = _copy(speech["audio_url"], out)
        words = json.loads((out / "demo.json").read_text("utf-8"))["words"]
        change = round(_change_of_style(words) * FPS)
        with step("Drawing a backdrop"):
            half_length = _upload_backdrop(change, services)
            whole_length = _upload_backdrop(round((speech["duration"] + 0.5) * FPS), services)
        overlay = {"endpoint": "overlay", "job_id": "demo", "canvas": canvas}
        with step(f"Drawing captions in the style {FIRST_STYLE['preset']}"):
            # "keep" makes a video as long as its backdrop, without speech: that comes with the second one.
            fields = {"video_url": half_length, "audio": "keep", "caption_style": FIRST_STYLE}
            first = _job({**overlay, **fields}, services)
        with step(f"Drawing captions in the style {SECOND_STYLE['preset']}"):
            second = _job({**overlay, "video_url": whole_length, "caption_style": SECOND_STYLE}, services)
        with step("Joining both, below a title"):
            videos = (_path(first["video_url"]), _path(second["video_url"]))
            loudness = join(*videos, change, TITLE_S, out / "demo.mp4")
            times = [0.4 * word["start"] + 0.6 * word["end"] for word in words if word["word"] in PICTURED]
            contact_sheet(out / "demo.mp4", [TITLE_S / 2, *times], out / "frames.png")
    print_summary(out, speech, second, loudness, [audio, *captions], time.monotonic() - began)


def _make_room(out: Path) -> None:
    if out.exists():
        shutil.rmtree(out)
    out.mkdir(parents=True)
    for folder in (out, Path(tempfile.gettempdir())):
        if (free := shutil.disk_usage(folder).free) < NEEDED_BYTES:
            raise Failed(f"{folder} has {free / 1e6:.0f} MB of free space, and {NEEDED_BYTES / 1e6:.0f} MB are needed")


def _services(engine: str, store: str) -> Services:
    # Models are kept beside this run's files, not among them: the next run finds them.
    ours = {"ENGINES": engine, "LOCAL_STORE": store, "S3_BUCKET": "", "RUNPOD_POD_ID": ""}
    return make_services(Settings.read({"MODELS_DIR": str(ROOT / "out" / "models"), **os.environ, **ours}))


def _job(fields: dict[str, Any], services: Services, **job: str) -> dict[str, Any]:
    """Run one job as the queue does; return its reply. Raises Failed with the error that a client would see."""
    reply = dispatch({**job, "input": fields}, services)
    if "error" in reply:
        raise Failed(reply["error"])
    return reply


def _upload_backdrop(frames: int, services: Services) -> str:
    """Upload a video that is not on the web, as API.md says; return the link to it for other jobs."""
    reply = _job({"endpoint": "upload", "create_upload_url": True}, services)
    place = _path(reply["upload_url"])
    place.parent.mkdir(parents=True, exist_ok=True)
    backdrop(place, frames)
    return str(reply["file_url"])


def _change_of_style(words: Sequence[dict[str, Any]]) -> float:
    """The middle of the pause between the two halves of the script, in seconds."""
    second = next(i for i, word in enumerate(words) if word["start_char"] >= len(FIRST_HALF))
    return float(words[second - 1]["end"] + words[second]["start"]) / 2


def _path(url: str) -> Path:
    return Path(url2pathname(urlsplit(url).path))


def _copy(url: str, folder: Path) -> Path:
    return Path(shutil.copy(_path(url), folder))


if __name__ == "__main__":
    sys.exit(main())
