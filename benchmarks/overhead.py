"""What a generate job costs beyond its engine and its aligner: reading the request, text, joining, encoding, laying
out every caption format, writing them and the record to the store, and the reply. Also what importing it costs.

    python benchmarks/overhead.py [--jobs N] [--store local|s3]

``--store s3`` starts a Swift of its own on this machine, so its processor time is in the figures too. The engine's and
the aligner's own seconds are taken from the job's metrics and subtracted from the wall clock of the whole call.

The ratio is that overhead to the bare puts of what the job stores: after each job its own objects (the sound, the
captions, the record) are put once more under other keys by the same store, one after another and nothing else, as a
script would that has them already. Beside it stands the same with as many puts at once as a job makes.
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
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT)]  # not this folder, whose http.py would hide Python's

from handler import jobs, telemetry
from handler.app import make_services
from handler.captions import FORMATS
from handler.dispatch import dispatch
from handler.jobs.job import MAX_UPLOADS
from handler.protocols import Store
from handler.settings import Settings

SCRIPT = " ".join(
    ["The quick brown fox paid $1,234.56 for 3 lazy dogs, and never looked back. It was the 21st of June."] * 5
)


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
        spent = run(given.jobs, {"ENGINES": "espeak", "MODELS_DIR": models, **environ})
    print(f"{given.jobs} jobs, {len(FORMATS)} formats, {given.store} store\n")
    print(f"{'':16}{'median ms':>12}{'worst ms':>12}")
    for name, seconds in spent.items():
        print(f"{name:16}{1000 * statistics.median(seconds):12.1f}{1000 * max(seconds):12.1f}")
    overhead = sorted(1000 * value for value in spent["overhead"])
    ratio = statistics.median(spent["overhead"]) / statistics.median(spent["bare puts"])
    print(f"\noverhead: {ratio:.2f} of the bare puts of the same objects, one after another")
    imports = import_ms()
    print(f"\nimport handler.dispatch: {imports:.0f} ms in a fresh interpreter (median of 7)")
    figures = {
        "import_ms": imports,
        "p50_ms": statistics.median(overhead),
        "p90_ms": overhead[int(0.9 * len(overhead))],
        f"ratio_{given.store}": ratio,
        "jobs": given.jobs,
    }
    print("\n" + json.dumps({name: round(value, 2) for name, value in figures.items()}))


def run(count: int, environ: Mapping[str, str]) -> dict[str, list[float]]:
    """Seconds of every stage of ``count`` jobs, and ``overhead``: what is left of each without engine and aligner."""
    services = make_services(Settings.read(environ))
    spent: dict[str, list[float]] = {}
    for number in range(count + 1):
        job_id = f"bench-{number}"
        job = {"id": job_id, "input": {"text": SCRIPT, "seed": 1, "timing_format": "all"}}
        began = time.perf_counter()
        reply = dispatch(job, services)
        wall = time.perf_counter() - began
        assert len(reply.get("timing_files", ())) == len(FORMATS), reply
        # The first job also imports and builds what later ones find warm.
        if number == 0:
            print(f"{reply['duration']:.1f} s of speech, {reply['word_count']} words")
            continue
        put_again(services.store, job_id, spent)
        metrics = reply["metrics"]
        spent.setdefault("overhead", []).append(wall - metrics["speak"] - metrics["align"])
        for name, seconds in metrics.items():
            if name != "rtf":
                spent.setdefault(name, []).append(seconds)
    return spent


def put_again(store: Store, job_id: str, spent: dict[str, list[float]]) -> None:
    """Add the seconds that the bare puts of a job's objects take."""
    record = jobs.load(store, job_id)
    keys = [f"jobs/{job_id}.json", *(output.key for output in record.outputs.values() if job_id in output.key)]
    objects = [(f"bare/{key}", store.get(key)) for key in keys]

    def put(each: tuple[str, bytes]) -> None:
        store.put(*each, "application/octet-stream")

    began = time.perf_counter()
    for each in objects:
        put(each)
    spent.setdefault("bare puts", []).append(time.perf_counter() - began)
    with ThreadPoolExecutor(MAX_UPLOADS) as pool:
        began = time.perf_counter()
        list(pool.map(put, objects))
        spent.setdefault("puts at once", []).append(time.perf_counter() - began)


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
