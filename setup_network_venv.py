#!/usr/bin/env python3
"""The worker's environment on the network volume: made once for all workers, then ``exec python -m handler``.

    python3 setup_network_venv.py [--check | --prepare [--all] | --repair | --gc [DAYS]] [-- ARGUMENTS OF handler]

It lives at ``<volume>/venvs/<hash of lock, groups, interpreter and platform>``, at its final place from the start: a
venv cannot be moved. A new lock makes a new one beside the old, so rolling back downloads nothing. ``.ready`` is
written last, after the new interpreter imported every group; where it is there, a start reads it and execs: without
network, uv or another process. Otherwise one installer at a time (`Owner`) does group after group, each recorded when
it is done, with uv's cache on the volume: killed again and again, it still arrives.

``.ready`` is JSON: ``key``, ``made`` (UTC), ``python``, ``groups`` {name: {packages, bytes}}, ``left_out``
{name: reason}, ``retry_after`` (Unix time or null), ``versions`` {package: version}. Standard library only; what only
an installation needs is imported there, so that a start from a ready environment stays quick.
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
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

APP = Path(__file__).resolve().parent
UNUSED_DAYS = 14.0
RETRY_HOURS = 1.0
"""After so long a start tries again what was left out for want of space or network."""
RETRY_PATIENCE = 60.0
"""Seconds that such a try may take: the environment works without."""
IN_USE_HOURS = 2.0
"""An environment used within them is never removed: a worker in it gives a sign every hour."""

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
"""Where libraries write, under the volume. What the user has set wins."""

UV_DEFAULTS = {
    # A killed installer loses the wheels that were on their way: few at a time, so that each start completes some.
    "UV_CONCURRENT_DOWNLOADS": "4",
    # The cache is on the same volume: no second copy, and a linked file is never half written.
    "UV_LINK_MODE": "hardlink",
    "UV_NO_CONFIG": "1",
    "UV_PYTHON_DOWNLOADS": "never",
}


class Why(IntEnum):
    """What went wrong, as the exit code."""

    NO_VOLUME = 3
    NO_SPACE = 4
    NO_NETWORK = 5
    BAD_WHEEL = 6
    TIMED_OUT = 7
    BROKEN = 8
    OVERTAKEN = 9
    STOPPED = 128 + signal.SIGTERM


class SetupError(Exception):
    """The environment cannot be made ready. One sentence: the culprit and the way out."""

    def __init__(self, why: Why, sentence: str) -> None:
        super().__init__(sentence)
        self.why = why


UV_TROUBLES = (
    (
        r"os error (28|122)\b|no space left|quota exceeded",
        Why.NO_SPACE,
        "the volume is full; make it larger, or use --gc 0",
    ),
    (r"hash mismatch", Why.BAD_WHEEL, "a download is not what the lock names; check the package index or mirror"),
    (
        r"error sending request|timed? ?out|connection (reset|closed|refused)|dns error|error decoding response"
        r"|request or response body|HTTP status (server error|client error \((408|429))",
        Why.NO_NETWORK,
        "the package index does not answer; check the network, or UV_DEFAULT_INDEX",
    ),
    (
        r"no solution found|distribution not found",
        Why.BAD_WHEEL,
        "the index has no wheel of it that fits; check the mirror",
    ),
    (r"", Why.BROKEN, "uv failed, with the words above; start again, or use --repair"),
)
"""What uv says, what that is, and the sentence for it: the first that matches counts."""

ERRNOS = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), (Why.NO_SPACE, "the volume is full; make it larger, or use --gc 0")),
    **dict.fromkeys(
        (errno.EROFS, errno.EACCES, errno.EPERM),
        (Why.NO_VOLUME, "the volume cannot be written to; mount it writable for one start at least"),
    ),
}
"""The same for the system's own errors."""


def explain(error: OSError) -> SetupError:
    other = f"the volume does not work as a folder ({error.strerror}); check that it is attached"
    return SetupError(*ERRNOS.get(error.errno or 0, (Why.NO_VOLUME, other)))


def say(message: str) -> None:
    """One line on stderr: standard output belongs to the worker's command line."""
    print(f"setup: {message}", file=sys.stderr, flush=True)


def utc() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


