"""What a generate job costs beyond its engine and its aligner: reading the request, text, joining, encoding, laying
out every caption format, writing them and the record to the store, and the reply. Also what importing it costs.

    python benchmarks/overhead.py [--jobs N] [--store local|s3]

``--store s3`` starts a Swift of its own on this machine, so its processor time is in the figures too. The engine's and
the aligner's own seconds are taken from the job's metrics and subtracted from the wall clock of the whole call.

The ratio is that overhead to the bare puts of what the job stores: after each job its own objects (the sound, the
captions, the record) are put once more under other keys by the same store, one after another and nothing else, as a
script would that has them already. Beside it stands the same with as many puts at once as a job makes.

The second table says what the overhead goes to, with the same ratio for each: work on the sound, the captions and the
text, which the request asked for; the store; and what is left, the worker's own. Where two are at work at once, as the
loudness is measured while captions are laid out, a moment counts for the one that stands first in `PARTS`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT)]  # not this folder, whose http.py would hide Python's

from handler import jobs, telemetry
from handler.app import make_services
from handler.captions import FORMATS
from handler.dispatch import dispatch
from handler.jobs.job import MAX_UPLOADS
from handler.protocols import Store
from handler.settings import Settings
from handler.telemetry.job_trace import JobTrace, Stage

SCRIPT = " ".join(
    ["The quick brown fox paid $1,234.56 for 3 lazy dogs, and never looked back. It was the 21st of June."] * 5
)

PUT = "put"
PARTS = {
    "engine": {"speak", "align"},
    "text": {"text"},
    "captions": {"captions"},
    "sound": {"level", "encode", "mark_metadata"},
    "store": {"upload", PUT},
}
"""The stages of each part of a job, in which puts are one more."""
OWN = "own"


@dataclass
class Watch:
    """Hears when the stages of a job ran, as its observer, and when it put an object, in the place of its store."""

    store: Store
    stages: list[Stage] = field(default_factory=list)

    def job_ended(self, trace: JobTrace) -> None:
        self.stages += trace.stages

    def put(self, *args: Any, **kwargs: Any) -> str:
        began = time.time()
        try:
            return self.store.put(*args, **kwargs)
        finally:
            self.stages.append(Stage(PUT, began, time.time()))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def parts(self, began: float, ended: float) -> dict[str, float]:
        """Seconds of each part between two moments: each moment is the first part's that is at work then."""
        edges = {edge for stage in self.stages for edge in (stage.started, stage.ended) if began < edge < ended}
        spent = dict.fromkeys((*PARTS, OWN), 0.0)
        for start, end in pairwise(sorted({began, ended, *edges})):
            running = {stage.name for stage in self.stages if stage.started <= start and end <= stage.ended}
            spent[next((part for part, stages in PARTS.items() if stages & running), OWN)] += end - start
        return spent


@contextmanager
def local_store() -> Iterator[Mapping[str, str]]:
    """The settings of a folder as a store."""
    with tempfile.TemporaryDirectory() as folder:
        yield {"LOCAL_STORE": folder}


@contextmanager
def s3_store() -> Iterator[Mapping[str, str]]:
    """The settings of a bucket of a Swift that runs as long as the block."""
    from tests.support.s3_server import Swift

    with Swift() as swift:
        yield swift.environ(swift.new_bucket())


STORES = {"local": local_store, "s3": s3_store}


