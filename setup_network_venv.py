#!/usr/bin/env python3
"""Make the worker's environment on the network volume, once for all workers, then ``exec python -m handler``.

    python3 setup_network_venv.py [--check | --prepare [--all] | --repair | --gc [DAYS]] [-- ARGUMENTS OF handler]

It is one long file of five parts because it runs before any package is installed: it imports only the standard
library, volume_lock.py and package_index.py.

An environment is ``<volume>/venvs/<hash>`` of lock, groups, ENGINES, ALIGNERS, AI_MARK, interpreter and machine, made
in its final place because a venv cannot be moved. A new lock makes a new one beside it: a rollback fetches nothing.
A start also takes a ready one of the same lock that has more engines, aligners and marks than are asked for.
``.ready`` is written last, after the new interpreter has imported every group. A start that finds it reads it and
execs, without network, uv or another process. Otherwise one installer at a time installs group after group and records
each finished one, with uv's cache on the volume: an installer that is killed again and again still finishes.

``.ready`` is JSON: ``key``, ``lock``, ``asked`` [engines, aligners, marks], ``made`` (UTC), ``python``, ``groups``
{name: {packages, bytes}}, ``left_out`` {name: reason}, ``retry_after`` (Unix time or null), ``versions``
{package: version}.
Modules that only an installation needs are imported there, so that a start from a ready environment stays quick.
"""

from __future__ import annotations

import argparse
import errno
import hashlib
import json
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from volume_lock import Lock

APP = Path(__file__).resolve().parent
UNUSED_DAYS = 14.0
RETRY_HOURS = 1.0
"""A start retries after so long the groups that were left out for lack of space or network."""
RETRY_TIMEOUT_S = 60.0
"""Such a retry may take so long: the environment works without these groups."""
IN_USE_HOURS = 2.0
"""An environment used within them is never removed: a worker that runs in it marks the use every hour."""

CACHES = {
    "HF_HOME": ".cache/huggingface",
    "UV_CACHE_DIR": ".cache/uv",
    "PIP_CACHE_DIR": ".cache/pip",
    "XDG_CACHE_HOME": ".cache",
    "TRITON_CACHE_DIR": ".cache/triton",
    "TORCHINDUCTOR_CACHE_DIR": ".cache/inductor",
    "CUDA_CACHE_PATH": ".cache/cuda",
    "NUMBA_CACHE_DIR": ".cache/numba",
    "NLTK_DATA": ".cache/nltk",
    "MPLCONFIGDIR": ".cache/matplotlib",
    "MODELS_DIR": "models",
}
"""Where libraries write, under the volume. A variable that the user has set wins."""

UV_DEFAULTS = {
    # A killed installer loses the wheels that it was downloading: few at a time, so that each start completes some.
    "UV_CONCURRENT_DOWNLOADS": "4",
    # The cache is on the same volume: links need no second copy, and a linked file is never half written.
    "UV_LINK_MODE": "hardlink",
    "UV_NO_CONFIG": "1",
    "UV_PYTHON_DOWNLOADS": "never",
}


class ExitCode(IntEnum):
    """What went wrong."""

    NO_VOLUME = 3
    NO_SPACE = 4
    NO_NETWORK = 5
    BAD_WHEEL = 6
    TIMED_OUT = 7
    BROKEN = 8
    STOPPED = 128 + signal.SIGTERM


class SetupError(Exception):
    """The environment cannot be made ready. The message names the cause and the remedy."""

    def __init__(self, code: ExitCode, message: str) -> None:
        super().__init__(message)
        self.code = code


_FULL = (ExitCode.NO_SPACE, "the volume is full; make it larger, or use --gc 0")
_READ_ONLY = (ExitCode.NO_VOLUME, "the volume cannot be written to; mount it writable for one start at least")
_WRONG_WHEEL = "a download is not what the lock names; check the package index or mirror"
_NO_INDEX = "the package index does not answer; check the network, or UV_DEFAULT_INDEX"
_NOT_TRUSTED = "the certificate of the package index is not trusted; name a file of trusted ones in SSL_CERT_FILE"
_NO_LOGIN = "the package index refuses this user; check the name and password in UV_DEFAULT_INDEX or PIP_INDEX_URL"

UV_ERRORS = {
    "space": _FULL,
    "hash": (ExitCode.BAD_WHEEL, _WRONG_WHEEL),
    "login": (ExitCode.NO_NETWORK, _NO_LOGIN),
    "certificate": (ExitCode.NO_NETWORK, _NOT_TRUSTED),
    "network": (ExitCode.NO_NETWORK, _NO_INDEX),
    "wheel": (ExitCode.BAD_WHEEL, "the index has no wheel of it that fits; check the mirror"),
    "": (ExitCode.BROKEN, "uv failed, with the words above; start again, or use --repair"),
}
"""Exit code and message of each failure that `package_index.failure` knows."""

OS_ERRORS = dict.fromkeys((errno.ENOSPC, errno.EDQUOT), _FULL) | dict.fromkeys(
    (errno.EROFS, errno.EACCES, errno.EPERM), _READ_ONLY
)


DEFAULT_ENGINES = ("f5",)
DEFAULT_ALIGNERS = ("engine", "whisperx", "google", "sphinx", "whisper")
DEFAULT_MARKS = ("metadata",)
"""As in handler/settings.py."""


