"""What lies around all routes: the middlewares, the documents, the errors of paths that are not there."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from handler.http_api import docs_page, metrics, openapi
from handler.http_api.access import Access
from handler.http_api.api import Api
from handler.http_api.errors import Refused
from handler.http_api.exchange import current
from handler.http_api.gate import OPEN_PATHS, Gate
from handler.http_api.origins import Cors
from handler.http_api.routes import RouteTable
from handler.telemetry import spans

TITLE = "Speech and captions"
DESCRIPTION = "A script becomes speech in a cloned voice, with captions that are in time with it."

NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""FastAPI's own would send the text of requests that are refused."""


class Application(FastAPI):
    """FastAPI without routes yet, with our documents, errors and middlewares.

    ``local_only`` answers requests by this machine's own names alone.
    """

    def __init__(self, api: Api, *, local_only: bool) -> None:
        super().__init__(
            title=TITLE,
            description=DESCRIPTION,
            version=openapi.API_VERSION,
            docs_url=None,
            redoc_url=None,
            telemetry=NO_TELEMETRY,
        )
        self._open_paths = OPEN_PATHS | {api.services.settings.health_check_path}
        self.add_route("/docs", _docs, include_in_schema=False)
        self.add_exception_handler(HTTPException, _render_error)
        _add_middlewares(self, api, local_only)

    def openapi(self) -> dict[str, Any]:
        if not self.openapi_schema:
            self.openapi_schema = openapi.describe(super().openapi(), self, self._open_paths)
        return self.openapi_schema


def _add_middlewares(app: FastAPI, api: Api, local_only: bool) -> None:
    """Add the middlewares, the innermost first."""
    settings = api.services.settings
    metrics.watch(api)
    app.add_middleware(Gate, settings=settings, local_only=local_only)
    app.add_middleware(Cors, allowed=settings.cors_origins)
    tracing = spans.start()
    if tracing:
        api.services.observers.append(tracing)
    quiet = {settings.health_check_path, metrics.PATH}
    app.add_middleware(Access, routes=RouteTable(app), metrics=api.metrics, tracing=tracing, quiet=quiet)


async def _docs(request: Request) -> Response:
    url = str(request.base_url).rstrip("/")
    return HTMLResponse(docs_page.page(request.app.openapi(), url), headers=docs_page.HEADERS)


async def _render_error(_: Request, error: Exception) -> Response:
    """What Starlette and FastAPI refuse themselves: paths and methods that are not there, a body in no form."""
    assert isinstance(error, HTTPException)
    return current.get().route.render(Refused.by_framework(error))
