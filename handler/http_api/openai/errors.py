"""Errors in OpenAI's form, of which its clients make exceptions by the status."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from handler.http_api.errors import Refused, route_class


def render(refused: Refused) -> Response:
    """``{"error": {"message", "type", "param", "code"}}``; ``param`` is the field that is wrong, if it is one alone."""
    reply = refused.reply
    fields = [issue["field"] for issue in reply["issues"]]
    error = {
        "message": reply["error"],
        "type": "invalid_request_error" if refused.status < 500 else "server_error",
        "param": fields[0] if len(fields) == 1 else None,
        "code": reply["error_code"],
    }
    return JSONResponse({"error": error}, refused.status, refused.headers)


OpenAIRoute = route_class(render)