def as_setup_error(error: OSError) -> SetupError:
    other = f"the volume does not work as a folder ({error.strerror}); check that it is attached"
    return SetupError(*OS_ERRORS.get(error.errno or 0, (ExitCode.NO_VOLUME, other)))


def log(message: str) -> None:
    """Print one line on stderr: standard output belongs to the worker's command line."""
    print(f"setup: {message}", file=sys.stderr, flush=True)


def utc_now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


# --- 1. Layout, groups, deadline --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Layout:
    """The paths on the volume. ``env`` is the environment of this lock."""

    volume: Path
    requirements: Path
    key: str
    flash_attn: str = ""
    engines: tuple[str, ...] = DEFAULT_ENGINES
    """Those of ENGINES: the first is the default, whose group is needed."""
    aligners: tuple[str, ...] = DEFAULT_ALIGNERS
    lock: str = ""
    """The hash of the lock, the groups and the interpreter, whichever engines, aligners and marks are asked for."""
    asked: tuple[str, ...] = ()
    """The engines, aligners and marks that have a group of their own."""
    marks: tuple[str, ...] = DEFAULT_MARKS

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], requirements: Path) -> Layout:
        """The layout for this lock, these groups, engines, aligners and marks, and this interpreter."""
        engines = read_names(environ, "ENGINES", "TTS_ENGINE") or DEFAULT_ENGINES
        aligners = read_names(environ, "ALIGNERS") or DEFAULT_ALIGNERS
        marks = read_names(environ, "AI_MARK") or DEFAULT_MARKS
        flash_attn = environ.get("FLASH_ATTN_WHEEL", "")
        digest = hashlib.sha256()
        try:
            for name in ("worker.txt", "groups.toml"):
                digest.update((requirements / name).read_bytes())
            for name in ("sizes.json", "uv.txt"):
                (requirements / name).stat()
        except OSError:
            raise SetupError(
                ExitCode.BROKEN, "the lock is not beside this script; copy the folder requirements too"
            ) from None
        table = (requirements / "groups.toml").read_text("utf-8")
        # In any order: the default engine or not, it is the same packages.
        own_groups = re.findall(r'^(?:engine|aligner|mark) = "(.*)"$', table, re.MULTILINE)
        asked = sorted({*engines, *aligners, *marks} & {*own_groups})
        # The interpreter's path too: a venv links to it, and breaks in an image that keeps Python elsewhere.
        machine = (sys.implementation.cache_tag, sys.platform, os.uname().machine, base_python(), flash_attn)
        digest.update("\0".join(map(str, machine)).encode())
        lock = digest.hexdigest()[:16]
        digest.update("\0".join(["", *asked]).encode())
        volume = Path(environ.get("VOLUME_DIR") or "/runpod-volume")
        key = digest.hexdigest()[:16]
        return cls(volume, requirements, key, flash_attn, engines, aligners, lock, tuple(asked), marks)

    def or_larger(self) -> Layout:
        """This layout if its environment is ready, else that of a ready one with more engines, aligners or marks."""
        if self.read_marker(retry=False) or not self.venvs.is_dir():
            return self
        for env, _ in environments(self):
            other = replace(self, key=env.name)
            marker = other.read_marker(retry=False) or {}
            names = set(marker.get("asked", ())) - set(marker.get("left_out", ()))
            if marker.get("lock") == self.lock and names >= set(self.asked):
                return other
        return self

    @property
    def venvs(self) -> Path:
        return self.volume / "venvs"

    @property
    def env(self) -> Path:
        return self.venvs / self.key

    @property
    def python(self) -> Path:
        return self.env / "bin" / "python"

    @property
    def site(self) -> Path:
        return self.env / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"

    @property
    def lock_folder(self) -> Path:
        return self.venvs / ".installers"

    def read_marker(self, retry: bool = True) -> dict[str, Any] | None:
        """The content of ``.ready``; None if the environment needs work before a start.

        With ``retry``, a retry of left-out groups that is due counts as such work.
        """
        try:
            marker: dict[str, Any] = json.loads((self.env / ".ready").read_bytes())
        except (OSError, ValueError):
            return None
        usable = marker.get("key") == self.key and os.access(self.python, os.X_OK)
        # Left out while another engine was the default.
        usable = usable and self.engines[0] not in marker.get("left_out", {})
        due = retry and time.time() >= (marker.get("retry_after") or float("inf"))
        return marker if usable and not due else None


def read_names(environ: Mapping[str, str], *variables: str) -> tuple[str, ...]:
    """The names in the first of the variables that is set, as the worker reads them."""
    given = next(filter(None, map(environ.get, variables)), "")
    return tuple(name for part in given.split(",") if (name := part.strip()))


def base_python() -> str:
    """The interpreter that a venv links to."""
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable))


@dataclass(frozen=True)
class Group:
    """Packages that belong together, each with its block of the lock. Those in ``source`` have no wheel."""

    name: str
    needed: bool
    imports: tuple[str, ...]
    packages: Mapping[str, str]
    source: tuple[str, ...] = ()

    @property
    def versions(self) -> dict[str, str]:
        pins = {name: re.match(r"[^=@\s]+==(\S+)", block) for name, block in self.packages.items()}
        return {name: pin[1] for name, pin in pins.items() if pin}


