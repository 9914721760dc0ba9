"""What a generate job costs beyond its engine and its aligner: reading the request, text, joining, encoding, laying
out every caption format, writing them and the record to the store, and the reply. Also what importing it costs.

    python benchmarks/overhead.py [--jobs N] [--store local|s3]

``--store s3`` starts a Swift of its own on this machine, so its processor time is in the figures too. The engine's and
the aligner's own seconds are taken from the job's metrics and subtracted from the wall clock of the whole call.
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
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT)]  # not this folder, whose http.py would hide Python's

from handler import telemetry
from handler.app import make_services
from handler.captions import FORMATS
from handler.dispatch import dispatch
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
    print(f"{'':12}{'median ms':>12}{'worst ms':>12}")
    for name, seconds in spent.items():
        print(f"{name:12}{1000 * statistics.median(seconds):12.1f}{1000 * max(seconds):12.1f}")
    overhead = sorted(1000 * value for value in spent["overhead"])
    imports = import_ms()
    print(f"\nimport handler.dispatch: {imports:.0f} ms in a fresh interpreter (median of 7)")
    figures = {
        "import_ms": imports,
        "p50_ms": statistics.median(overhead),
        "p90_ms": overhead[int(0.9 * len(overhead))],
        "jobs": given.jobs,
    }
    print("\n" + json.dumps({name: round(value, 1) for name, value in figures.items()}))


def run(count: int, environ: Mapping[str, str]) -> dict[str, list[float]]:
    """Seconds of every stage of ``count`` jobs, and ``overhead``: what is left of each without engine and aligner."""
    services = make_services(Settings.read(environ))
    spent: dict[str, list[float]] = {}
    for number in range(count + 1):
        job = {"id": f"bench-{number}", "input": {"text": SCRIPT, "seed": 1, "timing_format": "all"}}
        began = time.perf_counter()
        reply = dispatch(job, services)
        wall = time.perf_counter() - began
        assert len(reply.get("timing_files", ())) == len(FORMATS), reply
        # The first job also imports and builds what later ones find warm.
        if number == 0:
            print(f"{reply['duration']:.1f} s of speech, {reply['word_count']} words")
            continue
        metrics = reply["metrics"]
        spent.setdefault("overhead", []).append(wall - metrics["speak"] - metrics["align"])
        for name, seconds in metrics.items():
            if name != "rtf":
                spent.setdefault(name, []).append(seconds)
    return spent


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
