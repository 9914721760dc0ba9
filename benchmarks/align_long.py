"""How an hour of audio is aligned: its memory against ten minutes', its errors, and what a text that differs costs.

    python benchmarks/align_long.py [--minutes 60] [--aligner sphinx]

espeak-ng speaks sentences that all differ, at four speeds, so that every word's true start is known. Each recording is
one job of `align` in a process of its own, over HTTP as clients send it: ten minutes; the long one; ten minutes whose
text lacks a paragraph and has one that is not said; and ten minutes with the text of another recording, which is
refused. `memory_ratio` is the peak memory of the long one's job over
that of ten minutes: of the worker and the aligner's own process together, or of the decoder's, if that takes more.
Errors are those of word starts; of the text that differs, those of the words that are both said and in the text.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:1] = [str(Path(__file__).resolve().parent.parent)]  # not this folder, whose http.py would hide Python's

import argparse
import json
import os
import re
import resource
import subprocess
import tempfile
import threading
import time
import urllib.request
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

from benchmarks.spoken_text import said, sentences, spread, starts
from handler.app import make_services
from handler.dispatch import dispatch
from handler.settings import Settings

RATES = (150, 175, 200, 225)
SHORT = 10.0
"""Minutes."""
PARAGRAPH = 8
"""Sentences of a paragraph, and of one that is left out."""
FAR = 200.0
"""Milliseconds: a word that is farther off is seen to be wrong."""


class Server(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing."""


@dataclass(frozen=True)
class Talk:
    """A recording in a file, and for each of its sentences the true start of every word in seconds."""

    name: str
    script: list[str]
    truth: dict[str, list[float | None]]
    seconds: float


