"""The FastAPI application: every dialect's routes, and what lies around all of them."""

from __future__ import annotations

import importlib.metadata

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from handler.http_api import health, runpod
from handler.http_api.api import Api, Refused

ROUTERS = (health.router, runpod.router)
"""The routes of each dialect; to add one: a module with a function ``router(api)``, and a row here."""


def create_app(api: Api) -> FastAPI:
    app = FastAPI(
        title="Speech and captions",
        description="A script becomes speech in a cloned voice, with captions that are in time with it.",
        version=_version(),
    )
    for router in ROUTERS:
        app.include_router(router(api))
    app.add_exception_handler(Refused, _refused)
    return app


def _version() -> str:
    try:
        return importlib.metadata.version("runpod-tts-captions")
    except importlib.metadata.PackageNotFoundError:
        return "0"


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return JSONResponse(error.reply, error.status, error.headers)
