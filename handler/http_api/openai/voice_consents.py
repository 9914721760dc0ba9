"""``/v1/audio/voice_consents``: recordings in which speakers agree that voices are made of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, UploadFile
from pydantic import AfterValidator, BaseModel
from starlette.responses import Response

from handler.http_api.api import Api
from handler.http_api.errors import in_thread
from handler.http_api.json_answer import JsonAnswer
from handler.http_api.openai.errors import OpenAIRoute
from handler.http_api.uploads import received
from handler.openai import lists
from handler.requests import is_language_tag
from handler.voices import consents
from handler.voices.consents import Consent

MAX_PAGE, DEFAULT_PAGE = 100, 20
MAX_NAME_CHARS = 200


def _name(name: str) -> str:
    if not 0 < len(name) <= MAX_NAME_CHARS or not name.isprintable():
        raise ValueError(f"must be a line of 1 to {MAX_NAME_CHARS} characters")
    return name


def _language(tag: str) -> str:
    if not is_language_tag(tag):
        raise ValueError("must be a language tag (BCP 47) such as en-US")
    return tag


Name = Annotated[str, AfterValidator(_name)]


class ConsentForm(BaseModel):
    """The form of a consent."""

    name: Name
    recording: UploadFile
    language: Annotated[str, AfterValidator(_language)]


class ConsentName(BaseModel):
    """A new name for a consent."""

    name: Name


def router(api: Api) -> APIRouter:
    routes = APIRouter(prefix="/v1/audio/voice_consents", tags=["OpenAI"], route_class=OpenAIRoute)
    store = api.services.store

    @routes.post("", summary="Keep a recording of consent")
    async def create(form: Annotated[ConsentForm, Form()]) -> Response:
        async with received("recording", form.recording, consents.MAX_BYTES) as path:
            created = await in_thread(consents.create, store, form.name, form.language, path)
        return JsonAnswer(_view(created))

    @routes.get("", summary="The consents")
    async def listing(
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = DEFAULT_PAGE,
        after: Annotated[str | None, Query(description="The last_id of the page before.")] = None,
    ) -> Response:
        found, more = await in_thread(consents.listing, store, limit, after)
        return JsonAnswer(lists.page([_view(each) for each in found], has_more=more))

    @routes.get("/{consent_id}", summary="One consent")
    async def one(consent_id: str) -> Response:
        return JsonAnswer(_view(await in_thread(consents.load, store, consent_id)))

    @routes.post("/{consent_id}", summary="Rename a consent")
    async def rename(consent_id: str, new: ConsentName) -> Response:
        return JsonAnswer(_view(await in_thread(consents.rename, store, consent_id, new.name)))

    @routes.delete("/{consent_id}", summary="Delete a consent")
    async def delete(consent_id: str) -> Response:
        await in_thread(consents.delete, store, consent_id)
        return JsonAnswer({"id": consent_id, "object": "audio.voice_consent", "deleted": True})

    return routes


def _view(consent: Consent) -> dict[str, Any]:
    return {**asdict(consent), "object": "audio.voice_consent"}