def speak(name: str, folder: Path, minutes: float, seed: int) -> Talk:
    """Write a recording piece by piece: an hour of samples would be most of this process."""
    import soundfile

    script: list[str] = []
    truth: dict[str, list[float | None]] = {}
    at = 0
    with soundfile.SoundFile(folder / f"{name}.flac", "w", 22_050, 1) as file:
        for number, sentence in enumerate(sentences(int(minutes * 40), seed)):
            if sentence in truth:
                continue
            piece = said(sentence, RATES[number // 50 % len(RATES)])
            pause = np.zeros(int(22_050 * (0.8 if number % PARAGRAPH == 0 else 0.25)), np.float32)
            truth[sentence] = [start if start is None else start + at / 22_050 for start in starts(piece)]
            script.append(sentence)
            file.write(np.concatenate([piece.samples, pause]))
            at += len(piece.samples) + len(pause)
            if at >= minutes * 60 * 22_050:
                break
    return Talk(name, script, truth, at / 22_050)


def prose(count: int) -> list[str]:
    """So many words of what this project's documents say, without tables and code."""
    folder = Path(__file__).parent.parent / "docs"
    text = "\n".join((folder / f"{name}.md").read_text() for name in ("deploy", "scale", "captions"))
    lines = [line for line in text.splitlines() if re.match("[A-Z]", line)]
    return re.sub(r"`[^`]*`|\(\S*\)|[\[\]*]", "", " ".join(lines)).split()[:count]


def work(job: str, environ: dict[str, str]) -> None:
    """Do one job, and say what memory it took, in MB."""
    began = time.perf_counter()
    reply = dispatch(json.loads(job), make_services(Settings.read(environ)))
    seconds = time.perf_counter() - began
    # Of the decoder, which has ended; the aligner's process has not.
    ended = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    living = sum(map(peak, ["self", *Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]))
    print(json.dumps({"reply": reply, "memory": max(living, ended), "seconds": seconds}))


def peak(process: str) -> float:
    """The most memory that a process has had, in MB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def ask(talk: Talk, script: list[str], address: str, aligner: str, environ: dict[str, str]) -> dict[str, Any]:
    """One job in a process of its own: its reply, memory in MB and seconds."""
    fields = {"timing_format": "json", "timing_method": aligner, "timing_strict": True, "language": "en"}
    given = {"endpoint": "align", "audio_url": f"{address}/{talk.name}.flac", "text": " ".join(script), **fields}
    run = subprocess.run(
        [sys.executable, __file__, "--job", json.dumps({"id": talk.name + str(len(script)), "input": given})],
        env={**os.environ, **environ}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True,
    )  # fmt: skip
    done: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return done


def figures_of(talk: Talk, script: list[str], done: dict[str, Any]) -> dict[str, Any]:
    """How far a job's words are from the truth, and what it cost."""
    reply = done["reply"]
    if "error" in reply:
        raise SystemExit(reply["error"])
    words = json.loads(urllib.request.urlopen(reply["timing_files"]["json"]).read())["words"]
    errors: list[float] = []
    at = 0
    for sentence in script:
        count = len(sentence.split())
        for word, start in zip(words[at : at + count], talk.truth.get(sentence, [None] * count), strict=True):
            errors += [] if start is None else [1000 * abs(word["start"] - start)]
        at += count
    return {
        "minutes": round(talk.seconds / 60, 1),
        "words": len(errors),
        **spread(errors),
        "far": sum(error > FAR for error in errors),
        "confidence": reply["timing_confidence"],
        "memory_mb": round(done["memory"]),
        "seconds": round(done["seconds"], 1),
        "warnings": [warning["message"] for warning in reply["warnings"]],
    }


def main() -> None:
    """Speak, align, print a table and one JSON object of figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--aligner", default="sphinx")
    parser.add_argument("--job", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.job:
        work(arguments.job, dict(os.environ))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environ = {"LOCAL_STORE": str(folder / "store"), "ALLOW_PRIVATE_URLS": "true", "JOB_TIMEOUT": "7200"}
        environ |= {"ENGINES": "espeak", "LOG_LEVEL": "ERROR"}
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Server, directory=name))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        short, long = speak("short", folder, SHORT, 1), speak("long", folder, arguments.minutes, 2)
        middle = len(short.script) // 3
        unread = [sentence for sentence in sentences(PARAGRAPH, 3) if sentence not in short.truth]
        differs = [*short.script[:middle], *short.script[middle + PARAGRAPH : 2 * middle], *unread]
        differs += short.script[2 * middle :]
        cases = {"ten minutes": (short, short.script), "long": (long, long.script), "text differs": (short, differs)}
        figures = {}
        for case, (talk, script) in cases.items():
            done = ask(talk, script, address, arguments.aligner, environ)
            figures[case] = figures_of(talk, script, done)
            print(f"{case}: " + ", ".join(f"{key} {value}" for key, value in figures[case].items()), flush=True)
        refused = ask(short, prose(len(" ".join(short.script).split())), address, arguments.aligner, environ)
        print(f"another text: seconds {refused['seconds']:.1f}, {refused['reply'].get('error', 'not refused')}")
        server.shutdown()
    keys = ("minutes", "words", "median", "mean", "p90", "far", "confidence", "memory_mb", "seconds")
    print("\n" + " " * 14 + "".join(f"{key:>11}" for key in keys))
    for case, row in figures.items():
        print(f"{case:14}" + "".join(f"{row[key]:11}" for key in keys))
    ten, hour, other = figures["ten minutes"], figures["long"], figures["text differs"]
    print(
        "\n"
        + json.dumps(
            {
                "memory_ratio": round(hour["memory_mb"] / ten["memory_mb"], 3),
                "memory_mb": hour["memory_mb"],
                "minutes": hour["minutes"],
                "short_median_ms": ten["median"],
                "long_median_ms": hour["median"],
                "long_p90_ms": hour["p90"],
                "long_far_words": hour["far"],
                "differs_median_ms": other["median"],
                "differs_far_words": other["far"],
                "realtime": round(hour["minutes"] * 60 / hour["seconds"], 1),
                "refused": "error" in refused["reply"],
                "refusal_of_alignment": round(refused["seconds"] / ten["seconds"], 2),
                "refusal_of_sound": round(refused["seconds"] / short.seconds, 2),
            }
        )
    )


if __name__ == "__main__":
    main()
