"""Hostile JSON at every door of the HTTP server, and hostile words in paths, queries, headers and forms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.support.hostile_values import MARKER, RAW, faults
from tests.support.http_server import RunningServer

JSON = "application/json"
ANY_FIELDS = ["text", "voice", "language"]  # of a body whose fields the document leaves open


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    return environ | {"ALIGNERS": "engine", "MAX_TEXT_CHARS": "100", "JOB_TIMEOUT": "20"}


@pytest.fixture
def document(server: RunningServer) -> dict[str, Any]:
    made: dict[str, Any] = server.client.get("/openapi.json").json()
    return made


def operations(document: dict[str, Any], content: str) -> Iterator[tuple[str, str, list[str]]]:
    """The method, the path and the fields of each operation that takes such a body."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            schema = operation.get("requestBody", {}).get("content", {}).get(content, {}).get("schema")
            if schema is not None:
                whole = (
                    document["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
                )
                yield method, path.replace("{", "").replace("}", ""), list(whole.get("properties", {})) or ANY_FIELDS


def check(answer: httpx.Response, sent: str) -> None:
    """An answer must be one for the client, in short sentences; a job may have failed in it."""
    assert answer.status_code < 500, f"{sent}: {answer.status_code} {answer.text[:300]}"
    if answer.status_code >= 400:
        body = answer.json()
        assert not [*faults(body)], f"{sent}: {answer.text[:300]}"


def test_every_field_of_every_json_body(server: RunningServer, document: dict[str, Any]) -> None:
    """Nesting, digits, no numbers, half characters, keys that come twice, and odd words are the client's errors."""
    for method, path, fields in operations(document, JSON):
        for label, value in RAW.items():
            # All fields at once where the body is not even read, else one after another.
            readable = label in {"half a character", "marker", "object of markers"}
            for field in fields if readable else fields[:1]:
                body = b'{"%s": %s}' % (field.encode(), value)
                answer = server.client.request(method, path, content=body, headers={"Content-Type": JSON})
                check(answer, f"{label} as {field} of {path}")
                assert readable or answer.status_code == 400 or label == "nested", f"{label} as {field} of {path}"


def test_unreadable_json_says_why(server: RunningServer) -> None:
    """The sentence about a body names what no program should guess about."""
    for label, sentence in {
        "twice": "body: has 'a' twice; send it once",
        "not a number": "body: is not JSON: NaN is no number of it",
        "too large": "body: has a number that is too large",
        "digits": "body: has a number with too many digits",
    }.items():
        body = b'{"input": %s}' % RAW[label]
        answer = server.client.post("/run", content=body, headers={"Content-Type": JSON})
        assert (answer.status_code, answer.json()["error"]) == (400, sentence)


def test_odd_words_in_paths_and_queries(server: RunningServer, document: dict[str, Any]) -> None:
    """What stands in a path, a query or a header comes back short and on one line."""
    odd = quote(MARKER)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            named = [each for each in operation.get("parameters", []) if each["in"] in {"path", "query"}]
            queries = {each["name"]: MARKER for each in named if each["in"] == "query"}
            if method == "get" and named and "/stream" not in path:
                parts = path.split("{")
                address = parts[0] + "".join(odd + part.partition("}")[2] for part in parts[1:])
                answer = server.client.get(address, params=queries, headers={"X-Request-Id": "z" * 5000})
                check(answer, f"{method} {path}")
                assert len(answer.headers["X-Request-Id"]) < 130


def test_odd_words_in_forms(server: RunningServer, document: dict[str, Any]) -> None:
    """The fields of forms and the names of their files are treated as those of JSON."""
    for method, path, fields in operations(document, "multipart/form-data"):
        files = dict.fromkeys(fields, (f"{MARKER}.wav", b"no sound", "audio/wav"))
        check(server.client.request(method, path, files=files), f"files of {path}")
        texts = {field: (None, json.dumps(MARKER)) for field in fields}
        check(server.client.request(method, path, files=texts), f"fields of {path}")
