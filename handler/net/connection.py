"""Connections to checked addresses only, within one deadline.

For every connection, redirects and retries included: the host is resolved once, all its addresses must be public, and
the connection goes to one of them, because a second resolution could answer differently (DNS rebinding). The deadline
and the job's cancellation end it at every step, however slowly a server answers. Proxies of the environment are not
used: they would resolve the host again.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import os
import re
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache, partial
from importlib.util import find_spec
from typing import TypeVar, cast
from urllib.parse import quote, urlsplit

from handler.cancellation import NEVER, POLL_S, Cancellation, in_thread
from handler.net.public_address import Address, is_public
from handler.protocols import Store
from handler.requests import MAX_URL_CHARS

T = TypeVar("T")

CONNECT_TIMEOUT_S, IDLE_TIMEOUT_S = 5.0, 20.0
PORTS = {"http": 80, "https": 443}
BLOCK_BYTES = 1 << 16

LINK_REMEDY = "send a public or a signed link, whole; or ask for a file_url by endpoint upload with create_upload_url"


def resolve(host: str) -> list[str]:
    """All addresses of a host by the system's resolver, which also reads numeric hosts (octal too)."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


@dataclass(frozen=True)
class Network:
    """The outside of a fetch; tests replace parts of it.

    ``tls`` None trusts the system's authorities; ``sleep`` None waits for some seconds or until the job is cancelled.
    """

    resolve: Callable[[str], list[str]] = resolve
    is_public: Callable[[Address], bool] = is_public
    tls: ssl.SSLContext | None = None
    sleep: Callable[[float], None] | None = None


INTERNET = Network()


class LinkRefused(Exception):
    """The link cannot be fetched, and a retry would not help. The message continues "the link …"."""


class NotPublic(LinkRefused):
    """The link's host has an address that is not public."""


class TransientFailure(Exception):
    """This try failed, and the next may not. The server asks for a pause of ``wait_s`` before it."""

    def __init__(self, message: str, wait_s: float = 0.0) -> None:
        super().__init__(message)
        self.wait_s = wait_s


FAILURES: tuple[tuple[type[Exception], type[Exception], str], ...] = (
    (ssl.SSLCertVerificationError, LinkRefused, "leads to a server whose certificate cannot be verified for its name; "
        "mend the certificate or host the file elsewhere"),
    (TimeoutError, TransientFailure, "leads to a server that does not answer in time"),
    (http.client.RemoteDisconnected, TransientFailure, "leads to a server that hangs up without an answer"),
    (http.client.IncompleteRead, TransientFailure, "leads to a server that breaks off before the file's end"),
    (ssl.SSLEOFError, TransientFailure, "leads to a server that hangs up"),
    (ssl.SSLError, LinkRefused, "leads to a server that makes no secure connection; check its scheme and port"),
    (OSError, TransientFailure, "leads to a server that cannot be reached or hangs up"),
    (http.client.HTTPException, LinkRefused, "leads to a server that does not speak HTTP; check its port"),
    (ValueError, LinkRefused, "leads to a server that does not speak HTTP; check its port"),
)  # fmt: skip
"""Failures of a connection, the special ones first: the exception to raise in place of each, and its message."""


@contextmanager
def translated_failures() -> Iterator[None]:
    """Raise LinkRefused or TransientFailure in place of each exception in `FAILURES`."""
    try:
        yield
    except tuple(row[0] for row in FAILURES) as error:
        _, meaning, message = next(row for row in FAILURES if isinstance(error, row[0]))
        raise meaning(message) from error


class Deadline:
    """The end of a fetch: ``timeout_s`` from now, or when the job should stop."""

    def __init__(self, timeout_s: float, cancellation: Cancellation = NEVER) -> None:
        self._end = time.monotonic() + timeout_s
        self.cancellation = cancellation

    def remaining_s(self, maximum_s: float) -> float:
        """Seconds until the end, at most ``maximum_s``. Raises TimeoutError if there are none."""
        if not self.allows(0):
            raise TimeoutError
        return min(self._end - time.monotonic(), maximum_s)

    def allows(self, seconds: float) -> bool:
        """Whether so many seconds can pass before the end."""
        return time.monotonic() + seconds < self._end

    def repeat(self, attempt: Callable[[float], T], maximum_s: float) -> T:
        """Repeat an attempt that raises TimeoutError after the seconds it is given, until it succeeds.

        Raises TimeoutError after ``maximum_s`` or at the end of the fetch, and as `Cancellation.check` does.
        """
        end = time.monotonic() + self.remaining_s(maximum_s)
        while True:
            self.cancellation.check()
            try:
                return attempt(max(0.001, min(POLL_S, end - time.monotonic())))
            except TimeoutError:
                if time.monotonic() >= end:
                    raise


@dataclass(frozen=True)
class Target:
    """The parts of a URL: the host in ASCII without brackets, and the path with its query, percent-encoded."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, url: str) -> Target:
        """Raises LinkRefused if the URL is malformed or has parts that no link to a public file needs."""
        if len(url) > MAX_URL_CHARS or re.search(r"[\x00-\x1f\x7f\\]", url):
            raise LinkRefused(f"is longer than {MAX_URL_CHARS} characters or holds control characters or backslashes")
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
            raise LinkRefused("is not a URL that can be read; check its spelling") from error
        if parts.scheme not in PORTS:
            raise LinkRefused(f"is not an http:// or https:// URL; {LINK_REMEDY}")
        if "@" in parts.netloc:
            raise LinkRefused("holds a user name or password; give a link that opens without (a presigned URL, say)")
        if not re.fullmatch(r"[a-z0-9._-]{1,253}|[0-9a-f:.]+", host):
            raise LinkRefused("has no valid host name; check its spelling")
        port = PORTS[parts.scheme] if port is None else port
        if port < 1024 and port not in PORTS.values():
            raise LinkRefused(f"has port {port}; only 80, 443 and those from 1024 up are fetched from")
        return cls(parts.scheme, host, port, path)

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL that is requested: other parsers could read the original in another way."""
        return f"{self.scheme}://{self.authority}{self.path}"