def main() -> None:
    """Run the jobs and print a table, then one JSON object of figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=30)
    parser.add_argument("--store", choices=STORES, default="local")
    given = parser.parse_args()
    telemetry.configure("ERROR")
    with STORES[given.store]() as environ, tempfile.TemporaryDirectory() as models:
        stages, parts = run(given.jobs, {"ENGINES": "espeak", "MODELS_DIR": models, **environ})
    print(f"{given.jobs} jobs, {len(FORMATS)} formats, {given.store} store\n")
    puts = statistics.median(parts["bare puts"])
    print_table("stages", stages, puts)
    print_table("overhead", parts, puts)
    ratios = {name: statistics.median(seconds) / puts for name, seconds in parts.items()}
    imports = import_ms()
    print(f"import handler.dispatch: {imports:.0f} ms in a fresh interpreter (median of 7)")
    overhead = sorted(1000 * value for value in parts["overhead"])
    figures = {
        "import_ms": imports,
        "p50_ms": statistics.median(overhead),
        "p90_ms": overhead[int(0.9 * len(overhead))],
        "bare_puts_ms": 1000 * puts,
        f"ratio_{given.store}": ratios["overhead"],
        **{f"ratio_{name}": ratios[name] for name in (*PARTS, OWN) if name in ratios},
        "jobs": given.jobs,
    }
    print("\n" + json.dumps({name: round(value, 2) for name, value in figures.items()}))


def print_table(title: str, rows: Mapping[str, list[float]], puts: float) -> None:
    """Print the median and the worst of each, and the median as a ratio to the bare puts."""
    print(f"{title:16}{'median ms':>12}{'worst ms':>12}{'of bare puts':>14}")
    for name, seconds in rows.items():
        median = statistics.median(seconds)
        print(f"{name:16}{1000 * median:12.1f}{1000 * max(seconds):12.1f}{median / puts:14.2f}")
    print()


def run(count: int, environ: Mapping[str, str]) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Seconds of every stage of ``count`` jobs, and of their overhead and its parts: without engine and aligner."""
    plain = make_services(Settings.read(environ))
    watch = Watch(plain.store)
    services = replace(plain, store=cast(Store, watch), observers=[watch])
    stages: dict[str, list[float]] = {}
    parts: dict[str, list[float]] = {}
    for number in range(count + 1):
        job_id = f"bench-{number}"
        job = {"id": job_id, "input": {"text": SCRIPT, "seed": 1, "timing_format": "all"}}
        watch.stages.clear()
        began = time.time()
        reply = dispatch(job, services)
        spent = watch.parts(began, time.time())
        assert len(reply.get("timing_files", ())) == len(FORMATS), reply
        # The first job also imports and builds what later ones find warm.
        if number == 0:
            print(f"{reply['duration']:.1f} s of speech, {reply['word_count']} words")
            continue
        del spent["engine"]
        for name, seconds in put_again(plain.store, job_id).items():
            parts.setdefault(name, []).append(seconds)
        for name, seconds in {"overhead": sum(spent.values()), **spent}.items():
            parts.setdefault(name, []).append(seconds)
        for name, seconds in reply["metrics"].items():
            if name != "rtf":
                stages.setdefault(name, []).append(seconds)
    return stages, parts


def put_again(store: Store, job_id: str) -> dict[str, float]:
    """The seconds that the bare puts of a job's objects take, one after another and several at once."""
    record = jobs.load(store, job_id)
    keys = [f"jobs/{job_id}.json", *(output.key for output in record.outputs.values() if job_id in output.key)]
    objects = [(f"bare/{key}", store.get(key)) for key in keys]

    def put(each: tuple[str, bytes]) -> None:
        store.put(*each, "application/octet-stream")

    began = time.perf_counter()
    for each in objects:
        put(each)
    one_by_one = time.perf_counter() - began
    with ThreadPoolExecutor(MAX_UPLOADS) as pool:
        began = time.perf_counter()
        list(pool.map(put, objects))
        at_once = time.perf_counter() - began
    return {"bare puts": one_by_one, "puts at once": at_once}


def import_ms() -> float:
    """Milliseconds that a fresh interpreter takes for ``import handler.dispatch``, median of seven."""
    script = "import time; t = time.perf_counter(); import handler.dispatch; print(1000 * (time.perf_counter() - t))"
    runs = [
        float(subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=True).stdout)
        for _ in range(7)
    ]
    return statistics.median(runs)


if __name__ == "__main__":
    main()
