"""What a fleet on RunPod costs and how long its jobs wait: a simulation of 1 to 1,000 workers, in seconds.

    python benchmarks/fleet.py [--part traffic|settings|balancer|starts|start-bytes|reality] [--rtf 0.15] …

`fleet_model` has the rules. A job is a script whose length is drawn from ``--median`` and ``--sigma`` (log-normal); its
engine takes ``--rtf`` times its speech, the rest of the worker ``--overhead`` and ``--align`` times the speech. Prices
and rules change: all of them are arguments. docs/scale.md says where each default comes from, and what follows.

``reality`` runs real workers under RunPod's SDK on the tests' queue, with an engine whose seconds are known, and
compares their makespan with the simulated one; ``start-bytes`` counts what a worker of F5-TTS reads before its model.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT)]  # not this folder, whose http.py would hide Python's

from benchmarks.fleet_model import Endpoint, Fleet, Job, Machine, Result

FLEETS = (1, 3, 10, 30, 100, 1000)
HOUR = 3600.0
# Share of the busiest hour, from midnight: people who work, and some who do not sleep.
DAY = (8, 5, 4, 3, 3, 5, 10, 25, 55, 85, 100, 95, 80, 85, 95, 90, 80, 65, 50, 45, 40, 30, 20, 12)
BARS = " ▁▂▃▄▅▆▇█"
LOAD = 0.7  # of what the largest fleet can speak: the steady rate, and the busiest hour of the day
SHORT_SECONDS, LONG_SECONDS, FAST_RTF = 3.0, 60.0, 0.03


@dataclass(frozen=True)
class Work:
    """How jobs are drawn."""

    rtf: float
    median: float
    sigma: float
    overhead: float
    align: float

    @property
    def mean(self) -> float:
        """Mean seconds of speech of a job."""
        return self.median * math.exp(self.sigma**2 / 2)

    def job(self, arrival: float, chance: random.Random) -> Job:
        """A job of a random length."""
        speech = self.median * math.exp(chance.gauss(0, self.sigma))
        return Job(arrival, speech * self.rtf, 0.02, self.overhead - 0.02 + speech * self.align, speech)


def poisson(rate: Callable[[float], float], most: float, seconds: float, chance: random.Random) -> Iterator[float]:
    """Arrivals of a rate that changes, at most ``most`` a second: more are drawn, and some of them thrown away."""
    now = chance.expovariate(most)
    while now < seconds:
        if chance.random() * most < rate(now):
            yield now
        now += chance.expovariate(most)


def steady(most: float, chance: random.Random) -> Iterator[float]:
    """The same rate all the time: an hour, or so long that 3,000 jobs come."""
    return poisson(lambda _: LOAD * most, LOAD * most, max(600.0, 3000 / most), chance)


def day(most: float, chance: random.Random) -> Iterator[float]:
    """A working day, whose busiest hour is as busy as the steady rate."""
    return poisson(lambda now: LOAD * most * DAY[int(now / HOUR)] / 100, LOAD * most, 24 * HOUR, chance)


def burst(_most: float, chance: random.Random) -> Iterator[float]:
    """500 jobs within a second."""
    return (chance.random() for _ in range(500))


def spike(most: float, chance: random.Random) -> Iterator[float]:
    """A tenth of what the fleet can do, then for five minutes half as much again as it can, then a tenth."""
    return poisson(lambda now: most * (1.5 if 600 <= now < 900 else 0.1), 1.5 * most, 1800.0, chance)


TRAFFIC = {"steady": steady, "day": day, "burst": burst, "spike": spike}
SLOWEST = {"day": 100}
"""Largest fleet of a kind of traffic: a day of 1,000 workers has four million jobs."""


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values is."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else math.nan


def bars(result: Result, width: int = 24) -> str:
    """The number of workers over time, each bar the most within its part."""
    end = result.workers[-1][0] or 1.0
    most, now, number = [0] * width, 0, 0
    for place in range(width):
        most[place] = now
        while number < len(result.workers) and result.workers[number][0] <= (place + 1) * end / width:
            now = result.workers[number][1]
            most[place] = max(most[place], now)
            number += 1
    top = max(most) or 1
    return "".join(BARS[math.ceil(8 * count / top)] for count in most)


def figures(result: Result) -> dict[str, float]:
    """What a run comes to."""
    jobs = len(result.totals)
    return {
        "jobs": jobs,
        "p50": percentile(result.waits, 0.5),
        "p95": percentile(result.waits, 0.95),
        "p99": percentile(result.waits, 0.99),
        "done_p50": percentile(result.totals, 0.5),
        "done_p95": percentile(result.totals, 0.95),
        "cents": 100 * result.cost / jobs,
        "hour": result.cost / result.speech * HOUR,
        "busy": result.engine / result.paid,
        "peak": max(count for _, count in result.workers),
        "starts": len(result.starts),
        "unhealthy": result.unhealthy,
        "failed": result.failed,
    }


HEAD = (
    f"{'':28}{'':>8}{'waiting, s':>21}{'done in, s':>18}\n"
    f"{'':28}{'jobs':>8}{'p50':>7}{'p95':>7}{'p99':>7}{'p50':>9}{'p95':>9}"
    f"{'¢/job':>8}{'$/hour':>8}{'busy':>6}{'peak':>6}{'starts':>8}"
)


def row(name: str, result: Result) -> dict[str, float]:
    """Print a run as a row of a table; seconds of waiting, cents, dollars for an hour of speech."""
    told = figures(result)
    waits = "".join(f"{told[share]:7.1f}" for share in ("p50", "p95", "p99"))
    print(
        f"{name:28}{told['jobs']:8.0f}{waits}{told['done_p50']:9.1f}{told['done_p95']:9.1f}"
        f"{told['cents']:8.3f}{told['hour']:8.3f}{told['busy']:6.0%}{told['peak']:6.0f}{told['starts']:8.0f}"
        f"  {bars(result)}"
    )
    return {key: round(value, 4) for key, value in told.items()}


@dataclass(frozen=True)
class Plan:
    """What all parts share."""

    work: Work
    machine: Machine
    endpoint: Endpoint
    seed: int
    fleets: Sequence[int]

    def run(self, arrivals: Callable[[float, random.Random], Iterator[float]], **changes: Any) -> Result:
        """Simulate; ``changes`` are settings of the endpoint or the machine."""
        of_machine = {key: value for key, value in changes.items() if hasattr(self.machine, key)}
        of_endpoint = {key: value for key, value in changes.items() if key not in of_machine}
        endpoint, machine = replace(self.endpoint, **of_endpoint), replace(self.machine, **of_machine)
        chance = random.Random(self.seed)
        most = endpoint.max_workers / (self.work.mean * self.work.rtf)
        jobs = [self.work.job(arrival, chance) for arrival in arrivals(most, chance)]
        return Fleet(endpoint, machine, jobs, self.seed).run()


def traffic(plan: Plan) -> dict[str, Any]:
    """Every kind of traffic on every fleet."""
    told: dict[str, Any] = {}
    for kind, arrivals in TRAFFIC.items():
        print(f"\n{kind}\n{HEAD}  workers over time")
        for most in plan.fleets:
            if most <= SLOWEST.get(kind, most):
                told[f"{kind}_{most}"] = row(f"up to {most:,}", plan.run(arrivals, max_workers=most))
    return told


SDK_LOOP = {"poll_gap": 1.0, "pickup": 0.1}

SETTINGS: dict[str, dict[str, Any]] = {
    "as above": {},
    "queue delay 1 s": {"queue_delay": 1.0},
    "queue delay 15 s": {"queue_delay": 15.0},
    "idle timeout 60 s": {"idle_timeout": 60.0},
    "idle timeout 660 s": {"idle_timeout": 660.0},
    "3 active workers": {"min_workers": 3},
    "10 active workers": {"min_workers": 10},
    "max workers 10": {"max_workers": 10},
    "max workers 100": {"max_workers": 100},
    "1 lane": {"lanes": 1},
    "4 lanes": {"lanes": 4},
    "8 lanes": {"lanes": 8},
    "4 lanes, batches of 4 x2": {"lanes": 4, "batch": 4, "batch_gain": 2.0},
    "request count 1": {"scaling": "request_count", "requests_per_worker": 1},
    "request count 4": {"scaling": "request_count"},
    "FlashBoot, every start": {"flashboot": 1.0},
    "model in the image": {"start_bytes": 0.0},
    "the SDK's own loop, 2 lanes": SDK_LOOP,
    "the SDK's own loop, 1 lane": SDK_LOOP | {"lanes": 1},
    "1 start at a time": {"starts_per_check": 1},
    "1 start for 2 jobs": {"jobs_per_start": 2},
    "all share 300 MB/s": {"volume_total": 300e6},
}


def hourly(_most: float, chance: random.Random) -> Iterator[float]:
    """100 jobs within ten seconds, every ten minutes of an hour."""
    return (600 * number + 10 * chance.random() for number in range(6) for _ in range(100))


def settings(plan: Plan) -> dict[str, Any]:
    """The same bursts under other settings, one at a time."""
    print(f"\n100 jobs within 10 s, every ten minutes, up to 30 workers\n{HEAD}  workers over time")
    return {name: row(name, plan.run(hourly, **({"max_workers": 30} | changes))) for name, changes in SETTINGS.items()}


DOORS: dict[str, dict[str, Any]] = {
    "queue": {},
    "queue, the SDK's own loop": SDK_LOOP,
    "queue, 16 lanes": {"lanes": 16},
    "balancer": {"balancer": True},
    "balancer, 16 lanes": {"balancer": True, "lanes": 16},
}


def balancer(plan: Plan) -> dict[str, Any]:
    """A queue and a load balancer with the same workers, always on, for short and for long scripts."""
    told: dict[str, Any] = {}
    keys = ("p50", "p95", "p99", "done_p50", "done_p95")
    print(f"\n10 active workers\n{'':60}{'waiting p50':>12}{'p95':>8}{'p99':>8}{'done p50':>10}{'p95':>8}")
    for seconds, rtf in ((SHORT_SECONDS, FAST_RTF), (SHORT_SECONDS, plan.work.rtf), (LONG_SECONDS, plan.work.rtf)):
        own = replace(plan, work=replace(plan.work, median=seconds, rtf=rtf))
        for load in (0.3, 0.7):
            for name, changes in DOORS.items():
                found = figures(own.run(_load(load), max_workers=10, min_workers=10, **changes))
                label = f"{seconds:g} s of speech, RTF {rtf:g}, {load:.0%} busy, {name}"
                print(f"{label:60}{found['p50']:12.2f}" + "".join(f"{found[key]:9.2f}" for key in keys[1:]))
                told[label] = {key: round(found[key], 3) for key in keys}
    return told


def _load(load: float) -> Callable[[float, random.Random], Iterator[float]]:
    return lambda most, chance: poisson(lambda _: load * most, load * most, 6000 / (load * most), chance)


def starts(plan: Plan) -> dict[str, Any]:
    """As many workers starting at once from one network volume, at both ends of its documented speed."""
    told: dict[str, Any] = {}
    print(f"\n{plan.machine.start_bytes / 1e9:.2f} GB for each start")
    print(f"{'workers':>10}{'':20}{'last ready, s':>16}{'unhealthy':>12}")
    for count in plan.fleets:
        for rate, shared in ((200e6, False), (400e6, False), (200e6, True), (400e6, True)):
            # As many jobs as workers, all there when the first look is taken: every worker starts at the same time.
            result = plan.run(
                lambda _most, _chance, jobs=count: iter([0.0] * jobs),  # type: ignore[misc]
                max_workers=count, volume_rate=rate, volume_total=rate if shared else math.inf, idle_timeout=1e6,
            )  # fmt: skip
            last, label = max(result.starts), f"{rate / 1e6:.0f} MB/s {'for all' if shared else 'each'}"
            print(f"{count:10,}{label:>20}{last:16.0f}{result.unhealthy:12}")
            told[f"{count}, {label}"] = {"last_s": round(last), "unhealthy": result.unhealthy}
    return told


START = """
import os, sys
opened = set()
sys.addaudithook(lambda event, given: event == "open" and isinstance(given[0], str) and opened.add(given[0]))
import runpod, torch, handler.engines.f5.engine, handler.dispatch
torch.randn(64, 64) @ torch.randn(64, 64)
files = sum(os.path.getsize(name) for name in opened if os.path.isfile(name))
print("opened", len(opened), files)
print(open("/proc/self/smaps").read())
"""


def start_bytes(plan: Plan) -> dict[str, Any]:  # noqa: ARG001 - a part like the others
    """Bytes of packages that a start of F5-TTS reads, without a GPU: files opened by Python, and parts of libraries."""
    told = subprocess.run([sys.executable, "-c", START], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    head, _, maps = told.partition("\n")
    _, opened, files = head.split()
    libraries, mapped = 0, False
    for line in maps.splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            mapped = "/site-packages/" in line
        elif mapped and line.startswith("Rss:"):
            libraries += int(line.split()[1]) * 1024
    print(f"\n{opened} files opened, {int(files) / 1e6:.0f} MB; parts of libraries in memory {libraries / 1e6:.0f} MB")
    return {"files": int(opened), "file_bytes": int(files), "library_bytes": libraries}


def reality(plan: Plan) -> dict[str, Any]:
    """Real workers on the tests' queue, and the simulation of the same jobs."""
    from benchmarks.fleet_reality import measured

    told: dict[str, Any] = {}
    print(f"\n{'workers':>8}{'lanes':>7}{'jobs':>6}{'real, s':>10}{'simulated, s':>14}{'ratio':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for run in measured(Path(folder)):
            work = [Job(0.0, run.seconds, 0.02, run.overhead, run.seconds)] * run.jobs
            endpoint = Endpoint(max_workers=run.workers, min_workers=run.workers)
            machine = replace(plan.machine, lanes=run.lanes)
            simulated = statistics.fmean(Fleet(endpoint, machine, work, seed).run().end for seed in range(20))
            ratio = run.makespan / simulated
            print(f"{run.workers:8}{run.lanes:7}{run.jobs:6}{run.makespan:10.2f}{simulated:14.2f}{ratio:8.3f}")
            told[f"{run.workers}x{run.lanes}"] = {"real_s": round(run.makespan, 2), "ratio": round(ratio, 3)}
    return told


PARTS: dict[str, Callable[[Plan], dict[str, Any]]] = {
    "traffic": traffic,
    "settings": settings,
    "balancer": balancer,
    "starts": starts,
    "start-bytes": start_bytes,
    "reality": reality,
}


def main() -> None:
    """Run the parts that are asked for and print a table of each, then one JSON object of figures."""
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--part", choices=PARTS, action="append", help="more than one may be given")
    parser.add_argument("--fleets", type=int, nargs="*", default=FLEETS, help="most workers")
    parser.add_argument("--seed", type=int, default=1)
    job = parser.add_argument_group("jobs")
    job.add_argument("--rtf", type=float, default=0.15, help="seconds of the GPU for a second of speech")
    job.add_argument("--median", type=float, default=45.0, help="seconds of speech")
    job.add_argument("--sigma", type=float, default=0.6)
    job.add_argument("--overhead", type=float, default=0.128, help="seconds of a job beside engine and aligner")
    job.add_argument("--align", type=float, default=0.021, help="seconds of the aligner for a second of speech")
    kinds: dict[str, Any] = {
        "endpoint": Endpoint(max_workers=3, idle_timeout=10.0),
        "machine": Machine(start_bytes=1.7e9),
    }
    for title, defaults in kinds.items():
        group = parser.add_argument_group(title)
        for name, value in vars(defaults).items():
            if not isinstance(value, bool) and name != "max_workers":
                group.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    given = parser.parse_args()
    made = {
        title: replace(defaults, **{name: getattr(given, name) for name in vars(defaults) if hasattr(given, name)})
        for title, defaults in kinds.items()
    }
    work = Work(given.rtf, given.median, given.sigma, given.overhead, given.align)
    plan = Plan(work, made["machine"], made["endpoint"], given.seed, given.fleets)
    began = time.perf_counter()
    print(f"a job: {work.mean:.0f} s of speech on average, {work.mean * work.rtf:.1f} s of the engine")
    told = {part: PARTS[part](plan) for part in given.part or ("traffic", "settings", "balancer", "starts")}
    print(f"\n{time.perf_counter() - began:.0f} s")
    print("\n" + json.dumps(told))


if __name__ == "__main__":
    main()