def read_groups(layout: Layout) -> tuple[Group, ...]:
    """Cut the lock into groups, the needed ones first.

    Each holds its packages' dependencies too, except those of earlier groups.
    """
    import tomllib

    text = (layout.requirements / "worker.txt").read_text("utf-8")
    blocks = {block.partition("==")[0].lower(): block for block in re.split(r"\n(?=\S)", text) if "==" in block}
    dependencies: dict[str, set[str]] = {name: set() for name in blocks}
    for name, block in blocks.items():
        # uv writes which packages require this one: "# via one", or "# via" and a line for each.
        for parent in re.findall(r"^ +#(?: via |   )(\w[\w.-]*)$", block, re.MULTILINE):
            dependencies[parent.lower()].add(name)
    table = tomllib.loads((layout.requirements / "groups.toml").read_text("utf-8"))
    entries: list[Mapping[str, Any]] = table["group"]
    every = _closure([name for entry in entries for name in entry["packages"]], dependencies)
    if forgotten := sorted(blocks.keys() - every):
        raise SetupError(ExitCode.BROKEN, f"no group holds {', '.join(forgotten)}; name it in requirements/groups.toml")
    source, groups, held = set(table.get("source", ())), [], set[str]()
    chosen = _choose(entries, layout, dependencies)
    for entry in sorted((entry for entry in entries if entry["name"] in chosen), key=lambda e: not chosen[e["name"]]):
        names = _closure(entry["packages"], dependencies) - held
        held |= names
        packages = {name: blocks[name] for name in sorted(names)}
        from_source = tuple(sorted(names & source))
        groups.append(Group(entry["name"], chosen[entry["name"]], tuple(entry["imports"]), packages, from_source))
    return (*groups, *_flash_attn(layout.flash_attn))


def _choose(
    entries: Sequence[Mapping[str, Any]], layout: Layout, dependencies: Mapping[str, set[str]]
) -> dict[str, bool]:
    """The names of the groups to install, and whether each is needed.

    The group of an engine, aligner or mark is chosen where ENGINES, ALIGNERS or AI_MARK names it. That of the first
    engine is needed, and that of a mark: no file shall go out without it.
    A shared group is chosen where a chosen one requires a package of it, and needed if that one is.
    """
    default = layout.engines[0]
    chosen = {
        entry["name"]: entry.get("needed", "mark" in entry) or entry.get("engine") == default
        for entry in entries
        if not entry.get("shared")
        and entry.get("engine", default) in layout.engines
        and entry.get("aligner") in {None, *layout.aligners}
        and entry.get("mark") in {None, *layout.marks}
    }
    required = {entry["name"]: _closure(entry["packages"], dependencies) for entry in entries}
    for entry in entries:
        users = [needed for name, needed in chosen.items() if required[name] & set(entry["packages"])]
        if entry.get("shared") and users:
            chosen[entry["name"]] = any(users)
    return chosen


def _closure(names: Sequence[str], dependencies: Mapping[str, set[str]]) -> set[str]:
    found, left = set[str](), list(names)
    while left:
        name = left.pop()
        if name not in dependencies:
            raise SetupError(ExitCode.BROKEN, f"requirements/groups.toml names {name}, which the lock does not hold")
        if name not in found:
            found.add(name)
            left += dependencies[name]
    return found


def _flash_attn(wheel: str) -> Iterator[Group]:
    """A group of one wheel, from ``PATH_OR_URL#sha256=HEX``. A build would take hours and a compiler."""
    if not wheel:
        return
    address, _, sha256 = wheel.partition("#sha256=")
    if not address.endswith(".whl") or not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise SetupError(
            ExitCode.BROKEN, "FLASH_ATTN_WHEEL must be the path or URL of a wheel, then #sha256= and its checksum"
        )
    url = address if "://" in address else Path(address).absolute().as_uri()
    yield Group("flash-attn", False, ("flash_attn",), {"flash-attn": f"flash-attn @ {url} --hash=sha256:{sha256}"})


def worker_environ(environ: Mapping[str, str], layout: Layout) -> dict[str, str]:
    """The environment variables of uv and of the worker, with every cache on the volume."""
    result = {name: str(layout.volume / folder) for name, folder in CACHES.items()} | dict(environ)
    result.setdefault("TORCH_HOME", str(Path(result["MODELS_DIR"]) / "torch"))
    if "HF_HOME" not in environ:
        # As the worker decides it: without both of the hub's variables, its models are in MODELS_DIR.
        result.setdefault("HF_HUB_CACHE", str(Path(result["MODELS_DIR"]) / "huggingface"))
    return result


