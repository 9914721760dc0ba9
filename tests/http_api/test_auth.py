"""API_KEYS decide who may send requests."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping

import pytest
from starlette.datastructures import Headers

from handler.http_api.auth import Keys
from handler.http_api.errors import Refused
from handler.http_api.openai.errors import OpenAIRoute
from handler.http_api.routes import RouteInfo
from handler.protocols import Services
from tests.support.http_server import RunningServer, running

FIRST, SECOND = "first-key-of-the-server", "second-key-of-the-server"


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    return environ | {"API_KEYS": f"web:{FIRST},phone:{SECOND}"}


@pytest.fixture
def keys() -> Keys:
    return Keys({"web": FIRST, "phone": SECOND})


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"Authorization": f"Bearer {FIRST}"}, "web"),
        ({"Authorization": f"bearer  {SECOND} "}, "phone"),
        ({"X-API-Key": SECOND}, "phone"),
        ({"Authorization": "Bearer the-gateways-own-key", "X-API-Key": FIRST}, "web"),
    ],
)
def test_key_has_a_name(keys: Keys, headers: Mapping[str, str], name: str) -> None:
    """Either header takes any of the keys; X-API-Key is the server's own where both are there."""
    assert keys.name_of(Headers(headers)) == name


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": FIRST},
        {"Authorization": f"Basic {FIRST}"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {FIRST[:-1]}"},
        {"Authorization": f"Bearer {FIRST}x"},
        {"X-API-Key": f"{FIRST},{SECOND}"},
        {"X-API-Key": "\xff"},
    ],
)
def test_other_keys_are_refused(keys: Keys, headers: Mapping[str, str]) -> None:
    """A key that is missing, cut, longer or in another scheme is refused, and not repeated."""
    with pytest.raises(Refused) as refused:
        keys.name_of(Headers(headers))
    assert refused.value.status == 401
    assert refused.value.headers["WWW-Authenticate"].startswith("Bearer")
    assert FIRST[:-1] not in str(refused.value)


def test_all_keys_are_compared_in_constant_time(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every key is compared by `hmac.compare_digest`, also after the right one."""
    compared: list[bytes] = []

    def compare(known: bytes, given: bytes) -> bool:
        compared.append(known)
        return known == given

    monkeypatch.setattr(hmac, "compare_digest", compare)
    keys.name_of(Headers({"X-API-Key": FIRST}))
    assert len(compared) == 2


@pytest.fixture
def server(services: Services) -> Iterator[RunningServer]:
    with running(services) as server:
        yield server


def test_request_without_a_key_makes_no_job(server: RunningServer) -> None:
    """A request without a key is answered 401 with the way out, before its body is read."""
    answer = server.client.post("/run", json={"input": {"text": "Hello."}})
    assert (answer.status_code, answer.json()["error_code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "X-API-Key" in answer.json()["error"]
    assert not server.api.queue._jobs


@pytest.mark.parametrize("path", ["/ping", "/docs", "/openapi.json"])
def test_open_paths_need_no_key(server: RunningServer, path: str) -> None:
    """The platform's health check and the description of the API are for everybody."""
    assert server.client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/metrics", "/ping/", "/PING", "//ping", "/docs/../run", "/files/../run", "/nothing"])
def test_other_paths_need_a_key(server: RunningServer, path: str) -> None:
    """No spelling of an open path opens another: it is refused, or there is nothing there."""
    answer = server.client.build_request("GET", server.url)
    answer.url = answer.url.copy_with(raw_path=path.encode())
    assert server.client.send(answer).status_code in {401, 404, 307}


def test_refusal_has_the_form_of_its_dialect() -> None:
    """A refused request of OpenAI's dialect gets an error that its clients can read."""
    route = OpenAIRoute("/v1/audio/speech", lambda: None, methods=["POST"])
    answer = RouteInfo(route.path, route.render).render(Refused.of("unauthorized", "no"))  # type: ignore[attr-defined]
    assert json.loads(bytes(answer.body))["error"]["type"] == "invalid_request_error"
