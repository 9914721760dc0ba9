"""Bodies of JSON and of forms: checked by one model, described in the OpenAPI document."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.requests import Request

from handler.http_api.bodies import MAX_FORM_FIELDS, body_schema, json_or_form

JSON = {"content-type": "application/json"}
FILES = {"sound": "A recording."}


class Model(BaseModel):
    text: str
    count: int = Field(1, description="How many.")


def read(**options: Any) -> tuple[Model, dict[str, bytes]]:
    """What is made of the body of a request that httpx sends."""
    sent = httpx.Request("POST", "http://127.0.0.1/", **options)
    headers = [(name.lower().encode(), value.encode()) for name, value in sent.headers.items()]

    async def receive() -> Any:
        return {"type": "http.request", "body": sent.read(), "more_body": False}

    async def work() -> tuple[Model, dict[str, bytes]]:
        request = Request({"type": "http", "method": "POST", "headers": headers}, receive)
        async with json_or_form(request, Model, FILES) as (body, files):
            return body, {name: await file.read() for name, file in files.items()}

    return asyncio.run(work())


def test_json() -> None:
    """A body of JSON, whatever its media type says of characters."""
    assert read(json={"text": "a", "count": 2}) == (Model(text="a", count=2), {})
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    assert read(content=b'{"text": "a"}', headers=headers) == (Model(text="a", count=1), {})


def test_forms() -> None:
    """The fields of a form are text, of which the model makes what it wants; an empty one is left out."""
    assert read(data={"text": "a", "count": "2"}) == (Model(text="a", count=2), {})
    assert read(data={"text": "a", "count": ""}) == (Model(text="a", count=1), {})
    files = {"sound": ("a.wav", b"RIFF")}
    assert read(data={"text": "a"}, files=files) == (Model(text="a", count=1), {"sound": b"RIFF"})


def test_files_that_nobody_asked_for() -> None:
    """Another file is ignored, as is a field of a browser's form in which no file was chosen."""
    assert read(data={"text": "a"}, files={"other": ("a.wav", b"RIFF")}) == (Model(text="a", count=1), {})
    assert read(data={"text": "a"}, files={"sound": ("", b"")}) == (Model(text="a", count=1), {})


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"content": b'{"text": "a"}'}, ("body",)),
        ({"content": b'{"text": "a"}', "headers": {"content-type": "text/plain"}}, ("body",)),
        ({"content": b"{", "headers": JSON}, ("body",)),
        ({"content": b"\xff", "headers": JSON}, ("body",)),
        ({"content": b"[" * 100_000, "headers": JSON}, ("body",)),
        ({"json": ["text"]}, ("body",)),
        ({"json": {"text": 5}}, ("body", "text")),
        ({"data": {"text": "a", "count": "x"}}, ("body", "count")),
        ({"data": {"count": "1"}, "files": {"text": ("a.txt", b"a")}}, ("body", "text")),
    ],
)
def test_wrong_bodies(options: dict[str, Any], field: tuple[str, ...]) -> None:
    """The error says which field is wrong, or that the body as a whole is."""
    with pytest.raises(RequestValidationError) as error:
        read(**options)
    assert error.value.errors()[0]["loc"] == field


def test_json_that_is_sent_as_a_form() -> None:
    """A client that sends JSON without its header, as `curl -d` does, is told the header."""
    with pytest.raises(RequestValidationError) as raised:
        read(content=b'{"text": "a=b"}', headers={"content-type": "application/x-www-form-urlencoded"})
    assert "send it with the header Content-Type: application/json" in raised.value.errors()[0]["msg"]


def test_form_of_too_many_fields() -> None:
    """A form is limited in the number of its fields and files."""
    fields = {f"f{number}": "x" for number in range(MAX_FORM_FIELDS + 1)}
    with pytest.raises(Exception, match="Too many fields"):
        read(data=fields, files={"sound": ("a.wav", b"RIFF")})


def test_document_has_both_forms() -> None:
    """The document describes JSON and both kinds of forms, with the files where there may be any."""
    content = body_schema(Model, FILES)["requestBody"]["content"]
    fields = {media_type: list(described["schema"]["properties"]) for media_type, described in content.items()}
    assert fields == {
        "application/json": ["text", "count"],
        "multipart/form-data": ["text", "count", "sound"],
        "application/x-www-form-urlencoded": ["text", "count"],
    }
    assert "$ref" not in json.dumps(content)