# --- What is wanted ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Where things are. ``env`` is the environment of this lock on the volume."""

    volume: Path
    requirements: Path
    key: str
    flash_attn: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, str], requirements: Path) -> Place:
        """The place for this lock, these groups and this interpreter."""
        flash_attn = environ.get("FLASH_ATTN_WHEEL", "")
        digest = hashlib.sha256()
        try:
            for name in ("worker.txt", "groups.toml"):
                digest.update((requirements / name).read_bytes())
            for name in ("sizes.json", "uv.txt"):
                (requirements / name).stat()
        except OSError:
            raise SetupError(
                Why.BROKEN, "the lock is not beside this script; copy the folder requirements too"
            ) from None
        # The interpreter's path too: a venv is a link to it, dead in an image that keeps Python elsewhere.
        machine = (sys.implementation.cache_tag, sys.platform, os.uname().machine, base_python(), flash_attn)
        digest.update("\0".join(map(str, machine)).encode())
        volume = Path(environ.get("VOLUME_DIR") or "/runpod-volume")
        return cls(volume, requirements, digest.hexdigest()[:16], flash_attn)

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
    def owners(self) -> Path:
        return self.venvs / ".installers"

    def ready(self, retry: bool = True) -> dict[str, Any] | None:
        """What ``.ready`` says, or None when there is work to do before a start: with ``retry``, trying again too."""
        try:
            told: dict[str, Any] = json.loads((self.env / ".ready").read_bytes())
        except (OSError, ValueError):
            return None
        usable = told.get("key") == self.key and os.access(self.python, os.X_OK)
        due = retry and time.time() >= (told.get("retry_after") or float("inf"))
        return told if usable and not due else None


def base_python() -> str:
    """The interpreter that a venv links to."""
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable))


@dataclass(frozen=True)
class Group:
    """Packages that belong together: ``{name: its block of the lock}``. Those of ``source`` have no wheel."""

    name: str
    needed: bool
    imports: tuple[str, ...]
    packages: Mapping[str, str]
    source: tuple[str, ...] = ()

    @property
    def versions(self) -> dict[str, str]:
        pins = {name: re.match(r"[^=@\s]+==(\S+)", block) for name, block in self.packages.items()}
        return {name: pin[1] for name, pin in pins.items() if pin}


def read_groups(place: Place) -> tuple[Group, ...]:
    """The lock cut into groups: each with what its packages need in turn, less what earlier groups hold."""
    import tomllib

    text = (place.requirements / "worker.txt").read_text("utf-8")
    blocks = {block.partition("==")[0].lower(): block for block in re.split(r"\n(?=\S)", text) if "==" in block}
    needs: dict[str, set[str]] = {name: set() for name in blocks}
    for name, block in blocks.items():
        # uv writes who asked for a package: "# via one", or "# via" and a line for each.
        for parent in re.findall(r"^ +#(?: via |   )(\w[\w.-]*)$", block, re.MULTILINE):
            needs[parent.lower()].add(name)
    table = tomllib.loads((place.requirements / "groups.toml").read_text("utf-8"))
    source, groups, held = set(table.get("source", ())), [], set[str]()
    for entry in table["group"]:
        names = _closure(entry["packages"], needs) - held
        held |= names
        packages = {name: blocks[name] for name in sorted(names)}
        built = tuple(sorted(names & source))
        groups.append(Group(entry["name"], entry["needed"], tuple(entry["imports"]), packages, built))
    if forgotten := sorted(blocks.keys() - held):
        raise SetupError(Why.BROKEN, f"no group holds {', '.join(forgotten)}; name it in requirements/groups.toml")
    return (*groups, *_flash_attn(place.flash_attn))


def _closure(names: Sequence[str], needs: Mapping[str, set[str]]) -> set[str]:
    found, left = set[str](), list(names)
    while left:
        name = left.pop()
        if name not in needs:
            raise SetupError(Why.BROKEN, f"requirements/groups.toml names {name}, which the lock does not hold")
        if name not in found:
            found.add(name)
            left += needs[name]
    return found


def _flash_attn(given: str) -> Iterator[Group]:
    """A group of one wheel, from ``PATH_OR_URL#sha256=HEX``; never built here: that takes hours and a compiler."""
    if not given:
        return
    address, _, sha256 = given.partition("#sha256=")
    if not address.endswith(".whl") or not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise SetupError(
            Why.BROKEN, "FLASH_ATTN_WHEEL must be the path or URL of a wheel, then #sha256= and its checksum"
        )
    url = address if "://" in address else Path(address).absolute().as_uri()
    yield Group("flash-attn", False, ("flash_attn",), {"flash-attn": f"flash-attn @ {url} --hash=sha256:{sha256}"})


def worker_environ(environ: Mapping[str, str], place: Place) -> dict[str, str]:
    """The environment with every cache on the volume, for uv and for the worker alike."""
    found = {name: str(place.volume / folder) for name, folder in CACHES.items()} | dict(environ)
    found.setdefault("TORCH_HOME", str(Path(found["MODELS_DIR"]) / "torch"))
    if "HF_HOME" not in environ:
        # The worker's own rule: without both of the hub's variables, its models are in MODELS_DIR.
        found.setdefault("HF_HUB_CACHE", str(Path(found["MODELS_DIR"]) / "huggingface"))
    return found


