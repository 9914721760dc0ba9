"""The dialect of Pocket TTS's own server: ``/tts`` and ``/voices``; its ``/health`` is in `health`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from handler.http_api import engine_voices
from handler.http_api.api import Api
from handler.http_api.audio_answers import WAV_RESPONSES, audio_answer
from handler.http_api.bodies import Text, body_schema, json_or_form
from handler.http_api.errors import DETAIL_RESPONSES, as_detail, raise_for_error, route_class
from handler.http_api.request_voices import request_voice

ENGINE = "pocket"

FILES = {"voice_wav": "A recording whose voice is cloned for this request. Instead of a voice's name."}


class Speech(BaseModel):
    """What is spoken, and in which voice."""

    text: Text
    voice: str | None = Field(
        None, max_length=8192, description="One of `/voices`, or a link to a recording. Default: that of the engine."
    )
    voice_url: str | None = Field(None, max_length=8192, description="Another name of `voice`.")
    chunk: Any = Field(None, description="Has no effect: a long text is always spoken in chunks.")


class Voices(BaseModel):
    voices: list[str]


def router(api: Api) -> APIRouter:
    routes = APIRouter(tags=["Pocket TTS"], route_class=route_class(as_detail), responses=DETAIL_RESPONSES)
    engine = engine_voices.engine_for(api, ENGINE)

    @routes.post(
        "/tts",
        summary="Speak a text with Pocket TTS, or the worker's default engine",
        response_class=Response,
        responses=WAV_RESPONSES,
        openapi_extra=body_schema(Speech, FILES),
    )
    async def tts(request: Request) -> Response:
        async with json_or_form(request, Speech, FILES) as (body, files):
            sources = {"voice": body.voice, "voice_url": body.voice_url, **files}
            async with request_voice(api, request, engine, sources) as voice:
                fields = {"text": body.text, "engine": engine, "voice": voice}
                reply = raise_for_error(await api.run(request, fields))
        return await audio_answer(api, reply)

    @routes.get("/voices", summary="The voices of the engine, and those it can clone")
    async def voices(request: Request) -> Voices:
        return Voices(voices=await engine_voices.names(api, request, engine))

    return routes
