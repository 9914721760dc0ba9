"""Who may send requests to a server, by its settings and where it listens."""

from __future__ import annotations

import logging

import pytest

from handler.http_api.gate import is_local_only
from handler.settings import Settings

KEYS = {"API_KEYS": "web:secret-secret-secret"}
POD = {"RUNPOD_POD_ID": "abc"}


@pytest.mark.parametrize(
    ("environ", "host", "local_only", "warned"),
    [
        ({}, None, True, False),
        ({}, "127.0.0.1", True, False),
        ({}, "localhost", True, False),
        ({}, "0.0.0.0", False, True),
        (KEYS, None, False, False),
        (KEYS, "0.0.0.0", False, False),
        (POD, None, False, True),
        (POD | KEYS, None, False, False),
        (POD | {"RUNPOD_ENDPOINT_ID": "xyz"}, None, False, False),
    ],
)
def test_open_server_says_so(
    caplog: pytest.LogCaptureFixture, environ: dict[str, str], host: str | None, *, local_only: bool, warned: bool
) -> None:
    """A server without keys answers this machine's names alone, or warns that anybody may send jobs."""
    with caplog.at_level(logging.WARNING):
        assert is_local_only(Settings.read(environ), host) is local_only
    assert ("set API_KEYS" in caplog.text) is warned
