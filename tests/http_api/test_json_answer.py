"""JSON in a response: any text survives it."""

from __future__ import annotations

import json

from handler.http_api.json_answer import JsonAnswer


def test_any_text_can_be_answered() -> None:
    """Half a character, which UTF-8 cannot hold, and what some readers take for a line's end are escaped."""
    content = {"text": "Grüße \ud800 \u2028"}
    body = bytes(JsonAnswer(content).body)
    assert json.loads(body.decode()) == content
    assert "Grüße" in body.decode()
    assert len(body.decode().splitlines()) == 1
