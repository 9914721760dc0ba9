"""Temporary folders and files of the worker: their names begin alike, and each has a lock while its process lives.

A process that is killed removes nothing, but the kernel lets go of its locks: what nobody holds is abandoned. That
holds in every container of a machine, where numbers of processes would mean something else in each. Of another machine,
with which this one may share a volume, locks may not be seen, so the name says which machine made it: what others have
made is abandoned once it is older than any job.
"""

from __future__ import annotations

import atexit
import fcntl
import logging
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import IO

from handler.removal import Removed

logger = logging.getLogger(__name__)

PREFIX = "speech-"
PARTIAL = ".partial-"
"""How the names of files begin that are being written where they shall stay, under another name."""

OWN_S = 3600.0
"""Age from which on what this machine made is abandoned if nobody holds it: made and locked are two steps."""

FOREIGN_S = 2 * 86_400.0
"""Age from which on what another machine made is abandoned: more than any job takes, see `abandoned_after_s`."""

_MACHINE = re.compile(rf"(?:{re.escape(PREFIX)}|{re.escape(PARTIAL)})([0-9a-f]{{8}})-")


@contextmanager
def folder(purpose: str) -> Iterator[Path]:
    """A temporary folder for the block. ``purpose`` is a part of its name, for people."""
    with ExitStack() as held, tempfile.TemporaryDirectory(prefix=_named(PREFIX, purpose)) as name:
        held.callback(os.close, _locked_folder(name))
        yield Path(name)


@contextmanager
def file(purpose: str) -> Iterator[IO[bytes]]:
    """A temporary file, open for writing and reading, for the block; its path is its ``name``."""
    with tempfile.NamedTemporaryFile(prefix=_named(PREFIX, purpose)) as opened:
        _lock(opened.fileno())
        yield opened


@contextmanager
def partial(folder: Path) -> Iterator[IO[bytes]]:
    """A file in the folder that becomes a lasting one by another name; it is removed after the block."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=_named(PARTIAL), delete=False) as opened:
        try:
            _lock(opened.fileno())
            yield opened
        finally:
            Path(opened.name).unlink(missing_ok=True)


def of_this_process(purpose: str, within: str | None = None) -> Path:
    """A temporary folder that is removed when the process ends."""
    made = tempfile.mkdtemp(prefix=_named(PREFIX, purpose), dir=within)
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    _locked_folder(made)
    return Path(made)


def remove_abandoned(
    folder: Path,
    prefix: str,
    now: float,
    foreign_s: float = FOREIGN_S,
    check: Callable[[], None] = lambda: None,
) -> Removed:
    """Remove what killed processes left in the folder under names with the prefix; ``now`` is its file system's time.

    What cannot be removed stays, and is logged. ``check`` is called before each one, and may raise.
    """
    removed = Removed()
    with suppress(FileNotFoundError):
        for path in folder.iterdir():
            if path.name.startswith(prefix):
                check()
                removed += remove_if_abandoned(path, now, foreign_s)
    return removed


def remove_if_abandoned(path: Path, now: float, foreign_s: float = FOREIGN_S) -> Removed:
    """Remove a file or a folder that a killed process left, see `remove_abandoned`."""
    try:
        with ExitStack() as held:
            if not _is_abandoned(path, now, foreign_s, held):
                return Removed()
            size = sum(each.lstat().st_size for each in (path, *path.rglob("*")) if not each.is_dir())
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    except FileNotFoundError:
        return Removed()
    except OSError:
        logger.warning("a temporary file of a killed process could not be removed", exc_info=True)
        return Removed()
    return Removed(1, size)


def _is_abandoned(path: Path, now: float, foreign_s: float, held: ExitStack) -> bool:
    """Whether a path is abandoned; then its lock is ``held``, so that no other process removes it too."""
    stats = path.lstat()
    age = now - stats.st_mtime
    if age < OWN_S or stats.st_uid != os.getuid() or not (stat.S_ISREG(stats.st_mode) or stat.S_ISDIR(stats.st_mode)):
        return False
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    held.callback(os.close, descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return age >= foreign_s
    made_by = _MACHINE.match(path.name)
    return age >= foreign_s or (made_by is not None and made_by[1] == _machine())


def _locked_folder(path: str) -> int:
    """A descriptor that holds the lock of a folder until it is closed."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    _lock(descriptor)
    return descriptor


def _lock(descriptor: int) -> None:
    # A file system without locks: age decides there.
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _named(prefix: str, purpose: str = "") -> str:
    return f"{prefix}{_machine()}-" + (f"{purpose}-" if purpose else "")


@lru_cache(maxsize=1)
def _machine() -> str:
    """This machine since its last start, the same in all of its containers; one that does not say is another's."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii")[:8]
    except OSError:
        return "unknown"