@dataclass(frozen=True)
class Deadline:
    """When to give up, and the intervals of heartbeats and retries. All in seconds."""

    limit_s: float
    end: float
    heartbeat_s: float
    retry_delays_s: tuple[float, ...]
    short: bool = False

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Deadline:
        try:
            limit_s = float(environ.get("RUNPOD_INIT_TIMEOUT") or 420)
            heartbeat_s = float(environ.get("SETUP_BEAT") or 3)
            delays = tuple(float(part) for part in (environ.get("SETUP_RETRIES") or "2,8,30").split(","))
        except ValueError:
            message = "RUNPOD_INIT_TIMEOUT and SETUP_BEAT must be seconds, SETUP_RETRIES seconds with commas between"
            raise SetupError(ExitCode.BROKEN, message) from None
        # A little before RunPod ends the worker, so that there is time to log the reason.
        return cls(limit_s, time.monotonic() + 0.95 * limit_s, heartbeat_s, delays)

    def shortened(self, seconds: float) -> Deadline:
        """The deadline for optional work."""
        return replace(self, limit_s=seconds, end=min(self.end, time.monotonic() + seconds), short=True)

    def check(self, task: str) -> None:
        """Raise SetupError when the time is over."""
        if time.monotonic() > self.end:
            if self.short:
                raise SetupError(ExitCode.TIMED_OUT, f"it takes more than {self.limit_s:g} s, while {task}")
            raise SetupError(
                ExitCode.TIMED_OUT,
                f"not ready within RUNPOD_INIT_TIMEOUT ({self.limit_s:g} s), while {task}; what is done is kept and the"
                " next start goes on from there: start again, or set RUNPOD_INIT_TIMEOUT to more seconds",
            )

    def pause(self, seconds: float) -> None:
        """Sleep while another installer holds the lock."""
        self.check("waiting for another installer")
        time.sleep(seconds)


# --- 2. Files on the volume -------------------------------------------------------------------------------------------


def dist_infos(site: Path) -> dict[str, Path]:
    """The ``.dist-info`` of each installed package, by the name that locks use."""
    return {re.sub(r"[_.]+", "-", path.name.partition("-")[0]).lower(): path for path in site.glob("*.dist-info")}


def is_intact(info: Path, hashes: bool) -> bool:
    """Whether every file in a package's RECORD exists and has its size, and with ``hashes`` its content.

    uv writes the RECORD that lists INSTALLER as its last step; until then the wheel's own RECORD is there.
    """
    import csv

    try:
        lines = (info / "RECORD").read_text("utf-8")
        rows = [(path, sha256, size) for path, sha256, size in csv.reader(lines.splitlines())]
        finished = lines.endswith("\n") and any(path == f"{info.name}/INSTALLER" for path, _, _ in rows)
        return finished and all(
            _matches_record(info.parent / path, sha256, size, hashes) for path, sha256, size in rows
        )
    except (OSError, ValueError):
        return False


def _matches_record(path: Path, sha256: str, size: str, hashes: bool) -> bool:
    if path.stat().st_size != int(size or path.stat().st_size):
        return False
    if not (hashes and sha256):
        return True
    import base64

    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").digest()
    return base64.urlsafe_b64encode(found).rstrip(b"=").decode() == sha256.removeprefix("sha256=")


