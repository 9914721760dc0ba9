"""The two ways to wait: requests, answers in pieces, and sleep, blocking or not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, closing
from functools import partial, update_wrapper
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import httpx

P = ParamSpec("P")
T = TypeVar("T")
C = TypeVar("C")

PIECE_BYTES = 1 << 16
COMPLETE_S = 5.0


class BlockingTransport:
    """Waits by blocking the thread: coroutines over it are never suspended, see `blocking`."""

    def __init__(self, **options: Any) -> None:
        self.http = httpx.Client(**options)

    @asynccontextmanager
    async def opened(self, request: httpx.Request) -> AsyncIterator[httpx.Response]:
        with closing(self.http.send(request, stream=True)) as response:
            yield response

    async def pieces(self, response: httpx.Response) -> AsyncIterator[bytes]:
        for piece in response.iter_bytes():
            yield piece

    async def read(self, response: httpx.Response) -> None:
        response.read()

    async def complete(self, work: Coroutine[Any, Any, T], undo: Callable[[T], Awaitable[object]]) -> T:  # noqa: ARG002
        """Await ``work``. An interruption loses its result, so that nothing can be undone."""
        return await work

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    async def call(self, function: Callable[[], T]) -> T:
        """Call a function that waits for the disk."""
        return function()

    async def close(self) -> None:
        self.http.close()


class AsyncTransport:
    """Waits by asyncio."""

    def __init__(self, **options: Any) -> None:
        self.http = httpx.AsyncClient(**options)

    @asynccontextmanager
    async def opened(self, request: httpx.Request) -> AsyncIterator[httpx.Response]:
        response = await self.http.send(request, stream=True)
        try:
            yield response
        finally:
            await response.aclose()

    def pieces(self, response: httpx.Response) -> AsyncIterator[bytes]:
        return response.aiter_bytes()

    async def read(self, response: httpx.Response) -> None:
        await response.aread()

    async def complete(self, work: Coroutine[Any, Any, T], undo: Callable[[T], Awaitable[object]]) -> T:
        """Await ``work``. If the caller is cancelled meanwhile, it has COMPLETE_S to end; ``undo`` gets its result."""
        task = asyncio.create_task(work)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait({task}, timeout=COMPLETE_S)
            if not task.done():
                task.cancel()
            elif not task.cancelled() and task.exception() is None:
                await undo(task.result())
            raise

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def call(self, function: Callable[[], T]) -> T:
        return await asyncio.to_thread(function)

    async def close(self) -> None:
        await self.http.aclose()


Transport = BlockingTransport | AsyncTransport


class FileBody(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A file as the body of a request, which may be sent again."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __iter__(self) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            yield from iter(partial(file.read, PIECE_BYTES), b"")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with self._path.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
                yield piece


def blocking(method: Callable[Concatenate[C, P], Coroutine[Any, Any, T]]) -> Callable[Concatenate[C, P], T]:
    """A method of a class that has a `BlockingTransport`, as one that returns when it is done."""

    def call(self: C, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return _finish(method(self, *args, **kwargs))

    _name(call, method)
    return call


def blocking_iterator(
    method: Callable[Concatenate[C, P], AsyncIterator[T]],
) -> Callable[Concatenate[C, P], Iterator[T]]:
    """The same for a method that yields."""

    def call(self: C, /, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        items: Any = method(self, *args, **kwargs)
        try:
            while True:
                yield _finish(items.__anext__())
        except StopAsyncIteration:
            return
        finally:
            _finish(items.aclose())

    _name(call, method)
    return call


def _name(call: Callable[..., Any], method: Callable[..., Any]) -> None:
    update_wrapper(call, method)
    call.__name__ = method.__name__.removeprefix("_")


def _finish(steps: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that is never suspended."""
    try:
        steps.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    raise RuntimeError("a blocking call was suspended")
