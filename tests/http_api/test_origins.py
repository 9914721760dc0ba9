"""Pages of the web cannot make jobs on a server without keys."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from handler import http_api
from handler.http_api.origins import EXPOSED_HEADERS, LOCAL_NAMES, own_names
from handler.protocols import Services
from tests.support.http_server import RunningServer, running

PAGE = "https://app.example.com"
JOB = {"input": {"text": "Hello."}}


@pytest.fixture
def local(services: Services) -> Iterator[RunningServer]:
    """A server without keys that listens on 127.0.0.1 because nobody said otherwise."""
    with running(services, local_only=True) as server:
        yield server


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:8000", "[::1]", "[::1]:8000"])
def test_own_names_are_answered(local: RunningServer, host: str) -> None:
    """Requests by the machine's own names, with any port, are answered."""
    assert local.client.get("/metrics", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "",
        "localhost:x",
        "[::1",
    ],
)
def test_other_names_are_refused(local: RunningServer, host: str) -> None:
    """A page whose name leads here (DNS rebinding) makes no job."""
    answer = local.client.post("/run", json=JOB, headers={"Host": host})
    assert (answer.status_code, answer.json()["error_code"]) == (403, "forbidden")
    assert not local.api.queue._jobs


@pytest.mark.parametrize(
    ("public_url", "name"),
    [
        ("https://Speech.Home/tts", "speech.home"),
        ("http://[fd00::1]:8000", "[fd00::1]"),
        ("http://u@x", "x"),
        (None, None),
    ],
)
def test_public_url_adds_a_name(public_url: str | None, name: str | None) -> None:
    """The name under which a proxy is reached is one of the server's own."""
    assert own_names(public_url) - LOCAL_NAMES == ({name} if name else set())


def test_any_name_is_answered_where_a_host_was_told(server: RunningServer) -> None:
    """A server that was told where to listen has names that it does not know."""
    assert server.client.get("/metrics", headers={"Host": "speech.home"}).status_code == 200


@pytest.mark.parametrize("origin", [PAGE, "null", "http://127.0.0.1:1", "https://127.0.0.1", "http://[::1"])
def test_page_of_another_origin_makes_no_job(local: RunningServer, origin: str) -> None:
    """A page elsewhere is refused, also with a body that needs no preflight."""
    headers = {"Origin": origin, "Content-Type": "text/plain"}
    answer = local.client.post("/run", content=json.dumps(JOB), headers=headers)
    assert (answer.status_code, answer.json()["error_code"]) == (403, "forbidden")
    assert not local.api.queue._jobs


def test_own_page_may_make_jobs(local: RunningServer) -> None:
    """A page of the server itself may call it."""
    answer = local.client.post("/run", json=JOB, headers={"Origin": local.url})
    assert answer.status_code == 200


class TestOriginsOfTheSetting:
    """CORS_ORIGINS names pages elsewhere that may call the server."""

    @pytest.fixture
    def environ(self, environ: dict[str, str]) -> dict[str, str]:
        return environ | {"CORS_ORIGINS": PAGE}

    def test_preflight_and_request_are_answered(self, local: RunningServer) -> None:
        """The browser's question and the request of such a page are answered with the headers that it wants."""
        asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
        preflight = local.client.options("/run", headers={"Origin": PAGE} | asked)
        assert preflight.status_code == 200
        assert preflight.headers["Access-Control-Allow-Origin"] == PAGE
        answer = local.client.post("/run", json=JOB, headers={"Origin": PAGE})
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == PAGE
        exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
        assert {"X-Request-Id", "X-Job-Id", "X-Warnings", "Content-Disposition", "Retry-After"} <= set(exposed)

    def test_other_pages_are_refused(self, local: RunningServer) -> None:
        """A page that is not named is refused."""
        answer = local.client.post("/run", json=JOB, headers={"Origin": "https://other.example.com"})
        assert answer.status_code == 403


def test_every_header_of_our_answers_is_exposed() -> None:
    """A page can read each header of ours that an answer may have; those of requests and proxies are not for it."""
    code = "".join(path.read_text("utf-8") for path in Path(http_api.__path__[0]).rglob("*.py"))
    named = set(re.findall(r'"(X-[\w-]+|Content-Disposition|Location)"', code))
    assert named - {"X-API-Key", "X-Accel-Buffering", "X-Content-Type-Options"} <= set(EXPOSED_HEADERS)


PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


class TestWithKeys:
    """With keys no page can make jobs without one, and a page that has one may."""

    @pytest.fixture
    def environ(self, environ: dict[str, str]) -> dict[str, str]:
        return environ | {"API_KEYS": "web:secret-secret-secret", "CORS_ORIGINS": PAGE}

    def test_refusal_can_be_read_by_the_page(self, server: RunningServer) -> None:
        """The page sees why it is refused: the answer has the headers of CORS, too."""
        answer = server.client.post("/run", json=JOB, headers={"Origin": PAGE})
        assert answer.status_code == 401
        assert answer.headers["Access-Control-Allow-Origin"] == PAGE

    def test_preflight_of_another_page_is_told_the_setting(self, server: RunningServer) -> None:
        """The browser's question, which has no key, is refused with the setting and not for the key."""
        answer = server.client.options("/run", headers={"Origin": "https://other.example.com"} | PREFLIGHT)
        assert (answer.status_code, answer.json()["error_code"]) == (403, "forbidden")
        assert "CORS_ORIGINS" in answer.json()["error"]
        assert "Access-Control-Allow-Origin" not in answer.headers

    def test_request_with_a_key_is_served(self, server: RunningServer) -> None:
        """A request that has a key is served whatever page sent it; the browser keeps the answer from other pages."""
        headers = {"Origin": "https://other.example.com", "X-API-Key": "secret-secret-secret"}
        answer = server.client.post("/run", json=JOB, headers=headers)
        assert answer.status_code == 200
        assert "Access-Control-Allow-Origin" not in answer.headers


class TestWithKeysAndNoOrigins:
    """Where no page may call the server, a preflight says which setting allows one."""

    @pytest.fixture
    def environ(self, environ: dict[str, str]) -> dict[str, str]:
        return environ | {"API_KEYS": "web:secret-secret-secret"}

    def test_preflight_is_told_the_setting(self, server: RunningServer) -> None:
        """It is refused as a page, in the form of the dialect that it asks for."""
        answer = server.client.options("/v1/audio/speech", headers={"Origin": PAGE} | PREFLIGHT)
        assert answer.status_code == 403
        assert "CORS_ORIGINS" in answer.json()["error"]["message"]
