"""Many jobs of every kind, on workers that are killed, stopped and frozen, with a bucket that refuses, slows and cuts,
a disk that fills and clocks that jump; then every reply, URL, file, record, object and line of a log is checked.

    python benchmarks/soak.py [--jobs N] [--workers W] [--kill-every S] [--store s3|local] [--http] [--seed N]

Without ``--http`` the workers take jobs from a queue that gives a job again when its worker sends no ping for a while
(`tests/support/runpod_queue.py`), and now and then to two workers at once. The bucket is a Swift on this machine behind
a proxy; the small disk needs root. A job that fails with ``retryable`` is sent again, as its client would. The exit
code is 0 where every count is 0.

Memory is the resident size of the processes that have lived longest; the first of several workers is never killed. It
is looked at all the time, and the growth is that of the process that has grown most, from the second quarter of its
life to the last, by their medians: what jobs need while they run is in both, the first quarter warms it up (models,
fonts, caches), and a worker that has taken the place of another is not compared with it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT)]  # not this folder, whose http.py would hide Python's

from benchmarks.soaking import cases, checks
from benchmarks.soaking.cases import Case, Spoken
from benchmarks.soaking.faults import Faults, small_disk
from benchmarks.soaking.fleet import LEASE_S, Door, Fleet, HttpDoor, QueueDoor
from handler import telemetry
from handler.app import make_services
from handler.protocols import Store
from handler.settings import Settings
from tests.support.runpod_queue import Queue
from tests.support.troubled_bucket import TroubledBucket

TICK_S = 0.05
CONCURRENCY = 2
JOBS_WAITING = 3
"""Jobs that are sent and have not ended, for each lane of a worker."""
MAX_TRIES = 8
LOST_S = 180.0
"""After so long without an end a job is lost."""
SECRET = "testing-Secret+1"
SAME_LIFE = 0.9
"""Share of the longest life of a process, from which on another one is as old."""
SHOWN = 20
"""Lines printed of what fell by one check."""


@dataclass
class Soak:
    """A run: what was sent, how it ended so far, and what the first worker's memory was."""

    jobs: int
    seed: int
    door: Door
    fleet: Fleet
    faults: Faults
    cases: dict[str, Case] = field(default_factory=dict)
    open: dict[str, float] = field(default_factory=dict)
    """When each job without an end was sent."""
    spoken: list[Spoken] = field(default_factory=list)
    """The jobs with speech and captions, which others can be about."""
    again: Counter[str] = field(default_factory=Counter)
    """How often jobs were sent again, by the code of their error."""
    given_up: set[str] = field(default_factory=set)
    ended: Counter[str] = field(default_factory=Counter)
    twice: set[str] = field(default_factory=set)
    """Those that the queue was told to give to a second worker."""
    fallen: list[str] = field(default_factory=list)
    memory: defaultdict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Megabytes of each process, by its number."""

    def run(self) -> None:
        """Send all jobs, and wait until each has ended or is lost."""
        sent = 0
        while sent < self.jobs or self.open:
            while sent < self.jobs and len(self.open) < JOBS_WAITING * CONCURRENCY * len(self.fleet.workers):
                self._send(cases.make(sent, self.seed, self.spoken))
                sent += 1
            if self.ended:  # before, the workers start
                self.faults.tick()
            self.fallen += self.fleet.revive()
            self._look()
            time.sleep(TICK_S)
        self.faults.end()

    def _send(self, case: Case) -> None:
        self.cases[case.name] = case
        self.open[case.name] = time.monotonic()
        self.door.submit(case.name, case.fields)

    def _look(self) -> None:
        now = time.monotonic()
        for name, since in tuple(self.open.items()):
            case = self.cases[name]
            if replies := self.door.replies(name):
                del self.open[name]
                self._end(case, replies[0])
            elif case.cancelled and self.door.is_taken(name):
                self.door.cancel(name)
                del self.open[name]
                self.ended[cases.CANCELLED] += 1
            elif case.delivered_twice and name not in self.twice and self.door.is_taken(name):
                self.twice.add(name)
                self.door.deliver_again(name)
            elif now - since > LOST_S:
                del self.open[name]
        for worker in self.fleet.workers:
            # One that has ended, and is not replaced yet, has a size of 0.
            if size := resident_mb(worker.process.pid):
                self.memory[worker.process.pid].append(size)

    def _end(self, case: Case, reply: dict[str, object]) -> None:
        told = checks.outcome(reply)
        self.ended[told] += 1
        if told == cases.COMPLETED and case.kind == "generate" and reply.get("word_count"):
            self.spoken.append(
                Spoken(str(reply["job_id"]), str(reply["text"]), float(str(reply["duration"])), str(reply["audio_url"]))
            )
        name, _, tries = case.name.partition(".r")
        if reply.get("retryable") and told not in case.ends and int(tries or 0) < MAX_TRIES:
            self.again[told] += 1
            self.given_up.add(case.name)
            self._send(replace(case, name=f"{name}.r{int(tries or 0) + 1}", delivered_twice=False))


def main() -> int:
    """Run a soak; print its figures, what fell, and one JSON object."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--kill-every", type=float, default=5.0, help="mean seconds between two faults")
    parser.add_argument("--store", choices=("s3", "local"), default="s3")
    parser.add_argument("--http", action="store_true", help="servers in place of workers on a queue")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep-logs", type=Path, help="a folder for the logs of the workers")
    given = parser.parse_args()
    telemetry.configure("ERROR")
    return soak(given)


