"""The dialect of Chatterbox TTS Extended Plus: ``/api/v1/…``."""

from __future__ import annotations

from fastapi import APIRouter

from handler.http_api.api import Api
from handler.http_api.chatterbox_extended.admin import router as admin_router
from handler.http_api.chatterbox_extended.speech import router as speech_router


def router(api: Api) -> APIRouter:
    routes = APIRouter(prefix="/api/v1")
    routes.include_router(speech_router(api))
    routes.include_router(admin_router(api))
    return routes
