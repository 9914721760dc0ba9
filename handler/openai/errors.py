"""Errors in OpenAI's form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SERVER_FAULTS = frozenset(
    {"config_error", "engine_error", "internal", "lost", "out_of_memory", "storage_error", "timeout", "unavailable"}
)
"""Codes of errors that are not the client's."""


def error(reply: Mapping[str, Any]) -> dict[str, Any]:
    """``{"message", "type", "param", "code"}`` of an error's reply; ``param`` is the wrong field, if it is only one."""
    fields = [issue["field"] for issue in reply.get("issues", ())]
    return {
        "message": reply["error"],
        "type": "server_error" if reply["error_code"] in SERVER_FAULTS else "invalid_request_error",
        "param": fields[0] if len(fields) == 1 else None,
        "code": reply["error_code"],
    }