@dataclass(frozen=True)
class Patience:
    """How long to wait for what, in seconds."""

    limit: float
    end: float
    beat: float
    retries: tuple[float, ...]
    short: bool = False

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Patience:
        try:
            limit = float(environ.get("RUNPOD_INIT_TIMEOUT") or 420)
            beat = float(environ.get("SETUP_BEAT") or 3)
            retries = tuple(float(part) for part in (environ.get("SETUP_RETRIES") or "2,8,30").split(","))
        except ValueError:
            sentence = "RUNPOD_INIT_TIMEOUT and SETUP_BEAT must be seconds, SETUP_RETRIES seconds with commas between"
            raise SetupError(Why.BROKEN, sentence) from None
        # A little before RunPod's own end, so that there is time to say why.
        return cls(limit, time.monotonic() + 0.95 * limit, beat, retries)

    def shortened(self, seconds: float) -> Patience:
        """For what a start can do without."""
        return replace(self, limit=seconds, end=min(self.end, time.monotonic() + seconds), short=True)

    def check(self, doing: str) -> None:
        if time.monotonic() > self.end:
            if self.short:
                raise SetupError(Why.TIMED_OUT, f"it takes more than {self.limit:g} s, while {doing}")
            raise SetupError(
                Why.TIMED_OUT,
                f"not ready within RUNPOD_INIT_TIMEOUT ({self.limit:g} s), while {doing}; what is done is kept and the"
                " next start goes on from there: start again, or set RUNPOD_INIT_TIMEOUT to more seconds",
            )


# --- Whose turn it is -------------------------------------------------------------------------------------------------


class Owner:
    """The one installer on the whole volume, without trusting the file system's locks or any host's clock.

    Owner files are numbered and the highest counts; its owner changes it at every beat. Whoever finds it released, or
    unchanged for MISSED beats by their own clock, creates the next number with O_EXCL: of two who try, one wins. No
    file is ever taken away from a living owner, so nothing needs to be given back: who was slow, not dead, sees a
    higher number and stops.
    """

    MISSED = 12
    SIZE = 512
    """Bytes, always as many: a beat needs no space on a full volume."""

    def __init__(self, path: Path, descriptor: int, beat: float) -> None:
        self.path, self._descriptor = path, descriptor
        self._state = {"host": os.uname().nodename, "pid": os.getpid(), "token": os.urandom(8).hex()}
        self._state |= {"started": utc(), "doing": "starting", "released": False}
        self._beats = 0
        self._writing, self._end = threading.Lock(), threading.Event()
        self._write()
        self._thread = threading.Thread(target=self._beat_until_end, args=(beat,), daemon=True)
        self._thread.start()

    @classmethod
    def claim(cls, folder: Path, number: int, beat: float) -> Owner | None:
        """The owner under this number, or None when somebody else has it or is beyond it."""
        path = folder / f"{number:08}"
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o644)
        except FileExistsError:
            return None
        try:
            owner = cls(path, descriptor, beat)
        except OSError as error:
            os.close(descriptor)
            path.unlink()
            if explain(error).why != Why.NO_SPACE or number == 1:
                raise
            # Full: the file of the owner before has the space that this one lacks. Linking too lets only one win.
            try:
                os.link(folder / f"{number - 1:08}", path)
            except FileExistsError:
                return None
            except OSError:
                raise error from None
            owner = cls(path, os.open(path, os.O_RDWR), beat)
        # A folder seen late, as network volumes show them, could have led to a number long passed.
        if owner.overtaken():
            owner.release()
            return None
        return owner

    def overtaken(self) -> bool:
        return newest(self.path.parent) > int(self.path.name)

    def check(self) -> None:
        if self.overtaken():
            raise SetupError(Why.OVERTAKEN, "another installer took over, since this one was silent for too long")

    def doing(self, what: str) -> None:
        """Say what is done now, here and to those who wait."""
        self.check()
        say(what)
        self._state["doing"] = what
        self._write()

    def release(self) -> None:
        self._end.set()
        self._thread.join()
        self._state["released"] = True
        with suppress(OSError):
            self._write()
            for older in self.path.parent.iterdir():
                if older.name < self.path.name:
                    older.unlink(missing_ok=True)
        os.close(self._descriptor)

    def _beat_until_end(self, beat: float) -> None:
        while not self._end.wait(beat):
            try:
                self._write()
            except OSError as error:
                # Not ours to end here: if it goes on, others take over, and the next step sees that.
                say(f"the sign of life could not be written ({error.strerror})")

    def _write(self) -> None:
        with self._writing:
            self._beats += 1
            text = json.dumps(self._state | {"beats": self._beats})
            os.pwrite(self._descriptor, text.ljust(self.SIZE).encode()[: self.SIZE], 0)


