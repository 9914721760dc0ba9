"""Hostile links and files against a real worker: nothing gets in, nothing crashes, nothing takes long or stays.

    python benchmarks/hostile.py [--urls 300] [--files 300] [--seed 1] [--only PART]

A worker under RunPod's SDK takes jobs from the tests' queue, one after another. For the links a trap listens at
127.0.0.1 and ::1, which no link may reach; our own resolver leads names there, also at the second question, and a web
server that counts as public redirects there. The files come from that server, through every endpoint that reads such
files. Time is from sending a job to its result; memory is what the worker and all its children
have beyond the idle worker's, looked at every 20 ms.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import socket
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT)]  # not this folder, whose http.py would hide Python's

from benchmarks import hostile_files, hostile_urls
from benchmarks.hostile_files import BOOKS, CAPTIONS, PICTURES, SOUND, File
from benchmarks.hostile_urls import Link
from tests.support import pretended_internet
from tests.support.runpod_queue import Queue, WorkerProcess
from tests.support.web_server import Web, answer

T = TypeVar("T", Link, File)

MOST_SECONDS, MOST_BYTES = 5.0, 500_000_000
# What tells clients that their request is wrong. Others say that the worker is.
CLIENTS_ERRORS = frozenset({"bad_request", "bad_reference", "not_found", "too_large", "alignment_error"})
TEXT = "It works."
CUES = "1\n00:00:00,000 --> 00:00:01,000\nIt works.\n"

READERS: dict[str, tuple[dict[str, Any], ...]] = {
    SOUND: (
        {"endpoint": "upload", "voice_name": "hostile", "voice_file_url": "URL", "ref_text": TEXT, "overwrite": True},
        {"endpoint": "align", "audio_url": "URL", "text": TEXT},
        {"endpoint": "overlay", "video_url": "URL", "captions": CUES},
        {"endpoint": "convert", "audio_url": "URL", "voice": "anna"},
        {"endpoint": "inspect", "audio_url": "URL"},
        {"endpoint": "inspect", "video_url": "URL"},
    ),
    PICTURES: (
        {"endpoint": "overlay", "image_url": "URL", "captions": CUES},
        {"endpoint": "overlay", "video_url": "URL", "captions": CUES},
    ),
    CAPTIONS: (
        {"endpoint": "captions", "captions_url": "URL"},
        {"endpoint": "layout", "captions_url": "URL"},
        {"captions_url": "URL"},
    ),
    BOOKS: ({"endpoint": "book", "text_url": "URL"},),
}
"""The jobs that read a kind of file; each file takes the next one in turn."""


@dataclass
class Tally:
    """What became of the links or files of one kind."""

    sent: int = 0
    refused: int = 0
    done: int = 0
    wrong: int = 0
    """Errors that are no sentence to the client."""
    faults: list[str] = field(default_factory=list)
    """Those, and what took too long or too much memory."""
    slowest: float = 0.0
    memory: int = 0


class Memory(threading.Thread):
    """Watches the memory of a process and all its children; ``peak`` is set back by `read`."""

    def __init__(self, pid: int) -> None:
        super().__init__(name="memory", daemon=True)
        self._pid, self._peak = pid, 0
        self.ended = threading.Event()
        self.start()

    def run(self) -> None:
        while not self.ended.wait(0.02):
            self._peak = max(self._peak, self._resident(self._pid))

    def read(self) -> int:
        """The peak in bytes since the last time."""
        peak, self._peak = self._peak, 0
        return max(peak, self._resident(self._pid))

    def _resident(self, pid: int, parent: bytes = b"") -> int:
        size = 0
        # A child may end at any time.
        with suppress(OSError, IndexError):
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            # A child that has only been forked shares its parent's memory, and is about to become another program.
            if command == parent:
                return 0
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
            size = int(rollup.partition("\nPss:")[2].split()[0]) * 1024
            for task in Path(f"/proc/{pid}/task").iterdir():
                for child in (task / "children").read_text("ascii").split():
                    size += self._resident(int(child), command)
        return size


@contextmanager
def trap() -> Iterator[tuple[int, list[str]]]:
    """A port of 127.0.0.1 and of ::1 that nobody may connect to, and who did."""
    caught: list[str] = []
    with ExitStack() as stack:
        first = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = first.getsockname()[1]
        listeners = [first]
        with suppress(OSError):
            listeners.append(stack.enter_context(socket.create_server(("::1", port), family=socket.AF_INET6)))

        def listen(listener: socket.socket) -> None:
            with suppress(OSError):
                while True:
                    connected, address = listener.accept()
                    caught.append(str(address))
                    connected.close()

        for listener in listeners:
            threading.Thread(target=listen, args=(listener,), daemon=True).start()
        yield port, caught
        for listener in listeners:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


class Worker:
    """A worker process that does one job after another."""

    def __init__(self, queue: Queue, folder: Path, stack: ExitStack) -> None:
        self._queue = queue
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        environ = {
            "ENGINES": "espeak",
            "ALIGNERS": "engine,sphinx",
            "LOCAL_STORE": str(folder / "store"),
            "ALLOW_LOCAL_STORE": "1",
            "MODELS_DIR": str(folder / "models"),
            "TMPDIR": str(self.temporary),
            "HOSTS": json.dumps(hostile_urls.hosts()),
        }
        command = ("-m", "tests.support.pretended_internet", "worker")
        self.process = stack.enter_context(WorkerProcess(queue, "w1", environ, folder / "log", command)).process
        self.memory = Memory(self.process.pid)
        stack.callback(self.memory.ended.set)
        self._numbers = itertools.count()
        self.idle = 0
        """Memory of the worker once it has done a job of each kind: packages and models, not what is sent."""

    def run(self, fields: dict[str, Any]) -> dict[str, Any]:
        """The body that the worker posts for a job."""
        name = f"job-{next(self._numbers)}"
        self._queue.submit(name, **fields)
        return self._queue.result(name)

    def judge(self, fields: dict[str, Any], tally: Tally) -> dict[str, Any]:
        """Run a job and count what became of it."""
        self.memory.read()
        began = time.perf_counter()
        body = self.run(fields)
        seconds, memory = time.perf_counter() - began, max(0, self.memory.read() - self.idle)
        tally.sent += 1
        tally.slowest, tally.memory = max(tally.slowest, seconds), max(tally.memory, memory)
        reply = body.get("output") or {}
        if "error" not in body:
            tally.done += 1
        elif fault := wrong_refusal(str(body["error"]), str(reply.get("error_code"))):
            tally.wrong += 1
            tally.faults.append(fault)
        else:
            tally.refused += 1
        if seconds > MOST_SECONDS:
            tally.faults.append(f"{seconds:.1f} s")
        if memory > MOST_BYTES:
            tally.faults.append(f"{memory / 1e6:.0f} MB")
        if self.process.poll() is not None:
            raise SystemExit(f"the worker crashed: {fields}")
        return body

    def left(self) -> list[str]:
        """What stands in the temporary folder."""
        return sorted(path.name for path in self.temporary.rglob("*") if path.is_file() and "numba" not in str(path))


def wrong_refusal(error: str, code: str) -> str:
    """What is wrong with an error; empty if it is a sentence to the client."""
    if code not in CLIENTS_ERRORS:
        return f"{code}: {error[:100]}"
    if re.search(r"[\n\r]|Traceback|\.py\b", error) or len(error) > 600:
        return f"no sentence: {error[:100]!r}"
    return ""


def ask_links(worker: Worker, links: Sequence[Link], tallies: dict[str, Tally]) -> None:
    """Send each link in the next field that takes one."""
    every = [fields for readers in READERS.values() for fields in readers]
    for link, fields in zip(links, itertools.cycle(every), strict=False):
        worker.judge(given(fields, link.url), tallies[link.kind])


def ask_files(worker: Worker, files: Sequence[File], public: Web, tallies: dict[str, Tally]) -> None:
    """Send each file to the next endpoint that reads such files."""
    turns = {reader: itertools.cycle(jobs) for reader, jobs in READERS.items()}
    for number, file in enumerate(files):
        path = f"/{number}/{file.name}"
        public.routes[path] = answer(body=file.body)
        fields = given(next(turns[file.reader]), f"http://public.hostile.test:{public.port}{path}")
        before = len(tallies[file.kind].faults)
        worker.judge(fields, tallies[file.kind])
        tallies[file.kind].faults[before:] = [
            f"{file.name} ({fields.get('endpoint', 'generate')}): {fault}"
            for fault in tallies[file.kind].faults[before:]
        ]
        del public.routes[path]


def given(fields: dict[str, Any], url: str) -> dict[str, Any]:
    """The job with this link in place of URL."""
    return {name: url if value == "URL" else value for name, value in fields.items() if value is not None}


def table(title: str, tallies: dict[str, Tally]) -> None:
    """Print what became of each kind."""
    print(f"\n{title:16}{'sent':>6}{'refused':>9}{'done':>6}{'faults':>8}{'slowest, s':>12}{'memory, MB':>12}")
    for kind, tally in sorted(tallies.items()):
        counts = f"{tally.sent:6}{tally.refused:9}{tally.done:6}{len(tally.faults):8}"
        print(f"{kind:16}{counts}{tally.slowest:12.2f}{tally.memory / 1e6:12.0f}")
    for kind, tally in sorted(tallies.items()):
        for fault in tally.faults:
            print(f"  {kind}: {fault}")


def varied(made: Sequence[T], count: int) -> list[T]:
    """So many of them, the first of each kind, then the second of each, and so on."""
    kinds: dict[str, list[T]] = defaultdict(list)
    for each in made:
        kinds[each.kind].append(each)
    turns = itertools.zip_longest(*kinds.values())
    return [each for turn in turns for each in turn if each is not None][:count]


def measure(urls: int, count: int, seed: int, only: str = "", *, short: bool = False) -> dict[str, Any]:
    """Run all, print the tables, and return the figures.

    ``short`` leaves out links that the trap could not hear, files that take long to make, and the jobs before.
    """
    of_links: dict[str, Tally] = defaultdict(Tally)
    of_files: dict[str, Tally] = defaultdict(Tally)
    with tempfile.TemporaryDirectory() as name, trap() as (port, caught), Queue() as queue, ExitStack() as stack:
        folder = Path(name)
        (folder / "made").mkdir()
        public = Web(pretended_internet.PUBLIC)
        stack.callback(public.close)
        links = varied(hostile_urls.links(port, public.port, seed, short=short), urls)
        for link in links:
            if link.redirect:
                status, place = link.redirect
                public.routes[link.url.partition(f":{public.port}")[2]] = _redirect(status, place)
        files = hostile_files.files(folder / "made", f"http://127.0.0.1:{port}", seed, short=short)
        files = varied([file for file in files if only in f"{file.kind} {file.name}"], count)
        worker = Worker(queue, folder, stack)
        if not short:
            _warm(worker, public)
        before = worker.left()
        idle = worker.idle = worker.memory.read()
        ask_links(worker, links, of_links)
        ask_files(worker, files, public, of_files)
        left = [path for path in worker.left() if path not in before]
    table("links", of_links)
    table("files", of_files)
    every = [*of_links.values(), *of_files.values()]
    told = {
        "urls": len(links),
        "urls_in": len(caught),
        "urls_done": sum(tally.done for tally in of_links.values()),
        "files": len(files),
        "crashes": 0,
        "wrong": sum(tally.wrong for tally in every),
        "faults": sum(len(tally.faults) for tally in every),
        "slowest_s": round(max((tally.slowest for tally in every), default=0.0), 2),
        "memory_mb": round(max((tally.memory for tally in every), default=0) / 1e6),
        "idle_mb": round(idle / 1e6),
        "left": len(left),
    }
    print(f"\nreached the trap: {caught}; left in the temporary folder: {left}")
    return told


def _redirect(status: int, place: str) -> Callable[[Any], None]:
    # A header cannot have every place: what it cannot have, no server sends.
    return answer(status, Location=place.encode("ascii", "ignore").decode().replace("\n", "").replace("\r", ""))


def _warm(worker: Worker, public: Web) -> None:
    """Load what the first job of each kind loads, and store the voice that `convert` speaks in."""
    from handler.engines import espeak_library
    from handler.media import audio

    words = "This is a clear voice that speaks for some seconds so that it can be used".split()
    spoken = espeak_library.speak(words, [""] * (len(words) - 1) + ["."], "en")
    public.routes["/voice.wav"] = answer(body=audio.encode(spoken.samples, spoken.sample_rate, "wav").body)
    url = f"http://public.hostile.test:{public.port}/voice.wav"
    text = " ".join(words) + "."
    jobs: tuple[dict[str, Any], ...] = (
        {"endpoint": "upload", "voice_name": "anna", "voice_file_url": url, "ref_text": text},
        {"endpoint": "align", "audio_url": url, "text": text},
        {"endpoint": "inspect", "audio_url": url},
        {"endpoint": "convert", "audio_url": url, "voice": "anna"},
        {"endpoint": "captions", "captions": CUES},
    )
    for fields in jobs:
        body = worker.run(fields)
        assert "error" not in body, (fields, body)


def main() -> None:
    """Print the tables, then one JSON object of figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--urls", type=int, default=300)
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="part of the kind or the name of files")
    given_options = parser.parse_args()
    told = measure(given_options.urls, given_options.files, given_options.seed, given_options.only)
    print("\n" + json.dumps(told))


if __name__ == "__main__":
    main()