def publish(path: Path, data: Mapping[str, Any]) -> None:
    """Write a marker atomically, after everything that it vouches for is on the disk."""
    path.parent.mkdir(exist_ok=True)
    os.sync()
    new = path.with_name(path.name + ".new")
    with new.open("w", encoding="utf-8") as file:
        json.dump(data, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def remove(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


def discard(folder: Path, aside: Path) -> None:
    """Rename a folder to ``aside``, then remove it: a kill in between leaves no half that looks intact."""
    remove(aside)
    try:
        folder.replace(aside)
    except OSError:
        remove(folder)
    remove(aside)


def remove_env(env: Path) -> None:
    """Remove an environment, its markers first: a kill in between leaves none that vouches for removed files."""
    import shutil

    with suppress(OSError):
        (env / ".removing").touch()
    (env / ".ready").unlink(missing_ok=True)
    # Errors are not ignored here: where these markers stay, all files must stay.
    with suppress(FileNotFoundError):
        shutil.rmtree(env / ".groups")
    for path in env.iterdir():
        if path.is_dir() and not path.is_symlink():
            remove(path)
    remove(env)


def is_unlinked(folder: Path) -> bool:
    """Whether no file in the folder has another hard link: then only the cache has it."""
    files = (Path(path, name).lstat() for path, _, names in os.walk(folder) for name in names)
    return all(file.st_nlink == 1 for file in files)


def free_bytes(path: Path) -> int:
    status = os.statvfs(path)
    return status.f_bavail * status.f_frsize


def has_hard_links(folder: Path) -> bool:
    """Whether this volume has hard links. Without them uv copies, and needs the space twice."""
    source, target = (folder / f".link-{end}" for end in "ab")
    try:
        source.touch()
        target.unlink(missing_ok=True)
        os.link(source, target)
    except OSError:
        return False
    finally:
        source.unlink(missing_ok=True)
        target.unlink(missing_ok=True)
    return True


def environments(layout: Layout) -> Iterator[tuple[Path, float]]:
    """Every environment on the volume with the time of its last use, by the volume's clock."""
    return ((path, last_use(path)) for path in layout.venvs.iterdir() if re.fullmatch("[0-9a-f]{16}", path.name))


def last_use(env: Path) -> float:
    """When an environment was last used, or last changed if it never was ready; 0 once its removal has begun."""
    if (env / ".removing").exists() and not (env / ".groups").exists():
        return 0.0
    paths = [env / ".used"] if (env / ".used").exists() else [env, env / ".groups"]
    return max((path.stat().st_mtime for path in paths if path.exists()), default=0.0)


# --- 3. Installing ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Installer:
    """Makes, repairs and removes environments while it holds the lock."""

    layout: Layout
    groups: tuple[Group, ...]
    lock: Lock
    deadline: Deadline
    environ: Mapping[str, str]

    def install(self) -> None:
        """Install what is missing, then write ``.ready``."""
        self.layout.env.mkdir(exist_ok=True)
        self._reset_interrupted_removal()
        self._remove_uv_locks()
        self._begin("making the virtual environment")
        self._uv("venv", "--allow-existing", "--python", base_python(), str(self.layout.env))
        self._install_groups()

    def install_or_retry(self) -> None:
        """Install; if the environment works, only retry the left-out groups, while others start from it as it is."""
        marker = self.layout.read_marker(retry=False)
        if not marker:
            self.install()
            return
        # First of all: otherwise each start would repeat a retry that hangs or is killed.
        publish(self.layout.env / ".ready", marker | {"retry_after": time.time() + 3600 * RETRY_HOURS})
        self._remove_uv_locks()
        self._install_groups()

    def _begin(self, task: str) -> None:
        """Log the next step, and tell it to those who wait for the lock."""
        self.lock.report(task)
        log(task)

    def _remove_uv_locks(self) -> None:
        """Remove uv's locks that a dead host left on the volume; only this process works here now."""
        for path in (self.layout.env / ".lock", self.cache / ".lock"):
            path.unlink(missing_ok=True)

    def _reset_interrupted_removal(self) -> None:
        """Check every group again where a removal was interrupted."""
        import shutil

        if (self.layout.env / ".removing").exists():
            with suppress(FileNotFoundError):
                shutil.rmtree(self.layout.env / ".groups")
            (self.layout.env / ".removing").unlink()

    def _install_groups(self) -> None:
        """Install each group that is not done, then write ``.ready``."""
        left_out = {group.name: error for group in self.groups if (error := self._install_or_skip(group))}
        done = [group for group in self.groups if group.name not in left_out]
        retry = any(error.code in {ExitCode.NO_SPACE, ExitCode.NO_NETWORK} for error in left_out.values())
        self._begin("writing the ready marker")
        (self.layout.env / ".used").touch()
        marker = {
            "key": self.layout.key,
            "lock": self.layout.lock,
            "asked": self.layout.asked,
            "made": utc_now(),
            "python": sys.version.split()[0],
            "groups": {group.name: {"packages": len(group.packages), "bytes": self._bytes(group)} for group in done},
            "left_out": {name: str(error) for name, error in left_out.items()},
            "retry_after": time.time() + 3600 * RETRY_HOURS if retry else None,
            "versions": {name: version for group in done for name, version in group.versions.items()},
        }
        publish(self.layout.env / ".ready", marker)

    def _install_or_skip(self, group: Group) -> SetupError | None:
        """Install a group unless it is done. Returns the error if the worker can run without the group."""
        marker = self.layout.env / ".groups" / group.name
        try:
            if not marker.exists():
                self._install(group)
                publish(marker, {"done": utc_now(), "packages": group.versions})
        except SetupError as error:
            if error.code in {ExitCode.TIMED_OUT, ExitCode.STOPPED}:
                raise
            if group.needed:
                raise SetupError(error.code, f"{group.name} could not be installed: {error}") from None
            log(f"left out: {group.name}: {error}")
            # uv cannot read an environment that holds half a package, and other groups follow.
            self._repair_group(group)
            return error
        return None

    def _install(self, group: Group) -> None:
        """Install one group, starting from whatever a killed installer left of it."""
        from package_index import uv_flags

        self._begin(f"checking what is there of {group.name}")
        if missing := self._repair_group(group):
            self._make_space(group, missing)
            self._begin(f"installing {group.name}: {len(missing)} packages")
            flags = [flag for name in group.source for flag in ("--no-binary", name)]
            command = ["pip", "install", "--python", str(self.layout.python), "--no-deps", "--require-hashes"]
            command += ["--no-build-isolation", "--only-binary", ":all:", *flags, *uv_flags(self.environ), "-r", "-"]
            blocks = "\n".join(group.packages.values())
            try:
                self._uv(*command, stdin=blocks)
            except SetupError as error:
                if error.code != ExitCode.NO_SPACE or not self._clear_cache():
                    raise
                log("trying again without uv's cache")
                self._repair_group(group)
                self._uv(*command, stdin=blocks)
        self._begin(f"importing {group.name} in the new interpreter")
        # As the worker will. This also makes one process write the bytecode of exactly what is imported.
        script = "\n".join(f"import {module}" for module in group.imports)
        code, output = self._run([str(self.layout.python), "-I", "-c", script])
        if code:
            last = output.strip().rpartition("\n")[2]
            message = f"it cannot be imported ({last}); use --repair, or go back to the last lock"
            raise SetupError(ExitCode.BROKEN, message)
        self.lock.check()

    def _repair_group(self, group: Group, hashes: bool = False) -> list[str]:
        """The missing packages of a group. A damaged one loses its ``.dist-info``, so that uv installs it again."""
        installed = dist_infos(self.layout.site)
        missing = [name for name in group.packages if name not in installed or not is_intact(installed[name], hashes)]
        for name in installed.keys() & missing:
            log(f"{name} is not whole: it is installed again")
            remove(installed[name])
        return missing

    def _bytes(self, group: Group, names: Sequence[str] | None = None) -> int:
        """Installed size of a group, or of some of its packages, as measured when the lock was made."""
        sizes = json.loads((self.layout.requirements / "sizes.json").read_bytes())
        chosen = {name: version for name, version in group.versions.items() if names is None or name in names}
        return sum(sizes.get(f"{name}=={version}", {}).get("bytes", 0) for name, version in chosen.items())

    def _make_space(self, group: Group, missing: Sequence[str]) -> None:
        """Raise NO_SPACE unless the missing packages fit; may remove unfinished environments and uv's cache."""
        # A tenth more, for bytecode and uv's own files.
        needed = int((1.1 if has_hard_links(self.layout.env) else 2.1) * self._bytes(group, missing))
        if free_bytes(self.layout.env) >= needed:
            return
        self._begin(f"making room for {group.name}")
        for env, used in environments(self.layout):
            if not (env / ".ready").exists() and env != self.layout.env and self._days_since(used) > UNUSED_DAYS:
                remove_env(env)
        # Downloads of an earlier start are in the cache and not linked yet: they need no space of their own.
        files = (Path(path, name).lstat() for path, _, names in os.walk(self.cache) for name in names)
        if free_bytes(self.layout.env) + sum(512 * file.st_blocks for file in files if file.st_nlink == 1) >= needed:
            return
        self._clear_cache()
        if (free := free_bytes(self.layout.env)) < needed:
            lack = f"the volume has {free / 1e9:.2f} GB free and {group.name} needs {needed / 1e9:.2f}"
            message = f"{lack}; make the volume larger, or remove unused environments with --gc 0"
            raise SetupError(ExitCode.NO_SPACE, message)

    @property
    def cache(self) -> Path:
        return Path(self.environ["UV_CACHE_DIR"])

    @property
    def _owns_cache(self) -> bool:
        """Whether the cache is on the volume: we may not empty another one, nor would that free space here."""
        return self.layout.volume in self.cache.parents and self.cache.is_dir()

    def _clear_cache(self) -> bool:
        """Remove uv's cache; False if there was nothing to remove."""
        if not self._owns_cache or not any(self.cache.iterdir()):
            return False
        discard(self.cache, self.cache.with_name(f"{self.cache.name}.removed"))
        return True

    def _prune_cache(self) -> None:
        """Remove from uv's cache the packages that no environment links to.

            archive-v0/ID/...   an unpacked package: its files are hard-linked into the environments
            wheels-v*/...       pointers to such packages

        A package goes whole or not at all, because uv looks no further than its folder; some of its files have no
        link even while an environment uses it. Pointers stay: uv follows them, and downloads again what is gone.
        """
        if not self._owns_cache:
            return
        remove(self.cache.with_name(f"{self.cache.name}.removed"))
        # First what a killed uv left unfinished: its links would make packages look used.
        for pattern in (".removed", ".tmp*", "builds-v*/*", "archive-v*/*"):
            for folder in list(self.cache.glob(pattern)):
                if folder.is_dir() and (not pattern.startswith("archive") or is_unlinked(folder)):
                    self.lock.check()
                    discard(folder, self.cache / ".removed")

    def repair(self) -> None:
        """Read every file again, remove packages that differ from their record, and install what is missing."""
        broken = []
        for group in self.groups:
            self._begin(f"verifying {group.name}")
            if missing := self._repair_group(group, hashes=True):
                (self.layout.env / ".ready").unlink(missing_ok=True)
                (self.layout.env / ".groups" / group.name).unlink(missing_ok=True)
                broken += missing
            self.deadline.check(f"verifying {group.name}")
        log(f"packages to install again: {', '.join(broken)}" if broken else "every file is as recorded")
        if broken:
            # A hard-linked file is the cache's own file: if it is damaged here, it is damaged there.
            self._uv("cache", "clean", *broken)
        self.install()

    def collect_garbage(self, days: float) -> None:
        """Remove environments unused for ``days``, except this lock's and those that a worker runs in."""
        for env, used in environments(self.layout):
            unused = self._days_since(used)
            if env == self.layout.env or unused <= days:
                continue
            if (env / ".used").exists() and 24 * unused <= IN_USE_HOURS:
                log(f"{env.name} is kept: it was used within the last {IN_USE_HOURS:g} hours")
                continue
            self._begin(f"removing {env.name}, unused for {unused:.1f} days")
            # Hide the marker first, so that no worker starts during the removal. One that just started has touched
            # .used: then the marker comes back.
            marker, hidden = env / ".ready", env / ".removing"
            if marker.exists():
                marker.replace(hidden)
                if last_use(env) > used:
                    hidden.replace(marker)
                    continue
            remove_env(env)
        self._begin("removing what no environment has from uv's cache")
        self._prune_cache()

    def _days_since(self, then: float) -> float:
        """Days since ``then`` by the volume's clock, which sets all times on it."""
        return (self.lock.path.stat().st_mtime - then) / 86400

    # --- 4. Running uv and pip ----------------------------------------------------------------------------------------

    @cached_property
    def uv(self) -> str:
        """The uv to use: UV, else on the PATH, else beside this Python, else downloaded onto the volume by pip."""
        import shutil
        from sysconfig import get_path

        from package_index import pip_environ, redacted

        if chosen := self.environ.get("UV"):
            if not shutil.which(chosen):
                raise SetupError(ExitCode.BROKEN, "UV names a program that is not there; correct it, or unset it")
            return chosen
        pin = self.layout.requirements / "uv.txt"
        target = self.layout.venvs / f"uv-{hashlib.sha256(pin.read_bytes()).hexdigest()[:16]}"
        for folder in (self.environ.get("PATH", ""), get_path("scripts"), str(target / "bin")):
            if found := shutil.which("uv", path=folder):
                return found
        self._begin("fetching uv")
        command = [sys.executable, *find_pip(), "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--require-hashes", "--only-binary", ":all:", "--upgrade", "--target", str(target), "-r", str(pin)]
        code, output = self._run(command, environ=pip_environ(self.environ))
        if code:
            log(f"pip says: {redacted(output.strip())}")
            message = "uv could not be fetched; check the network, or put uv on the PATH"
            raise SetupError(ExitCode.NO_NETWORK, message)
        return str(target / "bin" / "uv")

    def _uv(self, *arguments: str, stdin: str = "") -> None:
        """Run uv; retry network errors."""
        from package_index import failure, redacted

        for delay in (*self.deadline.retry_delays_s, None):
            status, output = self._run([self.uv, "--quiet", "--no-progress", *arguments], stdin)
            if status == 0:
                return
            log(f"uv says: {redacted(output.strip())}")
            code, message = UV_ERRORS[failure(output)]
            if delay is None or code != ExitCode.NO_NETWORK:
                raise SetupError(code, message)
            log(f"trying again in {delay:g} s")
            self._sleep(delay, message)

    def _run(
        self, command: Sequence[str], stdin: str = "", environ: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Run a child; its exit code and output. It ends with this process, the lock or the deadline."""
        import ctypes
        import subprocess
        import tempfile

        prctl = ctypes.CDLL(None).prctl
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as given:
            given.write(stdin.encode())
            given.seek(0)
            child = subprocess.Popen(
                command,
                env=environ or self.environ,
                stdin=given,
                stdout=output,
                stderr=output,
                # PR_SET_PDEATHSIG: the child is killed with us, because the next installer must be alone.
                preexec_fn=lambda: prctl(1, signal.SIGKILL),
            )
            try:
                self._wait(lambda: child.poll() is not None, f"{Path(command[0]).name} was at work")
            finally:
                child.kill()
                child.wait()
            output.seek(0)
            return child.returncode, output.read().decode(errors="replace")

    def _sleep(self, seconds: float, task: str) -> None:
        end = time.monotonic() + seconds
        self._wait(lambda: time.monotonic() > end, task)

    def _wait(self, done: Callable[[], bool], task: str) -> None:
        pause_s = 0.01
        while not done():
            self.deadline.check(task)
            self.lock.check()
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, 1.0)


def find_pip() -> list[str]:
    """The arguments of Python that run pip: the module, or ensurepip's wheel; Debian keeps that elsewhere."""
    from importlib.util import find_spec

    bundled = [Path(str(spec.origin)).parent / "_bundled"] if (spec := find_spec("ensurepip")) else []
    wheels = [wheel for folder in (*bundled, Path("/usr/share/python-wheels")) for wheel in folder.glob("pip-*.whl")]
    pip = ["-m", "pip"] if find_spec("pip") else [f"{wheel}/pip" for wheel in wheels[:1]]
    if not pip:
        raise SetupError(ExitCode.BROKEN, "uv is not here and neither is pip; put uv on the PATH, or name it in UV")
    return pip


# --- 5. Commands ------------------------------------------------------------------------------------------------------


def never() -> None:
    """A condition that does not hold."""


def run_exclusively(
    layout: Layout,
    environ: Mapping[str, str],
    work: Callable[[Installer], None],
    ready: Callable[[], object] = never,
    usable: Callable[[], object] = never,
) -> None:
    """Do ``work`` while holding the lock, unless the environment is ``ready`` before.

    If it is ``usable`` as it is, do not wait for another installer, and give up after `RETRY_TIMEOUT_S`.
    """
    import logging

    from package_index import uv_environ
    from volume_lock import LockLost, exclusive

    if not layout.volume.is_dir():
        message = f"there is no network volume at {layout.volume}; attach one to the endpoint, or set VOLUME_DIR"
        raise SetupError(ExitCode.NO_VOLUME, message)
    logging.basicConfig(format="setup: %(message)s", level=logging.INFO)
    deadline, groups = Deadline.from_environ(environ), read_groups(layout)
    if usable():
        deadline = deadline.shortened(RETRY_TIMEOUT_S)
    while True:
        try:
            with exclusive(
                layout.lock_folder, ready, skip=usable, heartbeat_s=deadline.heartbeat_s, pause=deadline.pause
            ) as lock:
                # Another installer may have finished between our last check and our turn.
                if lock and not ready():
                    work(Installer(layout, groups, lock, deadline, UV_DEFAULTS | uv_environ(environ)))
                return
        except LockLost:
            log("another installer took over, since this one was silent for too long")


def prepare_for_start(layout: Layout, environ: Mapping[str, str]) -> None:
    """Make the environment ready; if it works already, a failed retry of left-out groups does not prevent a start."""

    def usable() -> object:
        return layout.read_marker(retry=False)

    try:
        run_exclusively(layout, environ, Installer.install_or_retry, layout.read_marker, usable)
    except (SetupError, OSError) as error:
        problem = as_setup_error(error) if isinstance(error, OSError) else error
        if problem.code == ExitCode.STOPPED or not usable():
            raise
        log(f"what was left out is not added now: {problem}")


def answer_health_checks(environ: Mapping[str, str]) -> None:
    """On a load-balancing endpoint, answer the health check with 204, "starting", until this process is the worker.

    RunPod ends a worker whose port nobody answers for minutes.
    """
    port = environ.get("PORT_HEALTH") or environ.get("PORT")
    if not (port and environ.get("RUNPOD_POD_ID")) or environ.get("RUNPOD_WEBHOOK_GET_JOB"):
        return
    import threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Starting(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Do not log: it is asked every few seconds."""

    try:
        server = ThreadingHTTPServer(("0.0.0.0", int(port)), Starting)  # nosec B104 # RunPod's health check, which answers 204 alone
    except (OSError, ValueError, OverflowError) as error:
        log(f"nobody answers the health check meanwhile ({error})")
        return
    # The worker listens on the same port: the socket is closed when this process becomes the worker.
    threading.Thread(target=server.serve_forever, daemon=True).start()


def start(layout: Layout, environ: Mapping[str, str], arguments: Sequence[str]) -> NoReturn:
    """Replace this process by the worker."""
    for name, reason in (layout.read_marker(retry=False) or {}).get("left_out", {}).items():
        log(f"without {name}, which --repair may mend: {reason}")
    try:
        os.utime(layout.env / ".used")
    except OSError as error:
        log(f"the use could not be noted ({error.strerror})")
    path = os.pathsep.join(filter(None, [str(APP), environ.get("PYTHONPATH")]))
    python = str(layout.python)
    # -P: run the worker beside this script, not one in the working directory.
    os.execve(python, [python, "-P", "-m", "handler", *arguments], {**environ, "PYTHONPATH": path})


def check(layout: Layout) -> int:
    """Print the state of the environment and change nothing; 0 if a start needs no work."""
    from volume_lock import read_holder

    ready = layout.read_marker()
    done = sorted(path.name for path in (layout.env / ".groups").glob("*") if path.suffix != ".new")
    print(f"environment  {layout.key}: {'ready' if ready else 'not ready'}")
    print(f"groups done  {', '.join(done) or 'none'}")
    for name, reason in (ready or {}).get("left_out", {}).items():
        print(f"left out     {name}: {reason}")
    if others := _group_names(layout) - {group.name for group in read_groups(layout)}:
        print(f"not asked    {', '.join(sorted(others))} (by ENGINES, ALIGNERS and AI_MARK)")
    if holder := read_holder(layout.lock_folder):
        print(f"installer    {holder['host']}, process {holder['pid']}, since {holder['started']}: {holder['doing']}")
    print(f"volume       {f'{free_bytes(layout.volume) / 1e9:.1f} GB free' if layout.volume.is_dir() else 'none'}")
    return 0 if ready else 1


def _group_names(layout: Layout) -> set[str]:
    return set(re.findall(r'^name = "(.*)"$', (layout.requirements / "groups.toml").read_text("utf-8"), re.MULTILINE))


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Make the environment on the volume ready, then start the worker.")
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--check", action="store_true", help="report without changing anything; exit 0 when ready, else 1"
    )
    what.add_argument("--prepare", action="store_true", help="make it ready, and start nothing")
    what.add_argument("--repair", action="store_true", help="verify every file by its hash and mend what is not right")
    unused = f"remove environments unused for DAYS ({UNUSED_DAYS:g})"
    what.add_argument("--gc", type=float, nargs="?", const=UNUSED_DAYS, metavar="DAYS", help=unused)
    parser.add_argument("--all", action="store_true", help="with --prepare: fail rather than leave a part out")
    parser.add_argument("--requirements", type=Path, default=APP / "requirements", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SetupError(ExitCode.STOPPED, "stopped; what is done is kept, and the next start goes on from there")


def main(arguments: Sequence[str], given: Mapping[str, str]) -> int:
    """Run the command; the exit code. Without an option or an error it never returns: it becomes the worker."""
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    options = _options(own)
    try:
        layout = Layout.from_environ(given, options.requirements)
        chosen = layout
        if not (options.prepare or options.repair):
            layout = layout.or_larger()
        environ = worker_environ(given, layout)
        if options.check:
            return check(layout)
        signal.signal(signal.SIGTERM, _stop)
        if options.repair:
            run_exclusively(layout, environ, Installer.repair)
        elif options.gc is not None:
            run_exclusively(layout, environ, lambda installer: installer.collect_garbage(options.gc))
        # What a larger environment lacks is for the workers that asked for it: they have its groups.
        elif not layout.read_marker(retry=layout is chosen):
            if options.prepare:
                run_exclusively(layout, environ, Installer.install, layout.read_marker)
            else:
                answer_health_checks(environ)
                prepare_for_start(layout, environ)
            log("the environment is ready")
        missing = (layout.read_marker(retry=False) or {}).get("left_out") if options.all else None
        if missing:
            raise SetupError(
                ExitCode.BROKEN,
                f"{', '.join(missing)} left out, and --all asks for everything; build again, or use --repair",
            )
        if options.prepare or options.repair or options.gc is not None:
            return 0
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        start(layout, environ, arguments[len(own) + 1 :])
    except (SetupError, OSError) as error:
        problem = as_setup_error(error) if isinstance(error, OSError) else error
        log(str(problem))
        return problem.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
