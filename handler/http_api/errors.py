"""Refusals of the HTTP server, and the form that each dialect gives them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from handler.errors import BadRequest, Issue, WorkerError, sentence

STATUSES = {
    "bad_request": 400,
    "unauthorized": 401,
    "not_found": 404,
    "already_exists": 409,
    "too_large": 413,
    "bad_reference": 422,
    "alignment_error": 422,
    "too_many_requests": 429,
    "cancelled": 499,
    "engine_error": 500,
    "internal": 500,
    "config_error": 503,
    "out_of_memory": 503,
    "storage_error": 503,
    "unavailable": 503,
    "timeout": 504,
}
"""The HTTP status of each error code, for the dialects whose errors have one."""


class Refused(Exception):
    """A request that gets an error: its status, and a reply in the form of `WorkerError.reply`."""

    def __init__(self, status: int, reply: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(reply["error"])
        self.status = status
        self.reply = dict(reply)
        self.headers = dict(headers or {})

    @classmethod
    def of(
        cls, code: str, message: str, *, retryable: bool = False, headers: Mapping[str, str] | None = None
    ) -> Refused:
        """An error of the server's own, without a job."""
        reply = {"error": message, "error_code": code, "retryable": retryable, "issues": []}
        return cls(STATUSES[code], reply, headers)

    @classmethod
    def by(cls, error: WorkerError) -> Refused:
        """A worker's error as the refusal of a request."""
        return cls(STATUSES[error.code], error.reply())


def raise_for_error(reply: dict[str, Any]) -> dict[str, Any]:
    """The reply of a job that succeeded; raises Refused with the reply of one that failed."""
    if "error" in reply:
        raise Refused(STATUSES[reply["error_code"]], reply)
    return reply


Render = Callable[[Refused], Response]
"""Makes the answer to a refused request, in the form of a dialect."""


def as_reply(refused: Refused) -> Response:
    """The form of our own: ``{"error", "error_code", "retryable", "issues"}``."""
    return JSONResponse(refused.reply, refused.status, refused.headers)


def route_class(render: Render) -> type[APIRoute]:
    """The ``route_class`` of a dialect's `APIRouter`: its refusals, those of a bad body included, have its form."""

    class DialectRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def answer(request: Request) -> Response:
                try:
                    return await handle(request)
                except RequestValidationError as error:
                    return render(Refused.by(_bad_request(error)))
                except Refused as refused:
                    return render(refused)

            return answer

    return DialectRoute


def _bad_request(error: RequestValidationError) -> BadRequest:
    """What FastAPI found wrong with a request, in the sentences that jobs have; one for each field."""
    issues: dict[str, str] = {}
    for problem in error.errors():
        # The first part is where the field stands: body, query or path.
        field = ".".join(map(str, problem["loc"][1:])) or "body"
        issues.setdefault(field, "is not JSON" if problem["type"] == "json_invalid" else sentence(problem))
    message = "; ".join(f"{field}: {fault}" for field, fault in issues.items())
    return BadRequest(message, issues=[Issue(field, fault) for field, fault in issues.items()])
