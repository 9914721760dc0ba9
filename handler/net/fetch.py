"""Fetch files from URLs that clients send, without giving clients access to private networks.

`connection` checks each address. The exception are signed links of the worker's own bucket, which may have a private
address. They are fetched by their signature and never with the worker's keys: a client could read all that the worker
can. Each redirect is checked like a link. A store that is a folder opens its own links itself.
"""

from __future__ import annotations

import http.client
import logging
import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urljoin

from handler.cancellation import NEVER, Cancellation
from handler.errors import BadRequest, Issue, NotFound, StorageError, TooLarge, disk_full, is_disk_full
from handler.net.connection import (
    BLOCK_BYTES,
    INTERNET,
    Connector,
    Deadline,
    LinkRefused,
    Network,
    Target,
    TransientFailure,
    translated_failures,
)
from handler.protocols import Store

log = logging.getLogger(__name__)

TRIES, MAX_REDIRECTS = 3, 5
MAX_WAIT_S = 10.0

REDIRECT_STATUSES = {301, 302, 303, 307, 308}
TRANSIENT_STATUSES = {408, 425, 429}
PLAIN_ENCODINGS = {"", "identity", "aws-chunked"}
"""Some S3 services repeat ``aws-chunked`` from an upload and send a plain body."""

LOGIN = "check that the link opens in a browser without a login"
ADVICE = {
    403: f"{LOGIN}; a signed one must be whole, not expired, and for reading (file_url, not upload_url)",
    404: "there is no file at this link; check its spelling, and PUT the file first if it is a file_url",
    410: "the file is gone; give another link",
}


@dataclass(frozen=True)
class Fetched:
    """A fetched file, its size in bytes, and its media type (with a charset, if told) and name by the server.

    ``filename`` may be empty.
    """

    path: Path
    size: int
    media_type: str
    filename: str


def fetch(
    url: str,
    to: Path,
    *,
    field: str,
    max_bytes: int,
    allow_private: bool = False,
    own: Store | None = None,
    timeout: float = 30.0,
    cancellation: Cancellation = NEVER,
    network: Network = INTERNET,
) -> Fetched:
    """Save the file at a URL under ``to``; after an error no file is there.

    Errors name ``field`` of the request. ``timeout`` in seconds covers all tries and redirects; transient failures are
    tried `TRIES` times. Links of ``own``, the worker's store, may lead to a private address. Raises BadRequest
    (``retryable`` if the server may recover), TooLarge for a body over ``max_bytes``, StorageError if ``to`` cannot be
    written or ``own`` cannot be read.
    """
    deadline = Deadline(timeout, cancellation)
    connect = Connector(allow_private, deadline, network, own)
    destination = _Destination(to, field, max_bytes, cancellation)
    for tried in range(1, TRIES + 1):
        cancellation.check()
        try:
            with _removed_on_error(to):
                copied = _copy_own_file(url.strip(), destination, own) if own is not None else None
                return copied or _follow_redirects(url, destination, connect)
        except LinkRefused as refusal:
            raise BadRequest.of(field, str(refusal)) from refusal
        except TransientFailure as failure:
            wait_s = max(failure.wait_s, random.uniform(0.25, 0.5) * 2**tried)
            if not deadline.allows(0):
                message = f"took longer than {timeout:g} s; put the file on a faster server or try again"
            elif tried == TRIES or wait_s > MAX_WAIT_S or not deadline.allows(wait_s):
                message = f"{failure}; try again later"
            else:
                log.info("fetching again", extra={"field": field, "reason": str(failure), "wait": round(wait_s, 3)})
                (network.sleep or cancellation.sleep)(wait_s)
                continue
            raise BadRequest(f"{field}: {message}", issues=[Issue(field, message)], retryable=True) from failure
    raise AssertionError("the last try returns or raises")


@dataclass(frozen=True)
class _Destination:
    """The file that a fetch writes, and its limit."""

    path: Path
    field: str
    max_bytes: int
    cancellation: Cancellation

    def write(self, read: Callable[[memoryview], int], announced: int | None = None) -> int:
        """Write all that ``read`` gives, and return its size in bytes, which must be the ``announced`` one if known."""
        if announced is not None and announced > self.max_bytes:
            raise self._too_large()
        size, buffer = 0, memoryview(bytearray(BLOCK_BYTES))
        try:
            with self.path.open("wb") as file:
                while count := read(buffer):
                    size += count
                    if size > self.max_bytes:
                        raise self._too_large()
                    file.write(buffer[:count])
                    self.cancellation.check()
        except OSError as error:
            if is_disk_full(error):
                raise disk_full() from error
            raise StorageError(f"{self.field}: the worker cannot keep the file; try again later") from error
        if announced is not None and size != announced:
            raise TransientFailure("leads to a server that breaks off before the file's end")
        if not size:
            raise LinkRefused("leads to an empty file; give the link of the file itself")
        return size

    def _too_large(self) -> TooLarge:
        message = f"the file is larger than {self.max_bytes / 1e6:.3g} MB; give a smaller one"
        return TooLarge(f"{self.field}: {message}", issues=[Issue(self.field, message)])


