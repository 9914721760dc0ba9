"""Errors in the form of Chatterbox TTS Extended Plus."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel
from starlette.responses import Response

from handler.http_api.errors import Refused, route_class
from handler.http_api.json_answer import JsonAnswer

CODES = {
    "bad_request": "VALIDATION_ERROR",
    "not_found": "RESOURCE_NOT_FOUND",
    "config_error": "MODEL_LOAD_ERROR",
    "engine_error": "GENERATION_ERROR",
    "internal": "INTERNAL_ERROR",
}
"""That server's names of our codes; the others are in capitals."""


class Error(BaseModel):
    success: bool = False
    error: str
    detail: str | None = None
    error_code: str
    timestamp: str


RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {"model": Error, "description": "The request was refused, or its job failed"}
}


def now() -> str:
    """The time of an answer, as ISO 8601 in UTC."""
    return iso(datetime.now(UTC).timestamp())


def iso(timestamp: float) -> str:
    """A Unix time as ISO 8601 in UTC."""
    return datetime.fromtimestamp(timestamp, UTC).isoformat(timespec="milliseconds")


def render(refused: Refused) -> Response:
    """``detail`` says whether to try again."""
    code = refused.reply["error_code"]
    error = Error(
        error=refused.reply["error"],
        detail="the same request may succeed later" if refused.reply["retryable"] else None,
        error_code=CODES.get(code, code.upper()),
        timestamp=iso(refused.time),
    )
    return JsonAnswer(error.model_dump(), refused.status, refused.headers)


ChatterboxRoute = route_class(render)
