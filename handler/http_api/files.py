"""The store's files over HTTP, where the store is a folder: signed links to read results, and to PUT uploads."""

from __future__ import annotations

import asyncio
import os
import re
from contextlib import AbstractContextManager, ExitStack
from io import BufferedReader
from typing import Any, BinaryIO

from fastapi import APIRouter
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from handler.errors import BadRequest, LinkInvalid, NotFound, TooLarge, WorkerError
from handler.http_api.api import Api
from handler.http_api.errors import Refused, as_reply, in_thread, route_class
from handler.protocols import FileStore
from handler.storage.signed_links import PREFIX, READ, WRITE
from handler.types import Grant

HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache"}
SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
PLAYED = ("audio/", "video/")
"""Kinds of files that a browser plays, outside of the sandbox. HTML and SVG may hold scripts, which never run."""

_BINARY: dict[str, Any] = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_LINK: dict[str, Any] = {
    "parameters": [
        {
            "name": name,
            "in": "query",
            "required": True,
            "schema": {"type": "string"},
            "description": "As the link has it.",
        }
        for name in ("expires", "signature")
    ]
}
_REFUSED: dict[int | str, dict[str, Any]] = {403: {"description": "The link was changed, or has expired"}}


def router(api: Api) -> APIRouter:
    routes = APIRouter(tags=["Files"], route_class=route_class(as_reply))

    @routes.head(PREFIX + "{key:path}", include_in_schema=False)
    @routes.get(
        PREFIX + "{key:path}",
        summary="Read a file by a signed link of a reply",
        response_class=Response,
        responses={
            200: {"description": "The file", "content": _BINARY},
            206: {"description": "The part that `Range` names", "content": _BINARY},
            404: {"description": "The file is gone"},
            416: {"description": "The file has no such part"},
            **_REFUSED,
        },
        openapi_extra=_LINK,
    )
    async def read(key: str, request: Request) -> Response:
        """The whole file, or with ``Range`` a part of it."""
        store = _store(api)
        grant = _grant(store, READ, key, request)
        return await in_thread(_file_response, store, grant, request)

    @routes.put(
        PREFIX + "{key:path}",
        summary="Upload a file to a signed link of `upload`",
        response_class=Response,
        responses={413: {"description": "The file is larger than any job takes"}, **_REFUSED},
        openapi_extra=_LINK | {"requestBody": {"required": True, "content": _BINARY}},
    )
    async def write(key: str, request: Request) -> Response:
        """The body is the file. It is there once the answer is 200."""
        store = _store(api)
        grant = _grant(store, WRITE, key, request)
        if grant.media_type not in {None, request.headers.get("content-type")}:
            raise Refused.of("forbidden", f"the link is for a file of the type {grant.media_type}; send it as that")
        try:
            await receive(request, store.writing(grant.key), api.services.settings.max_file_bytes)
        except WorkerError as error:
            raise Refused.by(error) from error
        return Response()

    return routes


def _store(api: Api) -> FileStore:
    if not isinstance(api.services.store, FileStore):
        raise Refused.of("not_found", "the files of this worker are in a bucket; use the URLs of its replies")
    return api.services.store


def _grant(store: FileStore, method: str, key: str, request: Request) -> Grant:
    try:
        return store.check_link(method, key, request.query_params)
    except (LinkInvalid, BadRequest) as error:
        raise Refused.of("forbidden", f"the link {error.message}") from error


def _file_response(store: FileStore, grant: Grant, request: Request) -> Response:
    """In a thread: a disk may be slow."""
    try:
        file = store.open(grant.key)
    except NotFound as error:
        raise Refused.of("not_found", f"the link {error.message}") from error
    response = _OpenedFile(file, grant)
    if response.headers["etag"] in request.headers.get("if-none-match", ""):
        file.close()
        return Response(status_code=304, headers={**HEADERS, "ETag": response.headers["etag"]})
    return response


class _OpenedFile(FileResponse):
    """Sends a file that is open, whole or in ranges, and closes it."""

    chunk_size = 1 << 18

    def __init__(self, file: BufferedReader, grant: Grant) -> None:
        stats = os.fstat(file.fileno())
        media_type = grant.media_type or "application/octet-stream"
        headers = dict(HEADERS)
        if not media_type.startswith(PLAYED):
            headers["Content-Security-Policy"] = SANDBOX
        super().__init__(
            # FileResponse opens a path. This one is the file that was checked, whatever its name leads to by now.
            f"/proc/self/fd/{file.fileno()}",
            headers=headers,
            media_type=media_type,
            filename=grant.filename,
            stat_result=stats,
            content_disposition_type="inline",
        )
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_range(Headers(scope=scope).get("range", "")):
            scope = {**scope, "headers": [each for each in scope["headers"] if each[0] != b"range"]}
        with self._file:
            await super().__call__(scope, receive, send)


_RANGE = r"[ \t]*(?:\d{1,18}-\d{0,18}|-\d{1,18})[ \t]*"
_RANGES = re.compile(f"bytes={_RANGE}(?:,{_RANGE})*", re.IGNORECASE)


def _is_range(header: str) -> bool:
    """Whether a ``Range`` can be read. RFC 9110: one that cannot, or that ends before it begins, is ignored."""
    pairs = re.findall(r"(?<!\d)(\d+)-(\d+)", header)
    return bool(_RANGES.fullmatch(header)) and all(int(first) <= int(last) for first, last in pairs)


async def receive(request: Request, writing: AbstractContextManager[BinaryIO], max_bytes: int) -> int:
    """Write the request's body to a file that exists once ``writing`` ends without an error; returns its bytes.

    After TooLarge, StorageError and ClientDisconnect nothing is there.
    """
    announced = request.headers.get("content-length", "")
    announced_bytes = int(announced) if announced.isdecimal() else 0
    received = 0
    with ExitStack() as stack:
        file = await asyncio.to_thread(stack.enter_context, writing)
        async for piece in request.stream():
            received += len(piece)
            if max(received, announced_bytes) > max_bytes:
                raise TooLarge(f"the file has more than {max_bytes / 1e6:g} MB; send a smaller one")
            await asyncio.to_thread(file.write, piece)
        # The last step, which makes the object appear, waits for the disk.
        await asyncio.to_thread(stack.close)
    return received