@contextmanager
def _removed_on_error(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        raise


def _copy_own_file(url: str, to: _Destination, own: Store) -> Fetched | None:
    """Copy the file of a link that the worker's own store can open; None for any other link."""
    try:
        file = own.open_link(url)
    except NotFound as error:
        raise LinkRefused(error.message) from error
    if file is None:
        return None
    with file:
        size = to.write(file.readinto)
    return Fetched(to.path, size, "application/octet-stream", _basename(unquote(url.partition("?")[0])))


def _follow_redirects(url: str, to: _Destination, connect: Connector) -> Fetched:
    """Follow redirects to the file and save it."""
    came_from = ""
    for hop in range(MAX_REDIRECTS + 1):
        try:
            target = Target.parse(url.strip())
            if came_from == "https" and target.scheme == "http":
                raise LinkRefused("is no longer https; give the https link of the file itself")
            with connect.response(target) as response:
                location = _location(response)
                if location is None:
                    _verify_is_file(response)
                    size = to.write(partial(_read, response), response.length)
                    return Fetched(to.path, size, _media_type(response), _filename(response, target))
        except LinkRefused as refusal:
            raise LinkRefused(f"redirects to a link that {refusal}" if hop else str(refusal)) from refusal
        came_from = target.scheme
        try:
            url = urljoin(url, location)
        except ValueError as error:
            raise LinkRefused("redirects to something that is not a URL; give the link of the file itself") from error
    raise LinkRefused(f"redirects more than {MAX_REDIRECTS} times; give the link of the file itself")


def _location(response: http.client.HTTPResponse) -> str | None:
    """The target of a redirect; None for any other response."""
    if response.status not in REDIRECT_STATUSES:
        return None
    location = _decoded(response.headers.get("Location", ""))
    if not location:
        raise LinkRefused(f"answers {response.status} without a target; give the link of the file itself")
    return location


def _decoded(value: str) -> str:
    """A header's value in UTF-8, which most servers send; http.client decodes it as Latin-1."""
    with suppress(UnicodeError):
        return value.encode("latin-1").decode("utf-8")
    return value


def _verify_is_file(response: http.client.HTTPResponse) -> None:
    """Raise LinkRefused or TransientFailure unless the response is a whole file without compression."""
    status = response.status
    if status in TRANSIENT_STATUSES or status >= 500:
        after = response.headers.get("Retry-After", "")
        raise TransientFailure(f"answers {status}", float(after) if re.fullmatch(r"[0-9]{1,6}", after) else 0.0)
    if status != 200:
        raise LinkRefused(f"answers {status}: {ADVICE.get(status, LOGIN)}")
    encodings = {response.headers.get("Content-Encoding", "").strip().lower()}
    transfer = response.headers.get("Transfer-Encoding", "").strip().lower()
    if encodings - PLAIN_ENCODINGS or transfer not in {"", "chunked"}:
        raise LinkRefused("answers with a compressed body although none was asked for; serve the file as it is")


def _read(response: http.client.HTTPResponse, buffer: memoryview) -> int:
    with translated_failures():
        return response.readinto(buffer)


def _media_type(response: http.client.HTTPResponse) -> str:
    """The type of the header Content-Type, with its charset if it has one: that of a text file may be known by it."""
    given = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
    if not re.fullmatch(r"[\w.+-]+/[\w.+-]+", given, re.ASCII):
        return "application/octet-stream"
    charset = _told(response.headers.get_content_charset)
    return f"{given}; charset={charset}" if re.fullmatch(r"[\w.:-]{2,40}", charset, re.ASCII) else given


def _filename(response: http.client.HTTPResponse, target: Target) -> str:
    """The file's name by the server, else the last part of the link; never a path, may be empty."""
    return _basename(_decoded(_told(response.headers.get_filename)) or unquote(target.path.partition("?")[0]))


def _told(parameter: Callable[[], str | None]) -> str:
    """A parameter of a header; empty if there is none, or one that Python's library breaks at (`charset*0=`)."""
    try:
        return parameter() or ""
    except (TypeError, ValueError):
        return ""


def _basename(name: str) -> str:
    name = re.split(r"[/\\]", re.sub(r"[\x00-\x1f\x7f]", "", name))[-1]
    return name.strip(" .")[:200]
