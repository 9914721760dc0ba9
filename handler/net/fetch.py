"""Fetches files from URLs that strangers send, without becoming their way into places that are not public.

Three things hold for every connection, a redirect's and a retry's included: the name is resolved once, every address
it has must be public, and the connection goes to an address that was checked (a second resolution could answer
differently: DNS rebinding). Nothing outlives the total time, however slowly a server drips. The environment's proxy
variables count for nothing: a proxy would resolve the name anew.

One exception: links into the worker's own store are taken wherever its service is, since a bucket at home has an
address that is not public. They are fetched as any other, by the signature that they bear and never with the worker's
keys, or a client could read all that the worker can. Each redirect is judged anew, so none leads on from there. Of a
store that is a folder the ``file://`` links are taken which it gives out itself; all others are refused.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import logging
import random
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import cast
from urllib.parse import quote, unquote, urljoin, urlsplit

from handler.cancellation import NEVER, Cancellation
from handler.errors import BadRequest, Issue, NotFound, StorageError, TooLarge
from handler.net.public_address import Address, is_public
from handler.protocols import Store

log = logging.getLogger(__name__)

TRIES, REDIRECTS, MAX_URL = 3, 5, 8192
CONNECT, IDLE, MAX_WAIT = 5.0, 20.0, 10.0
"""Seconds: for one address to answer, for a server to send nothing, and to wait between two tries at most."""

PORTS = {"http": 80, "https": 443}
PIECE = 1 << 16
REDIRECTED = {301, 302, 303, 307, 308}
BUSY = {408, 425, 429}
PLAIN_BODIES = {"", "identity", "aws-chunked"}
"""``aws-chunked`` is what some S3 services repeat from an upload; the body they send is plain."""

LOGIN = "check that the link opens in a browser without a login"
ADVICE = {
    403: f"{LOGIN}; a signed one must be whole, not expired, and for reading (file_url, not upload_url)",
    404: "there is no file at this link; check its spelling, and PUT the file first if it is a file_url",
    410: "the file is gone; give another link",
}
WAY_OUT = "send a public or a signed link, whole; or ask for a file_url by endpoint upload with create_upload_url"
EMPTY = "leads to an empty file; give the link of the file itself"


@dataclass(frozen=True)
class Fetched:
    """A file that was fetched: where it lies, its bytes, and what the server calls it (``filename`` may be empty)."""

    path: Path
    size: int
    media_type: str
    filename: str


def resolve(host: str) -> list[str]:
    """Every address of a host, as the system's resolver finds them; numbers are read as it reads them (octal too)."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


@dataclass(frozen=True)
class Network:
    """What a fetch needs of the world; tests put their own in its place. ``tls`` None: the system's authorities."""

    resolve: Callable[[str], list[str]] = resolve
    is_public: Callable[[Address], bool] = is_public
    tls: ssl.SSLContext | None = None
    sleep: Callable[[float], None] = time.sleep


INTERNET = Network()


class _Refused(Exception):
    """The link cannot be fetched and trying again would not help; the message reads on after "the link …"."""


class _Transient(Exception):
    """It did not work this time. ``wait`` is how many seconds the server asks for before the next try."""

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


TROUBLES: tuple[tuple[type[Exception], type[Exception], str], ...] = (
    (ssl.SSLCertVerificationError, _Refused, "leads to a server whose certificate cannot be verified for its name; "
        "mend the certificate or host the file elsewhere"),
    (TimeoutError, _Transient, "leads to a server that does not answer in time"),
    (http.client.RemoteDisconnected, _Transient, "leads to a server that hangs up without an answer"),
    (http.client.IncompleteRead, _Transient, "leads to a server that breaks off before the file's end"),
    (ssl.SSLEOFError, _Transient, "leads to a server that hangs up"),
    (ssl.SSLError, _Refused, "leads to a server that makes no secure connection; check its scheme and port"),
    (OSError, _Transient, "leads to a server that cannot be reached or hangs up"),
    (http.client.HTTPException, _Refused, "leads to a server that does not speak HTTP; check its port"),
    (ValueError, _Refused, "leads to a server that does not speak HTTP; check its port"),
)  # fmt: skip
"""What each trouble of a connection means, the special before the general."""


