"""How long `handler say` takes from the key to the file, in a fresh process each time.

    python benchmarks/say.py [--runs 7]

Seconds of the wall, the median of all runs and the fastest, with piper, in an empty home folder, with nothing set:
`say` a short text; `captioned` with ``--captions srt --style pop``; `import`, what of it are imports alone, by a
stopwatch over the modules that `say` has loaded at its end; and beside them `python` (an empty program) and `numpy`
(its import), run in turns with the others, which tell how busy the machine is. `cpu` are the processor's seconds of the
same runs, which other work stretches less. Bytecode is cached, as after anybody's first run: a first round is not
counted.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

TEXT = "Hello there, it works."
SAY = ("-m", "handler", "say", TEXT, "--quiet", "-o")

IMPORTS = """
import importlib, sys, time
started = time.perf_counter()
for name in {names}:
    importlib.import_module(name)
print(time.perf_counter() - started)
"""
LOADED = """
import json, sys
from handler.cli import main
assert main({arguments}) == 0
print(json.dumps([name for name in sys.modules if not name.startswith("__")]))
"""
BENCHMARKS = ("say", "captioned", "import", "python", "numpy")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory(prefix="say-") as folder:
        print(json.dumps(measure(Path(folder), runs), indent=2))


def measure(folder: Path, runs: int) -> dict[str, dict[str, float]]:
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "home"),
        "PYTHONPATH": str(ROOT),
        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
    }
    arguments = ["say", TEXT, "--quiet", "-o", str(folder / "out")]
    loaded = json.loads(run(["-c", LOADED.format(arguments=arguments)], environ)[2].splitlines()[-1])
    commands: dict[str, Sequence[str]] = {
        "say": (*SAY, str(folder / "out")),
        "captioned": (*SAY, str(folder / "out"), "--captions", "srt", "--style", "pop"),
        "import": ("-c", IMPORTS.format(names=importable(loaded, environ))),
        "python": ("-c", "pass"),
        "numpy": ("-c", "import numpy"),
    }
    seconds: dict[str, list[float]] = {name: [] for name in BENCHMARKS}
    cpu: dict[str, list[float]] = {name: [] for name in BENCHMARKS}
    for count in range(runs + 1):
        for name in BENCHMARKS:
            wall, processor, printed = run(commands[name], environ)
            if count:
                seconds[name].append(float(printed) if name == "import" else wall)
                cpu[name].append(processor)
    return {
        name: {
            "median_s": round(statistics.median(seconds[name]), 3),
            "fastest_s": round(min(seconds[name]), 3),
            "cpu_s": round(statistics.median(cpu[name]), 3),
        }
        for name in BENCHMARKS
    }


def importable(names: Sequence[str], environ: dict[str, str]) -> list[str]:
    """Those of the modules that can be imported by their names in a fresh process."""
    script = (
        "import importlib, json, sys\nfound = []\nfor name in json.load(sys.stdin):\n    try:\n"
        "        importlib.import_module(name)\n        found.append(name)\n    except ImportError:\n        pass\n"
        "print(json.dumps(found))"
    )
    found: list[str] = json.loads(run(["-c", script], environ, json.dumps(names))[2])
    return found


def run(command: Sequence[str], environ: dict[str, str], given: str = "") -> tuple[float, float, str]:
    """Seconds of the wall and of the processor that a fresh Python takes, and what it prints."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([sys.executable, *command], env=environ, input=given, capture_output=True, text=True)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(done.stderr)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


if __name__ == "__main__":
    main()
