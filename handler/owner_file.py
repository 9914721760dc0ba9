"""One at a time among hosts that share a volume, without trusting its locks or any host's clock.

Owner files are numbered and the highest counts; its owner rewrites it at every beat. Who finds it released, or
unchanged for `MISSED` beats of an own clock, makes the next number with O_EXCL: of two who try, one wins. Nothing is
ever taken away from a living owner: one that was slow, not dead, sees a higher number and stops.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from handler.cancellation import Cancellation

logger = logging.getLogger(__name__)

BEAT = 3.0
"""Seconds between two signs of life."""

MISSED = 12
"""Beats without a sign of life after which an owner counts as dead."""

TOLD = 15.0
"""Seconds between two lines of the log about whom one waits for."""

_SIZE = 512
"""Bytes, always as many: a beat needs no further space on a full volume."""


class Overtaken(Exception):
    """Another owner took over, because this one gave no sign for too long."""


class Owner:
    """Whose turn it is. Made by `turn`."""

    def __init__(self, path: Path, descriptor: int, beat: float) -> None:
        self._path, self._descriptor = path, descriptor
        self._state: dict[str, Any] = {"host": socket.gethostname(), "pid": os.getpid(), "beats": 0, "released": False}
        self._writing = threading.Lock()
        self._end = threading.Event()
        self._write()
        self._thread = threading.Thread(target=self._beat_until_end, args=(beat,), name="owner", daemon=True)
        self._thread.start()

    @property
    def number(self) -> int:
        return int(self._path.name)

    def check(self) -> None:
        """Raise Overtaken if somebody else is the owner now."""
        if newest(self._path.parent) > self.number:
            raise Overtaken

    def release(self) -> None:
        """Let the next one begin at once."""
        self._end.set()
        self._thread.join()
        try:
            self._state["released"] = True
            self._write()
            for older in self._path.parent.iterdir():
                if older.name < self._path.name:
                    older.unlink(missing_ok=True)
        except OSError:
            logger.warning("a turn could not be given back; the next one waits for its end", exc_info=True)
        finally:
            os.close(self._descriptor)

    def _beat_until_end(self, beat: float) -> None:
        while not self._end.wait(beat):
            try:
                self._write()
            except OSError:
                # Not ours to end here: others take over, and the next check sees that.
                logger.warning("a sign of life could not be written", exc_info=True)

    def _write(self) -> None:
        with self._writing:
            self._state["beats"] += 1
            os.pwrite(self._descriptor, json.dumps(self._state).ljust(_SIZE).encode(), 0)


@contextmanager
def turn(
    folder: Path, ready: Callable[[], object], cancellation: Cancellation, beat: float | None = None
) -> Iterator[Owner | None]:
    """Our turn, or None when somebody else made things ``ready`` meanwhile.

    ``folder`` is made, and keeps one small file. OSError when it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    owner = _wait(folder, ready, cancellation, BEAT if beat is None else beat)
    try:
        yield owner
    finally:
        if owner is not None:
            owner.release()


def _wait(folder: Path, ready: Callable[[], object], cancellation: Cancellation, beat: float) -> Owner | None:
    seen: tuple[int, bytes] = (-1, b"")
    changed = time.monotonic()
    told = changed - TOLD
    while not ready():
        number = newest(folder)
        raw, state = _read(folder, number)
        now = time.monotonic()
        if (number, raw) != seen:
            seen, changed = (number, raw), now
        silent = now - changed > MISSED * beat
        if number == 0 or state.get("released") or silent:
            if silent:
                logger.warning("%s has given no sign for %.0f s: taking over", _who(state), now - changed)
            if owner := _claim(folder, number + 1, beat):
                return owner
            continue
        if now - told >= TOLD:
            told = now
            logger.info("waiting for %s", _who(state))
        cancellation.sleep(min(beat, 1.0))
    return None


def _who(state: dict[str, Any]) -> str:
    return f"{state.get('host', 'another worker')}, process {state.get('pid', 'unknown')}"


def _claim(folder: Path, number: int, beat: float) -> Owner | None:
    """The owner under this number, None when somebody else has it or is beyond it."""
    path = folder / f"{number:08}"
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o644)
    except FileExistsError:
        return None
    try:
        owner = Owner(path, descriptor, beat)
    except OSError:
        os.close(descriptor)
        path.unlink()
        raise
    # A folder seen late, as network volumes show them, could have led to a number long passed.
    if newest(folder) > number:
        owner.release()
        return None
    return owner


def newest(folder: Path) -> int:
    """The highest owner's number, 0 without any."""
    return max((int(path.name) for path in folder.iterdir() if path.name.isdecimal()), default=0)


def _read(folder: Path, number: int) -> tuple[bytes, dict[str, Any]]:
    """An owner's file as bytes, and what it says as far as it can be read."""
    try:
        raw = (folder / f"{number:08}").read_bytes()
    except FileNotFoundError:
        return b"", {}
    try:
        return raw, json.loads(raw)
    except ValueError:
        return raw, {}
