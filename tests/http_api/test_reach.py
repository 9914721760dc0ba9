"""The server as a process says who may reach it, and others are refused."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.support.served import Served, served


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """A worker that has nothing to warn of."""
    return environ | {"ALIGNERS": "engine"}


def log_of(server: Served) -> list[dict[str, Any]]:
    """All that it logs until it is stopped."""
    server.wait_for_health(200)
    server.process.terminate()
    server.wait()
    return [json.loads(line) for line in server.lines]


def warnings(log: list[dict[str, Any]]) -> list[str]:
    return [line["message"] for line in log if line["level"] == "WARNING"]


def test_server_without_keys_says_where_it_listens(environ: dict[str, str]) -> None:
    """The log of a server without keys says that it is for this machine alone; others' names are refused."""
    with served(environ) as server:
        assert httpx.get(f"{server.url}/metrics", headers={"Host": "evil.example"}).status_code == 403
        assert "127.0.0.1 alone" in " ".join(line["message"] for line in log_of(server))


def test_open_server_without_keys_is_warned_of(environ: dict[str, str]) -> None:
    """A server that others can reach, without keys, has a warning in its log."""
    with served(environ, "serve", "--port", "0", "--host", "0.0.0.0") as server:
        assert warnings(log_of(server)) == ["anybody who reaches 0.0.0.0 can send jobs: set API_KEYS"]


def test_server_with_keys_listens_everywhere(environ: dict[str, str]) -> None:
    """With keys the server answers on every address, without a warning, to whoever has one."""
    with served(environ | {"API_KEYS": "web:secret-secret-secret"}) as server:
        assert httpx.get(f"{server.url}/metrics", headers={"Host": "speech.home"}).status_code == 401
        headers = {"Host": "speech.home", "X-API-Key": "secret-secret-secret"}
        assert httpx.get(f"{server.url}/metrics", headers=headers).status_code == 200
        log = log_of(server)
        assert not warnings(log)
        said = next(line["message"] for line in log if line["message"].startswith("listening on"))
        port = server.url.rsplit(":", 1)[1]
        assert said.startswith(f"listening on all addresses, port {port}; on this machine {server.url}; ")
        assert f"open {server.url} in a browser for the studio, {server.url}/docs lists" in said
