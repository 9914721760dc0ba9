"""``GET /``: the studio's page, and the files that it loads. They need no key: what they call does."""

from __future__ import annotations

import gzip
import re
from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from handler import studio
from handler.http_api.api import Api
from handler.http_api.errors import Refused, as_reply, route_class

PAGE, PREFIX = "/", "/studio/"

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "font-src": "'self' blob:",
    "img-src": "'self' blob: data:",
    "media-src": "'self' blob:",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    # No text becomes markup, whatever a voice is called: the browser itself refuses it.
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}
"""What the page may do: run its own scripts, and call this server. Files of users are shown from memory."""

HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in POLICY.items()),
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    # Asked again each time and answered with 304: a new version of the worker is seen at once.
    "Cache-Control": "no-cache",
    "Vary": "Accept-Encoding",
}

MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
"""The kinds of files that the page has. Python's own table reads the machine's, which may lack a row."""

_PATH = re.compile(r"[a-z0-9_-]+(?:/[a-z0-9_-]+){0,3}\.[a-z]+")


def router(api: Api) -> APIRouter:  # noqa: ARG001 - the page is the same for every worker
    routes = APIRouter(route_class=route_class(as_reply), include_in_schema=False)

    @routes.api_route(PAGE, methods=["GET", "HEAD"])
    async def page(request: Request) -> Response:
        return _answer(studio.FOLDER / "index.html", request)

    @routes.api_route(PREFIX + "{path:path}", methods=["GET", "HEAD"])
    async def file(path: str, request: Request) -> Response:
        known = _PATH.fullmatch(path) and path.partition("/")[0] in studio.FOLDERS
        found = studio.FOLDER / path
        if not known or not found.is_file():
            raise Refused.of("not_found", "the studio has no such file")
        return _answer(found, request)

    return routes


def _answer(path: Path, request: Request) -> Response:
    status = path.stat()
    compressed = "gzip" in request.headers.get("accept-encoding", "")
    tag = f'"{status.st_mtime_ns:x}-{status.st_size:x}{"-gzip" if compressed else ""}"'
    headers = {**HEADERS, "ETag": tag} | ({"Content-Encoding": "gzip"} if compressed else {})
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    body = _content(path, status.st_mtime_ns, compressed)
    return Response(body, media_type=MEDIA_TYPES[path.suffix], headers=headers)


@lru_cache(maxsize=256)
def _content(path: Path, changed_ns: int, compressed: bool) -> bytes:  # noqa: ARG001 - parts of the cache's key
    """The bytes of a file, which are compressed once for each version of it."""
    body = path.read_bytes()
    return gzip.compress(body, mtime=0) if compressed else body
