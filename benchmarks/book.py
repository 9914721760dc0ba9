"""A book of 200,000 characters: memory while it is spoken, and what is spoken twice or lost when its process is killed.

    python benchmarks/book.py [--engine espeak] [--characters 200000] [--kills 3] [--seed 1]

The job runs in a process of its own, first undisturbed, then with SIGKILL at random places and sent again each time.
Exits with 1 if memory grows, if a stored part is spoken again, if a word is lost, or if a chapter's mark is misplaced.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT)]  # not this folder, whose http.py would hide Python's

from urllib.request import url2pathname

import imageio_ffmpeg

from handler.app import make_services
from handler.dispatch import dispatch
from handler.jobs import Listener
from handler.pipeline.book.plan import PART_CHARS
from handler.settings import Settings
from handler.text import books, tokenize

MAX_GROWTH = 1.2  # of the peak of memory after a tenth of the book
CHAPTER_CHARS = 10_000
JOB_ID = "book"
WORDS = (
    "river morning garden letter window mountain evening silver quiet harbour candle winter bridge meadow voice "
    "shadow story lantern orchard stone walked carried opened remembered waited listened followed wondered answered "
    "crossed slowly never always under beyond between the a her his their old small bright heavy"
).split()


def text_of(characters: int, seed: int = 0) -> str:
    """A book in Markdown of about so many characters, in chapters."""
    chance = random.Random(seed)
    parts: list[str] = []
    for number in range(1, max(1, characters // CHAPTER_CHARS) + 1):
        parts.append(f"# Chapter {number}")
        length = 0
        while length < min(CHAPTER_CHARS, characters) - 250:
            sentences = (" ".join(chance.choices(WORDS, k=chance.randint(5, 14))) for _ in range(chance.randint(2, 6)))
            paragraph = " ".join(f"{sentence.capitalize()}." for sentence in sentences)
            parts.append(paragraph)
            length += len(paragraph) + 2
    return "\n\n".join(parts)


def child(folder: Path, engine: str) -> int:
    """Speak the book in this process; what happens goes into files of the folder."""
    log = (folder / "spoken.log").open("a")
    memory = (folder / "memory.log").open("a")

    class Spoken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            log.write(json.dumps([record.__dict__["start"], record.__dict__["characters"]]) + "\n")
            log.flush()

    logger = logging.getLogger("handler.pipeline.book.narrator")
    logger.setLevel(logging.INFO)
    logger.addHandler(Spoken())

    def on_progress(progress: dict[str, Any]) -> None:
        memory.write(json.dumps([progress["done"], progress["total"], peak_mb()]) + "\n")
        memory.flush()

    settings = {"ENGINES": engine, "ALIGNERS": "engine", "LOCAL_STORE": str(folder / "store")}
    services = make_services(Settings.read(settings | {"MODELS_DIR": str(ROOT / "out/models")}))
    request = {"endpoint": "book", "text": (folder / "book.md").read_text("utf-8"), "timing_format": ["srt", "json"]}
    reply = dispatch({"id": JOB_ID, "input": request}, services, listener=Listener(on_progress=on_progress))
    (folder / "reply.json").write_text(json.dumps(reply))
    return 1 if "error" in reply else 0


def peak_mb() -> float:
    """The most memory that this process has had."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1024


def lines(path: Path) -> Iterator[Any]:
    """The complete lines of a log."""
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        try:
            yield json.loads(line)
        except ValueError:
            return  # cut off by the kill


def run(folder: Path, engine: str, kill_at: float | None = None) -> float:
    """Run the job until it ends, or is killed at a share of its text; returns the seconds that it took."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, __file__, "--child", str(folder), "--engine", engine])
    while process.poll() is None:
        time.sleep(0.02)
        newest = next(iter([*lines(folder / "memory.log")][-1:]), None) if kill_at is not None else None
        if kill_at is not None and newest is not None and newest[0] >= kill_at * newest[1]:
            process.send_signal(signal.SIGKILL)
    seconds = time.perf_counter() - start
    if kill_at is None and process.returncode:
        raise SystemExit((folder / "reply.json").read_text("utf-8"))
    return seconds


def words_of(folder: Path) -> list[dict[str, Any]]:
    """The words of the captions of the whole book."""
    reply = json.loads((folder / "reply.json").read_text("utf-8"))
    found: list[dict[str, Any]] = json.loads(local(reply["timing_files"]["json"]).read_text("utf-8"))["words"]
    return found


def local(url: str) -> Path:
    return Path(url2pathname(url.removeprefix("file://")))


def written(text: str) -> list[str]:
    """The words that captions should show."""
    return [
        token.shown
        for chapter in books.divide(books.read_text(text))
        for token in tokenize(text[chapter.start : chapter.end], "en", ssml=False)
    ]


def marks(path: Path) -> list[tuple[float, float, str]]:
    """Start, end and title of the chapters of an audiobook, as ffmpeg reads them."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-f", "ffmetadata", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.findall(r"TIMEBASE=(\d+)/(\d+)\nSTART=(\d+)\nEND=(\d+)\ntitle=(.*)", said)
    return [(int(a) * int(start) / int(b), int(a) * int(end) / int(b), title) for a, b, start, end, title in found]


