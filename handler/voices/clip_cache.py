"""Clips on the worker's disk: each fetched once, however many jobs ask at once, within a bound on their size."""

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

IN_USE = 900.0
"""Seconds after its last use in which a clip is not evicted: longer than the job that asked for it may take."""

_HIDDEN = "."


class ClipCache:
    """A folder of files by name, the longest unused evicted first. The folder is the only state: threads and
    processes of one machine share it, held apart by file locks. A file appears only when it is whole."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    @classmethod
    def of_this_machine(cls, max_bytes: int) -> ClipCache:
        """The cache in the machine's temporary folder, one for each user."""
        return cls(Path(tempfile.gettempdir()) / f"tts-voice-clips-{os.getuid()}", max_bytes)

    def get(self, name: str, make: Callable[[], bytes]) -> Path:
        """The file ``name`` (a content's hash: what is under it never changes), made first if it is not there.

        One caller makes it and the others wait. What ``make`` raises goes through; StorageError when the disk fails.
        """
        path = self._folder / name
        with self.alone(name):
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
    def alone(self, name: str, cancellation: Cancellation = NEVER) -> Iterator[None]:
        """Hold all others on this machine who ask for the same name."""
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
        # A lock's file can never be removed safely, so there is a fixed number of them; two names that share one
        # wait for each other now and then. Different kinds of names never share: holders of one may ask for another.
        kind, stripe = Path(name).suffix, hashlib.sha256(name.encode()).hexdigest()[:2]
        return self._folder / f"{_HIDDEN}lock-{stripe}{kind}"

    def _write(self, path: Path, body: bytes) -> None:
        descriptor, temporary = tempfile.mkstemp(dir=self._folder, prefix=f"{_HIDDEN}partial-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(body)
            Path(temporary).replace(path)
        finally:
            Path(temporary).unlink(missing_ok=True)

    def _evict(self) -> None:
        """Bring the folder below its bound; clips that a job may be reading stay, even above it."""
        paths = [path for path in self._folder.iterdir() if not path.name.startswith(_HIDDEN)]
        found = [(seen.st_mtime, seen.st_size, path) for path in paths if (seen := _stat(path))]
        excess = sum(size for _, size, _ in found) - self._max_bytes
        for used, size, path in sorted(found):
            if excess <= 0 or used > time.time() - IN_USE:
                break
            with self.alone(path.name):
                seen = _stat(path)
                if seen is not None and seen.st_mtime == used:
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
    """Whether the file is there; if so, it counts as used now."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True
