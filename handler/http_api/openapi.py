"""The OpenAPI document: what FastAPI makes of the routes, with short ids, and with the errors that every route has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from handler.http_api.errors import MULTIPART, Refused, Render, as_reply

API_VERSION = "1"
URLENCODED = "application/x-www-form-urlencoded"

TAGS = {
    "Health": "Whether the worker takes jobs, and what it does.",
    "RunPod": "The calls of a queue endpoint of RunPod: jobs as JSON, as API.md describes them.",
    "Jobs": "Jobs of this server, and their events as they happen.",
    "Captions": "Fonts and emoji that captions are drawn in.",
    "Files": "Results and uploads, by signed links, where the store is a folder.",
    "OpenAI": "The calls of OpenAI's audio API.",
    "Kokoro": "The calls of Kokoro-FastAPI that others have not.",
    "Qwen3-TTS": "The calls of servers for Qwen3-TTS.",
    "Pocket TTS": "The calls of Pocket TTS's own server.",
    "Chatterbox Extended": "The calls of Chatterbox TTS Extended.",
}
"""What the routes of a tag are; one that is not here has no description."""

SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "One of the server's API_KEYS."},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same, in a header of its own."},
}

ERRORS = {
    "bad_request": "The request is not valid; the error says what to correct.",
    "unauthorized": "The server has API keys, and the request has none of them.",
    "forbidden": "The request comes from a page or by a name that may not call this server.",
    "not_found": "There is no such thing, or not any more.",
    "request_timeout": "The body came too slowly.",
    "too_large": "The body is too large.",
    "too_many_requests": "The queue is full; `Retry-After` says when to send it again.",
    "already_exists": "The name or the id is taken.",
    "bad_reference": "The recording or its transcript cannot be used.",
    "alignment_error": "No aligner could find the words in the recording.",
    "timeout": "The job took longer than `JOB_TIMEOUT`.",
    "internal": "An unexpected error; the worker's log has it under the id in `X-Request-Id`.",
    "unavailable": "The worker takes no jobs now.",
}
"""The errors that operations list, by their code; API.md lists all that jobs have."""

SPEECH_ERRORS = ("not_found", "bad_reference", "timeout")
OPERATION_ERRORS = {
    "/v1/jobs": ("already_exists",),
    "/v1/audio/speech": SPEECH_ERRORS,
    "/v1/audio/voices": ("not_found", "already_exists", "bad_reference", "timeout"),
    "/v1/audio/transcriptions": ("bad_reference", "alignment_error", "timeout"),
    "/dev/captioned_speech": SPEECH_ERRORS,
    "/v1/tts/synthesize": SPEECH_ERRORS,
    "/tts": SPEECH_ERRORS,
    "/api/v1/tts": SPEECH_ERRORS,
    "/api/v1/vc": SPEECH_ERRORS,
}
"""The errors of the job that a POST to this path answers with. One that answers with the job's state has none."""

EXAMPLE_TIME = 1_800_000_000.0  # of errors in the document, which is the same whenever it is made

Operation = dict[str, Any]


def describe(document: dict[str, Any], app: FastAPI, open_paths: set[str]) -> dict[str, Any]:
    """FastAPI's document, made better in place."""
    renders, names = {}, {}
    for context in iter_route_contexts(app.routes):
        for method in context.methods or ():
            key = context.path_format or "", method.lower()
            renders[key] = getattr(context.original_route, "render", as_reply)
            names[key] = context.name or ""
    ids: set[str] = set()
    shared: dict[str, Any] = {}
    for path, method, operation in _operations(document):
        key = path, method
        _send_files_as_multipart(operation, document)
        operation["operationId"] = _free_id(operation, names[key], method, path, ids)
        is_open = path in open_paths
        _add_errors(operation, _codes(operation, path, method, is_open), renders[key], shared)
        if is_open:
            operation["security"] = []
    document["components"] = document.get("components", {}) | {"responses": shared, "securitySchemes": SECURITY}
    document["security"] = [*({name: []} for name in SECURITY), {}]
    used = dict.fromkeys(tag for *_, operation in _operations(document) for tag in operation.get("tags", ()))
    document["tags"] = [{"name": tag} | ({"description": TAGS[tag]} if tag in TAGS else {}) for tag in used]
    _drop_unused_errors(document)
    return document


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, Operation]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def _free_id(operation: Operation, name: str, method: str, path: str, taken: set[str]) -> str:
    """``openai_create_speech``: the tag and the function; with method and path where that is taken."""
    stem = "_".join([*operation.get("tags", ())[:1], name]).lower()
    ids = (stem, f"{stem}_{method}", f"{stem}_{method}_{path}")
    words = (re.sub(r"[\W_]+", "_", each).strip("_") for each in ids)
    found = next(word for word in words if word not in taken)
    taken.add(found)
    return found


def _codes(operation: Operation, path: str, method: str, is_open: bool) -> list[str]:
    codes = ["internal"] if is_open else ["unauthorized", "forbidden", "internal"]
    if "{" in path:
        codes.append("not_found")
    if operation.get("parameters") or "requestBody" in operation:
        codes.append("bad_request")
    if method in {"post", "put", "patch"}:
        codes += ["request_timeout", "too_large", "too_many_requests", "unavailable"]
    if method == "post":
        codes += OPERATION_ERRORS.get(path, ())
    return codes


def _add_errors(operation: Operation, codes: list[str], render: Render, shared: dict[str, Any]) -> None:
    """Say which errors there are, and show each as this dialect writes it; they are ``shared`` by its operations."""
    responses = operation["responses"]
    # What FastAPI would say to a request that is not valid; here that is a bad_request.
    responses.pop("422", None)
    dialect = "_".join(operation.get("tags", ())[:1]).lower().replace(" ", "_")
    for code in codes:
        status, described = _error(code, render)
        own = described != _error(code, as_reply)[1]
        name = f"{dialect}_{code}" if own else code
        same = shared.setdefault(name, described) == described
        responses.setdefault(status, {"$ref": f"#/components/responses/{name}"} if same else described)
    operation["responses"] = dict(sorted(responses.items()))


def _error(code: str, render: Render) -> tuple[str, dict[str, Any]]:
    refused = Refused.of(code, ERRORS[code], retryable=code in {"too_many_requests", "unavailable"})
    refused.time = EXAMPLE_TIME
    answer = render(refused)
    example = json.loads(bytes(answer.body))
    body = {"schema": {"type": "object"}, "example": example}
    return str(answer.status_code), {"description": ERRORS[code], "content": {"application/json": body}}


def _send_files_as_multipart(operation: Operation, document: dict[str, Any]) -> None:
    """FastAPI calls the form of a model urlencoded; one with a file is never that."""
    content = operation.get("requestBody", {}).get("content", {})
    name = content.get(URLENCODED, {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
    properties = document.get("components", {}).get("schemas", {}).get(name, {}).get("properties", {})
    if any("contentMediaType" in each for each in properties.values()):
        content[MULTIPART] = content.pop(URLENCODED)


def _drop_unused_errors(document: dict[str, Any]) -> None:
    schemas = document["components"].get("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        if f"#/components/schemas/{name}" not in json.dumps([document["paths"], schemas]).replace(f'"{name}":', ""):
            schemas.pop(name, None)
