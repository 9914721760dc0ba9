"""JSON in a response."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse

from handler.telemetry import json_text


class JsonAnswer(JSONResponse):
    """A JSON response whose text may hold anything that a client has sent, halves of characters included."""

    def render(self, content: Any) -> bytes:
        return json_text(content).encode()
