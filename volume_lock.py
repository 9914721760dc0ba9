"""A mutex for hosts that share a network volume; it needs neither file locks nor synchronised clocks.

A lock is a folder of numbered files, and the file with the highest number holds the lock. Its holder rewrites it every
`HEARTBEAT_S`. A waiter that finds it released, or unchanged for `MISSED_HEARTBEATS` in which it was itself awake,
creates the next number with O_EXCL: of two that try, one wins. Nobody takes a file away from a holder. A holder that
was slow, not dead, finds a higher number at its next check and stops.

Standard library only: setup_network_venv.py imports this module before any package is installed.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

HEARTBEAT_S = 3.0
MISSED_HEARTBEATS = 12  # A holder that missed so many counts as dead

STALE_S = 3600.0
"""A process that does not wait takes over a lock whose file is so old by its clock: it sees no missed heartbeats."""

LOG_INTERVAL_S = 15.0

_SIZE_BYTES = 512  # every write has this size: a heartbeat needs no more space on a full volume


class LockLost(Exception):
    """Another process took over the lock, because this one missed too many heartbeats."""


class Lock:
    """A lock that this process holds, released at the end of a with-block. Made by `exclusive`."""

    def __init__(self, path: Path, descriptor: int, heartbeat_s: float, task: str) -> None:
        self.path, self._descriptor = path, descriptor
        started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self._state: dict[str, Any] = {"host": os.uname().nodename, "pid": os.getpid(), "started": started}
        self._state |= {"doing": task, "beats": 0, "released": False}
        self._writing, self._end = threading.Lock(), threading.Event()
        self._write()
        self._thread = threading.Thread(target=self._beat, args=(heartbeat_s,), name="heartbeat", daemon=True)
        self._thread.start()

    @classmethod
    def claim(cls, folder: Path, number: int, heartbeat_s: float = HEARTBEAT_S, task: str = "starting") -> Lock | None:
        """Take the lock under ``number``; None if another process has that number or a higher one."""
        path = folder / f"{number:08}"
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o644)
        except FileExistsError:
            return None
        try:
            lock = cls(path, descriptor, heartbeat_s, task)
        except OSError as error:
            os.close(descriptor)
            path.unlink()
            if error.errno not in {errno.ENOSPC, errno.EDQUOT} or number == 1:
                raise
            # The volume is full, and the last holder's file has the space that ours lacks. Of two links, one wins too.
            try:
                os.link(folder / f"{number - 1:08}", path)
            except FileExistsError:
                return None
            except OSError:
                raise error from None
            lock = cls(path, os.open(path, os.O_RDWR), heartbeat_s, task)
        # Network volumes may list a folder late: the number could be one that was passed long ago.
        if lock.is_lost():
            lock.release()
            return None
        return lock

    def __enter__(self) -> Lock:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    @property
    def number(self) -> int:
        return int(self.path.name)

    def is_lost(self) -> bool:
        return newest(self.path.parent) > self.number

    def check(self) -> None:
        """Raise LockLost if another process holds the lock now."""
        if self.is_lost():
            raise LockLost

    def report(self, task: str) -> None:
        """Tell those who wait what the holder is doing. Raises LockLost as `check` does."""
        self.check()
        self._state["doing"] = task
        self._write()

    def release(self) -> None:
        """Let the next process take the lock at once."""
        self._end.set()
        self._thread.join()
        try:
            self._state["released"] = True
            self._write()
            for older in self.path.parent.iterdir():
                if older.name < self.path.name:
                    older.unlink(missing_ok=True)
        except OSError as error:
            logger.warning(f"the lock could not be released ({error.strerror}); the next process waits for its end")
        finally:
            os.close(self._descriptor)

    def _beat(self, heartbeat_s: float) -> None:
        while not self._end.wait(heartbeat_s):
            try:
                self._write()
            except OSError as error:
                # No reason to stop: if it lasts, another process takes over, and the next check finds that.
                logger.warning(f"the heartbeat could not be written ({error.strerror})")

    def _write(self) -> None:
        with self._writing:
            self._state["beats"] += 1
            os.pwrite(self._descriptor, json.dumps(self._state).ljust(_SIZE_BYTES).encode()[:_SIZE_BYTES], 0)


def never() -> None:
    """A condition that does not hold."""


def exclusive(
    folder: Path,
    done: Callable[[], object] = never,
    *,
    skip: Callable[[], object] = never,
    task: str = "starting",
    heartbeat_s: float | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> AbstractContextManager[Lock | None]:
    """Take the lock of ``folder``, which is made if need be, for a with-block; None in place of it if there is no need.

    There is none once ``done()`` is true, because another holder did the work. While ``skip()`` is true, a lock that
    is held is not waited for. ``task`` tells others what the holder does. ``pause`` sleeps for some seconds between
    two looks at the lock, and may end the wait by raising. Raises OSError if the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    heartbeat_s = HEARTBEAT_S if heartbeat_s is None else heartbeat_s
    seen: tuple[int, bytes] = (-1, b"")
    began = looked = time.monotonic()
    silent_s = 0.0
    logged = began - LOG_INTERVAL_S
    while not done():
        number = newest(folder)
        raw, state = _read(folder, number)
        now = time.monotonic()
        # A machine that stood still has stopped the holder, too, whose next heartbeat is then about to come.
        silent_s = silent_s + min(now - looked, 2 * heartbeat_s) if (number, raw) == seen else 0.0
        seen, looked = (number, raw), now
        holder = f"process {state.get('pid', 'unknown')} on {state.get('host', 'an unknown host')}"
        dead = silent_s > MISSED_HEARTBEATS * heartbeat_s
        if number == 0 or dead or state.get("released") or (skip() and _is_stale(folder, number)):
            if dead:
                logger.warning(f"{holder} has given no sign for {silent_s:.1f} s: taking over")
            if lock := Lock.claim(folder, number + 1, heartbeat_s, task):
                return lock
            continue
        if skip():
            break
        if now - logged >= LOG_INTERVAL_S:
            logged = now
            work = f"at work since {state.get('started')}: {state.get('doing')}"
            logger.info(f"waiting for {holder}, {work} (waited {now - began:.0f} s)")
        pause(min(heartbeat_s, 1.0))
    return nullcontext()


def read_holder(folder: Path) -> dict[str, Any] | None:
    """Who holds the lock (``host``, ``pid``, ``started``, ``doing``); None if nobody does."""
    state = _read(folder, newest(folder))[1]
    return state if state and not state.get("released") else None


def newest(folder: Path) -> int:
    """The highest number in the folder, 0 if there is none."""
    try:
        return max((int(path.name) for path in folder.iterdir() if path.name.isdecimal()), default=0)
    except FileNotFoundError:
        return 0


def _read(folder: Path, number: int) -> tuple[bytes, dict[str, Any]]:
    """A holder's file as bytes, and its content if it can be parsed."""
    raw = b""
    with suppress(FileNotFoundError, ValueError):
        raw = (folder / f"{number:08}").read_bytes()
        return raw, json.loads(raw)
    return raw, {}


def _is_stale(folder: Path, number: int) -> bool:
    with suppress(OSError):
        return time.time() - (folder / f"{number:08}").stat().st_mtime > STALE_S
    return False
