"""The FastAPI application: every dialect's routes."""

from __future__ import annotations

from handler.http_api import (
    chatterbox_extended,
    events,
    files,
    fonts,
    health,
    job_files,
    kokoro,
    metrics,
    options,
    pocket,
    qwen3,
    runpod,
    studio,
    uploads,
)
from handler.http_api.api import Api
from handler.http_api.application import Application
from handler.http_api.openai import models, speech, transcriptions, voice_consents, voices

ROUTERS = (
    health.router,
    metrics.router,
    runpod.router,
    options.router,
    events.router,
    job_files.router,
    files.router,
    fonts.router,
    uploads.router,
    speech.router,
    voices.router,
    voice_consents.router,
    transcriptions.router,
    models.router,
    kokoro.router,
    qwen3.router,
    pocket.router,
    chatterbox_extended.router,
    studio.router,
)
"""The routes of each dialect; to add one: a module with a function ``router(api)``, and a row here."""


def create_app(api: Api, *, local_only: bool = False) -> Application:
    """The application over this worker; ``local_only`` answers requests by this machine's own names alone."""
    app = Application(api, local_only=local_only)
    for router in ROUTERS:
        app.include_router(router(api))
    return app
