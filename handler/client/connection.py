"""The way to the worker: requests that are sent again when it makes sense, and files by their links."""

from __future__ import annotations

import math
import random
import shutil
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from urllib.request import url2pathname

import httpx

from .transport import FileBody, Transport
from .values import CONNECTION_LOST, SpeechError

T = TypeVar("T")

CONNECT_S = 10.0
ANSWER_S = 60.0
FIRST_DELAY_S = 0.2
MAX_DELAY_S = 10.0

KEEPALIVE_S = 2.0
"""Servers close idle connections after 5 s or more. One that closes it just then would lose the request."""

NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
REFUSED = frozenset({429, 503})  # statuses of a server that has not begun with the request
GATEWAY = frozenset({502, 504, 520, 522, 524})  # statuses of a gateway: the server behind it may be at work
CODES = {401: "unauthorized", 403: "unauthorized", 404: "not_found", 413: "too_large", 429: "too_many_requests"}


class Connection:
    """A worker at a URL. All methods raise SpeechError."""

    def __init__(self, base: str, key: str | None, retry_for: float, transport: type[Transport]) -> None:
        self._base = base.rstrip("/")
        self._key = key
        self._retry_for = retry_for
        self._is_local = urlsplit(base).hostname in {"127.0.0.1", "localhost", "::1"}
        self.transport = transport(limits=httpx.Limits(keepalive_expiry=KEEPALIVE_S), follow_redirects=True)

    def request(
        self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] = {}, timeout: float = ANSWER_S
    ) -> httpx.Request:
        """A request to the worker. The key goes with these alone: links may lead to other hosts."""
        return self.transport.http.build_request(
            method,
            self._base + path,
            json=body,
            headers={**headers, **({"Authorization": f"Bearer {self._key}"} if self._key else {})},
            timeout=httpx.Timeout(timeout, connect=min(timeout, CONNECT_S)),
        )

    async def answer(self, request: httpx.Request, *, repeatable: bool = True, end: float = math.inf) -> httpx.Response:
        """Send a request, again if need be, and return the whole answer; see `retry`."""

        async def attempt() -> httpx.Response:
            async with self.opened(request) as response:
                await self.transport.read(response)
                return response

        return await self.retry(attempt, repeatable=repeatable, end=end)

    async def retry(self, attempt: Callable[[], Awaitable[T]], *, repeatable: bool = True, end: float = math.inf) -> T:
        """Call ``attempt`` until it succeeds, with growing delays, for ``retry_for`` seconds and not beyond ``end``.

        What is not ``repeatable`` is tried again only if the server has not begun with it.
        """
        end = min(end, time.monotonic() + self._retry_for)
        delay = FIRST_DELAY_S
        while True:
            try:
                return await attempt()
            except httpx.RequestError as failure:
                error = _lost(failure, begun=not (repeatable or isinstance(failure, NOT_SENT)))
                error.__cause__ = failure
            except SpeechError as refusal:
                error = refusal
                if not repeatable and refusal.status not in REFUSED:
                    if refusal.status in GATEWAY:
                        refusal.retryable = False
                    raise
            pause = max(delay * random.uniform(0.5, 1), error.retry_after_s)
            if not error.retryable or time.monotonic() + pause > end:
                raise error
            await self.transport.sleep(pause)
            delay = min(delay * 2, MAX_DELAY_S)

    @asynccontextmanager
    async def opened(self, request: httpx.Request) -> AsyncIterator[httpx.Response]:
        """Send a request once, and give its answer to the block before the body has come."""
        async with self.transport.opened(request) as response:
            if not response.is_success:
                await self.transport.read(response)
                raise _refusal(response)
            yield response

    async def read(self, url: str) -> bytes:
        """The content of the file at a link."""
        if local := self._local_path(url):
            return await self.transport.call(_on_this_machine(local).read_bytes)
        return (await self.answer(self._link("GET", url))).content

    async def save(self, url: str, path: Path) -> None:
        """Save the file at a link; it has its name only once it is complete."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if local := self._local_path(url):
            await self.transport.call(lambda: _copy(_on_this_machine(local), path))
        else:
            await self.retry(lambda: self._save(url, path))

    async def put(self, path: Path, url: str) -> None:
        """Send a file to a link."""
        if local := self._local_path(url):
            _on_this_machine(local.parent)
            await self.transport.call(lambda: _copy(path, local))
            return
        # With the length: a bucket takes no body in chunks.
        request = self._link("PUT", url, {"Content-Length": str(path.stat().st_size)})
        request.stream = FileBody(path)
        await self.answer(request)

    async def _save(self, url: str, path: Path) -> None:
        async with self.opened(self._link("GET", url)) as response:
            with _partial(path) as part, part.open("wb") as file:
                async for piece in self.transport.pieces(response):
                    file.write(piece)

    def _link(self, method: str, url: str, headers: Mapping[str, str] | None = None) -> httpx.Request:
        return self.transport.http.build_request(method, url, headers=headers, timeout=ANSWER_S)

    def _local_path(self, url: str) -> Path | None:
        """The path of a ``file://`` link. Only a server on this machine may give one: it names any file here."""
        if urlsplit(url).scheme != "file":
            return None
        if not self._is_local:
            raise SpeechError("config_error", "the file is on the server's own disk, where this program cannot read it")
        return Path(url2pathname(urlsplit(url).path))


def json_object(response: httpx.Response, field: str) -> dict[str, Any]:
    """The content of an answer. Raises SpeechError if it is anything but a JSON object with this field."""
    with suppress(ValueError):
        content = response.json()
        if isinstance(content, dict) and field in content:
            return content
    raise SpeechError("internal", f"{response.url.host} does not answer as a worker does; check the url")


def _lost(failure: httpx.RequestError, *, begun: bool) -> SpeechError:
    """The error of a request without an answer; with ``begun`` the server may be at work on it."""
    host, reason = failure.request.url.netloc.decode(), str(failure) or type(failure).__name__
    if begun:
        message = f"the connection to {host} broke ({reason}) after the request was sent; the job may run"
        return SpeechError(CONNECTION_LOST, message)
    return SpeechError(CONNECTION_LOST, f"{host} cannot be reached: {reason}", retryable=True)


def _refusal(response: httpx.Response) -> SpeechError:
    """The error of a refused request, by its body: ``error`` is a sentence, or OpenAI's object."""
    status, body = response.status_code, {}
    with suppress(SpeechError):
        body = json_object(response, "error")
    error = body.get("error")
    detail = error if isinstance(error, dict) else {**body, "message": error}
    answered = f"{response.url.host} answered {status} {response.reason_phrase}"
    refusal = SpeechError(
        detail.get("error_code")
        or detail.get("code")
        or CODES.get(status, "bad_request" if status < 500 else "internal"),
        str(detail.get("message") or answered + ("; check api_key" if status == 401 else "")),
        retryable=detail.get("retryable", status == 429 or status >= 500),
        issues=detail.get("issues") or (),
        status=status,
    )
    with suppress(ValueError):
        refusal.retry_after_s = float(response.headers.get("Retry-After", 0))
    return refusal


@contextmanager
def _partial(path: Path) -> Iterator[Path]:
    """A path beside ``path``, whose file is moved there after the block, or removed if the block fails."""
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.partial")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _on_this_machine(path: Path) -> Path:
    if not path.exists():
        raise SpeechError("not_found", "a file:// link of the server leads to nothing on this machine")
    return path


def _copy(source: Path, path: Path) -> None:
    with _partial(path) as part:
        shutil.copyfile(source, part)
