"""A cache of prepared clips on the worker's disk. Jobs that want the same clip at once share one download."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from handler.cancellation import NEVER, POLL_S, Cancellation
from handler.errors import StorageError

logger = logging.getLogger(__name__)

IN_USE_S = 900.0  # A clip used this recently is not evicted: the job that asked for it may still need it

_HIDDEN = "."


class ClipCache:
    """A folder of files by name; the least recently used is evicted first. Threads and processes of one machine share
    the folder, with file locks. A file appears only when it is complete."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    @classmethod
    def of_this_machine(cls, max_bytes: int) -> ClipCache:
        """The cache in the machine's temporary folder, one per user."""
        return cls(Path(tempfile.gettempdir()) / f"tts-voice-clips-{os.getuid()}", max_bytes)

    def get(self, name: str, make: Callable[[], bytes], cancellation: Cancellation = NEVER) -> Path:
        """Return the path of the file ``name`` (the hash of its content). If it is missing, one caller makes it.

        Raises what ``make`` raises, StorageError if the disk fails, and as `Cancellation.check` does while it waits.
        """
        path = self._folder / name
        with self.exclusive(name, cancellation):
            if _touched(path):
                return path
            body = make()
            try:
                self._write(path, body)
            except OSError as error:
                raise StorageError(f"the voice could not be kept on the worker's disk: {error.strerror}") from error
        self._evict()
        return path

    @contextmanager
    def exclusive(self, name: str, cancellation: Cancellation = NEVER) -> Iterator[None]:
        """A lock on a name, for all threads and processes of this machine."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._folder.stat().st_uid != os.getuid():
                raise PermissionError(0, "its folder for voices belongs to somebody else")
            lock = self._lock(name).open("a")
        except OSError as error:
            raise StorageError(f"the worker's disk cannot be used: {error.strerror}") from error
        with lock:
            while not _locked(lock):
                cancellation.sleep(POLL_S)
            yield

    def _lock(self, name: str) -> Path:
        # A lock file can never be removed safely, so there are 256 for each suffix, and some names share one. Names of
        # different suffixes never share: a thread that holds one may ask for the other.
        suffix, stripe = Path(name).suffix, hashlib.sha256(name.encode()).hexdigest()[:2]
        return self._folder / f"{_HIDDEN}lock-{stripe}{suffix}"

    def _write(self, path: Path, body: bytes) -> None:
        descriptor, temporary = tempfile.mkstemp(dir=self._folder, prefix=f"{_HIDDEN}partial-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(body)
            Path(temporary).replace(path)
        finally:
            Path(temporary).unlink(missing_ok=True)

    def _evict(self) -> None:
        """Delete the least recently used clips above the size limit, except those that a job may be reading."""
        paths = [path for path in self._folder.iterdir() if not path.name.startswith(_HIDDEN)]
        found = [(stat.st_mtime, stat.st_size, path) for path in paths if (stat := _stat(path))]
        excess = sum(size for _, size, _ in found) - self._max_bytes
        for used, size, path in sorted(found):
            if excess <= 0 or used > time.time() - IN_USE_S:
                break
            with self.exclusive(path.name):
                stat = _stat(path)
                if stat is not None and stat.st_mtime == used:
                    path.unlink(missing_ok=True)
            excess -= size


def _locked(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
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
