"""What the environment on the volume costs: a start from a ready one, and with --real the making of the true one.

    python benchmarks/startup.py [--starts 15] [--real] [--folder FOLDER]

``setup_ms``: from the start of the process to the worker's first line, less what the environment's own Python takes to
that line when it is started directly; median of pairs; ``setup_cpu_ms`` in the processor's time, which a busy machine
does not stretch. ``files_opened``: on the volume, up to the exec, as strace sees
them (without strace: as Python's audit events do). Both on a small lock of tiny wheels: a ready environment's marker
is all that is looked at, whatever its size; --real measures on the true one.

``--real`` installs the production lock (4 GB to fetch, 8 GB on disk) and, beside it from the same cache, what the same
packages bring along when nothing is dropped: same versions, upstream's own requirements. ``size_ratio`` and
``files_ratio`` are bytes and files of the first by those of the second, without bytecode. It needs uv beside this
Python or on the PATH. ``--folder`` keeps the volume.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT)]  # not this folder, whose http.py would hide Python's

from setup_network_venv import base_python
from tests.support.network_volume import REAL_UV, Volume
from tests.support.package_index import Index

FIRST_LINE = "print('here', flush=True)\n"

AUDIT = """
import os, runpy, sys
opened = []
def hook(event, arguments):
    if event == "open": opened.append(str(arguments[0]))
    if event == "os.exec": print("\\n".join(f'open("{path}")' for path in opened), file=sys.stderr)
sys.addaudithook(hook)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def first_line(command: Sequence[str], environ: Mapping[str, str], folder: Path) -> tuple[float, float]:
    """Seconds from the start of a process to its first line, and the processor's seconds until its end."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with subprocess.Popen(command, env=environ, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        seconds = time.perf_counter() - began
    assert line == "here\n", "the worker did not start"
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def second_start(volume: Volume, starts: int) -> dict[str, float]:
    """Figures of a start from a ready environment."""
    (volume.app / "handler" / "__main__.py").write_text(FIRST_LINE)
    script = str(volume.app / "setup_network_venv.py")
    through = [base_python(), script, "--"]
    direct = [str(volume.env / "bin" / "python"), "-P", "-m", "handler"]
    environ = volume.environ | {"PYTHONPATH": str(volume.app)}
    pairs = [
        (first_line(through, volume.environ, volume.folder), first_line(direct, environ, volume.folder))
        for _ in range(starts)
    ]
    wall, processor = ([both[part] - own[part] for both, own in pairs] for part in (0, 1))
    return {
        "setup_ms": round(1000 * statistics.median(wall), 1),
        "setup_cpu_ms": round(1000 * statistics.median(processor), 1),
        "files_opened": len(opened(through, volume)),
    }


def opened(command: Sequence[str], volume: Volume) -> list[str]:
    """Files on the volume that a start opens before it becomes the worker."""
    if shutil.which("strace"):
        command = ["strace", "-f", "-e", "trace=open,openat,execve", *command]
    else:
        command = [command[0], "-c", AUDIT, *command[1:]]
    done = subprocess.run(
        command, env=volume.environ, cwd=volume.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    before, _, _ = done.stderr.partition(f'execve("{volume.env}')
    lines = [line for line in before.splitlines() if f'"{volume.root}/' in line and "ENOENT" not in line]
    return [line for line in lines if "open" in line]


def real(volume: Volume) -> dict[str, float]:
    """Install the production lock, then the same packages with all that upstream asks for."""
    shutil.rmtree(volume.app / "requirements")
    shutil.copytree(ROOT / "requirements", volume.app / "requirements")
    volume.environ |= {name: value for name, value in os.environ.items() if name.startswith(("SSL_", "UV_"))}
    if "UV_DEFAULT_INDEX" not in os.environ:
        del volume.environ["UV_DEFAULT_INDEX"]
    volume.environ |= {"RUNPOD_INIT_TIMEOUT": "3600", "SETUP_BEAT": "3", "SETUP_RETRIES": "2,8,30", "UV": REAL_UV}
    volume.patience = 3600
    began = time.perf_counter()
    code, _, err = volume.run("--prepare")
    assert code == 0, err
    install_s = time.perf_counter() - began
    ready = volume.ready()
    print(f"{'group':16}{'packages':>10}{'MB':>10}")
    for name, group in ready["groups"].items():
        print(f"{name:16}{group['packages']:10}{group['bytes'] / 1e6:10.0f}")
    size, files = weigh(volume.env)
    unpruned_size, unpruned_files = weigh(unpruned(volume))
    print(f"\n{'':16}{'GB':>10}{'files':>10}")
    print(f"{'worker':16}{size / 1e9:10.2f}{files:10}")
    print(f"{'unpruned':16}{unpruned_size / 1e9:10.2f}{unpruned_files:10}")
    return {
        "install_s": round(install_s, 1),
        "size_gb": round(size / 1e9, 2),
        "files": files,
        "groups_imported": len(ready["groups"]),
        "groups_left_out": len(ready["left_out"]),
        "size_ratio": round(size / unpruned_size, 3),
        "files_ratio": round(files / unpruned_files, 3),
    }


def unpruned(volume: Volume) -> Path:
    """An environment of worker.in with nothing dropped. The lock's versions are forced, else nothing would resolve."""
    folder, requirements = volume.folder / "unpruned", volume.app / "requirements"
    pins = volume.folder / "pins.txt"
    locked = re.findall(r"^([\w.-]+==\S+)", (requirements / "worker.txt").read_text("utf-8"), re.MULTILINE)
    pins.write_text("\n".join(locked) + "\n")
    environ = {"UV_LINK_MODE": "hardlink", "UV_CACHE_DIR": str(volume.root / ".cache" / "uv")} | volume.environ
    lock, wanted = volume.folder / "unpruned.txt", str(requirements / "worker.in")
    steps = [
        ["pip", "compile", "--python", base_python(), "--override", str(pins), "-o", str(lock), str(pins), wanted],
        ["venv", "--clear", "--python", base_python(), str(folder)],
        ["pip", "install", "--python", str(folder / "bin" / "python"), "--no-deps", "-r", str(lock)],
    ]
    for step in steps:
        subprocess.run([REAL_UV, "--quiet", "--no-config", *step], env=environ, check=True)
    return folder


def weigh(env: Path) -> tuple[int, int]:
    """Bytes and number of an environment's installed files, without bytecode."""
    (site,) = env.glob("lib/python3*/site-packages")
    files = [Path(path, name) for path, _, names in os.walk(site) for name in names if not name.endswith(".pyc")]
    return sum(file.lstat().st_size for file in files), len(files)


def main() -> None:
    """Measure, and print a table, then one JSON object of figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--starts", type=int, default=15)
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = (options.folder or Path(name)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        for old in ("app", "handler"):
            shutil.rmtree(folder / old, ignore_errors=True)
        volume = Volume(folder)
        with Index(folder / "wheels") as index:
            volume.environ["UV_DEFAULT_INDEX"] = index.url
            figures = real(volume) if options.real else {}
            if not options.real:
                code, _, err = volume.run("--prepare")
                assert code == 0, err
        figures = second_start(volume, options.starts) | figures
    print(f"\nsecond start: {figures['setup_ms']} ms ({figures['setup_cpu_ms']} ms of the processor), ", end="")
    print(f"{figures['files_opened']} files opened on the volume\n")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
