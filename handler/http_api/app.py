"""The FastAPI application: every dialect's routes, and what lies around all of them."""

from __future__ import annotations

import importlib.metadata

from fastapi import FastAPI

from handler.http_api import health, runpod
from handler.http_api.api import Api

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
    return app


def _version() -> str:
    try:
        return importlib.metadata.version("runpod-tts-captions")
    except importlib.metadata.PackageNotFoundError:
        return "0"
