"""The table of routes knows a request's route before it is called."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, File, Form
from starlette.requests import Request
from starlette.routing import Mount

from handler.http_api.errors import Refused, as_reply
from handler.http_api.openai.errors import OpenAIRoute
from handler.http_api.routes import UNKNOWN, RouteInfo, RouteTable


def app() -> FastAPI:
    """Routes of two dialects, one of them under a prefix, and a mounted application."""
    app = FastAPI()
    routes = APIRouter(route_class=OpenAIRoute)

    @routes.get("/voices/{name}")
    async def read(name: str) -> None: ...

    @routes.post("/voices/{name}")
    async def add(name: str, sample: Annotated[bytes, File()]) -> None: ...

    @routes.post("/form")
    async def form(text: Annotated[str, Form()]) -> None: ...

    @routes.post("/json")
    async def json(text: dict[str, Any]) -> None: ...

    @routes.put("/raw", openapi_extra={"requestBody": {"content": {"audio/wav": {}}}})
    async def raw(request: Request) -> None: ...

    app.include_router(routes, prefix="/v1")
    app.mount("/studio", FastAPI())
    return app


def find(method: str, path: str) -> RouteInfo:
    return RouteTable(app()).find({"method": method, "path": path})


def test_template_has_names_in_place_of_values() -> None:
    """The template is that of the whole path, its prefix included."""
    assert find("GET", "/v1/voices/anna").template == "/v1/voices/{name}"
    assert find("GET", "/studio/a/b").template == "/studio/{path:path}"


def test_method_decides_between_routes_of_a_path() -> None:
    """Two routes of one path are told apart by the method; with another method it is the path that is known."""
    assert not find("GET", "/v1/voices/anna").takes_files
    assert find("POST", "/v1/voices/anna").takes_files
    assert find("DELETE", "/v1/voices/anna").template == "/v1/voices/{name}"


def test_forms_and_files_are_known() -> None:
    """A route with a form, a file or a body of another type takes files; one with JSON does not."""
    found = {path: find(method, path).takes_files for method, path in (
        ("POST", "/v1/form"), ("POST", "/v1/json"), ("PUT", "/v1/raw"),
    )}  # fmt: skip
    assert found == {"/v1/form": True, "/v1/json": False, "/v1/raw": True}


def test_errors_have_the_form_of_the_dialect() -> None:
    """The form of a route's errors is that of its dialect, our own where there is no route."""
    refused = Refused.of("unauthorized", "no")
    assert b'"type": "invalid_request_error"' in bytes(find("GET", "/v1/voices/anna").render(refused).body)
    assert find("GET", "/nothing") is UNKNOWN
    assert UNKNOWN.render(refused).body == as_reply(refused).body


def test_mount_has_the_form_of_our_own() -> None:
    """An application that is mounted has no dialect."""
    assert isinstance(app().routes[-1], Mount)
    assert find("GET", "/studio/x").render is as_reply
