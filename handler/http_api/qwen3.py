"""The dialect of a server of Qwen3-TTS: ``/v1/tts/…``."""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from handler.errors import quoted
from handler.http_api import engine_voices
from handler.http_api.api import Api
from handler.http_api.audio_answers import WAV_RESPONSES, audio_answer
from handler.http_api.bodies import Text
from handler.http_api.errors import DETAIL_RESPONSES, Refused, as_detail, raise_for_error, route_class
from handler.requests import AUTO, MAX_LANGUAGE_CHARS

ENGINE = "qwen3"

LANGUAGES = {
    "Auto": AUTO,
    "Chinese": "zh",
    "English": "en",
    "Japanese": "ja",
    "Korean": "ko",
    "German": "de",
    "French": "fr",
    "Russian": "ru",
    "Portuguese": "pt",
    "Spanish": "es",
    "Italian": "it",
}
"""Qwen3-TTS's names of its languages, and our tags."""

_BY_SMALL_NAME = {name.lower(): tag for name, tag in LANGUAGES.items()}
_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")


class Synthesis(BaseModel):
    """What is spoken, by whom, and how."""

    text: Text
    speaker: str | None = Field(
        None, max_length=200, description="One of `/v1/tts/speakers`, in any case. Default: that of the language."
    )
    language: str = Field(
        "Auto",
        max_length=MAX_LANGUAGE_CHARS,
        description="One of `/v1/tts/languages`, in any case, or a tag such as `en`. `Auto`: the one of the text.",
    )
    instruct: str | None = Field(
        None, max_length=1000, description="How it is spoken, in words. Engines other than qwen3 ignore it."
    )


class Speakers(BaseModel):
    speakers: list[str]


class Languages(BaseModel):
    languages: list[str]


def router(api: Api) -> APIRouter:
    routes = APIRouter(
        prefix="/v1/tts", tags=["Qwen3-TTS"], route_class=route_class(as_detail), responses=DETAIL_RESPONSES
    )
    engine = engine_voices.engine_for(api, ENGINE)

    @routes.post(
        "/synthesize",
        summary="Speak a text with Qwen3-TTS, or the worker's default engine",
        response_class=Response,
        responses=WAV_RESPONSES,
    )
    async def synthesize(request: Request, body: Synthesis) -> Response:
        fields: dict[str, Any] = {"text": body.text, "engine": engine, "language": _tag(body.language)}
        if body.speaker:
            fields["voice"] = await engine_voices.resolve(api, request, engine, body.speaker, "speaker")
        ignored = []
        if body.instruct and engine == ENGINE:
            fields["instruct"] = body.instruct
        elif body.instruct:
            ignored = ["instruct"]
        reply = raise_for_error(await api.run(request, fields))
        return await audio_answer(api, reply, ignored)

    @routes.get("/speakers", summary="The speakers of the engine, and the voices it can clone")
    async def speakers(request: Request) -> Speakers:
        return Speakers(speakers=await engine_voices.names(api, request, engine))

    @routes.get("/languages", summary="The names of the languages that requests may send")
    async def languages() -> Languages:
        return Languages(languages=list(LANGUAGES))

    return routes


def _tag(language: str) -> str:
    """The tag of a language's name; a tag stays as it is. Raises Refused."""
    if tag := _BY_SMALL_NAME.get(language.lower()):
        return tag
    if _TAG.fullmatch(language):
        return language
    raise Refused.of("bad_request", f"language: {quoted(language)} is not known; known are {', '.join(LANGUAGES)}")