@dataclass(frozen=True)
class Connector:
    """Opens connections to public addresses only, unless ``allow_private`` or for signed links of the store ``own``."""

    allow_private: bool
    deadline: Deadline
    network: Network
    own: Store | None = None

    @contextmanager
    def response(self, target: Target, body: bytes | None = None) -> Iterator[http.client.HTTPResponse]:
        """The response to a GET, or to a POST of a JSON ``body``; its own body is not read yet.

        Raises LinkRefused and TransientFailure.
        """
        addresses = self._addresses(target)
        with (
            translated_failures(),
            closing(self._connect(addresses, target.port)) as plain,
            closing(self._secured(plain, target)) as connected,
        ):
            connection = http.client.HTTPConnection(target.host, target.port)
            connection.sock = cast(socket.socket, _TimedSocket(connected, self.deadline))
            connection.auto_open = 0  # http.client must not connect by itself
            connection.request("GET" if body is None else "POST", target.path, body, headers={
                "Host": target.authority,
                "Accept": "*/*",
                # A compressed body could unpack to any size.
                "Accept-Encoding": "identity",
                "User-Agent": "Mozilla/5.0 (compatible; runpod-tts-captions)",
                "Connection": "close",
                **({} if body is None else {"Content-Type": "application/json"}),
            })  # fmt: skip
            yield connection.getresponse()

    def _addresses(self, target: Target) -> list[Address]:
        """All addresses of the host. Raises LinkRefused unless every one of them is allowed."""
        try:
            found = self._resolved(target.host)
        except OSError as error:
            if isinstance(error, socket.gaierror) and error.errno != socket.EAI_AGAIN:
                raise LinkRefused("has an unknown host name; check its spelling") from error
            raise TransientFailure("has a host name that cannot be looked up at the moment") from error
        except ValueError as error:
            raise LinkRefused("has no valid host name; check its spelling") from error
        addresses = [ipaddress.ip_address(address) for address in found]
        if self.allow_private or all(map(self.network.is_public, addresses)):
            return addresses
        if self.own is not None and self.own.is_own_link(target.url):
            return addresses
        raise NotPublic(f"points to an address that is not public; {LINK_REMEDY}")

    def _resolved(self, host: str) -> list[str]:
        """The resolver's answer. The resolver has no timeout, so a thread of its own calls it."""
        answer = in_thread(lambda: self.network.resolve(host))
        return self.deadline.cancellation.wait(answer, timeout_s=self.deadline.remaining_s(IDLE_TIMEOUT_S))

    def _connect(self, addresses: list[Address], port: int) -> socket.socket:
        """A connection to the first address that answers."""
        failure: OSError = TimeoutError()
        for address in addresses:
            try:
                return self._connect_to(address, port)
            except OSError as error:
                failure = error
        raise failure

    def _connect_to(self, address: Address, port: int) -> socket.socket:
        connected = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
        try:
            connected.setblocking(False)
            with suppress(BlockingIOError):
                # A numeric address is not resolved again.
                connected.connect((str(address), port))
            self.deadline.repeat(partial(_await_writable, connected), CONNECT_TIMEOUT_S)
            if code := connected.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise OSError(code, os.strerror(code))
        except BaseException:
            connected.close()
            raise
        return connected

    def _secured(self, connected: socket.socket, target: Target) -> socket.socket:
        """The connection with verified TLS for https, itself for http."""
        if target.scheme == "http":
            return connected
        tls = self.network.tls or _authorities()
        host = target.host.rstrip(".")
        secured = tls.wrap_socket(connected, server_hostname=host, do_handshake_on_connect=False)
        self.deadline.repeat(partial(_timed, secured, secured.do_handshake), IDLE_TIMEOUT_S)
        return secured


@cache
def _authorities() -> ssl.SSLContext:
    """The system's certificate authorities, and certifi's if it is installed: slim images may have none."""
    context = ssl.create_default_context()
    if find_spec("certifi"):
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def _await_writable(connected: socket.socket, seconds: float) -> None:
    poll = select.poll()
    poll.register(connected, select.POLLOUT)
    if not poll.poll(seconds * 1000):
        raise TimeoutError


def _timed(connected: socket.socket, operation: Callable[[], T], seconds: float) -> T:
    """Do a socket's operation. Raises TimeoutError after so many seconds; it may then be done again."""
    connected.settimeout(seconds)
    return operation()


class _TimedSocket(io.RawIOBase):
    """A socket for http.client whose reads and writes end with the deadline: a server may send a byte at a time."""

    def __init__(self, connected: socket.socket, deadline: Deadline) -> None:
        self._socket = connected
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._repeat(partial(self._socket.recv_into, buffer))

    def sendall(self, data: bytes) -> None:
        while data:
            sent = self._repeat(partial(self._socket.send, data))
            data = data[sent:]

    def _repeat(self, operation: Callable[[], int]) -> int:
        return self._deadline.repeat(partial(_timed, self._socket, operation), IDLE_TIMEOUT_S)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self, BLOCK_BYTES)

    def close(self) -> None:
        """Leave the socket open: http.client closes the connection while the response still reads from it."""
