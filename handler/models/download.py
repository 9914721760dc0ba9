"""Download a file with resume; verify it before renaming it into place.

The libraries' clients do not survive a kill. huggingface_hub 0.36.2 writes nothing before a block of 10 MB is complete,
starts Xet again at zero, gives up when the connection breaks, renames files before they can be checked, takes file
locks on the volume, and has no callback between blocks to notice a lost lock. torch.hub 2.8 has no resume.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from handler.cancellation import NEVER, in_thread
from handler.models.manifest import BLOCK_BYTES, Checksum, FileInfo

if TYPE_CHECKING:
    from requests import Response

logger = logging.getLogger(__name__)

T = TypeVar("T")

CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 10.0, 30.0
REPLY_TIMEOUT_S = 60.0
"""For a reply as a whole, without the content of a file: a server that drips is not silent."""

SLOW_BYTES, SLOW_S = 1 << 20, 30.0
"""A server that sends less of a file in this time counts as silent: it would hold the volume's lock for days."""

RETRY_DELAYS_S = (0.5, 2.0, 8.0)
LOG_INTERVAL_S = 15.0
HEARTBEAT_S = 3.0  # each heartbeat lists a folder of the volume
BUSY_STATUSES = frozenset({408, 429, 500, 502, 503, 504})

_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_MORE_SPACE = "make the volume of MODELS_DIR larger, or remove what is not needed from it"


class FetchError(Exception):
    """A file cannot be downloaded. The message is the reason, without address or path."""


class TooSlow(FetchError):
    """The server sends next to nothing."""

    def __init__(self) -> None:
        super().__init__("it answers too slowly")


class DiskError(FetchError):
    """A file cannot be stored in MODELS_DIR. The message ends with a remedy."""


@dataclass(frozen=True)
class RemoteFile:
    """A file to download, its known size and checksum, and the headers of the request."""

    address: str
    info: FileInfo = field(default_factory=FileInfo)
    headers: dict[str, str] = field(default_factory=dict)


def fetch_file(remote: RemoteFile, partial: Path, path: Path, heartbeat: Callable[[], None]) -> FileInfo:
    """Download to ``partial``, which may hold the beginning of the file, and rename that to ``path`` once verified.

    ``heartbeat`` is called between blocks and may end the download by raising; ``partial`` stays for the next time.
    Raises FetchError if the download fails, or if the file does not match ``remote.info``, which removes it.
    """
    try:
        for folder in (partial.parent, path.parent):
            folder.mkdir(parents=True, exist_ok=True)
        # The beginning from an earlier download may be wrong: a machine that crashed can leave zeros.
        resumed = partial.exists() and partial.stat().st_size > 0
        for _ in range(2 if resumed else 1):
            if info := _Transfer(remote, partial, heartbeat).run():
                partial.replace(path)
                return info
            logger.warning("%s has the wrong checksum and was removed", path.name)
    except OSError as error:
        if error.errno in _DISK_FULL:
            # Half a model would prevent every other write to the volume.
            partial.unlink(missing_ok=True)
        raise as_fetch_error(error) from error
    raise FetchError("the downloaded file has the wrong checksum")


