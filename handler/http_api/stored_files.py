"""An object of the store as an answer, whole or in part, a piece at a time: from a folder, and from a bucket."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import Response, StreamingResponse

from handler.errors import NotFound
from handler.http_api.files import HEADERS, PLAYED, SANDBOX
from handler.protocols import Store

_RANGE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.IGNORECASE)


@dataclass(frozen=True)
class StoredFile:
    """A file to be sent: its key in the store, its media type, and the name that it downloads as."""

    key: str
    media_type: str
    filename: str


@dataclass(frozen=True)
class _Part:
    """The bytes from ``start`` up to and without ``end`` of a file of ``size`` bytes."""

    start: int
    end: int
    size: int
    status: int = 206

    @property
    def length(self) -> int:
        return self.end - self.start


def answer(store: Store, file: StoredFile, request: Headers, *, only_head: bool, download: bool) -> Response:
    """The answer to a request for a file: its headers may have ``Range``, ``If-Range`` and ``If-None-Match``.

    Only one range is answered as such; for several the answer is the whole file. Raises NotFound, with a sentence for
    the client, if the file is gone. To be called in a thread: the store may be slow.
    """
    found = store.head(file.key)
    if found is None:
        raise NotFound("the file has been removed from the store; send the job again")
    etag = f'"{found.etag}"'
    headers = _headers(file, etag, download=download)
    if etag in request.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    part = _part(request.get("range", "") if request.get("if-range", etag) == etag else "", found.size)
    if part is None:
        return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{found.size}"})
    headers["Content-Length"] = str(part.length)
    if part.status == 206:
        headers["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{part.size}"
    body: Iterator[bytes] = iter(()) if only_head else store.pieces(file.key, part.start, part.end)
    return StreamingResponse(body, part.status, headers, file.media_type)


def _headers(file: StoredFile, etag: str, *, download: bool) -> dict[str, str]:
    disposition = "attachment" if download else "inline"
    headers = {
        **HEADERS,
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(file.filename, safe='')}",
    }
    if not file.media_type.startswith(PLAYED):
        headers["Content-Security-Policy"] = SANDBOX
    return headers


def _part(asked: str, size: int) -> _Part | None:
    """The part that a ``Range`` asks for; None for one that the file does not have.

    RFC 9110: one that cannot be read, or that ends before it begins, is ignored.
    """
    whole = _Part(0, size, size, 200)
    found = _RANGE.fullmatch(asked)
    if found is None or found.groups() == ("", ""):
        return whole
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    elif last and int(last) < int(first):
        return whole
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
    return _Part(start, end, size) if start < end else None
