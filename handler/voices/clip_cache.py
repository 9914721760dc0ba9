"""A cache of prepared clips on the worker's disk. Jobs that want the same clip at once share one download."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import struct
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from handler import temporary
from handler.cancellation import NEVER, POLL_S, Cancellation
from handler.errors import StorageError, disk_full, is_disk_full
from handler.telemetry import counters

logger = logging.getLogger(__name__)

IN_USE_S = 900.0  # A clip used this recently is not evicted: the job that asked for it may still need it

_HIDDEN = "."
_FLOCK = "hhqqi"  # struct flock: type, whence, start, length, process; OFD locks are of an open file, not a process


def folder() -> Path:
    """The folder of this machine's cache, one for each user."""
    return Path(tempfile.gettempdir()) / f"tts-voice-clips-{os.getuid()}"


class ClipCache:
    """A folder of files by name; the least recently used is evicted first. Threads and processes of one machine share
    the folder, with file locks. A file appears only when it is complete."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    @classmethod
    def of_this_machine(cls, max_bytes: int) -> ClipCache:
        """The cache in the machine's temporary folder, one per user."""
        return cls(folder(), max_bytes)

    def get(self, name: str, make: Callable[[], bytes], cancellation: Cancellation = NEVER) -> Path:
        """Return the path of the file ``name`` (the hash of its content). If it is missing, one caller makes it.

        Raises what ``make`` raises, StorageError if the disk fails, and as `Cancellation.check` does while it waits.
        """
        path = self._folder / name
        with self.exclusive(name, cancellation):
            with _disk():
                if _touched(path):
                    counters.add("voice_cache_hits", "clips")
                    return path
            counters.add("voice_cache_misses", "clips")
            self._write(path, make())
        self._evict()
        return path

    def get_bytes(
        self, name: str, make: Callable[[], bytes], whole: Callable[[bytes], bool], cancellation: Cancellation = NEVER
    ) -> bytes:
        """The content of the file ``name``. One that is missing, or not ``whole``, is made by one caller.

        Raises as `get` does.
        """
        path = self._folder / name
        with self.exclusive(name, cancellation):
            with _disk():
                if _touched(path) and whole(kept := path.read_bytes()):
                    counters.add("voice_cache_hits", "conditionals")
                    return kept
            counters.add("voice_cache_misses", "conditionals")
            body = make()
            self._write(path, body)
        self._evict()
        return body

    @contextmanager
    def exclusive(self, name: str, cancellation: Cancellation = NEVER) -> Iterator[None]:
        """A lock on a name, for all threads and processes of this machine. A thread may hold those of several names."""
        with self._locks() as locks:
            while not _locked(locks, name):
                cancellation.sleep(POLL_S)
            yield

    def _locks(self) -> BinaryIO:
        """The file whose bytes are the locks of all names."""
        with _disk():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._folder.stat().st_uid != os.getuid():
                raise PermissionError(0, "its folder for voices belongs to somebody else")
            return (self._folder / f"{_HIDDEN}locks").open("ab")

    def _write(self, path: Path, body: bytes) -> None:
        with _disk(), temporary.partial(self._folder) as file:
            file.write(body)
            file.flush()
            Path(file.name).replace(path)

    def _evict(self) -> None:
        """Delete the least recently used clips above the size limit, except those that a job may be reading."""
        try:
            self._evict_unused()
        except (OSError, StorageError):
            logger.warning("old clips could not be removed", exc_info=True)

    def _evict_unused(self) -> None:
        paths = [path for path in self._folder.iterdir() if not path.name.startswith(_HIDDEN)]
        found = [(stat.st_mtime, stat.st_size, path) for path in paths if (stat := _stat(path))]
        excess = sum(size for _, size, _ in found) - self._max_bytes
        for used, size, path in sorted(found):
            if excess <= 0 or used > time.time() - IN_USE_S:
                break
            with self._locks() as locks:
                # One whose lock is taken is in use.
                if _locked(locks, path.name) and (stat := _stat(path)) and stat.st_mtime == used:
                    path.unlink(missing_ok=True)
            excess -= size


@contextmanager
def _disk() -> Iterator[None]:
    """Errors of the worker's disk as StorageError."""
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise disk_full() from error
        raise StorageError(f"the worker's disk cannot keep voices: {error.strerror}") from error


def _locked(locks: BinaryIO, name: str) -> bool:
    """Lock the byte of a name in the file, which is held until the file is closed; False if another has it.

    A lock file for each name could never be removed safely. Files that several names share would let a thread that
    holds one name wait for another that has the same file.
    """
    offset = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) >> 2
    wanted = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, offset, 1, 0)
    with _disk():
        try:
            fcntl.fcntl(locks, fcntl.F_OFD_SETLK, wanted)
        except BlockingIOError:
            return False
    return True


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _touched(path: Path) -> bool:
    """Whether the file exists; if so, mark it as used now."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True
