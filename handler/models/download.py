"""One file over HTTP: gone on with where it was left, verified before it gets its name."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from handler.models.manifest import BLOCK, Checksum, Facts

if TYPE_CHECKING:
    from requests import Response

Answer = TypeVar("Answer")

logger = logging.getLogger(__name__)

CONNECT, SILENCE = 10.0, 30.0
"""Seconds that a server may take to answer, and then between two pieces."""

PAUSES = (0.5, 2.0, 8.0)
"""Seconds before each new attempt of a download that did not get on; one that did begins them anew."""

TOLD = 15.0
"""Seconds between two lines of the log about a download."""

OVERLOADED = frozenset({408, 429, 500, 502, 503, 504})
"""HTTP's ways to say: try again."""


_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_MORE = "make the volume of MODELS_DIR larger, or remove what is not needed from it"


class FetchError(Exception):
    """A file cannot be had. The message is the reason, in words without address or path."""


class DiskError(FetchError):
    """A file cannot be kept where models are."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


@dataclass(frozen=True)
class RemoteFile:
    """A file to fetch, and what is known of it. ``headers`` are sent along."""

    address: str
    facts: Facts = field(default_factory=Facts)
    headers: dict[str, str] = field(default_factory=dict)


def fetch_file(remote: RemoteFile, partial: Path, path: Path, alive: Callable[[], None]) -> Facts:
    """Bring a file to ``path`` by way of ``partial``, which may hold its beginning; returns what it is.

    ``alive`` is called between pieces and may end the work by raising; what has come stays for the next time. What
    does not fit ``remote.facts`` is thrown away: FetchError, as when it cannot be had.
    """
    try:
        for folder in (partial.parent, path.parent):
            folder.mkdir(parents=True, exist_ok=True)
        begun = partial.stat().st_size if partial.exists() else 0
        facts = _fetched(remote, partial, alive)
        if facts is None and begun:
            # What was there from before may be what is wrong: a machine that stopped dead can leave zeros.
            logger.warning("%s is not what it should be, and fetched anew", path.name)
            facts = _fetched(remote, partial, alive)
        if facts is None:
            raise FetchError("what came is not what was listed (checksum)")
        partial.replace(path)
    except OSError as error:
        raise _explained(error, partial) from error
    return facts


def _fetched(remote: RemoteFile, partial: Path, alive: Callable[[], None]) -> Facts | None:
    """The file as ``partial``; None when it came whole and is not what it should be, and is gone again."""
    # Not opened to append: two that write the same file, because one was taken for dead, write the same at each place.
    with os.fdopen(os.open(partial, os.O_CREAT | os.O_RDWR, 0o644), "r+b") as file:
        transfer = _Transfer(remote, partial)
        transfer.run(file, alive)
        file.truncate(transfer.place)
        os.fsync(file.fileno())
    if transfer.checksum.fits(remote.facts):
        return replace(remote.facts, size=transfer.place, sha256=transfer.checksum.sha256)
    partial.unlink()
    return None


class _Transfer:
    """One file on its way: how far it is, and its checksum up to there."""

    def __init__(self, remote: RemoteFile, partial: Path) -> None:
        self._remote, self._size = remote, remote.facts.size
        self._told = time.monotonic()
        self.place = partial.stat().st_size
        if not remote.facts.size or self.place > remote.facts.size:
            # Without a size there is no telling whether it is the beginning of the same file.
            self.place = 0
        self.checksum = Checksum(remote.facts)
        self.checksum.update_from(partial, self.place)
        free = shutil.disk_usage(partial.parent).free
        if self._size - self.place > free:
            partial.unlink()
            raise DiskError(_lacking(self._size - self.place, free), _MORE)

    def run(self, file: BinaryIO, alive: Callable[[], None]) -> None:
        """Read until the end, however often the connection breaks off, as long as it gets on."""
        import requests

        pauses = iter(PAUSES)
        while not self._size or self.place < self._size:
            before = self.place
            try:
                self._read(file, alive)
                if not self._size or self.place == self._size:
                    return
                raise requests.ConnectionError("the connection ended early")
            except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
                pauses = iter(PAUSES) if self.place > before else pauses
                pause = next(pauses, None)
                if pause is None or _offline(error):
                    raise
                logger.info("the connection broke off at %d bytes, trying again", self.place)
                alive()
                time.sleep(pause)

    def _read(self, file: BinaryIO, alive: Callable[[], None]) -> None:
        from huggingface_hub import get_session

        # Compressed on the way, its pieces would have no places in the file.
        headers = self._remote.headers | {"Accept-Encoding": "identity"}
        if self.place:
            headers["Range"] = f"bytes={self.place}-"
        with get_session().get(self._remote.address, headers=headers, stream=True, timeout=(CONNECT, SILENCE)) as reply:
            self._begin(reply, file)
            for block in reply.iter_content(BLOCK):
                file.write(block)
                self.checksum.update(block)
                self.place += len(block)
                alive()
                self._tell()

    def _begin(self, reply: Response, file: BinaryIO) -> None:
        import requests

        if reply.status_code in OVERLOADED:
            raise requests.ConnectionError(f"HTTP {reply.status_code}")
        reply.raise_for_status()
        if self.place and reply.status_code != requests.codes.partial_content:
            self.place = 0
            self.checksum = Checksum(self._remote.facts)
        if not self._size:
            self._size = int(reply.headers.get("Content-Length") or 0)
        file.seek(self.place)

    def _tell(self) -> None:
        if time.monotonic() - self._told > TOLD:
            self._told = time.monotonic()
            logger.info("%.0f of %.0f MB", self.place / 1e6, self._size / 1e6)


def _offline(error: Exception) -> bool:
    from huggingface_hub.errors import OfflineModeIsEnabled

    return isinstance(error, OfflineModeIsEnabled)


def _lacking(need: int, free: int) -> str:
    return f"it needs {need / 1e9:.2f} GB, and {free / 1e9:.2f} are free on its disk"


def _explained(error: OSError, partial: Path) -> FetchError:
    if error.errno in _FULL:
        # Half a model would keep everything else on the volume from being written.
        partial.unlink(missing_ok=True)
    return reason(error)


def reason(error: Exception) -> FetchError:
    """What HTTP's client, the hub's and the system raise, as one phrase."""
    import requests

    status = getattr(getattr(error, "response", None), "status_code", None)
    if _offline(error):
        return FetchError("HF_HUB_OFFLINE forbids it")
    if status in {401, 403}:
        return FetchError("it wants a key: accept the model's terms on its page, and set HF_TOKEN")
    if status == 404:
        return FetchError("there is no such thing there")
    if isinstance(error, ConnectionError | requests.ConnectionError | requests.Timeout):
        return FetchError("it cannot be reached")
    if isinstance(error, OSError) and error.errno in _FULL:
        return DiskError("the disk is full", _MORE)
    if isinstance(error, OSError) and error.errno is not None and error.strerror:
        return DiskError(f"the disk cannot be written ({error.strerror})", "set MODELS_DIR to a folder that can be")
    return FetchError(f"it does not answer as it should: {type(error).__name__}")


def asked(question: Callable[[], Answer]) -> Answer:
    """The answer to a short request, asked again where the server is too busy; FetchError when there is none."""
    for pause in (*PAUSES, None):
        try:
            return question()
        except (OSError, ValueError) as error:  # what HTTP's and the hub's client raise, for a wrong name too
            status = getattr(getattr(error, "response", None), "status_code", None)
            if pause is None or status not in OVERLOADED:
                raise reason(error) from error
            logger.info("HTTP %d, trying again", status)
            time.sleep(pause)
    raise AssertionError
