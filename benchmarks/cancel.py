"""How long a lane stays taken after a cancel: for each stage a job that is cancelled in it, and one like it after that.

    python benchmarks/cancel.py [STAGE …]

A job is cancelled when it has been in its stage for a moment: a thread is in the stage's function then. One that was
over by then, as on a quick machine, is sent again and cancelled after a quarter of this time. ``reply`` is
the time from the cancel to the reply of the cancelled job, ``lane`` that to the reply of the next job, less what this
one takes by itself: it needs the same engine, aligner or bucket, so it waits for whatever the first one left behind.
The target is 2 s. A stage that was not begun, or always over before its cancel, is printed as missed, and the exit code
is 1.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT)]  # not this folder, whose http.py would hide Python's

import argparse
import json
import logging
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType
from typing import Any

import numpy as np
import soundfile

from handler.app import make_services
from handler.cancellation import Cancellation, in_thread
from handler.dispatch import dispatch
from handler.protocols import Services
from handler.settings import Settings
from tests.support.endless_server import EndlessServer, full_listener
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.whisper_base import whisper_base

TARGET_S = 2.0
POLL_S = 0.002
TRIES = 4
SENTENCE = "The harbour was quiet that morning, and the boats lay still. "
RATE = 16_000

Fields = dict[str, Any]


@dataclass(frozen=True)
class Stage:
    """A job, the function (module and name) in which it is cancelled after so many seconds there, and the next job."""

    name: str
    inside: str
    fields: Fields
    after_s: float = 0.5
    follower: Fields = field(default_factory=lambda: {"text": "Hello."})
    settings: Mapping[str, str] = field(default_factory=dict)
    method: str = ""
    """Of a process that is asked: what the function asks for."""

    def is_running(self) -> bool:
        """Whether a thread is in the stage."""
        module, _, name = self.inside.partition(":")
        frames: list[FrameType | None] = list(sys._current_frames().values())
        for frame in frames:
            while frame is not None:
                known = frame.f_globals.get("__name__") == module and frame.f_code.co_qualname == name
                if known and (not self.method or frame.f_locals.get("method") == self.method):
                    return True
                frame = frame.f_back
        return False


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the figures are the output."""


def recordings(folder: Path) -> None:
    """A recording of a human, again and again for half an hour, and three hours of noise in a slow format."""
    voice, rate = soundfile.read(HUMAN_CLIP, dtype="float32")
    soundfile.write(folder / "long.flac", np.tile(voice, int(1800 * rate / len(voice))), rate)
    soundfile.write(folder / "minute.flac", np.tile(voice, int(60 * rate / len(voice))), rate)
    noise = np.random.default_rng(1).standard_normal(RATE * 600).astype(np.float32) / 10
    with soundfile.SoundFile(folder / "hours.mp3", "w", 48_000, 1, format="MP3") as file:
        for _ in range(18):
            file.write(noise)


@contextmanager
def hosts(folder: Path) -> Iterator[dict[str, str]]:
    """The URLs of a host that serves the folder, one that drips, one that is silent and one that does not listen."""
    opening = b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n"
    web = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=web.serve_forever, daemon=True).start()
    listener, waiting = full_listener()
    with closing(EndlessServer(opening, b" ")) as dripping, closing(EndlessServer()) as silent:
        yield {
            "web": f"http://127.0.0.1:{web.server_port}",
            "drips": dripping.url,
            "silent": silent.url,
            "absent": f"http://127.0.0.1:{listener.getsockname()[1]}",
        }
    for each in (listener, *waiting):
        each.close()
    web.shutdown()


