#!/usr/bin/env python3
"""Make the environment .venv beside this file: ``python3 install.py [local | worker | test]…`` (``local``).

    local    what the demo needs
    worker   the production environment
    test     both, and the tools of the tests

``make demo``, ``make worker`` and ``make test`` run it. It leaves alone what is there, and repairs what a killed run
left. Packages are those of the lock files; one without its hash is refused. A failure ends with one sentence on stderr
that says what to do. It runs before anything is installed, so it imports the standard library, package_index.py and
setup_network_venv.py alone. Python 3.6 must be able to read it, to tell its users that it is too old.
"""

import os
import platform
import shutil
import subprocess
import sys
from typing import NoReturn

OLDEST, NEWEST = (3, 11), (3, 13)


def fail(sentence: str) -> NoReturn:
    sys.exit(f"install: {sentence}")


def use_supported_python() -> None:
    """Go on in a Python that the locks have wheels for, if this one is none; exit where none is found."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    test = f"import ensurepip, sys; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
    for name in ("python3.11", "python3.13", "python3.12"):
        found = shutil.which(name)
        # A program of that name may be a mere signpost, as pyenv's are.
        if found and subprocess.call([found, "-c", test], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0:
            os.execv(found, [found, *sys.argv])
    own = platform.python_version()
    fail(f"Python 3.11, 3.12 or 3.13 is needed and this is {own}; install one, and name it: make PYTHON=python3.13")


if __name__ == "__main__":
    use_supported_python()

import hashlib
import re
import signal
import tomllib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import package_index

FOLDER = Path(__file__).resolve().parent
REQUIREMENTS = FOLDER / "requirements"
VENV = FOLDER / ".venv"
PYTHON, UV = VENV / "bin" / "python", VENV / "bin" / "uv"
LAUNCHER = VENV / "bin" / "handler"
LAUNCHER_TEXT = """\
#!/bin/sh
# The command line of the clone that this environment is in; a link to this file works, too. By install.py.
bin=$(dirname "$(readlink -f "$0")")
PYTHONPATH=${bin%/*/*}${PYTHONPATH:+:$PYTHONPATH} exec "$bin/python" -P -m handler "$@"
"""
TEMPORARY = VENV / "tmp"
"""Where uv and pip write on the way, as /tmp may be small or read-only; removed at the end."""
UNFINISHED = VENV / "unfinished"
"""There while packages are installed: a run that finds it looks for packages that are not whole."""

GROUP_BYTES = {"local": 600_000_000, "worker": 8_900_000_000, "test": 9_400_000_000}
"""What each group takes with its bytecode."""
PARTS = {"worker": ["local", "worker"], "test": ["local", "worker", "test"]}
"""The groups that are installed when another one is; a group is a part of itself."""

WAIT = "setting up the {group} environment: {gigabytes:.1f} GB, the first time it may take minutes"
AGAIN = "then run it again"
FAILURES = {
    "space": f"the disk is full; make room, {AGAIN}",
    "hash": "a download is not what the lock names; check the package index or mirror",
    "login": "the package index refuses this user; check the name and password in pip.conf or PIP_INDEX_URL",
    "certificate": f"the package index's certificate is not trusted; set PIP_CERT to a file of trusted ones, {AGAIN}",
    "network": f"the package index does not answer; check the network, or set PIP_INDEX_URL to a mirror, {AGAIN}",
    "wheel": f"a package has no wheel for this machine, or the mirror lacks it; use Python 3.11 or 3.13, {AGAIN}",
    "": f"it failed with the words above; mend what they name, {AGAIN}",
}
"""A sentence for each kind of failure that `package_index.failure` knows."""


def main(groups: list[str]) -> None:
    """Install the groups that are not there yet."""
    unknown = [group for group in groups if group not in GROUP_BYTES]
    if unknown:
        fail(f"there is no group {unknown[0]}; choose from {', '.join(GROUP_BYTES)}")
    missing = [group for group in groups or ["local"] if not is_done(group)]
    if not missing:
        write_launcher()
        return
    for group in missing:
        check_machine(group)
    check_folder()
    try:
        make_venv()
        for group in missing:
            install(group, uv_environ(os.environ))
        write_launcher()
    finally:
        shutil.rmtree(TEMPORARY, ignore_errors=True)


def is_done(group: str) -> bool:
    """Whether this version of the group is installed."""
    marker = VENV / f"{group}.done"
    return marker.is_file() and marker.read_text("utf-8") == lock_hash(group) and runs(str(PYTHON))


def mark_done(group: str) -> None:
    (VENV / f"{group}.done").write_text(lock_hash(group), "utf-8")


def lock(group: str) -> str:
    """The lock of the group for the Python of .venv, which may have a lock for packages that need another version."""
    version = next((path.name for path in VENV.glob("lib/python3.*")), "python3")
    own = blocks(REQUIREMENTS / f"{version}.txt")
    return "\n".join({**blocks(REQUIREMENTS / f"{group}.txt"), **own}.values())


def blocks(path: Path) -> dict[str, str]:
    """The lines of a lock for each package; none where there is no such lock."""
    text = path.read_text("utf-8") if path.exists() else ""
    return {block.partition("==")[0]: block for block in re.split(r"\n(?=\S)", text.strip()) if "==" in block}


def lock_hash(group: str) -> str:
    return hashlib.sha256(lock(group).encode()).hexdigest()


def runs(*command: str) -> bool:
    """Whether a program starts: its interpreter may be gone, or half of it may never have come."""
    try:
        return subprocess.run([*command, "--version"], capture_output=True).returncode == 0
    except OSError:
        return False


# --- What has to be true beforehand -----------------------------------------------------------------------------------


def check_machine(group: str) -> None:
    """Exit with a sentence where the group has no wheels."""
    system, machine = platform.system(), platform.machine()
    if system != "Linux":
        fail(f"Linux is needed and this is {system}; use a container or a virtual machine with Debian or Ubuntu")
    if platform.libc_ver()[0] != "glibc":
        fail("the packages need glibc, which this Linux (Alpine?) does not have; use Debian or Ubuntu")
    machines = ["x86_64", "aarch64"] if group == "local" else ["x86_64"]
    if machine not in machines:
        fail(f"the group {group} has packages for {' and '.join(machines)} only, and this machine is {machine}")


def check_folder() -> None:
    """Exit with a sentence where no environment can be made."""
    if os.pathsep in str(FOLDER):
        fail(f"Python makes no environment in a folder whose path has a colon; move {FOLDER}")
    if not os.access(VENV if VENV.exists() else FOLDER, os.W_OK):
        fail(f"{FOLDER} cannot be written to; clone the repository into a folder of yours")
    if not VENV.exists() and not find_spec("ensurepip"):
        fail(f"this Python lacks its module venv; install it (on Debian: apt install python3-venv), {AGAIN}")


def check_space(group: str, cache: Path, command: list[str], environ: dict[str, str]) -> None:
    """Exit with a sentence unless the group fits, on the disk of .venv and on that of uv's cache."""
    held = max((size for part, size in GROUP_BYTES.items() if is_done(part)), default=0)
    needed = max(0, GROUP_BYTES[group] - held)
    for folder, remedy in ((VENV, "make room"), (cache, "make room, or set UV_CACHE_DIR to a folder on another disk")):
        free = shutil.disk_usage(existing(folder)).free
        if free < needed and not is_cached(group, cache, command, environ):
            sizes = f"the group {group} needs {needed / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free at {folder}"
            fail(f"{sizes}; {remedy}, {AGAIN}")


def existing(path: Path) -> Path:
    """The path, or the nearest folder above it that exists."""
    return next(folder for folder in (path, *path.parents) if folder.exists())


def is_cached(group: str, cache: Path, command: list[str], environ: dict[str, str]) -> bool:
    """Whether uv has all packages on the disk of .venv already: links to them take no space."""
    if existing(cache).stat().st_dev != VENV.stat().st_dev:
        return False
    done = subprocess.run(
        [*command, "--dry-run", "--offline"], env=environ, input=lock(group).encode(), capture_output=True
    )
    return done.returncode == 0 and b"Would download" not in done.stderr


# --- Installing -------------------------------------------------------------------------------------------------------


def uv_environ(given: Mapping[str, str]) -> dict[str, str]:
    """The variables of uv: pip's settings, and a cache in a folder that can be written to."""
    environ = with_temporary(package_index.uv_environ(given))
    if not environ.get("UV_CACHE_DIR"):
        home = given.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111 - Path raises without a home
        usual = Path(home, "uv")
        environ["UV_CACHE_DIR"] = str(usual if usual.is_absolute() and can_be_written(usual) else TEMPORARY / "cache")
    return environ


def with_temporary(environ: dict[str, str]) -> dict[str, str]:
    TEMPORARY.mkdir(exist_ok=True)
    return environ | {"TMPDIR": str(TEMPORARY)}


def can_be_written(folder: Path) -> bool:
    """Whether the folder is there, or can be made, and takes files."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def make_venv() -> None:
    """Make .venv with uv in it, unless it is there and works."""
    if is_done("uv"):
        return
    pip = [str(PYTHON), "-I", "-m", "pip"]
    if not runs(*pip):
        run([sys.executable, "-m", "venv", "--clear", str(VENV)], dict(os.environ))
    command = [*pip, "install", "--quiet", "--force-reinstall", "--no-deps", "--require-hashes"]
    command += ["--only-binary", ":all:", "-r", str(REQUIREMENTS / "uv.txt")]
    run(command, with_temporary(package_index.pip_environ(os.environ)))
    mark_done("uv")


def install(group: str, environ: dict[str, str]) -> None:
    """Install the packages of a group, and note that it is done."""
    command = [str(UV), "pip", "install", "--python", str(PYTHON), "--no-deps", "--require-hashes"]
    # What has no wheel is plain Python. Nothing else is built, as that takes compilers and minutes.
    source = tomllib.loads((REQUIREMENTS / "groups.toml").read_text("utf-8")).get("source", [])
    command += ["--only-binary", ":all:", *(flag for name in source for flag in ("--no-binary", name))]
    command += [*package_index.uv_flags(os.environ), "-r", "-"]
    check_space(group, Path(environ["UV_CACHE_DIR"]).absolute(), command, environ)
    print(f"install: {WAIT.format(group=group, gigabytes=GROUP_BYTES[group] / 1e9)}", file=sys.stderr)
    mend()
    UNFINISHED.touch()
    run([*command, "--quiet"], environ, lock(group))
    UNFINISHED.unlink()
    for part in PARTS.get(group, [group]):
        mark_done(part)


def write_launcher() -> None:
    """Make .venv/bin/handler, the command line of this clone, unless it is there. The folder may be read-only now."""
    if LAUNCHER.is_file() and LAUNCHER.read_text("utf-8") == LAUNCHER_TEXT:
        return
    try:
        LAUNCHER.write_text(LAUNCHER_TEXT, "utf-8")
        LAUNCHER.chmod(0o755)
    except OSError as error:
        print(f"install: {LAUNCHER} cannot be written ({error.strerror}); use {PYTHON} -m handler", file=sys.stderr)


def mend() -> None:
    """After a killed run: forget packages that are not whole, so that uv installs them again."""
    if not UNFINISHED.exists():
        return
    from setup_network_venv import dist_infos, is_intact

    for site in VENV.glob("lib/python3*/site-packages"):
        for info in dist_infos(site).values():
            if not is_intact(info, hashes=False):
                shutil.rmtree(info)


def run(command: list[str], environ: dict[str, str], given: str = "") -> None:
    """Run a program; where it fails, print what it says and exit with a sentence."""
    pipe = subprocess.PIPE
    done = subprocess.run(command, env=environ, input=given.encode(), stdout=pipe, stderr=subprocess.STDOUT)
    if done.returncode:
        output = package_index.redacted(done.stdout.decode(errors="replace").strip())
        print(output, file=sys.stderr)
        fail(FAILURES[package_index.failure(output)])


def stop(*_: object) -> NoReturn:
    fail("stopped; run it again, and it goes on from there")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    main(sys.argv[1:])