def newest(folder: Path) -> int:
    """The highest owner's number, 0 without any."""
    try:
        return max((int(path.name) for path in folder.iterdir() if path.name.isdecimal()), default=0)
    except FileNotFoundError:
        return 0


def read_owner(folder: Path, number: int) -> tuple[bytes, dict[str, Any]]:
    """An owner's file as bytes, and what it says as far as it can be read."""
    raw = b""
    with suppress(FileNotFoundError, ValueError):
        raw = (folder / f"{number:08}").read_bytes()
        return raw, json.loads(raw)
    return raw, {}


def given_up(folder: Path, number: int) -> bool:
    """Whether an owner's file is so old that its owner must be dead, for who will not wait to see it change."""
    with suppress(OSError):
        return time.time() - (folder / f"{number:08}").stat().st_mtime > 3600 * RETRY_HOURS
    return False


def take_turn(
    folder: Path, patience: Patience, ready: Callable[[], object], usable: Callable[[], object]
) -> Owner | None:
    """Our turn, or None when somebody else made things ``ready`` meanwhile, or they are ``usable`` and it is not free.

    Says whom it waits for.
    """
    folder.mkdir(parents=True, exist_ok=True)
    seen: tuple[int, bytes] = (-1, b"")
    began = changed = time.monotonic()
    told = began - 15
    while not ready():
        number = newest(folder)
        raw, state = read_owner(folder, number)
        now, host = time.monotonic(), state.get("host", "an installer")
        if (number, raw) != seen:
            seen, changed = (number, raw), now
        silent = now - changed > Owner.MISSED * patience.beat
        if number == 0 or silent or (usable() and given_up(folder, number)) or state.get("released"):
            if silent:
                say(f"{host} has given no sign for {now - changed:.1f} s: taking over")
            if owner := Owner.claim(folder, number + 1, patience.beat):
                return owner
            continue
        if usable():
            return None
        if now - told >= 15:
            told = now
            work = f"process {state.get('pid')}, at work since {state.get('started')}: {state.get('doing')}"
            say(f"waiting for {host}, {work} (waited {now - began:.0f} s)")
        patience.check(f"waiting for {host}")
        time.sleep(min(patience.beat, 1.0))
    return None


# --- What is there ----------------------------------------------------------------------------------------------------


def dist_info(site: Path) -> dict[str, Path]:
    """Each installed package's ``.dist-info``, by the name that locks use."""
    return {re.sub(r"[_.]+", "-", path.name.partition("-")[0]).lower(): path for path in site.glob("*.dist-info")}


def whole(info: Path, hashes: bool) -> bool:
    """Whether every file that a package's RECORD names is there in its size, and with ``hashes`` in its content.

    The RECORD that lists INSTALLER is the one that uv writes at the very end; the wheel's own lies there before.
    """
    import csv

    try:
        lines = (info / "RECORD").read_text("utf-8")
        rows = [(path, sha256, size) for path, sha256, size in csv.reader(lines.splitlines())]
        finished = lines.endswith("\n") and any(path == f"{info.name}/INSTALLER" for path, _, _ in rows)
        return finished and all(_as_recorded(info.parent / path, sha256, size, hashes) for path, sha256, size in rows)
    except (OSError, ValueError):
        return False


def _as_recorded(path: Path, sha256: str, size: str, hashes: bool) -> bool:
    if path.stat().st_size != int(size or path.stat().st_size):
        return False
    if not (hashes and sha256):
        return True
    import base64

    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").digest()
    return base64.urlsafe_b64encode(found).rstrip(b"=").decode() == sha256.removeprefix("sha256=")


