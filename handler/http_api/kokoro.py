"""Kokoro-FastAPI's ``POST /dev/captioned_speech``: speech with the times of its words, while it is spoken."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import Any, ClassVar

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from handler.http_api.answer_headers import attachment
from handler.http_api.api import Api
from handler.http_api.errors import Refused, raise_for_error, route_class
from handler.http_api.json_answer import JsonAnswer
from handler.http_api.openai.speech import job_input, stream_headers, with_openai_names
from handler.http_api.speech_stream import SpeechBroken, SpeechResponse, StreamedSpeech, stream_speech
from handler.media.stream_encoder import FORMATS
from handler.openai.speech import OPENAI_MODELS, OPENAI_VOICES, SpeechRequest
from handler.types import Word

LANGUAGES = {
    "a": "en-US", "b": "en-GB", "e": "es", "f": "fr", "h": "hi", "i": "it", "j": "ja", "p": "pt-BR", "z": "zh",
}  # fmt: skip
"""Kokoro's letters for languages, with which the names of its voices begin."""

_VOICE = rf"[{''.join(LANGUAGES)}][fm]_[a-z]+(\(([0-9]+(\.[0-9]+)?|\.[0-9]+)\))?"
KOKORO_VOICES = re.compile(rf"{_VOICE}([+-]{_VOICE})*|{OPENAI_VOICES.pattern}")


class CaptionedSpeechRequest(SpeechRequest):
    """Kokoro's request. Its options for the text and for downloads are ignored."""

    models: ClassVar[re.Pattern[str]] = re.compile(f"kokoro|{OPENAI_MODELS.pattern}")
    voices: ClassVar[re.Pattern[str]] = KOKORO_VOICES

    stream: bool = Field(True, description="A line of JSON for each piece as it is spoken, or one JSON at the end.")
    return_timestamps: bool = Field(True, description="Find the times of the words.")
    lang_code: str | None = Field(None, description="Language: a letter of Kokoro's, or a tag such as `de`.")
    volume_multiplier: float = Field(1.0, description="Ignored.")

    @property
    def spoken_language(self) -> str | None:
        code = self.lang_code
        if code is None and self.voice_name[1:3] in ("f_", "m_"):
            code = self.voice_name[0]
        return self.language or LANGUAGES.get(code or "", code)


def router(api: Api) -> APIRouter:
    routes = APIRouter(tags=["Kokoro"], route_class=route_class(with_openai_names(_render)))

    @routes.post("/dev/captioned_speech", summary="Speak a text, with the times of its words", response_class=Response)
    async def captioned_speech(body: CaptionedSpeechRequest, request: Request) -> Response:
        given, format_ = await job_input(api, body), FORMATS[body.response_format]
        given.fields["return_word_timings"] = body.return_timestamps
        if body.volume_multiplier != 1:
            given.add_warning("volume_multiplier: is ignored; set the volume where it is played")
        async with AsyncExitStack() as opened:
            speaking = await opened.enter_async_context(stream_speech(api, request, given.fields, format_))
            headers = stream_headers(speaking, given) | attachment(f"speech.{format_.extension}")
            if not body.stream:
                whole = await _whole(speaking, format_.media_type, with_words=body.return_timestamps)
                return Response(whole, headers=headers, media_type="application/json")
            lines = _lines(speaking, format_.media_type)
            return SpeechResponse(lines, opened, media_type="application/json", headers=headers)

    return routes


async def _lines(speaking: StreamedSpeech, media_type: str) -> AsyncGenerator[bytes]:
    """A line for each part of the audio, with the words that became known since the line before.

    The last words may have none.
    """
    async for part in speaking.parts:
        yield _line(part, media_type, speaking.stream.take_words())
    if words := speaking.stream.take_words():
        yield _line(b"", media_type, words)


async def _whole(speaking: StreamedSpeech, media_type: str, *, with_words: bool) -> bytes:
    try:
        body = b"".join([part async for part in speaking.parts])
    except SpeechBroken:
        raise_for_error(speaking.job.reply)
        raise
    words = speaking.stream.take_words() if with_words else None
    return await asyncio.to_thread(_line, body, media_type, words)


def _line(part: bytes, media_type: str, words: list[Word] | None) -> bytes:
    timestamps: list[dict[str, Any]] | None = None
    if words is not None:
        timestamps = [
            {"word": word.shown, "start_time": round(word.start, 3), "end_time": round(word.end, 3)} for word in words
        ]
    line = {"audio": base64.b64encode(part).decode(), "audio_format": media_type, "timestamps": timestamps}
    return json.dumps(line, ensure_ascii=False).encode() + b"\n"


def _render(refused: Refused) -> Response:
    """``{"detail": {"error", "message", "type"}}``."""
    ours = refused.status >= 500
    detail = {
        "error": "processing_error" if ours else "validation_error",
        "message": refused.reply["error"],
        "type": "server_error" if ours else "invalid_request_error",
    }
    return JsonAnswer({"detail": detail}, refused.status, refused.headers)
