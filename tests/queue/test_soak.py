"""A short soak: many jobs of every kind, on workers that are killed and frozen, and on a bucket with trouble."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.soaking import checks

ROOT = Path(__file__).parents[2]


def test_every_job_ends_once_and_right_whatever_goes_wrong() -> None:
    """Under kills, freezes, a full disk and trouble of the bucket every job ends, its files and captions are right."""
    given = "--jobs 30 --workers 2 --kill-every 4 --seed 3"
    command = [sys.executable, "benchmarks/soak.py", *given.split()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["faults"], done.stdout
    assert {name: figures[name] for name in checks.CHECKS} == dict.fromkeys(checks.CHECKS, 0), done.stdout
