"""Errors in OpenAI's form, of which its clients make exceptions by the status."""

from __future__ import annotations

from starlette.responses import Response

from handler.http_api.errors import Refused, route_class
from handler.http_api.json_answer import JsonAnswer
from handler.openai.errors import error


def render(refused: Refused) -> Response:
    """``{"error": {"message", "type", "param", "code"}}``."""
    return JsonAnswer({"error": error(refused.reply)}, refused.status, refused.headers)


OpenAIRoute = route_class(render)