def stages(at: Mapping[str, str]) -> list[Stage]:
    """The stages of this machine; a model that it lacks leaves its own out."""
    long, minute = f"{at['web']}/long.flac", f"{at['web']}/minute.flac"
    clip = f"{at['web']}/clip.wav"
    align: Fields = {"endpoint": "align", "audio_url": clip, "text": HUMAN_TEXT}
    untold: Fields = {"endpoint": "align", "audio_url": clip}
    by_whisper: Fields = {**align, "timing_method": "whisper"}
    bucket = {"S3_BUCKET": "mine", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
    odd: Fields = {"text": "½ <a‹a 1.234,5 " * 12_000}
    said, many = HUMAN_TEXT + " ", SENTENCE * 900
    piper: Fields = {"engine": "piper", "text": "Hello."}
    captions = "1\n00:00:00,000 --> 00:01:00,000\nHello"
    silent, absent = ({**bucket, "AWS_ENDPOINT_URL": at[host]} for host in ("silent", "absent"))
    net, sphinx, whisper = "handler.net", "handler.aligners.sphinx_process", "handler.transcribers.faster_whisper"
    asked = f"{sphinx}:SphinxProcess._ask"
    return [
        Stage("fetch: the server drips", f"{net}.fetch:_Destination.write", {**align, "audio_url": f"{at['drips']}/a"}),
        Stage("fetch: the server is silent", f"{net}.fetch:fetch", {**align, "audio_url": f"{at['silent']}/a"}),
        Stage("fetch: no connection", f"{net}.connection:Connector._connect_to",
              {**align, "audio_url": f"{at['absent']}/a"}),
        Stage("decode: three hours", "handler.media.decode:_Decoder._run",
              {**align, "audio_url": f"{at['web']}/hours.mp3"}, 1.0, align),
        Stage("read a long script: text", "handler.pipeline.script_preview:preview", {"endpoint": "text", **odd}),
        Stage("read a long script: generate", "handler.pipeline.turn_voices:lines", odd),
        Stage("espeak: a word of 20,000 letters", "handler.engines.espeak_library:speak", {"text": "ab" * 10_000}),
        Stage("espeak: many chunks", "handler.pipeline.synthesis:synthesize", {"text": many}),
        Stage("piper: a long sentence", "handler.engines.piper.model:PiperModel.speak",
              {**piper, "text": "and so on " * 300}, 1.0, piper),
        Stage("sphinx aligns a minute", asked, {**align, "audio_url": minute, "text": said * 8}, 1.0, align),
        Stage("sphinx aligns half an hour", asked, {**align, "audio_url": long, "text": said * 200}, 3.0, align),
        Stage("whisper detects the language", f"{whisper}:_ask", {**untold, "audio_url": minute}, 0.3, untold,
              method="detect_language"),
        Stage("whisper writes down", f"{whisper}:_ask", {**untold, "audio_url": minute}, 1.0, untold,
              method="transcribe"),
        Stage("whisper aligns", "handler.aligners.whisper:WhisperAligner._ask",
              {**by_whisper, "audio_url": long, "text": said * 200}, 1.0, by_whisper),
        Stage("encode m4a", "handler.media.m4a:encode_m4a", {"text": many, "audio_format": "m4a"}),
        Stage("loudness", "handler.pipeline.levelling:level", {"text": many, "loudness": -14}, 0.1),
        Stage("book: speaking", "handler.pipeline.book.narrator:Narrator._speak",
              {"endpoint": "book", "text": SENTENCE * 5000}),
        Stage("book: joining the chapters", "handler.pipeline.book.whole:audiobook",
              {"endpoint": "book", "text": SENTENCE * 900}, 0.2),
        Stage("overlay: drawing", "handler.captions.render.render:render_video",
              {"endpoint": "overlay", "audio_url": minute, "captions": captions}, 1.0),
        Stage("upload: the bucket is silent", "handler.jobs.job_store:JobStore._ask", {"text": "Hello."}, 3.0,
              settings=silent),
        Stage("upload: the bucket is not there", "handler.jobs.job_store:JobStore._ask", {"text": "Hello."}, 3.0,
              settings=absent),
    ]  # fmt: skip


def measure(stage: Stage, services: Services, follower: Services) -> tuple[float, float] | str:
    """Seconds from the cancel to the reply, and to a free lane; or why there are none."""
    dispatch({"input": stage.follower}, follower)  # loads what it needs
    begun = time.perf_counter()
    dispatch({"input": stage.follower}, follower)
    alone = time.perf_counter() - begun
    found: tuple[float, float] | str = ""
    for after in range(TRIES):
        found = cancelled_after(stage.after_s / 4**after, alone, stage, services, follower)
        if not isinstance(found, str):
            break
    return found


def cancelled_after(
    after_s: float, alone: float, stage: Stage, services: Services, follower: Services
) -> tuple[float, float] | str:
    """What `measure` returns, for a cancel after so many seconds; ``alone`` are those of the next job by itself."""
    cancellation = Cancellation()
    job = in_thread(partial(dispatch, {"input": stage.fields}, services, cancellation=cancellation))
    while not stage.is_running():
        if job.done():
            return f"it was not begun: {job.result().get('error') or 'the job was done'}"
        time.sleep(POLL_S)
    time.sleep(after_s)
    if not stage.is_running():
        return "it was over"
    cancelled = time.perf_counter()
    cancellation.cancel()
    reply = job.result()
    replied = time.perf_counter()
    if reply.get("error_code") != "cancelled":
        return f"it was over: {reply.get('error') or 'the job was done'}"
    dispatch({"input": stage.follower}, follower)
    return replied - cancelled, max(replied - cancelled, time.perf_counter() - cancelled - alone)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stages", nargs="*", help="the beginnings of the names of stages; all where none is given")
    wanted = parser.parse_args().stages
    logging.disable(logging.CRITICAL)
    figures: dict[str, dict[str, float]] = {}
    missed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="benchmark-cancel-") as name:
        folder = Path(name)
        recordings(folder)
        whisper_base(folder / "models" / "whisper")
        (folder / "clip.wav").write_bytes(HUMAN_CLIP.read_bytes())
        common = {
            "ENGINES": "espeak,piper", "ALIGNERS": "engine,sphinx,whisper", "MODELS_DIR": str(folder / "models"),
            "ALLOW_PRIVATE_URLS": "true", "MAX_TEXT_CHARS": "200000", "MAX_SPEECH_SECONDS": "1e6",
            "JOB_TIMEOUT": "3000",
        }  # fmt: skip
        store = {"LOCAL_STORE": str(folder / "store")}
        usual = make_services(Settings.read(common | store))
        with hosts(folder) as at:
            for stage in stages(at):
                if wanted and not any(stage.name.startswith(each) for each in wanted):
                    continue
                services = make_services(Settings.read({**common, **stage.settings})) if stage.settings else usual
                found = measure(stage, services, usual)
                if isinstance(found, str):
                    missed.append(stage.name)
                    print(f"{stage.name:36} MISSED: {found[:200]}", flush=True)
                    continue
                figures[stage.name] = {"reply_s": round(found[0], 2), "lane_s": round(found[1], 2)}
                print(f"{stage.name:36} reply {found[0]:5.2f} s   lane {found[1]:5.2f} s", flush=True)
    worst = max((each["lane_s"] for each in figures.values()), default=0.0)
    told = {"benchmark": "cancel", "worst_lane_s": worst, "target_s": TARGET_S, "missed": missed, "stages": figures}
    print(json.dumps(told))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
