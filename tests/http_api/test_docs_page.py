"""The page at /docs tells the whole document, and needs nothing but itself."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from handler.http_api.docs_page import page
from tests.support.http_server import RunningServer

DOCUMENT: dict[str, Any] = {
    "info": {"title": "A <title>", "description": "With `code`."},
    "tags": [{"name": "Speech", "description": "Speaking."}],
    "paths": {
        "/say/{name}": {
            "post": {
                "tags": ["Speech"],
                "summary": "Say & play",
                "operationId": "speech_say",
                "parameters": [
                    {"name": "name", "required": True, "schema": {"type": "string", "maxLength": 9}, "in": "path"}
                ],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Say"}}}},
                "responses": {
                    "200": {"description": "The audio.", "content": {"audio/wav": {}}},
                    "401": {"$ref": "#/components/responses/unauthorized"},
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Say": {
                "required": ["text"],
                "properties": {
                    "text": {"type": "string", "examples": ["It's <b>"], "description": "What is said."},
                    "speed": {"anyOf": [{"type": "number", "minimum": 0.3}, {"type": "null"}], "default": 1},
                    "format": {"enum": ["wav", "mp3"]},
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
            }
        },
        "responses": {
            "unauthorized": {"description": "No key.", "content": {"application/json": {"example": {"error": "no"}}}}
        },
    },
}


def test_operation_is_told_whole() -> None:
    """Fields with types, bounds and defaults, an example that can be run, answers and errors are on the page."""
    text = page(DOCUMENT, "http://127.0.0.1:8000")
    for part in (
        "<span class=method>POST</span> <code>/say/{name}</code> Say &amp; play",
        "<code>name</code> *<td>string, at most 9 characters",
        "<code>text</code> *<td>string<td>What is said.",
        "<code>speed</code><td>number, ≥ 0.3<td> Default: <code>1</code>.",
        "<code>format</code><td>wav · mp3",
        "<code>tags</code><td>array of string",
        """curl http://127.0.0.1:8000/say/{name} --json '{"text": "It'"'"'s &lt;b&gt;"}'""",
        "<b>200</b> The audio. <code>audio/wav</code>",
        "<a href=#errors>401</a>",
        '<b>unauthorized</b> No key. <code>application/json</code></p><pre>{"error": "no"}</pre>',
    ):
        assert part in text, part
    assert "<title>A &lt;title&gt;</title>" in text


def test_commands_send_what_the_routes_take(server: RunningServer) -> None:
    """Files are sent as forms or as they are, and a body of JSON has the fields that it needs."""
    text = unescape(server.client.get("/docs").text)
    for command in (
        "/v1/audio/voices -F 'name=…' -F audio_sample=@file<",
        "/v1/audio/transcriptions -F file=@file<",
        "/files/{key}?expires=…&signature=…' -T file<",
        """/v1/jobs --json '{"input": {"text": "Hello, world!"}}'<""",
        """/tts --json '{"text": "Hello, world!"}'<""",
    ):
        assert command in text, command
    assert "--json '{}'" not in text


def test_page_has_every_operation_and_nothing_from_elsewhere(server: RunningServer) -> None:
    """Each operation of the server's document is on its page, without scripts or links to other servers."""
    answer = server.client.get("/docs")
    document = server.client.get("/openapi.json").json()
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    ids = {operation["operationId"] for item in document["paths"].values() for operation in item.values()}
    assert set(re.findall(r"<details id=(\w+)>", answer.text)) == ids
    assert "<script" not in answer.text
    assert set(re.findall(r"(?:href|src)=[\"']?([^\"'> ]+)", answer.text)) == {"openapi.json", "#errors"}


def test_host_of_a_request_is_escaped(server: RunningServer) -> None:
    """What a client sends as its host stands on the page as text."""
    text = server.client.get("/docs", headers={"Host": "a<b>"}).text
    assert "a<b>" not in text
