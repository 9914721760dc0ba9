"""The models as the official client sees them."""

from __future__ import annotations

import openai
import pytest
from openai import AsyncOpenAI, OpenAI

from tests.http_api.openai.conftest import KEY
from tests.support.http_server import RunningServer


def test_models_are_the_engines_and_openais_names(client: OpenAI) -> None:
    """The engine is listed by its name; OpenAI's names stand for it, and whisper-1 for the transcriber."""
    models = {model.id: model for model in client.models.list()}
    assert list(models) == ["espeak", "tts-1", "tts-1-hd", "gpt-4o-mini-tts", "whisper-1"]
    assert {model.object for model in models.values()} == {"model"}
    roots = {name: model.to_dict()["root"] for name, model in models.items()}
    assert (roots["tts-1"], roots["whisper-1"]) == ("espeak", "faster_whisper")
    assert client.models.retrieve("tts-1") == models["tts-1"]


async def test_models_are_listed_by_the_async_client(server: RunningServer) -> None:
    """The async client gets the same list."""
    async with AsyncOpenAI(base_url=f"{server.url}/v1", api_key=KEY) as client:
        assert [model.id async for model in client.models.list()][:2] == ["espeak", "tts-1"]


def test_an_unknown_model_is_not_found(client: OpenAI) -> None:
    """The error has OpenAI's form, and names a model that is near."""
    with pytest.raises(openai.NotFoundError, match="did you mean espeak") as caught:
        client.models.retrieve("espeek")
    assert (caught.value.code, caught.value.type) == ("not_found", "invalid_request_error")


def test_open_webui_finds_models(server: RunningServer) -> None:
    """Open WebUI reads ``models`` of /v1/audio/models, each with an id."""
    models = server.client.get("/v1/audio/models").json()["models"]
    assert {"id": "tts-1", "name": "tts-1"} in models