@contextmanager
def _troubles() -> Iterator[None]:
    try:
        yield
    except tuple(kind for kind, _, _ in TROUBLES) as error:
        meaning, message = next((meaning, text) for kind, meaning, text in TROUBLES if isinstance(error, kind))
        raise meaning(message) from error


class _Deadline:
    """The moment at which a fetch ends, done or not."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self, at_most: float) -> float:
        """Seconds that may still pass, no more than ``at_most``; TimeoutError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, at_most)

    def allows(self, seconds: float) -> bool:
        return time.monotonic() + seconds < self._end


@dataclass(frozen=True)
class _Target:
    """Where a URL leads: the host in ASCII without brackets, and the path with its query, percent-encoded."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def of(cls, url: str) -> _Target:
        """Raises _Refused for a URL that is malformed or that no public file needs."""
        if len(url) > MAX_URL or re.search(r"[\x00-\x1f\x7f\\]", url):
            raise _Refused(f"is longer than {MAX_URL} characters or holds control characters or backslashes")
        try:
            parts = urlsplit(url)
            port, host = parts.port, parts.hostname or ""
            if ":" not in host:
                host = host.encode("idna").decode("ascii")
            elif parts.netloc.startswith("["):
                host = str(ipaddress.IPv6Address(host))
            # "%" is safe: what is encoded already stays as it is.
            path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe="/%:@!$&'()*+,;=~?")
        except ValueError as error:
            raise _Refused("is not a URL that can be read; check its spelling") from error
        if parts.scheme not in PORTS:
            raise _Refused(f"is not an http:// or https:// URL; {WAY_OUT}")
        if "@" in parts.netloc:
            raise _Refused("holds a user name or password; give a link that opens without (a presigned URL, say)")
        if not re.fullmatch(r"[a-z0-9._-]{1,253}|[0-9a-f:.]+", host):
            raise _Refused("has no valid host name; check its spelling")
        port = PORTS[parts.scheme] if port is None else port
        if port < 1024 and port not in PORTS.values():
            raise _Refused(f"has port {port}; only 80, 443 and those from 1024 up are fetched from")
        return cls(parts.scheme, host, port, path)

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """What is asked for, and nothing that another reader of the link might take for it."""
        return f"{self.scheme}://{self.authority}{self.path}"


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
    """Write what the URL leads to into the file ``to``; on any error no file is left there.

    ``field`` is the request's field that errors name, ``timeout`` the seconds that all of it may take, tries and
    redirects included. What is transient is tried up to three times. ``own`` is the worker's store, whose links are
    taken though its address is not public. Raises BadRequest (``retryable`` when the server was at fault and may
    recover), TooLarge for a body over ``max_bytes``, StorageError when ``to`` cannot be written or ``own`` cannot be
    read.
    """
    deadline = _Deadline(timeout)
    connect = _Connector(allow_private, deadline, network, own)
    for tried in range(1, TRIES + 1):
        cancellation.check()
        try:
            with _all_or_nothing(to):
                copied = _copy(url.strip(), to, own, field, max_bytes, cancellation) if own is not None else None
                return copied or _follow(url, to, connect, field, max_bytes, cancellation)
        except _Refused as refusal:
            raise BadRequest.of(field, str(refusal)) from refusal
        except _Transient as trouble:
            wait = max(trouble.wait, random.uniform(0.25, 0.5) * 2**tried)
            if not deadline.allows(0):
                message = f"took longer than {timeout:g} s; put the file on a faster server or try again"
            elif tried == TRIES or wait > MAX_WAIT or not deadline.allows(wait):
                message = f"{trouble}; try again later"
            else:
                log.info("fetching again", extra={"field": field, "reason": str(trouble), "wait": round(wait, 3)})
                network.sleep(wait)
                continue
            raise BadRequest(f"{field}: {message}", issues=[Issue(field, message)], retryable=True) from trouble
    raise AssertionError("the last try returns or raises")


@contextmanager
def _all_or_nothing(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        raise


def _copy(url: str, to: Path, own: Store, field: str, max_bytes: int, cancellation: Cancellation) -> Fetched | None:
    """Copy the file that a ``file://`` link of the worker's own store leads to; None for any other link."""
    try:
        file = own.open_link(url)
    except NotFound as error:
        raise _Refused("leads to no file; copy the file itself there first, not a symbolic link to it") from error
    if file is None:
        return None
    with file:
        size = _write(file.readinto, to, field, max_bytes, cancellation)
    if not size:
        raise _Refused(EMPTY)
    return Fetched(to, size, "application/octet-stream", _named(unquote(url)))