def seconds_of(path: Path) -> float:
    """The length of an audiobook: that of its decoded sound."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-map", "0:a", "-f", "s16le", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        size = 0
        while piece := process.stdout.read(1 << 20):
            size += len(piece)
    rate = re.findall(r"(\d+) Hz", subprocess.run([command[0], "-i", str(path)], capture_output=True, text=True).stderr)
    return size / 2 / int(rate[0])


def problems_of(folder: Path, expected: list[str]) -> list[str]:
    """What is wrong with a finished book."""
    reply = json.loads((folder / "reply.json").read_text("utf-8"))
    shown = [word["word"] for word in words_of(folder)]
    found = [] if shown == expected else [f"{len(shown)} words in the captions, {len(expected)} in the text"]
    again = [start for start, count in Counter(start for start, _ in lines(folder / "spoken.log")).items() if count > 1]
    found += [f"parts that were stored and spoken again: {again}"] if again else []
    book = local(reply["book_url"])
    for (start, end, title), chapter in zip(marks(book), reply["chapters"], strict=True):
        stated = chapter["start"] + chapter["duration"]
        if abs(start - chapter["start"]) > 0.002 or abs(end - stated) > 0.002 or title != chapter["title"]:
            found.append(f"{title} is marked at {start:.3f}–{end:.3f} s, and is at {chapter['start']:.3f}")
    if abs(seconds_of(book) - reply["duration"]) > 0.05:
        found.append(f"the file lasts {seconds_of(book):.3f} s, and should {reply['duration']:.3f}")
    return found


def measure(engine: str, characters: int, kills: int, seed: int, folder: Path) -> list[str]:
    """Print the figures of both runs; returns what is wrong."""
    text = text_of(characters)
    expected = written(text)
    whole, killed = folder / "whole", folder / "killed"
    for each in (whole, killed):
        each.mkdir(parents=True)
        (each / "book.md").write_text(text, "utf-8")
    seconds = run(whole, engine)
    reply = json.loads((whole / "reply.json").read_text("utf-8"))
    peaks = [*lines(whole / "memory.log")]
    tenth = next(peak for done, total, peak in peaks if done >= total / 10)
    last = peaks[-1][2]
    print(f"{len(text)} characters, {len(expected)} words, {len(reply['chapters'])} chapters, engine {engine}")
    print(f"speech {reply['duration'] / 3600:.2f} h, made in {seconds:.0f} s (RTF {seconds / reply['duration']:.4f})")
    print(f"memory: {tenth:.0f} MB after a tenth, {last:.0f} MB at the end ({last / tenth:.3f} times)")
    problems = problems_of(whole, expected)
    if last > MAX_GROWTH * tenth:
        problems.append(f"memory grew from {tenth:.0f} to {last:.0f} MB")
    chance = random.Random(seed)
    places = sorted(chance.uniform(0.05, 0.95) for _ in range(kills))
    for place in places:
        run(killed, engine, kill_at=place)
    run(killed, engine)
    resumed = json.loads((killed / "reply.json").read_text("utf-8"))["resumed_characters"]
    stored = sum(each for _, each in lines(killed / "spoken.log"))
    print(
        f"killed at {', '.join(f'{place:.0%}' for place in places)}; the last run took {resumed} characters as stored"
    )
    print(f"characters spoken and stored: {stored}; cut off and spoken again: at most {kills * PART_CHARS}")
    problems += problems_of(killed, expected)
    if words_of(killed) != words_of(whole):
        problems.append("the words of the captions differ from those of the undisturbed run")
    return problems


def main() -> int:
    """Measure, or speak the book as the child of such a run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--engine", default="espeak")
    parser.add_argument("--characters", type=int, default=200_000)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return child(arguments.child, arguments.engine)
    folder = Path(tempfile.mkdtemp(prefix="book-benchmark-"))
    try:
        problems = measure(arguments.engine, arguments.characters, arguments.kills, arguments.seed, folder)
    finally:
        shutil.rmtree(folder)
    for problem in problems:
        print(f"WRONG: {problem}")
    print("nothing was spoken twice, nothing was lost, chapters are where they should be" if not problems else "failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
