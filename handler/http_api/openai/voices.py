"""``/v1/audio/voices``: voices are listed, made of recordings, and deleted."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Query, UploadFile
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from handler.errors import quoted
from handler.http_api.api import Api
from handler.http_api.errors import Refused, in_thread, raise_for_error
from handler.http_api.json_answer import JsonAnswer
from handler.http_api.openai.errors import OpenAIRoute
from handler.http_api.uploads import uploaded
from handler.openai import voices
from handler.voices import consents

NAMES = {"voice_name": "name", "voice_file_url": "audio_sample", "upload_token": "audio_sample"}
"""What the fields of `upload` are called here."""


class VoiceForm(BaseModel):
    """The form that makes a voice. ``ref_text``, ``language``, ``description`` and ``overwrite`` are not OpenAI's."""

    name: str
    audio_sample: UploadFile
    consent: str | None = None
    type: Literal["audio_sample"] = "audio_sample"
    ref_text: str | None = None
    language: str | None = None
    description: str | None = None
    overwrite: bool = False


def router(api: Api) -> APIRouter:
    routes = APIRouter(prefix="/v1/audio/voices", tags=["OpenAI"], route_class=OpenAIRoute)

    @routes.get("", summary="The voices")
    async def listing(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=voices.MAX_PAGE)] = voices.MAX_PAGE,
        after: Annotated[str | None, Query(description="The last_id of the page before.")] = None,
    ) -> Response:
        fields = {"endpoint": "list_voices", "limit": limit, "cursor": after}
        reply = raise_for_error(await api.run(request, fields), {"cursor": "after"})
        return JsonAnswer(voices.page(reply))

    @routes.get("/{voice_id}", summary="One voice")
    async def one(request: Request, voice_id: str) -> Response:
        return JsonAnswer(voices.voice(await _find(api, request, voice_id)))

    @routes.post("", summary="Make a voice of a recording")
    async def create(request: Request, form: Annotated[VoiceForm, Form()]) -> Response:
        fields = {name: getattr(form, name) for name in ("ref_text", "language", "description", "overwrite")}
        if form.consent is not None:
            fields["consent"] = voices.consent(await in_thread(consents.load, api.services.store, form.consent))
        limit = api.services.settings.max_upload_bytes
        async with uploaded(api, "audio_sample", form.audio_sample, limit) as sample:
            made = {"endpoint": "upload", "voice_name": form.name, "upload_token": sample.token, **fields}
            reply = raise_for_error(await api.run(request, made), NAMES)
        return JsonAnswer(voices.voice(reply["voice"]) | {"warnings": reply["warnings"]})

    @routes.delete("/{voice_id}", summary="Delete a voice")
    async def delete(request: Request, voice_id: str) -> Response:
        reply = await api.run(request, {"endpoint": "delete_voice", "voice_name": voice_id})
        raise_for_error(reply, {"voice_name": "voice"})
        return JsonAnswer({"id": voice_id, "object": "audio.voice.deleted", "deleted": True})

    return routes


async def _find(api: Api, request: Request, name: str) -> dict[str, Any]:
    """The voice with exactly this name. Raises Refused."""
    fields = {"endpoint": "list_voices", "prefix": name, "limit": voices.MAX_PAGE}
    reply = await api.run(request, fields)
    while "error" not in reply:
        found: dict[str, Any] | None = next((each for each in reply["voices"] if each["name"] == name), None)
        if found is not None:
            return found
        if reply["cursor"] is None:
            break
        reply = await api.run(request, fields | {"cursor": reply["cursor"]})
    if reply.get("error_code") != "bad_request":
        raise_for_error(reply)
    # No voice can have a name that list_voices refuses to look for.
    raise Refused.of("not_found", f"there is no voice {quoted(name)}; ask /v1/audio/voices for those there are")