def soak(given: argparse.Namespace) -> int:
    """Run a soak as the command line asks; returns the exit code."""
    run = uuid.uuid4().hex
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        for name in ("store", "models", "tmp", "logs"):
            (folder / name).mkdir()
        bucket, environ, store = stack.enter_context(_store(given.store, folder))
        mounted = stack.enter_context(small_disk(folder / "tmp"))
        queue = stack.enter_context(Queue(LEASE_S))
        door = HttpDoor(queue) if given.http else QueueDoor(queue)
        environ = {
            "ENGINES": "espeak", "ALIGNERS": "engine,sphinx", "WORKER_CONCURRENCY": str(CONCURRENCY),
            "MODELS_DIR": str(folder / "models"), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1",
            "LOST_AFTER": "5", **environ,
        }  # fmt: skip
        fleet = Fleet(door, given.workers, environ | {"SOAK_RUN": run}, folder / "logs", folder / "tmp")
        stack.callback(fleet.kill_all)
        if isinstance(door, HttpDoor):
            door.fleet = fleet
        faults = Faults(fleet, bucket, folder / "tmp" if mounted else None, given.kill_every, given.seed)
        state = Soak(given.jobs, given.seed, door, fleet, faults)
        began = time.monotonic()
        state.run()
        seconds = time.monotonic() - began
        audit = checks.Audit(store, door, environ)
        audit.jobs(state.cases.values(), state.given_up)
        stuck = fleet.close()
        audit.found["orphans"] += checks.orphans(run)
        audit.found["crashed"] += [*state.fallen, *stuck]
        audit.logs(fleet.logs(), (SECRET,))
        audit.store()
        audit.temporary(folder / "tmp")
        if not given.http:
            audit.same_bytes(case for case in state.cases.values() if case.delivered_twice)
        if given.keep_logs:
            shutil.copytree(folder / "logs", given.keep_logs, dirs_exist_ok=True)
        return report(state, audit.found, seconds, mounted)


@contextmanager
def _store(kind: str, folder: Path) -> Iterator[tuple[TroubledBucket | None, dict[str, str], Store]]:
    """A bucket with trouble or a folder: its trouble, the settings of workers, and the store as it is without."""
    if kind == "local":
        environ = {"LOCAL_STORE": str(folder / "store")}
        yield None, environ, make_services(Settings.read(environ)).store
        return
    from s3_utils import S3Store
    from tests.support.s3_server import Swift

    with Swift() as swift, TroubledBucket(int(swift.endpoint.rsplit(":", 1)[1])) as bucket:
        environ = swift.environ(swift.new_bucket())
        yield bucket, environ | {"AWS_ENDPOINT_URL": bucket.endpoint}, S3Store(Settings.read(environ))


def resident_mb(pid: int) -> float:
    """The megabytes of a process that are in the machine's memory; 0 where it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def measured(memory: Iterable[Sequence[float]]) -> tuple[float, float]:
    """The megabytes at the end of the processes that have lived longest, and how much they have grown, at most."""
    lives = tuple(memory)
    longest = max(map(len, lives), default=0)
    oldest = [each for each in lives if each and len(each) >= SAME_LIFE * longest]
    ends = (statistics.median(each[-len(each) // 4 :]) for each in oldest)
    return round(max(ends, default=0.0), 1), round(max(map(growth, oldest), default=0.0), 4)


def growth(memory: Sequence[float]) -> float:
    """How much larger a process is in the last quarter of its life than in the second: the first warms it up."""
    quarter = len(memory) // 4
    if not quarter:
        return 0.0
    return statistics.median(memory[-quarter:]) / statistics.median(memory[quarter : 2 * quarter]) - 1


def report(state: Soak, found: checks.Findings, seconds: float, disk_fills: bool) -> int:
    """Print what happened and what fell; returns the exit code."""
    counts = {name: len(found[name]) for name in checks.CHECKS}
    for name, what in checks.CHECKS.items():
        print(f"{name:16}{counts[name]:6}  {what}")
        for each in found[name][:SHOWN]:
            print(f"    {each}")
    faults = dict(state.faults.counts)
    memory_mb, memory_growth = measured(state.memory.values())
    print(f"\n{len(state.cases)} jobs in {seconds:.0f} s; ended: {dict(state.ended)}; sent again: {dict(state.again)}")
    print(f"faults: {faults}; queue: {dict(state.door.queue.counts)}")
    if not disk_fills:
        print("the disk did not fill: a file system of its own needs root and mount")
    figures = {
        "jobs": len(state.cases), "seconds": round(seconds, 1), **counts,
        "memory_mb": memory_mb, "memory_growth": memory_growth,
        "sent_again": state.again.total(), "faults": faults, "queue": dict(state.door.queue.counts),
    }  # fmt: skip
    print("\n" + json.dumps(figures))
    return int(any(counts.values()))


if __name__ == "__main__":
    sys.exit(main())
