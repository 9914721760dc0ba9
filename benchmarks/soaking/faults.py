"""What goes wrong during a soak: a seeded schedule of faults, each of which begins and most of which end again."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.soaking import clock
from benchmarks.soaking.fleet import LEASE_S, Fleet
from tests.support.troubled_bucket import TROUBLES, TroubledBucket

DISK_BYTES = 512 << 20
"""Room of the temporary folder: enough for every job at once."""

CLOCK_S = (-600.0, -5.0, 5.0, 600.0)
"""By how much a clock is wrong. A bucket refuses signatures that are off by more, whatever a worker does."""

End = Callable[[], None]
Begin = Callable[[int], tuple[float, End]]
"""Begins a fault of the worker of this number; returns after how many seconds it ends, and how."""


def _nothing() -> None:
    """The end of a fault that has none."""


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Whether the folder is a file system of its own in the block, which can be filled; root alone can have one."""
    options = f"size={DISK_BYTES},mode=700"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    mounted = bool(shutil.which("mount")) and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], capture_output=True, check=True)


class Faults:
    """Begins one fault after another: the next comes after ``every`` seconds, give or take a half, and not before a
    worker that it can hit has had a job."""

    def __init__(self, fleet: Fleet, bucket: TroubledBucket | None, disk: Path | None, every: float, seed: int) -> None:
        self._fleet = fleet
        self._bucket = bucket
        self._disk = disk
        self._every = every
        self._rng = random.Random(f"faults {seed}")
        self.counts: Counter[str] = Counter()
        self._running: dict[str, tuple[float, End]] = {}
        self._next = time.monotonic() + every
        self._shares: dict[Begin, int] = {
            self._kill: 6,
            self._terminate: 2,
            self._freeze: 2,
            self._clock: 1,
        }
        if bucket:
            self._shares[self._trouble] = 4
        if disk:
            self._shares[self._full] = 1

    def tick(self) -> None:
        """Begin what is due, and end what is over."""
        now = time.monotonic()
        for name in [name for name, (until, _) in self._running.items() if until <= now]:
            self._running.pop(name)[1]()
        if now >= self._next and (victims := self._fleet.victims()):
            self._next = now + self._every * self._rng.uniform(0.5, 1.5)
            fault = self._rng.choices(tuple(self._shares), tuple(self._shares.values()))[0]
            self._begin(fault, self._rng.choice(victims), now)

    def end(self) -> None:
        """End all of them."""
        for _, end in self._running.values():
            end()
        self._running.clear()

    def _begin(self, fault: Begin, number: int, now: float) -> None:
        at = "all" if fault in (self._trouble, self._full) else str(number)
        if at not in self._running:
            seconds, end = fault(number)
            self._running[at] = now + seconds, end

    def _kill(self, number: int) -> tuple[float, End]:
        self.counts["kill"] += 1
        self._fleet.kill(number)
        return 0.0, _nothing

    def _terminate(self, number: int) -> tuple[float, End]:
        self.counts["terminate"] += 1
        self._fleet.terminate(number)
        return 0.0, _nothing

    def _freeze(self, number: int) -> tuple[float, End]:
        """Longer than a lease: the job is another's when this one wakes up, and goes on with it."""
        self.counts["freeze"] += 1
        self._fleet.signal(number, signal.SIGSTOP)
        worker = self._fleet.workers[number]

        def wake() -> None:
            with suppress(ProcessLookupError):
                os.killpg(worker.process.pid, signal.SIGCONT)

        return self._rng.uniform(0.5, 2.5) * LEASE_S, wake

    def _clock(self, number: int) -> tuple[float, End]:
        self.counts["clock"] += 1
        path = self._fleet.clocks[number]
        clock.shift(path, self._rng.choice(CLOCK_S))
        return self._rng.uniform(2, 10), lambda: clock.shift(path, 0.0)

    def _trouble(self, _: int) -> tuple[float, End]:
        assert self._bucket is not None
        trouble = self._rng.choice(TROUBLES)
        self.counts[f"bucket {trouble}"] += 1
        self._bucket.begin(trouble)
        return self._rng.choice((0.3, 1.0, 3.0, 6.0)), self._bucket.end

    def _full(self, _: int) -> tuple[float, End]:
        assert self._disk is not None
        self.counts["full disk"] += 1
        filler = self._disk / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(bytes(1 << 20)):
                pass
        return self._rng.uniform(1, 4), lambda: filler.unlink(missing_ok=True)
