"""OpenAI's ``POST /v1/audio/speech``: the audio is sent while it is spoken, as bytes or as events."""

from __future__ import annotations

import asyncio
import base64
import math
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from handler.errors import NotFound, WorkerError, renamed
from handler.http_api import sse
from handler.http_api.answer_headers import attachment, warnings_header
from handler.http_api.api import Api
from handler.http_api.errors import Refused, Render, route_class
from handler.http_api.openai.errors import render
from handler.http_api.speech_stream import SpeechBroken, SpeechResponse, StreamedSpeech, stream_speech
from handler.media.stream_encoder import FORMATS
from handler.openai import errors, speech
from handler.openai.speech import JobInput, SpeechRequest

TOKEN_S = 0.05  # of speech, in `usage`: about what a token of OpenAI's own models holds

_EVENTS = "text/event-stream"
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_CONTENT: dict[str, Any] = {format_.media_type: _BYTES for format_ in FORMATS.values()} | {_EVENTS: {}}


class CreateSpeechRequest(SpeechRequest):
    """OpenAI's request, streamed as bytes or as events."""

    stream_format: Literal["audio", "sse"] = Field("audio", description="Bytes of the audio, or events with them.")


def router(api: Api) -> APIRouter:
    routes = APIRouter(tags=["OpenAI"], route_class=route_class(with_openai_names(render)))

    @routes.post(
        "/v1/audio/speech",
        summary="Speak a text",
        response_class=Response,
        responses={200: {"description": "The audio, or events with it.", "content": _CONTENT}},
    )
    async def create_speech(body: CreateSpeechRequest, request: Request) -> Response:
        given, format_ = await job_input(api, body), FORMATS[body.response_format]
        async with AsyncExitStack() as opened:
            speaking = await opened.enter_async_context(stream_speech(api, request, given.fields, format_))
            headers = stream_headers(speaking, given)
            if body.stream_format == "sse":
                events = _events(speaking, body.input)
                return SpeechResponse(events, opened, media_type=_EVENTS, headers=headers)
            headers |= attachment(f"speech.{format_.extension}")
            return SpeechResponse(speaking.parts, opened, media_type=format_.media_type, headers=headers)

    return routes


async def job_input(api: Api, body: SpeechRequest) -> JobInput:
    """The job of a request. Raises Refused."""
    try:
        return await asyncio.to_thread(speech.job_input, body, api.services)
    except NotFound as error:
        refused = Refused.by(error)
        raise Refused(refused.status, refused.reply | {"error_code": "model_not_found"}) from error
    except WorkerError as error:
        raise Refused.by(error) from error


def with_openai_names(render: Render) -> Render:
    """Make ``render`` call the fields of a job as OpenAI's request does."""
    return lambda refused: render(Refused(refused.status, renamed(refused.reply, speech.NAMES), refused.headers))


def stream_headers(speaking: StreamedSpeech, given: JobInput) -> dict[str, str]:
    """The headers of a response that began with the first samples."""
    facts = {"X-Job-Id": speaking.job.id, "X-Sample-Rate": str(speaking.stream.sample_rate)}
    return {**sse.UNBUFFERED, **facts, **warnings_header(given.warnings)}


async def _events(speaking: StreamedSpeech, text: str) -> AsyncGenerator[bytes]:
    try:
        async for part in speaking.parts:
            yield sse.event({"type": "speech.audio.delta", "audio": base64.b64encode(part).decode()})
    except SpeechBroken:
        # OpenAI has no event for it. The connection is cut as well.
        yield sse.event({"type": "speech.audio.error", "error": errors.error(speaking.job.reply)})
        raise
    tokens = {"input_tokens": len(text), "output_tokens": math.ceil(speaking.stream.duration / TOKEN_S)}
    yield sse.event({"type": "speech.audio.done", "usage": {**tokens, "total_tokens": sum(tokens.values())}})
