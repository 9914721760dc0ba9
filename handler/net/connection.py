"""Connections to addresses that were checked, within one deadline.

Three things hold for every connection, a redirect's and a retry's included. The name is resolved once, every address
it has must be public, and the connection goes to an address that was checked: a second resolution could answer
differently (DNS rebinding). Nothing outlives the total time, however slowly a server drips. The environment's proxy
variables count for nothing, because a proxy would resolve the name anew.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import cast
from urllib.parse import quote, urlsplit

from handler.net.public_address import Address, is_public
from handler.protocols import Store

CONNECT_S, IDLE_S = 5.0, 20.0
"""The longest wait for one address to answer, and for a server that sends nothing."""

MAX_URL_CHARS = 8192
PORTS = {"http": 80, "https": 443}
PIECE_BYTES = 1 << 16

WAY_OUT = "send a public or a signed link, whole; or ask for a file_url by endpoint upload with create_upload_url"


def resolve(host: str) -> list[str]:
    """Every address of a host, as the system's resolver finds them; numbers are read as it reads them (octal too)."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


@dataclass(frozen=True)
class Network:
    """What a fetch needs of the world; tests put their own in its place.

    ``tls`` None trusts the system's authorities, ``sleep`` None waits until the job is cancelled.
    """

    resolve: Callable[[str], list[str]] = resolve
    is_public: Callable[[Address], bool] = is_public
    tls: ssl.SSLContext | None = None
    sleep: Callable[[float], None] | None = None


INTERNET = Network()


class LinkRefused(Exception):
    """The link cannot be fetched, and another try would not help; the message reads on after "the link …"."""


class TransientFailure(Exception):
    """This try failed, the next may not. The server asks for ``wait`` seconds before it."""

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


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
"""Each failure of a connection, the special before the general: what it becomes, and its message."""


@contextmanager
def connection_failures() -> Iterator[None]:
    try:
        yield
    except tuple(kind for kind, _, _ in FAILURES) as error:
        meaning, message = next((meaning, text) for kind, meaning, text in FAILURES if isinstance(error, kind))
        raise meaning(message) from error


class Deadline:
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
class Target:
    """Where a URL leads: the host in ASCII without brackets, and the path with its query, percent-encoded."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def of(cls, url: str) -> Target:
        """Raises LinkRefused for a URL that is malformed or that no public file needs."""
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
            raise LinkRefused(f"is not an http:// or https:// URL; {WAY_OUT}")
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
        """What is asked for, and nothing that another reader of the link might take for it."""
        return f"{self.scheme}://{self.authority}{self.path}"


@dataclass(frozen=True)
class Connector:
    """Opens connections to checked addresses only, within one deadline."""

    allow_private: bool
    deadline: Deadline
    network: Network
    own: Store | None = None

    @contextmanager
    def response(self, target: Target) -> Iterator[http.client.HTTPResponse]:
        """The answer to a GET, its body still to be read."""
        addresses = self._addresses(target)
        with connection_failures(), closing(self._connect(addresses, target)) as connected:
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

    def _addresses(self, target: Target) -> list[Address]:
        """Every address of the target's host; LinkRefused unless each of them may be connected to."""
        try:
            found = self._resolved(target.host)
        except OSError as error:
            if isinstance(error, socket.gaierror) and error.errno != socket.EAI_AGAIN:
                raise LinkRefused("has an unknown host name; check its spelling") from error
            raise TransientFailure("has a host name that cannot be looked up at the moment") from error
        except ValueError as error:
            raise LinkRefused("has no valid host name; check its spelling") from error
        addresses = [ipaddress.ip_address(address) for address in found]
        if self.allow_private or all(self.network.is_public(address) for address in addresses):
            return addresses
        if self.own is not None and self.own.is_own_link(target.url):
            return addresses
        raise LinkRefused(f"points to an address that is not public; {WAY_OUT}")

    def _resolved(self, host: str) -> list[str]:
        """The resolver's answer within the deadline: it knows no time limit, so it is asked in a thread of its own."""
        answer: Future[list[str]] = Future()

        def ask() -> None:
            try:
                answer.set_result(self.network.resolve(host))
            except (OSError, ValueError) as error:
                answer.set_exception(error)

        threading.Thread(target=ask, name="resolve", daemon=True).start()
        return answer.result(self.deadline.left(IDLE_S))

    def _connect(self, addresses: list[Address], target: Target) -> socket.socket:
        """A connection to the first of the addresses that answers, TLS made up and verified for an https target."""
        failure: OSError = TimeoutError()
        for address in addresses:
            try:
                # An address in figures is not looked up again.
                connected = socket.create_connection((str(address), target.port), self.deadline.left(CONNECT_S))
            except OSError as error:
                failure = error
                continue
            return self._secured(connected, target) if target.scheme == "https" else connected
        raise failure

    def _secured(self, connected: socket.socket, target: Target) -> socket.socket:
        try:
            connected.settimeout(self.deadline.left(IDLE_S))
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
    """A socket for http.client that checks the deadline before each read, so that a server cannot drip past it."""

    def __init__(self, connected: socket.socket, deadline: Deadline) -> None:
        self._socket = connected
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._socket.settimeout(self._deadline.left(IDLE_S))
        return self._socket.recv_into(buffer)

    def sendall(self, data: bytes) -> None:
        self._socket.settimeout(self._deadline.left(IDLE_S))
        self._socket.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self, PIECE_BYTES)

    def close(self) -> None:
        # The connection and the response both close what they hold while the other still reads; the socket itself
        # is closed by who opened it.
        return