class _Transfer:
    """One file during its download: the bytes received so far, and their checksum."""

    def __init__(self, remote: RemoteFile, partial: Path, heartbeat: Callable[[], None]) -> None:
        self._remote, self._partial, self._heartbeat = remote, partial, heartbeat
        self._size, self._received = remote.info.size, 0
        self._checksum = Checksum(remote.info)
        self._logged = self._beaten = time.monotonic()

    def run(self) -> FileInfo | None:
        """Download the rest of the file; None if it does not have the known checksum and was removed."""
        # Not in append mode: two processes, one taken for dead, write the same bytes at the same offsets.
        with os.fdopen(os.open(self._partial, os.O_CREAT | os.O_RDWR, 0o644), "r+b") as file:
            self._resume()
            self._read_with_retries(file)
            file.truncate(self._received)
            os.fsync(file.fileno())
        if self._checksum.matches(self._remote.info):
            return replace(self._remote.info, size=self._received, sha256=self._checksum.sha256)
        self._partial.unlink()
        return None

    def _resume(self) -> None:
        """Keep the bytes of an earlier download. Raises DiskError if there is no space for the rest."""
        begun = self._partial.stat().st_size
        # If the size is unknown (0), they may be of another file.
        if begun <= self._size:
            self._checksum.update_from(self._partial, begun)
            self._received = begun
        rest, free = self._size - self._received, shutil.disk_usage(self._partial.parent).free
        if rest > free:
            self._partial.unlink()
            raise DiskError(f"it needs {rest / 1e9:.2f} GB, and {free / 1e9:.2f} are free on its disk; {_MORE_SPACE}")

    def _read_with_retries(self, file: BinaryIO) -> None:
        import requests

        delays = iter(RETRY_DELAYS_S)
        while not self._size or self._received < self._size:
            before = self._received
            try:
                self._read(file)
                if not self._size or self._received == self._size:
                    return
                raise requests.ConnectionError("the connection ended early")
            except (requests.ConnectionError, requests.Timeout, TooSlow) as error:
                # After progress the delays start again.
                delays = iter(RETRY_DELAYS_S) if self._received - before >= SLOW_BYTES else delays
                delay = next(delays, None)
                if delay is None or _is_offline(error):
                    raise
                logger.info("the connection broke at %d bytes, trying again", self._received)
                self._heartbeat()
                time.sleep(delay)

    def _read(self, file: BinaryIO) -> None:
        from huggingface_hub import get_session

        # Offsets in a compressed body would not be offsets in the file.
        headers = self._remote.headers | {"Accept-Encoding": "identity"}
        if self._received:
            headers["Range"] = f"bytes={self._received}-"
        timeout = (CONNECT_TIMEOUT_S, READ_TIMEOUT_S)
        address = self._remote.address
        ask = partial(get_session().get, address, headers=headers, stream=True, timeout=timeout)
        with _promptly(ask) as reply:
            self._begin(reply, file)
            for piece in _pieces(reply):
                file.write(piece)
                self._checksum.update(piece)
                self._received += len(piece)
                self._tell()

    def _tell(self) -> None:
        """Call the heartbeat and log the progress, each now and then."""
        now = time.monotonic()
        if now - self._beaten > HEARTBEAT_S:
            self._beaten = now
            self._heartbeat()
        if now - self._logged > LOG_INTERVAL_S:
            self._logged = now
            logger.info("%.0f of %.0f MB", self._received / 1e6, self._size / 1e6)

    def _begin(self, reply: Response, file: BinaryIO) -> None:
        import requests

        if reply.status_code in BUSY_STATUSES:
            raise requests.ConnectionError(f"HTTP {reply.status_code}")
        reply.raise_for_status()
        if self._received and reply.status_code != requests.codes.partial_content:
            self._received = 0
            self._checksum = Checksum(self._remote.info)
        if not self._size:
            self._size = int(reply.headers.get("Content-Length") or 0)
        file.seek(self._received)


def _pieces(reply: Response) -> Iterator[bytes]:
    """The content as it arrives: a block of a fixed size is never full when the server drips.

    Raises TooSlow, and requests.ConnectionError if the connection breaks.
    """
    import requests
    from urllib3.exceptions import ProtocolError, ReadTimeoutError, SSLError

    began, received = time.monotonic(), 0
    try:
        while piece := reply.raw.read1(BLOCK_BYTES, decode_content=True):
            yield piece
            received += len(piece)
            if (now := time.monotonic()) - began > SLOW_S:
                if received < SLOW_BYTES:
                    raise TooSlow
                began, received = now, 0
    except (ProtocolError, ReadTimeoutError, SSLError) as error:
        raise requests.ConnectionError(str(error)) from error


def _promptly(request: Callable[[], T]) -> T:
    """The reply to a request. Raises TooSlow after REPLY_TIMEOUT_S, and leaves the request to a thread of its own.

    The timeouts of requests start again with each byte.
    """
    try:
        return NEVER.wait(in_thread(request), timeout_s=REPLY_TIMEOUT_S)
    except TimeoutError as error:
        raise TooSlow from error


def _is_offline(error: Exception) -> bool:
    from huggingface_hub.errors import OfflineModeIsEnabled

    return isinstance(error, OfflineModeIsEnabled)


def as_fetch_error(error: Exception) -> FetchError:
    """The reason in one phrase, for an error of requests, of huggingface_hub or of the system."""
    import requests

    status = getattr(getattr(error, "response", None), "status_code", None)
    if _is_offline(error):
        return FetchError("HF_HUB_OFFLINE forbids it")
    if status in {401, 403}:
        return FetchError("access is restricted: accept the model's terms on its page, and set HF_TOKEN")
    if status == 404:
        return FetchError("it does not exist there")
    if isinstance(error, ConnectionError | requests.ConnectionError | requests.Timeout):
        return FetchError("it cannot be reached")
    if isinstance(error, OSError) and error.errno in _DISK_FULL:
        return DiskError(f"the disk is full; {_MORE_SPACE}")
    if isinstance(error, OSError) and error.errno is not None and error.strerror:
        return DiskError(f"the disk cannot be written ({error.strerror}); set MODELS_DIR to a folder that can be")
    return FetchError(f"the reply is invalid: {type(error).__name__}")


def retry_if_busy(request: Callable[[], T]) -> T:
    """The reply to a short request, repeated while the server is too busy. Raises FetchError if there is none."""
    for delay in (*RETRY_DELAYS_S, None):
        try:
            return _promptly(request)
        except (OSError, ValueError) as error:  # ValueError: huggingface_hub refuses the name of the repository
            status = getattr(getattr(error, "response", None), "status_code", None)
            if delay is None or status not in BUSY_STATUSES:
                raise as_fetch_error(error) from error
            logger.info("HTTP %d, trying again", status)
            time.sleep(delay)
    raise AssertionError
