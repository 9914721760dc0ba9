"""A small model of the hub in `tests.support.hf_hub`, and the command line that fetches it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from handler import models
from handler.models import HubModel, Report
from handler.settings import Settings
from tests.support.hf_hub import COMMIT

ROOT = Path(__file__).parents[2]

BIG = os.urandom(4 << 20)
FILES = {"config.json": b"{}", "deep/weights.bin": BIG, "weights.bin": b"not this one", "README.md": b"# A model"}
MODEL = HubModel("a/model", needed=("config.json", "deep/weights.bin"))
WANTED = {name: FILES[name] for name in MODEL.needed}

HEARTBEAT = "import volume_lock, sys; volume_lock.HEARTBEAT_S = {}; "
COMMAND = "from handler.__main__ import main; sys.exit(main(sys.argv[1:]))"


def snapshot(settings: Settings, commit: str = COMMIT) -> Path:
    return settings.hub_cache / "models--a--model" / "snapshots" / commit


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def deep_report(settings: Settings) -> Report:
    return models.inspect(settings, MODEL, deep=True)


def spoil(path: Path) -> None:
    """Change the first byte of a file."""
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])


def start_models(environ: dict[str, str], *arguments: str, heartbeat_s: float = 0.05) -> subprocess.Popen[str]:
    """``python -m handler models`` in a process of its own, which counts as dead after twelve heartbeats."""
    return subprocess.Popen(
        [sys.executable, "-c", HEARTBEAT.format(heartbeat_s) + COMMAND, "models", *arguments],
        cwd=ROOT, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def run_models(environ: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    """Its exit code, standard output and standard error."""
    process = start_models(environ, *arguments)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err
