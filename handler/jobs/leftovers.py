"""The files of a job that fails: no record names them, so nobody could ask for them, and they would stay."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from handler.errors import StorageError, StoreUnavailable
from handler.protocols import Store, list_all
from handler.types import ObjectInfo

logger = logging.getLogger(__name__)

SETTLE_S = 60.0  # for writes that go on when their job has failed: a bucket's own tries take half a minute

FOLDERS = ("output/", "timings/", "videos/")
_SUFFIX = r"([A-Za-z0-9]+|remotion\.json)"
"""What follows the dot in the key of a job's file. More dots are those of another id, as in ``a.b.wav``."""


def stored(store: Store, job_id: str) -> Iterator[ObjectInfo]:
    """The files that runs of a job have stored, those of a book's chapters among them, whatever its record says.

    Names are exact, because a bucket may hold other programs' files. Raises StorageError.
    """
    if words := store.head(f"jobs/{job_id}/words.json"):
        yield words
    chapter = rf"{re.escape(job_id)}-[0-9]+\.{_SUFFIX}"
    for folder in FOLDERS:
        for start, rest in ((f"{folder}{job_id}.", _SUFFIX), (f"{folder}{job_id}/", chapter)):
            for file in list_all(store, start):
                if re.fullmatch(rest, file.key.removeprefix(start)):
                    yield file


class Leftovers:
    """The files that a job has written, or is about to. Safe to use from several threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._keys: list[str] = []
        self._writes = 0

    @contextmanager
    def writing(self, key: str) -> Iterator[None]:
        """Remember a file that is written in the block, also where that fails: it may be there nevertheless."""
        with self._changed:
            self._writes += 1
            self._keys.append(key)
        try:
            yield
        finally:
            with self._changed:
                self._writes -= 1
                self._changed.notify_all()

    def add_stored(self, store: Store, job_id: str) -> None:
        """Let what earlier runs of the job have stored be removed, too. Raises StoreUnavailable.

        Where the store refuses to list files, they stay.
        """
        try:
            keys = [file.key for file in stored(store, job_id)]
        except StoreUnavailable:
            raise
        except StorageError:
            logger.warning("the files of earlier runs of a failed job could not be listed", exc_info=True)
            return
        with self._changed:
            self._keys += [key for key in keys if key not in self._keys]

    def settle(self) -> None:
        """Wait until no write goes on: what it writes after the removal would stay."""
        with self._changed:
            self._changed.wait_for(lambda: not self._keys or not self._writes, SETTLE_S)

    def remove(self, store: Store, may_remove: Callable[[], bool]) -> bool:
        """Remove the files; whether ``may_remove`` went on to say so. It is asked after each request.

        Raises StoreUnavailable; called again, this goes on where it was. A file that the store refuses to remove stays.
        """
        while self._keys:
            try:
                store.delete(self._keys[-1])
            except StoreUnavailable:
                raise
            except StorageError:
                logger.warning("a file of a failed job could not be removed", exc_info=True)
            self._keys.pop()
            if not may_remove():
                return False
        return True
