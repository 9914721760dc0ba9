"""Every engine of this worker against its own package used plainly: import, load, speech and memory.

    python benchmarks/engines.py [--engines piper,pocket,chatterbox,qwen3] [--seconds 4] [--pairs 3] [--threads 1]
                                 [--files FOLDER]

Both sides of a pair load the same full-size random weights, which cost what real ones do, each in a process of its
own, one right after the other and in turns first. A table has the seconds of import and loading, the processor's
seconds for a second of speech, the peak of memory, and ``ratio``: the median over the pairs of ours to the package's.
``ratio`` up to 1.05 is as fast as the package. F5 has its own, `benchmarks/f5.py`.

Where there is a GPU, both speak on it too, in wall seconds, and the engines that speak in batches say eight chunks in a
batch and one after another (``batch_of_8``, times the throughput). ``--files`` keeps the weights, up to 4 GB an engine.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT)]  # not this folder, whose http.py would hide Python's

from benchmarks.engine_sides import Engine

ENGINES = ("piper", "pocket", "chatterbox", "qwen3")
SIDES = ("upstream", "ours")
BATCH = 8
WARM_UP_S = 1.0
ENOUGH_S = 5.0  # of speaking, again and again: the fastest counts


def engine_of(name: str) -> Engine:
    """The functions of an engine."""
    engine: Engine = import_module(f"benchmarks.engine_sides.{name}").ENGINE
    return engine


def run_side(task: dict[str, Any]) -> dict[str, float]:
    """Import, load and speak, in this process."""
    engine, device = engine_of(task["engine"]), task["device"]
    side = engine.ours if task["side"] == "ours" else engine.upstream
    result = {}
    clock = time.process_time if device == "cpu" else time.perf_counter
    began = time.perf_counter()
    side.imports()
    result["import_s"] = time.perf_counter() - began
    began = time.perf_counter()
    speak = side.load(Path(task["folder"]), device)
    result["load_s"] = time.perf_counter() - began
    speak(WARM_UP_S, 1)
    result["rtf"], spent = math.inf, 0.0
    while spent < ENOUGH_S:
        began = clock()
        result["audio_s"] = speak(task["seconds"], task["rows"])
        took = clock() - began
        result["rtf"], spent = min(result["rtf"], took / result["audio_s"]), spent + took
    result["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if device != "cpu":
        import torch

        result["gpu_mb"] = torch.cuda.max_memory_allocated() / 2**20
    return result


def in_process(task: dict[str, Any], threads: int) -> dict[str, float]:
    """Run one side in a fresh interpreter."""
    limits = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    hub = {"HF_HUB_OFFLINE": "1"}
    if task["device"] == "cpu":
        hub["CUDA_VISIBLE_DEVICES"] = ""
    child = subprocess.run(
        [sys.executable, __file__, "--task", json.dumps(task)],
        env={**os.environ, **limits, **hub},
        capture_output=True,
        text=True,
        check=False,
    )
    if child.returncode:
        sys.exit(child.stderr[-4000:])
    result: dict[str, float] = json.loads(child.stdout.splitlines()[-1])
    return result


def measure(name: str, folder: Path, device: str, arguments: argparse.Namespace) -> dict[str, float]:
    """Print the rows of one engine on one device; its figures."""
    task = {"engine": name, "folder": str(folder), "device": device, "seconds": arguments.seconds, "rows": 1}
    results: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
    for pair in range(arguments.pairs):
        for side in SIDES if pair % 2 else reversed(SIDES):
            results[side].append(in_process({**task, "side": side}, arguments.threads))
    for side, rows in results.items():
        middle = {key: statistics.median(row[key] for row in rows) for key in rows[0]}
        print(
            f"{name:11}{device:6}{side:9}{middle['import_s']:10.1f}{middle['load_s']:10.1f}{middle['rtf']:10.3f}"
            f"{middle['audio_s']:10.1f}{middle['peak_mb']:10.0f}{middle.get('gpu_mb', 0):10.0f}",
            flush=True,
        )
    pairs = list(zip(results["ours"], results["upstream"], strict=True))
    figures = {
        f"{name}_{device}_{key}": statistics.median(ours[key] / theirs[key] for ours, theirs in pairs)
        for key in ("rtf", "import_s", "load_s", "peak_mb")
    }
    figures[f"{name}_{device}_ours_rtf"] = statistics.median(row["rtf"] for row in results["ours"])
    if device != "cpu" and engine_of(name).batches:
        ours = {**task, "side": "ours"}
        alone, together = (in_process({**ours, "rows": rows}, arguments.threads) for rows in (1, BATCH))
        figures[f"{name}_{device}_batch_of_{BATCH}"] = alone["rtf"] / together["rtf"]
    return figures


def main() -> None:
    """Speak, print a table, then one JSON object of figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--files", type=Path)
    parser.add_argument("--task", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.task:
        print("\n" + json.dumps(run_side(json.loads(arguments.task))))
        return
    import torch

    devices = ("cpu", "cuda:0") if torch.cuda.is_available() else ("cpu",)
    print(
        f"{'engine':11}{'':6}{'':9}{'import, s':>10}{'load, s':>10}{'RTF':>10}{'audio, s':>10}{'RAM, MB':>10}"
        f"{'GPU, MB':>10}"
    )
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for name in arguments.engines.split(","):
            folder = (arguments.files or Path(temporary)) / name
            folder.mkdir(parents=True, exist_ok=True)
            engine_of(name).write(folder)
            for device in devices:
                figures |= measure(name, folder, device, arguments)
    print(json.dumps({name: round(figure, 4) for name, figure in figures.items()}))


if __name__ == "__main__":
    main()
