"""Errors in OpenAI's form."""

from __future__ import annotations

import pytest

from handler.errors import BadRequest, Issue
from handler.http_api.errors import STATUSES
from handler.openai import errors


def test_a_single_field_is_the_param() -> None:
    """With more of them, or none, there is no param."""
    assert errors.error(BadRequest.of("speed", "is too high").reply())["param"] == "speed"
    two = BadRequest("a: x; b: y", issues=[Issue("a", "x"), Issue("b", "y")])
    assert errors.error(two.reply())["param"] is None
    assert errors.error({"error": "no", "error_code": "cancelled"})["param"] is None


@pytest.mark.parametrize("code", STATUSES)
def test_the_type_is_that_of_the_status(code: str) -> None:
    """Codes with a status of 500 and more are the server's faults, and no others."""
    kind = errors.error({"error": "no", "error_code": code, "issues": []})["type"]
    assert (kind == "server_error") == (STATUSES[code] >= 500)
