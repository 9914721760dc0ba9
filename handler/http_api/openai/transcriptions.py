"""``/v1/audio/transcriptions``: `align` without a text, on the worker's own transcriber and aligner."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, UploadFile
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from handler import jobs
from handler.errors import NotFound
from handler.http_api import sse
from handler.http_api.api import Api
from handler.http_api.errors import Refused, in_thread, raise_for_error
from handler.http_api.json_answer import JsonAnswer
from handler.http_api.openai.errors import OpenAIRoute
from handler.http_api.uploads import uploaded
from handler.openai import transcriptions
from handler.requests import MAX_PROMPT_CHARS

Granularity = Literal["word", "segment"]

CAPTIONS = {"json": "json", "text": "json", "srt": "srt", "vtt": "vtt", "verbose_json": "json"}
"""The caption format that each response format is made from."""

WITHOUT_TIMES = ("json", "text")

MAX_CAPTIONS_BYTES = 64_000_000

CANNOT_WRITE = (
    "this worker cannot write down speech; its operator can install faster-whisper (in a clone, `make worker`) and"
    " fetch a model for it (`python -m handler models pull faster_whisper`)"
)
"""Not a fault of the server by its code: its clients would send the recording again and again."""


class TranscriptionForm(BaseModel):
    """The form of a transcription. Any ``model`` is the worker's own; ``temperature`` has no effect."""

    file: UploadFile
    model: str = Field("whisper-1", max_length=200)
    language: str | None = None
    prompt: str | None = None
    response_format: Literal["json", "text", "srt", "vtt", "verbose_json"] = "json"
    temperature: float | None = None
    stream: bool = False
    granularities: list[Granularity] = Field([], alias="timestamp_granularities[]")
    bare_granularities: list[Granularity] = Field([], alias="timestamp_granularities")


def router(api: Api) -> APIRouter:
    routes = APIRouter(prefix="/v1/audio", tags=["OpenAI"], route_class=OpenAIRoute)

    @routes.post("/transcriptions", summary="Write down what a recording says")
    async def transcribe(request: Request, form: Annotated[TranscriptionForm, Form()]) -> Response:
        limit = api.services.settings.max_audio_bytes
        kind = CAPTIONS[form.response_format]
        async with uploaded(api, "file", form.file, limit) as file:
            fields = {"timing_format": kind, "caption_style": "classic", "language": form.language}
            # OpenAI's Whisper reads the end of a long prompt, too.
            fields["prompt"] = form.prompt and form.prompt[-MAX_PROMPT_CHARS:]
            reply = await api.run(request, {"endpoint": "align", "audio_url": file.url, **fields})
        _refuse_without_transcriber(reply)
        reply = raise_for_error(reply, {"audio_url": "file"})
        if form.response_format == "json" and form.stream:
            return sse.EventStream(_events(reply))
        if form.response_format == "json":
            return JsonAnswer(transcriptions.plain(reply))
        if form.response_format == "text":
            return PlainTextResponse(reply["text"] + "\n")
        captions = await in_thread(_captions, api, reply, kind)
        if form.response_format == "verbose_json":
            wanted = {*form.granularities, *form.bare_granularities}
            return JsonAnswer(transcriptions.verbose(reply, json.loads(captions), wanted))
        return PlainTextResponse(captions)

    @routes.post("/translations", summary="Not supported")
    async def translate() -> Response:
        message = "this worker does not translate; /v1/audio/transcriptions writes down what is said, in its language"
        raise Refused.of("bad_request", message)

    return routes


async def _events(reply: dict[str, Any]) -> AsyncIterator[bytes]:
    """The events of a client that streams: the text comes as a whole."""
    for event in transcriptions.events(reply):
        yield sse.event(event)


def _captions(api: Api, reply: dict[str, Any], kind: str) -> bytes:
    """The caption file of a job. Raises Refused with the reason why there is none."""
    warnings = {warning["code"]: warning["message"] for warning in reply["warnings"]}
    if kind not in reply["timing_files"]:
        reason = warnings.get("timings_failed") or warnings.get("file_not_kept") or "there are no times"
        raise Refused.of("alignment_error", f"{reason}; send response_format {' or '.join(WITHOUT_TIMES)} for the text")
    try:
        record = jobs.load(api.services.store, reply["job_id"])
        return api.services.store.get(record.outputs[f"timing.{kind}"].key, MAX_CAPTIONS_BYTES)
    except NotFound as error:
        raise Refused.of("storage_error", "the captions are gone; send the recording again", retryable=True) from error


def _refuse_without_transcriber(reply: dict[str, Any]) -> None:
    """Raises Refused for a job that asks for the text, for which this dialect has no field."""
    if [issue["field"] for issue in reply.get("issues", ())] == ["text"]:
        raise Refused.of("bad_request", CANNOT_WRITE)