def _follow(url: str, to: Path, connect: _Connector, field: str, max_bytes: int, cancellation: Cancellation) -> Fetched:
    """Follow redirects to the file and save it."""
    came_from = ""
    for hop in range(REDIRECTS + 1):
        try:
            target = _Target.of(url.strip())
            if came_from == "https" and target.scheme == "http":
                raise _Refused("is no longer https; give the https link of the file itself")
            with connect.response(target) as response:
                location = _location(response)
                if location is None:
                    _check_file(response)
                    size = _save(response, to, field, max_bytes, cancellation)
                    return Fetched(to, size, _media_type(response), _filename(response, target))
        except _Refused as refusal:
            raise _Refused(f"redirects to a link that {refusal}" if hop else str(refusal)) from refusal
        came_from = target.scheme
        try:
            url = urljoin(url, location)
        except ValueError as error:
            raise _Refused("redirects to something that is not a URL; give the link of the file itself") from error
    raise _Refused(f"redirects more than {REDIRECTS} times; give the link of the file itself")


@dataclass(frozen=True)
class _Connector:
    """Opens connections to checked addresses only, within one deadline."""

    allow_private: bool
    deadline: _Deadline
    network: Network
    own: Store | None = None

    @contextmanager
    def response(self, target: _Target) -> Iterator[http.client.HTTPResponse]:
        """The answer to a GET, its body still to be read."""
        addresses = self._addresses(target)
        with _troubles(), closing(self._connect(addresses, target)) as connected:
            connection = http.client.HTTPConnection(target.host, target.port)
            connection.sock = cast(socket.socket, _TimedSocket(connected, self.deadline))
            connection.auto_open = 0  # it must never resolve and connect by itself
            connection.request("GET", target.path, headers={
                "Host": target.authority,
                "Accept": "*/*",
                # No compression, so no body that unpacks to more than was sent.
                "Accept-Encoding": "identity",
                "User-Agent": "Mozilla/5.0 (compatible; runpod-tts-captions)",
                "Connection": "close",
            })  # fmt: skip
            yield connection.getresponse()

    def _addresses(self, target: _Target) -> list[Address]:
        """Every address of the target's host; _Refused unless each of them may be connected to."""
        try:
            found = self._resolved(target.host)
        except OSError as error:
            if isinstance(error, socket.gaierror) and error.errno != socket.EAI_AGAIN:
                raise _Refused("has an unknown host name; check its spelling") from error
            raise _Transient("has a host name that cannot be looked up at the moment") from error
        except ValueError as error:
            raise _Refused("has no valid host name; check its spelling") from error
        addresses = [ipaddress.ip_address(address) for address in found]
        if self.allow_private or all(self.network.is_public(address) for address in addresses):
            return addresses
        if self.own is not None and self.own.is_own_link(target.url):
            return addresses
        raise _Refused(f"points to an address that is not public; {WAY_OUT}")

    def _resolved(self, host: str) -> list[str]:
        """The resolver's answer within the deadline: it knows no time limit, so it is asked in a thread of its own."""
        answer: Future[list[str]] = Future()

        def ask() -> None:
            try:
                answer.set_result(self.network.resolve(host))
            except (OSError, ValueError) as error:
                answer.set_exception(error)

        threading.Thread(target=ask, name="resolve", daemon=True).start()
        return answer.result(self.deadline.left(IDLE))

    def _connect(self, addresses: list[Address], target: _Target) -> socket.socket:
        """A connection to the first of the addresses that answers, TLS made up and verified for an https target."""
        trouble: OSError = TimeoutError()
        for address in addresses:
            try:
                # An address in figures is not looked up again.
                connected = socket.create_connection((str(address), target.port), self.deadline.left(CONNECT))
            except OSError as error:
                trouble = error
                continue
            return self._secured(connected, target) if target.scheme == "https" else connected
        raise trouble

    def _secured(self, connected: socket.socket, target: _Target) -> socket.socket:
        try:
            connected.settimeout(self.deadline.left(IDLE))
            tls = self.network.tls or _authorities()
            return tls.wrap_socket(connected, server_hostname=target.host.rstrip("."))
        except BaseException:
            connected.close()
            raise


