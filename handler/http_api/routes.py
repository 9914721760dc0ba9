"""What is known of a route before it is called: its template, the form of its errors, whether it takes files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from re import Pattern
from typing import Any

from fastapi import FastAPI, params
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.routing import Mount, compile_path
from starlette.types import Scope

from handler.http_api.errors import Render, as_reply


@dataclass(frozen=True)
class RouteInfo:
    """A route: ``template`` is its path with names in place of values, such as ``/status/{job_id}``."""

    template: str
    render: Render = as_reply
    """Makes an error's answer in the form of the route's dialect."""
    takes_files: bool = False
    """Whether its body is a form or a file, which has limits of its own, rather than JSON."""
    is_file: bool = False
    """Whether its body as a whole is a file, which is written to disk as it comes."""


FILE = "application/octet-stream"
"""The media type of a route whose body is a file, in its ``openapi_extra``."""

UNKNOWN = RouteInfo("(unknown)")
"""That of a path without a route."""


class RouteTable:
    """Finds the route of a request, those of routers included."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def find(self, scope: Scope) -> RouteInfo:
        """The route that will answer, or one of the same path and another method; UNKNOWN where there is none."""
        found = UNKNOWN
        for pattern, methods, info in self._rows:
            if pattern.match(scope["path"]):
                if methods is None or scope["method"] in methods:
                    return info
                found = info if found is UNKNOWN else found
        return found

    @cached_property
    def _rows(self) -> list[tuple[Pattern[str], set[str] | None, RouteInfo]]:
        return list(self._read())

    def _read(self) -> Iterator[tuple[Pattern[str], set[str] | None, RouteInfo]]:
        for context in iter_route_contexts(self._app.routes):
            route: Any = context.original_route
            path = f"{context.path}/{{path:path}}" if isinstance(route, Mount) else context.path
            if path:
                info = RouteInfo(path, getattr(route, "render", as_reply), _takes_files(context), _is_file(context))
                yield compile_path(path)[0], context.methods, info


def _takes_files(context: RouteContext) -> bool:
    """Whether the request body has another form than JSON, by the route's parameters or by its ``openapi_extra``."""
    route = context.original_route
    if not isinstance(route, APIRoute):
        return False
    if route.body_field is not None and isinstance(route.body_field.field_info, params.Form):
        return True
    return any(not media_type.endswith("json") for media_type in _content(route))


def _is_file(context: RouteContext) -> bool:
    """Whether the request body has no form at all, by the route's ``openapi_extra``."""
    return FILE in _content(context.original_route)


def _content(route: Any) -> dict[str, Any]:
    extra: dict[str, Any] = getattr(route, "openapi_extra", None) or {}
    content: dict[str, Any] = (extra.get("requestBody") or {}).get("content") or {}
    return content
