"""``/v1/models``: the engines under their names and under OpenAI's."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from handler.http_api.api import Api
from handler.http_api.errors import in_thread
from handler.http_api.json_answer import JsonAnswer
from handler.http_api.openai.errors import OpenAIRoute
from handler.openai import models


def router(api: Api) -> APIRouter:
    routes = APIRouter(prefix="/v1", tags=["OpenAI"], route_class=OpenAIRoute)

    # Open WebUI asks for /v1/audio/models.
    @routes.get("/audio/models", include_in_schema=False)
    @routes.get("/models", summary="The models")
    async def listing() -> Response:
        return JsonAnswer(models.page(await in_thread(models.listing, api.services)))

    @routes.get("/models/{model}", summary="One model")
    async def one(model: str) -> Response:
        return JsonAnswer(await in_thread(models.find, model, api.services))

    return routes
