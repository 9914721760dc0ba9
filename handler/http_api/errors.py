"""Refusals of the HTTP server, and the form that each dialect gives them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from fastapi import params
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from handler.errors import (
    BadRequest,
    Issue,
    WorkerError,
    disk_full,
    is_disk_full,
    printable,
    renamed,
    sentence,
    shortened,
)
from handler.http_api.json_answer import JsonAnswer
from handler.requests import NotPlain, parsed_json

T = TypeVar("T")

STATUSES = {
    "bad_request": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "request_timeout": 408,
    "already_exists": 409,
    "too_large": 413,
    "bad_reference": 422,
    "alignment_error": 422,
    "too_many_requests": 429,
    "cancelled": 499,
    "lost": 503,
    "engine_error": 500,
    "internal": 500,
    "config_error": 503,
    "out_of_memory": 503,
    "storage_error": 503,
    "unavailable": 503,
    "timeout": 504,
}
"""The HTTP status of each error code, for the dialects whose errors have one."""

SENTENCES = {
    "not_found": "there is no such path; /docs lists them",
    "method_not_allowed": "this path has another method; /docs lists them",
}
"""Our words for errors of which Starlette says two words."""


MULTIPART = "multipart/form-data"


class Refused(Exception):
    """A request that gets an error: its status, and a reply in the form of `WorkerError.reply`.

    ``time`` is when it was refused, as a Unix time, for the dialects whose errors tell it.
    """

    def __init__(self, status: int, reply: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(reply["error"])
        self.status = status
        self.reply = dict(reply)
        self.headers = dict(headers or {})
        self.time = time.time()

    @classmethod
    def of(
        cls, code: str, message: str, *, retryable: bool = False, headers: Mapping[str, str] | None = None
    ) -> Refused:
        """An error of the server's own, without a job."""
        reply = {"error": printable(message), "error_code": code, "retryable": retryable, "issues": []}
        return cls(STATUSES[code], reply, headers)

    @classmethod
    def by(cls, error: WorkerError) -> Refused:
        """A worker's error as the refusal of a request."""
        return cls(STATUSES[error.code], error.reply())

    @classmethod
    def by_framework(cls, error: HTTPException) -> Refused:
        """What Starlette and FastAPI refuse themselves."""
        code = next((code for code, status in STATUSES.items() if status == error.status_code), "bad_request")
        reply = {"error": SENTENCES.get(code, error.detail), "error_code": code, "retryable": False, "issues": []}
        return cls(error.status_code, reply, error.headers)


def raise_for_error(reply: dict[str, Any], fields: Mapping[str, str] = MappingProxyType({})) -> dict[str, Any]:
    """The reply of a job that succeeded; raises Refused with the reply of one that failed.

    ``fields`` has the client's names of the job's fields, where they differ: the error is about those that it sent.
    """
    if "error" in reply:
        raise Refused(STATUSES[reply["error_code"]], renamed(reply, fields))
    return reply


async def in_thread(work: Callable[..., T], *arguments: Any) -> T:
    """What the work returns, done in a thread: files and the store would hold up the event loop.

    Raises Refused for its WorkerError.
    """
    try:
        return await asyncio.to_thread(work, *arguments)
    except WorkerError as error:
        raise Refused.by(error) from error


Render = Callable[[Refused], Response]
"""Makes the answer to a refused request, in the form of a dialect."""


def as_reply(refused: Refused) -> Response:
    """The form of our own: ``{"error", "error_code", "retryable", "issues"}``."""
    return JsonAnswer(refused.reply, refused.status, refused.headers)


def as_detail(refused: Refused) -> Response:
    """The form of servers that are made with FastAPI and nothing else: ``{"detail"}``."""
    return JsonAnswer({"detail": refused.reply["error"]}, refused.status, refused.headers)


class Detail(BaseModel):
    """An error in the form of `as_detail`."""

    detail: str


DETAIL_RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {"model": Detail, "description": "The request was refused, or its job failed"}
}
"""The ``responses`` of routes whose errors have the form of `as_detail`."""


def route_class(render: Render) -> type[APIRoute]:
    """The ``route_class`` of a dialect's `APIRouter`: its refusals, those of a bad body included, have its form."""

    class DialectRoute(APIRoute):
        def render(self, refused: Refused) -> Response:
            """The answer to a request that is refused before it gets here, too."""
            return render(refused)

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def answer(request: Request) -> Response:
                try:
                    return await handle(_PlainRequest(request.scope, request.receive))
                except RequestValidationError as error:
                    return render(Refused.by(_not_a_form(self, request, error.body) or _bad_request(error)))
                except HTTPException as error:
                    return render(_refused(error))
                except ClientDisconnect:
                    return render(_hung_up())
                except Refused as refused:
                    return render(refused)
                except OSError as error:
                    if is_disk_full(error):
                        return render(Refused.by(disk_full()))
                    raise

            return answer

    return DialectRoute


def _not_a_form(route: APIRoute, request: Request, body: Any) -> BadRequest | None:
    """The error of a body that is not the form with a file that a route takes, None for a form and for other routes."""
    takes_form = route.body_field is not None and isinstance(route.body_field.field_info, params.Form)
    if not takes_form or request.headers.get("content-type", "").lower().startswith(MULTIPART):
        return None
    # JSON that calls itself a form of the other kind, as `curl -d` sends it, is read as the name of a field.
    if any(not str(name).lstrip().startswith("{") for name in body or ()):
        return None
    return BadRequest.of("body", f"must be a form; send it with Content-Type: {MULTIPART}, as `curl -F` does")


class _PlainRequest(Request):
    """A request whose JSON is read by `parsed_json`."""

    async def json(self) -> Any:
        return parsed_json(await self.body())


def _refused(error: HTTPException) -> Refused:
    """An error of the framework. While it reads a body, it wraps every exception in one that says nothing."""
    cause = error.__cause__
    if isinstance(cause, Refused):
        return cause
    if isinstance(cause, ClientDisconnect):
        return _hung_up()
    if cause is not None and is_disk_full(cause):
        return Refused.by(disk_full())
    if isinstance(cause, NotPlain):
        return Refused.by(BadRequest.of("body", str(cause)))
    return Refused.by_framework(error)


def _hung_up() -> Refused:
    """For the log and the metrics: nobody reads this answer."""
    return Refused.of("cancelled", "the client hung up before the end of its request")


def _bad_request(error: RequestValidationError) -> BadRequest:
    """What FastAPI found wrong with a request, in the sentences that jobs have; one for each field."""
    issues: dict[str, str] = {}
    for problem in error.errors():
        # The first part is where the field stands: body, query or path.
        field = "body" if problem["type"] == "json_invalid" else _place(problem)
        issues.setdefault(field, _fault(problem))
    return BadRequest.of_issues([Issue(*each) for each in issues.items()])


def _place(problem: Mapping[str, Any]) -> str:
    return shortened(".".join(map(str, problem["loc"][1:]))) or "body"


def _fault(problem: Mapping[str, Any]) -> str:
    if problem["type"] == "json_invalid":
        return "is not JSON"
    if isinstance(problem.get("input"), bytes):
        # Not read as JSON, lest a page of another origin may send jobs to a server on its visitor's machine.
        return "must be JSON, with the header Content-Type: application/json"
    if "UploadFile" in problem["msg"]:
        return "must be a file"
    return sentence(problem)