@cache
def _authorities() -> ssl.SSLContext:
    """The system's certificate authorities, and certifi's where it is installed: slim images may have none."""
    context = ssl.create_default_context()
    if find_spec("certifi"):
        import certifi

        context.load_verify_locations(certifi.where())
    return context


class _TimedSocket(io.RawIOBase):
    """What http.client needs of a socket; before each read it looks at the clock, so that dripping does not help."""

    def __init__(self, connected: socket.socket, deadline: _Deadline) -> None:
        self._socket = connected
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._socket.settimeout(self._deadline.left(IDLE))
        return self._socket.recv_into(buffer)

    def sendall(self, data: bytes) -> None:
        self._socket.settimeout(self._deadline.left(IDLE))
        self._socket.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self, PIECE)

    def close(self) -> None:
        # The connection and the response both close what they hold while the other still reads; the socket itself
        # is closed by who opened it.
        return


def _location(response: http.client.HTTPResponse) -> str | None:
    """Where a redirect leads, None for any other answer."""
    if response.status not in REDIRECTED:
        return None
    location = _text(response.headers.get("Location", ""))
    if not location:
        raise _Refused(f"answers {response.status} without saying where to; give the link of the file itself")
    return location


def _text(value: str) -> str:
    """A header's value as its server meant it: bytes above ASCII are read as Latin-1, but most mean UTF-8."""
    with suppress(UnicodeError):
        return value.encode("latin-1").decode("utf-8")
    return value


def _check_file(response: http.client.HTTPResponse) -> None:
    """Raise unless the answer is a whole file, sent as it is."""
    status = response.status
    if status in BUSY or status >= 500:
        after = response.headers.get("Retry-After", "")
        raise _Transient(f"answers {status}", float(after) if re.fullmatch(r"[0-9]{1,6}", after) else 0.0)
    if status != 200:
        raise _Refused(f"answers {status}: {ADVICE.get(status, LOGIN)}")
    encodings = {response.headers.get("Content-Encoding", "").strip().lower()}
    transfer = response.headers.get("Transfer-Encoding", "").strip().lower()
    if encodings - PLAIN_BODIES or transfer not in {"", "chunked"}:
        raise _Refused("answers with a compressed body although none was asked for; serve the file as it is")


def _save(response: http.client.HTTPResponse, to: Path, field: str, max_bytes: int, cancellation: Cancellation) -> int:
    """Write the body and return its length in bytes."""
    promised = response.length  # http.client counts it down while reading
    if promised is not None and promised > max_bytes:
        raise _too_large(field, max_bytes)
    size = _write(partial(_read, response), to, field, max_bytes, cancellation)
    if promised is not None and size != promised:
        raise _Transient("leads to a server that breaks off before the file's end")
    if not size:
        raise _Refused(EMPTY)
    return size


def _write(read: Callable[[memoryview], int], to: Path, field: str, max_bytes: int, cancellation: Cancellation) -> int:
    """Write what is read, piece by piece, until there is no more; returns how many bytes that were."""
    size, buffer = 0, memoryview(bytearray(PIECE))
    try:
        with to.open("wb") as file:
            while count := read(buffer):
                size += count
                if size > max_bytes:
                    raise _too_large(field, max_bytes)
                file.write(buffer[:count])
                cancellation.check()
    except OSError as error:
        raise StorageError(f"{field}: the worker has no room to keep the file; try again later") from error
    return size


def _read(response: http.client.HTTPResponse, buffer: memoryview) -> int:
    with _troubles():
        return response.readinto(buffer)


def _too_large(field: str, max_bytes: int) -> TooLarge:
    message = f"the file is larger than {max_bytes / 1e6:.3g} MB; give a smaller one"
    return TooLarge(f"{field}: {message}", issues=[Issue(field, message)])


def _media_type(response: http.client.HTTPResponse) -> str:
    given = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
    return given if re.fullmatch(r"[\w.+-]+/[\w.+-]+", given, re.ASCII) else "application/octet-stream"


def _filename(response: http.client.HTTPResponse, target: _Target) -> str:
    """The name that the server gives the file, else the last part of the link: never a path, perhaps empty."""
    return _named(_text(response.headers.get_filename() or "") or unquote(target.path.partition("?")[0]))


def _named(name: str) -> str:
    name = re.split(r"[/\\]", re.sub(r"[\x00-\x1f\x7f]", "", name))[-1]
    return name.strip(" .")[:200]
