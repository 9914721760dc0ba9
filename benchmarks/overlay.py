"""What overlay costs beyond ffmpeg itself: 30 s of captioned video at 1080×1920, a whole job (fetch, probe, draw with
progress, keep) against one plain ffmpeg with the same filter and settings, best of a few rounds each.

    python benchmarks/overlay.py [--rounds N] [--seconds S]
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT)]  # not this folder, whose http.py would hide Python's

import argparse
import json
import resource
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import imageio_ffmpeg

from handler import telemetry
from handler.app import make_services
from handler.captions import FORMATS, Captions, cues, render, resolve
from handler.captions.fonts import lay_out
from handler.captions.render.filtergraph import filters
from handler.captions.render.render import arguments
from handler.dispatch import dispatch
from handler.media import probe
from handler.media.ffmpeg import threads as most_threads
from handler.protocols import Services
from handler.requests import CaptionStyle
from handler.settings import Settings
from handler.types import Word

SENTENCE = "The harbour was quiet that morning, and the boats lay still. "
STYLE = "karaoke"


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the figures are the output."""


def film(path: Path, seconds: float) -> None:
    """A busy vertical video with sound."""
    picture, sound = f"testsrc2=s=1080x1920:r=30:d={seconds}", f"sine=440:d={seconds}"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound]
    subprocess.run([*command, "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", path], check=True)


def speech(services: Services, seconds: float) -> dict[str, Any]:
    """A captioned job whose speech is at least so long; its reply."""
    for count in range(1, 1000):
        event = {"id": f"said-{count}", "input": {"text": SENTENCE * count, "timing_format": "json"}}
        reply = dispatch(event, services)
        if reply["duration"] >= seconds:
            return reply
    raise AssertionError("no speech is long enough")


def plain(folder: Path, said: dict[str, Any], video: Path) -> list[str]:
    """The same video by ffmpeg alone: its command line, run in ``folder``, where its captions and fonts are put."""
    data = json.loads(urllib.request.urlopen(said["timing_files"]["json"]).read())
    words = tuple(Word(shown=word.pop("word"), **word) for word in data["words"])
    style = resolve(CaptionStyle.model_construct(preset=STYLE))
    (folder / "c.ass").write_bytes(
        FORMATS["ass"].write(
            Captions(words, cues(words, style, data["duration"]), style, data["duration"], "en", data["method"])
        )
    )
    lay_out(style.typeface, folder / "fonts")
    sound = Path(urllib.request.url2pathname(said["audio_url"].removeprefix("file://")))
    source = probe.video(video, field="video", max_seconds=600)
    plan = render.over_video(source, sound, data["duration"], (source.width, source.height), source.fps)
    threads = ["-threads", str(most_threads())]
    program = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y"]
    program += [*threads, "-i", str(sound), *threads, "-i", str(video)]
    (folder / "graph").write_text(filters(plan, style))
    return [*program, *arguments(plan), "plain.mp4"]


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock, and seconds of processors, this process's and its children's."""

    wall: float
    cpu: float


def cost(work: Callable[[], object]) -> Cost:
    """What some work costs."""

    def processors() -> float:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(usage.ru_utime + usage.ru_stime for usage in used)

    wall, cpu = time.perf_counter(), processors()
    work()
    return Cost(time.perf_counter() - wall, processors() - cpu)


def compare(folder: Path, seconds: float, rounds: int) -> tuple[list[Cost], list[Cost], dict[str, Any]]:
    """What each job and each plain ffmpeg costs, turn by turn, every round in the other order; and the last reply."""
    settings = {"ENGINES": "espeak", "LOCAL_STORE": str(folder / "store"), "MODELS_DIR": str(folder)}
    services = make_services(Settings.read(settings | {"ALLOW_PRIVATE_URLS": "true"}))
    video = folder / "v.mp4"
    film(video, seconds + 5)
    said = speech(services, seconds)
    replies: list[dict[str, Any]] = []
    jobs: list[Cost] = []
    alone: list[Cost] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/v.mp4"
        fields = {"endpoint": "overlay", "job_id": said["job_id"], "video_url": url, "caption_style": STYLE}
        command = plain(folder, said, video)

        def job() -> None:
            replies.append(dispatch({"input": fields}, services))

        def ffmpeg() -> None:
            subprocess.run(command, cwd=folder, check=True)

        for number in range(rounds):
            turns = [(jobs, job), (alone, ffmpeg)]
            for costs, work in turns if number % 2 else turns[::-1]:
                costs.append(cost(work))
        server.shutdown()
    assert all(reply.get("status") == "completed" for reply in replies), replies
    return jobs, alone, replies[-1]


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=30.0)
    asked = parser.parse_args()
    telemetry.configure("ERROR")
    with tempfile.TemporaryDirectory() as name:
        jobs, alone, reply = compare(Path(name), asked.seconds, asked.rounds)
    print(f"{reply['duration']:.1f} s of {reply['width']}x{reply['height']} at {reply['fps']:g} frames a second")
    print(f"stages of the last job: {reply['metrics']}\n")
    print(f"{'':14}{'best s':>8}{'best cpu s':>12}   every round, s")
    for what, costs in (("a whole job", jobs), ("plain ffmpeg", alone)):
        every = ", ".join(f"{each.wall:.1f}" for each in costs)
        print(f"{what:14}{min(each.wall for each in costs):8.2f}{min(each.cpu for each in costs):12.2f}   {every}")
    wall, cpu = (
        min(getattr(each, unit) for each in jobs) / min(getattr(each, unit) for each in alone)
        for unit in ("wall", "cpu")
    )
    # Processor time too: on a machine that others use, the clock says more of them than of this.
    figures = {"job_s": round(min(each.wall for each in jobs), 2), "ratio": round(wall, 3), "cpu_ratio": round(cpu, 3)}
    print(f"\n{json.dumps(figures | {'rounds': asked.rounds})}")


if __name__ == "__main__":
    main()