def publish(path: Path, facts: Mapping[str, Any]) -> None:
    """Written whole or not at all, and only once all that it vouches for is on the disk."""
    path.parent.mkdir(exist_ok=True)
    os.sync()
    new = path.with_name(path.name + ".new")
    with new.open("w", encoding="utf-8") as file:
        json.dump(facts, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def remove(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


def discard(folder: Path, aside: Path) -> None:
    """Removed as one, by way of ``aside``: killed in between, it leaves no half that could be taken for the whole."""
    remove(aside)
    try:
        folder.replace(aside)
    except OSError:
        remove(folder)
    remove(aside)


def remove_env(env: Path) -> None:
    """An environment, its marks first: killed in between, it leaves nothing that vouches for what is gone."""
    import shutil

    with suppress(OSError):
        (env / ".removing").touch()
    (env / ".ready").unlink(missing_ok=True)
    # Without ignoring errors: where these stay, all must.
    with suppress(FileNotFoundError):
        shutil.rmtree(env / ".groups")
    for path in env.iterdir():
        if path.is_dir() and not path.is_symlink():
            remove(path)
    remove(env)


def unlinked(folder: Path) -> bool:
    """Whether no file below is linked from elsewhere: then nothing but the cache has it."""
    files = (Path(path, name).lstat() for path, _, names in os.walk(folder) for name in names)
    return all(file.st_nlink == 1 for file in files)


def free_space(path: Path) -> int:
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize


def links_work(folder: Path) -> bool:
    """Whether this volume has hard links: without them uv copies, and needs the space twice."""
    here, there = (folder / f".link-{end}" for end in "ab")
    try:
        here.touch()
        there.unlink(missing_ok=True)
        os.link(here, there)
    except OSError:
        return False
    finally:
        here.unlink(missing_ok=True)
        there.unlink(missing_ok=True)
    return True


def environments(place: Place) -> Iterator[tuple[Path, float]]:
    """Every environment on the volume, and when it was last used, by the volume's clock."""
    return ((path, last_use(path)) for path in place.venvs.iterdir() if re.fullmatch("[0-9a-f]{16}", path.name))


def last_use(env: Path) -> float:
    """When it was last used; of one never ready, when something was last done to it; 0 once its removal began."""
    if (env / ".removing").exists() and not (env / ".groups").exists():
        return 0.0
    marks = [env / ".used"] if (env / ".used").exists() else [env, env / ".groups"]
    return max((mark.stat().st_mtime for mark in marks if mark.exists()), default=0.0)


# --- Making it --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Installer:
    """Makes the environment, as its owner."""

    place: Place
    groups: tuple[Group, ...]
    owner: Owner
    patience: Patience
    environ: Mapping[str, str]

    def make(self) -> None:
        """Whatever is missing, then ``.ready``."""
        self.place.env.mkdir(exist_ok=True)
        self._forget_removal()
        self._unlock()
        self.owner.doing("making the virtual environment")
        self._uv("venv", "--allow-existing", "--python", base_python(), str(self.place.env))
        self._complete()

    def make_or_retry(self) -> None:
        """Make it; where it works already, only try what was left out, while others start from it as it is."""
        usable = self.place.ready(retry=False)
        if not usable:
            self.make()
            return
        # First of all: a try that hangs or is killed is not made again by each start.
        publish(self.place.env / ".ready", usable | {"retry_after": time.time() + 3600 * RETRY_HOURS})
        self._unlock()
        self._complete()

    def _unlock(self) -> None:
        """Remove uv's locks that a dead host left on the volume; we alone are at work here."""
        for lock in (self.place.env / ".lock", self.cache / ".lock"):
            lock.unlink(missing_ok=True)

    def _forget_removal(self) -> None:
        """What a removal that was cut off has left counts for nothing until it is looked at."""
        import shutil

        if (self.place.env / ".removing").exists():
            with suppress(FileNotFoundError):
                shutil.rmtree(self.place.env / ".groups")
            (self.place.env / ".removing").unlink()

    def _complete(self) -> None:
        """Each group that is not done, then ``.ready``."""
        left_out = {group.name: error for group in self.groups if (error := self._try(group))}
        done = [group for group in self.groups if group.name not in left_out]
        later = any(error.why in {Why.NO_SPACE, Why.NO_NETWORK} for error in left_out.values())
        self.owner.doing("writing the ready marker")
        (self.place.env / ".used").touch()
        facts = {
            "key": self.place.key,
            "made": utc(),
            "python": sys.version.split()[0],
            "groups": {group.name: {"packages": len(group.packages), "bytes": self._bytes(group)} for group in done},
            "left_out": {name: str(error) for name, error in left_out.items()},
            "retry_after": time.time() + 3600 * RETRY_HOURS if later else None,
            "versions": {name: version for group in done for name, version in group.versions.items()},
        }
        publish(self.place.env / ".ready", facts)

    @property
    def cache(self) -> Path:
        return Path(self.environ["UV_CACHE_DIR"])

    def _try(self, group: Group) -> SetupError | None:
        """Install a group unless it is done; why not, if it is one that the worker can do without."""
        marker = self.place.env / ".groups" / group.name
        try:
            if not marker.exists():
                self._install(group)
                publish(marker, {"done": utc(), "packages": group.versions})
        except SetupError as error:
            if error.why in {Why.TIMED_OUT, Why.OVERTAKEN, Why.STOPPED}:
                raise
            if group.needed:
                raise SetupError(error.why, f"{group.name} could not be installed: {error}") from None
            say(f"left out: {group.name}: {error}")
            # uv cannot read an environment with half a package in it, and other groups follow.
            self._mend(group)
            return error
        return None

    def _install(self, group: Group) -> None:
        """One group, from whatever a killed installer left of it."""
        self.owner.doing(f"checking what is there of {group.name}")
        if missing := self._mend(group):
            self._make_room(group, missing)
            self.owner.doing(f"installing {group.name}: {len(missing)} packages")
            flags = [flag for name in group.source for flag in ("--no-binary", name)]
            command = ["pip", "install", "--python", str(self.place.python), "--no-deps", "--require-hashes"]
            command += ["--no-build-isolation", "--only-binary", ":all:", *flags, "-r", "-"]
            blocks = "\n".join(group.packages.values())
            try:
                self._uv(*command, given=blocks)
            except SetupError as error:
                if error.why != Why.NO_SPACE or not self._empty_cache():
                    raise
                say("trying again without uv's cache")
                self._mend(group)
                self._uv(*command, given=blocks)
        self.owner.doing(f"importing {group.name} in the new interpreter")
        # As the worker will. This also writes the bytecode of just what is imported, by one process.
        script = "\n".join(f"import {module}" for module in group.imports)
        code, told = self._run([str(self.place.python), "-I", "-c", script])
        if code:
            last = told.strip().rpartition("\n")[2]
            raise SetupError(Why.BROKEN, f"it cannot be imported ({last}); use --repair, or go back to the last lock")
        self.owner.check()

    def _mend(self, group: Group, hashes: bool = False) -> list[str]:
        """What is missing of a group. A package that is not whole loses its ``.dist-info``: uv writes it anew."""
        there = dist_info(self.place.site)
        missing = [name for name in group.packages if name not in there or not whole(there[name], hashes)]
        for name in there.keys() & missing:
            say(f"{name} is not whole: it is installed again")
            remove(there[name])
        return missing

    def _bytes(self, group: Group, names: Sequence[str] | None = None) -> int:
        """What the group, or some of it, takes when installed, by the figures that were measured with the lock."""
        sizes = json.loads((self.place.requirements / "sizes.json").read_bytes())
        chosen = {name: version for name, version in group.versions.items() if names is None or name in names}
        return sum(sizes.get(f"{name}=={version}", {}).get("bytes", 0) for name, version in chosen.items())

    def _make_room(self, group: Group, missing: Sequence[str]) -> None:
        """NO_SPACE unless what is missing fits, if need be after cleaning what is ours: leavings and uv's cache."""
        # A tenth more: bytecode, and uv's own files.
        need = int((1.1 if links_work(self.place.env) else 2.1) * self._bytes(group, missing))
        if free_space(self.place.env) >= need:
            return
        self.owner.doing(f"making room for {group.name}")
        for env, used in environments(self.place):
            if not (env / ".ready").exists() and env != self.place.env and self._days(used) > UNUSED_DAYS:
                remove_env(env)
        # Downloads of an earlier start wait in the cache, not yet linked: they need no second space.
        files = (Path(path, name).lstat() for path, _, names in os.walk(self.cache) for name in names)
        if free_space(self.place.env) + sum(512 * file.st_blocks for file in files if file.st_nlink == 1) >= need:
            return
        self._empty_cache()
        if (free := free_space(self.place.env)) < need:
            told = f"the volume has {free / 1e9:.2f} GB free and {group.name} needs {need / 1e9:.2f}"
            raise SetupError(Why.NO_SPACE, f"{told}; make the volume larger, or remove unused environments with --gc 0")

    @property
    def _cache_is_ours(self) -> bool:
        """A UV_CACHE_DIR elsewhere is not ours to empty, nor would that make room here."""
        return self.place.volume in self.cache.parents and self.cache.is_dir()

    def _empty_cache(self) -> bool:
        """Whether there was something to remove."""
        if not self._cache_is_ours or not any(self.cache.iterdir()):
            return False
        discard(self.cache, self.cache.with_name(f"{self.cache.name}.removed"))
        return True

    def _drop_unlinked(self) -> None:
        """Remove from uv's cache what no environment has, each package whole or not at all: uv asks for no more.

        Packages there have some files of their own even when an environment has the others. What points to a package
        stays: uv looks behind it, and fetches again what is gone.
        """
        if not self._cache_is_ours:
            return
        remove(self.cache.with_name(f"{self.cache.name}.removed"))
        # First what a killed uv left half done: its links would make others look used.
        for pattern in (".removed", ".tmp*", "builds-v*/*", "archive-v*/*"):
            for folder in list(self.cache.glob(pattern)):
                if folder.is_dir() and (not pattern.startswith("archive") or unlinked(folder)):
                    self.owner.check()
                    discard(folder, self.cache / ".removed")

    def repair(self) -> None:
        """Read every file again, drop what is not as recorded, and make what is missing."""
        broken = []
        for group in self.groups:
            self.owner.doing(f"verifying {group.name}")
            if missing := self._mend(group, hashes=True):
                (self.place.env / ".ready").unlink(missing_ok=True)
                (self.place.env / ".groups" / group.name).unlink(missing_ok=True)
                broken += missing
            self.patience.check(f"verifying {group.name}")
        say(f"packages to install again: {', '.join(broken)}" if broken else "every file is as recorded")
        if broken:
            # A linked file is the cache's own: what is broken here is broken there.
            self._uv("cache", "clean", *broken)
        self.make()

    def collect(self, days: float) -> None:
        """Remove environments that nobody has used for ``days``, never this lock's nor one that a worker runs in."""
        for env, used in environments(self.place):
            unused = self._days(used)
            if env == self.place.env or unused <= days:
                continue
            if (env / ".used").exists() and 24 * unused <= IN_USE_HOURS:
                say(f"{env.name} is kept: it was used within the last {IN_USE_HOURS:g} hours")
                continue
            self.owner.doing(f"removing {env.name}, unused for {unused:.1f} days")
            # First the marker, so that none starts in half of it; a start that was quicker has left its trace.
            marker, hidden = env / ".ready", env / ".removing"
            if marker.exists():
                marker.replace(hidden)
                if last_use(env) > used:
                    hidden.replace(marker)
                    continue
            remove_env(env)
        self.owner.doing("removing what no environment has from uv's cache")
        self._drop_unlinked()

    def _days(self, since: float) -> float:
        """Days since then by the volume's own clock, which all times on it are told by."""
        return (self.owner.path.stat().st_mtime - since) / 86400

    @cached_property
    def uv(self) -> str:
        """The uv to use: UV, else on the PATH, else beside this Python, else fetched onto the volume by pip."""
        import shutil
        from sysconfig import get_path

        if named := self.environ.get("UV"):
            if not shutil.which(named):
                raise SetupError(Why.BROKEN, "UV names a program that is not there; correct it, or unset it")
            return named
        lock = self.place.requirements / "uv.txt"
        target = self.place.venvs / f"uv-{hashlib.sha256(lock.read_bytes()).hexdigest()[:16]}"
        for folder in (self.environ.get("PATH", ""), get_path("scripts"), str(target / "bin")):
            if found := shutil.which("uv", path=folder):
                return found
        self.owner.doing("fetching uv")
        command = [sys.executable, *find_pip(), "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--require-hashes", "--only-binary", ":all:", "--upgrade", "--target", str(target), "-r", str(lock)]
        code, told = self._run(command)
        if code:
            say(f"pip says: {told.strip()}")
            raise SetupError(Why.NO_NETWORK, "uv could not be fetched; check the network, or put uv on the PATH")
        return str(target / "bin" / "uv")

    def _uv(self, *arguments: str, given: str = "") -> None:
        """Run uv; what is transient is tried again."""
        for delay in (*self.patience.retries, None):
            code, told = self._run([self.uv, "--quiet", "--no-progress", *arguments], given)
            if code == 0:
                return
            say(f"uv says: {told.strip()}")
            why, sentence = next(
                (why, text) for words, why, text in UV_TROUBLES if re.search(words, told, re.IGNORECASE)
            )
            if delay is None or why != Why.NO_NETWORK:
                raise SetupError(why, sentence)
            say(f"trying again in {delay:g} s")
            self._sleep(delay, sentence)

    def _run(self, command: Sequence[str], given: str = "") -> tuple[int, str]:
        """Exit code and output of a child that outlives neither this process nor our turn nor all patience."""
        import ctypes
        import subprocess
        import tempfile

        prctl = ctypes.CDLL(None).prctl
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as stdin:
            stdin.write(given.encode())
            stdin.seek(0)
            child = subprocess.Popen(
                command,
                env=self.environ,
                stdin=stdin,
                stdout=output,
                stderr=output,
                # PR_SET_PDEATHSIG: killed with us, since whoever takes over must be alone.
                preexec_fn=lambda: prctl(1, signal.SIGKILL),
            )
            try:
                self._wait(lambda: child.poll() is not None, f"{Path(command[0]).name} was at work")
            finally:
                child.kill()
                child.wait()
            output.seek(0)
            return child.returncode, output.read().decode(errors="replace")

    def _sleep(self, seconds: float, doing: str) -> None:
        end = time.monotonic() + seconds
        self._wait(lambda: time.monotonic() > end, doing)

    def _wait(self, done: Callable[[], bool], doing: str) -> None:
        pause = 0.01
        while not done():
            self.patience.check(doing)
            self.owner.check()
            time.sleep(pause)
            pause = min(2 * pause, 1.0)


def find_pip() -> list[str]:
    """What runs pip: the module, else ensurepip's own wheel, which need not be installed; Debian keeps it elsewhere."""
    from importlib.util import find_spec

    bundled = [Path(str(spec.origin)).parent / "_bundled"] if (spec := find_spec("ensurepip")) else []
    wheels = [wheel for folder in (*bundled, Path("/usr/share/python-wheels")) for wheel in folder.glob("pip-*.whl")]
    pip = ["-m", "pip"] if find_spec("pip") else [f"{wheel}/pip" for wheel in wheels[:1]]
    if not pip:
        raise SetupError(Why.BROKEN, "uv is not here and neither is pip; put uv on the PATH, or name it in UV")
    return pip


# --- The commands -----------------------------------------------------------------------------------------------------


def never() -> None:
    """For who does not look at how things are."""


def as_owner(
    place: Place,
    environ: Mapping[str, str],
    work: Callable[[Installer], None],
    ready: Callable[[], object] = never,
    usable: Callable[[], object] = never,
) -> None:
    """Do ``work`` as the one installer, unless things are ``ready`` before it is our turn.

    Where they are ``usable`` as they are, it waits for nobody and not long.
    """
    if not place.volume.is_dir():
        sentence = f"there is no network volume at {place.volume}; attach one to the endpoint, or set VOLUME_DIR"
        raise SetupError(Why.NO_VOLUME, sentence)
    patience, groups = Patience.of(environ), read_groups(place)
    if usable():
        patience = patience.shortened(RETRY_PATIENCE)
    while owner := take_turn(place.owners, patience, ready, usable):
        try:
            # Another may have finished between our last look and our turn.
            if not ready():
                work(Installer(place, groups, owner, patience, UV_DEFAULTS | dict(environ)))
            return
        except SetupError as error:
            if error.why != Why.OVERTAKEN:
                raise
            say(str(error))
        finally:
            owner.release()


def make_ready(place: Place, environ: Mapping[str, str]) -> None:
    """Ready for a start: an environment that works is enough, whatever becomes of what it was left without."""

    def usable() -> object:
        return place.ready(retry=False)

    try:
        as_owner(place, environ, Installer.make_or_retry, place.ready, usable)
    except (SetupError, OSError) as error:
        trouble = explain(error) if isinstance(error, OSError) else error
        if trouble.why == Why.STOPPED or not usable():
            raise
        say(f"what was left out is not added now: {trouble}")


def start(place: Place, environ: Mapping[str, str], arguments: Sequence[str]) -> NoReturn:
    """The worker, in place of this process."""
    for name, reason in (place.ready(retry=False) or {}).get("left_out", {}).items():
        say(f"without {name}, which --repair may mend: {reason}")
    try:
        os.utime(place.env / ".used")
    except OSError as error:
        say(f"the use could not be noted ({error.strerror})")
    path = os.pathsep.join(filter(None, [str(APP), environ.get("PYTHONPATH")]))
    python = str(place.python)
    # -P: the worker beside this script, whatever lies in the working directory.
    os.execve(python, [python, "-P", "-m", "handler", *arguments], {**environ, "PYTHONPATH": path})


def check(place: Place) -> int:
    """Tell how things are and change nothing; 0 when a start needs no work."""
    ready = place.ready()
    done = sorted(path.name for path in (place.env / ".groups").glob("*") if path.suffix != ".new")
    owner = read_owner(place.owners, newest(place.owners))[1]
    print(f"environment  {place.key}: {'ready' if ready else 'not ready'}")
    print(f"groups done  {', '.join(done) or 'none'}")
    for name, reason in (ready or {}).get("left_out", {}).items():
        print(f"left out     {name}: {reason}")
    if owner and not owner["released"]:
        print(f"installer    {owner['host']}, process {owner['pid']}, since {owner['started']}: {owner['doing']}")
    print(f"volume       {f'{free_space(place.volume) / 1e9:.1f} GB free' if place.volume.is_dir() else 'none'}")
    return 0 if ready else 1


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
    raise SetupError(Why.STOPPED, "stopped; what is done is kept, and the next start goes on from there")


def main(arguments: Sequence[str], given: Mapping[str, str]) -> int:
    """Do what was asked; the exit code. Without an error or an option, it never returns: it becomes the worker."""
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    options = _options(own)
    try:
        place = Place.of(given, options.requirements)
        environ = worker_environ(given, place)
        if options.check:
            return check(place)
        signal.signal(signal.SIGTERM, _stop)
        if options.repair:
            as_owner(place, environ, Installer.repair)
        elif options.gc is not None:
            as_owner(place, environ, lambda installer: installer.collect(options.gc))
        elif not place.ready():
            if options.prepare:
                as_owner(place, environ, Installer.make, place.ready)
            else:
                make_ready(place, environ)
            say("the environment is ready")
        missing = (place.ready(retry=False) or {}).get("left_out") if options.all else None
        if missing:
            raise SetupError(
                Why.BROKEN,
                f"{', '.join(missing)} left out, and --all asks for everything; build again, or use --repair",
            )
        if options.prepare or options.repair or options.gc is not None:
            return 0
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        start(place, environ, arguments[len(own) + 1 :])
    except SetupError as error:
        say(str(error))
        return error.why
    except OSError as error:
        trouble = explain(error)
        say(str(trouble))
        return trouble.why


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
