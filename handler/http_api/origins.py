"""Which pages of the web may call a server without keys, and read the answers of any: none that CORS_ORIGINS lacks.

Any page that somebody at this machine opens can send requests to it. One of another origin says so in ``Origin``; one
whose name was made to lead here (DNS rebinding) has its own name in ``Host``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp

from handler.http_api.answer_headers import ANSWER_HEADERS
from handler.http_api.errors import Refused
from handler.http_api.exchange import current

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
EXPOSED_HEADERS = ("X-Request-Id", "Retry-After", "Location", "Content-Disposition", *ANSWER_HEADERS)

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::\d+)?", re.IGNORECASE)


def own_names(public_url: str | None) -> frozenset[str]:
    """The names that a server of this machine alone has: the usual ones, and that of PUBLIC_URL (a proxy's)."""
    name = urlsplit(public_url or "").hostname
    return LOCAL_NAMES | ({f"[{name}]" if ":" in name else name} if name else set())


def check_host(headers: Headers, names: Collection[str]) -> None:
    """Raise Refused unless ``Host`` is one of these names, with any port."""
    host = _HOST.fullmatch(headers.get("host", ""))
    if host is None or host[1].lower() not in names:
        message = "Host: only this machine's own names are answered, such as localhost; PUBLIC_URL adds one"
        raise Refused.of("forbidden", message)


def check_origin(headers: Headers, allowed: Collection[str]) -> None:
    """Raise Refused for a request by a page of another origin, unless it is among those allowed."""
    origin = headers.get("origin")
    if origin is None or origin in allowed or "*" in allowed:
        return
    if origin.lower().partition("://")[2] != headers.get("host", "").lower():
        raise _refused()


class Cors(CORSMiddleware):
    """Answers the preflights of browsers, and lets the pages of CORS_ORIGINS read the answers to their requests."""

    def __init__(self, app: ASGIApp, *, allowed: Sequence[str]) -> None:
        super().__init__(
            app, allow_origins=allowed, allow_methods=["*"], allow_headers=["*"], expose_headers=EXPOSED_HEADERS
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        """A preflight has no key, so the refusal of another page is about the page."""
        if not self.is_allowed_origin(request_headers["origin"]):
            return current.get().route.render(_refused())
        return super().preflight_response(request_headers)


def _refused() -> Refused:
    return Refused.of("forbidden", "Origin: this page may not call the server; CORS_ORIGINS names those that may")
