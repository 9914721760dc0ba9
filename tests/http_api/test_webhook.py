"""Webhooks: the view of a job that has ended is sent to its client's URL, again if need be, never into a network."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from handler.http_api.queued_job import COMPLETED, QueuedJob
from handler.http_api.webhook import Webhooks
from handler.protocols import Services
from handler.settings import Settings
from tests.support.http_server import RunningServer, running
from tests.support.web_server import Web, answer, in_turn


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    yield server
    server.close()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds between tries, which are not waited."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return waits


def done() -> QueuedJob:
    job = QueuedJob("a-1")
    job.finish(COMPLETED, {"text": "Grüße"})
    return job


def webhooks(**settings: Any) -> Webhooks:
    return Webhooks(Settings.read(settings), lambda job: {"id": job.id, "output": job.reply})


async def test_webhook_gets_the_view(web: Web, waits: list[float]) -> None:
    """One POST of JSON, where it is answered with 200."""
    web.routes["/hook"] = answer(200)
    await webhooks(ALLOW_PRIVATE_URLS="true").deliver(done(), web.url("/hook"))
    assert [json.loads(body) for body in web.posted] == [{"id": "a-1", "output": {"text": "Grüße"}}]
    assert waits == []


async def test_webhook_is_tried_again(web: Web, waits: list[float]) -> None:
    """Two more tries, ten seconds apart, for one that is not answered with 200."""
    web.routes["/hook"] = in_turn(answer(503), answer(204), answer(200))
    await webhooks(ALLOW_PRIVATE_URLS="true").deliver(done(), web.url("/hook"))
    assert (len(web.posted), waits) == (3, [10, 10])


async def test_webhook_is_given_up(web: Web, waits: list[float], caplog: pytest.LogCaptureFixture) -> None:
    """After three tries the log says what became of it, without the URL, which may hold a key."""
    with caplog.at_level(logging.WARNING):
        await webhooks(ALLOW_PRIVATE_URLS="true").deliver(done(), web.url("/nowhere?key=secret"))
    assert (len(web.posted), waits) == (3, [10, 10])
    assert caplog.messages == ["the webhook of a job was not delivered: its server answered 404"] * 3
    assert "secret" not in caplog.text


async def test_webhook_stays_outside(web: Web, waits: list[float], caplog: pytest.LogCaptureFixture) -> None:
    """A URL that leads to an address that is not public is never asked."""
    web.routes["/hook"] = answer(200)
    await webhooks().deliver(done(), web.url("/hook"))
    assert web.asked == []
    problem = "its host has an address that is not public; the worker's operator can set ALLOW_PRIVATE_URLS"
    assert caplog.messages == [f"the webhook of a job was not delivered: {problem}"] * 3


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.1.2.3", "0177.1", "2130706433", "[::1]", "[::ffff:10.0.0.1]", "localhost", "a.localhost."]
)
def test_private_webhook_is_refused_at_once(services: Services, host: str) -> None:
    """A URL that names an address that is not public is refused with its job; no job runs."""
    settings = services.settings.model_copy(update={"allow_private_urls": False})
    with running(replace(services, settings=settings)) as server:
        for path in ("/run", "/runsync"):
            body = {"input": {"text": "Hello."}, "webhook": f"http://{host}/hook"}
            refused = server.client.post(path, json=body)
            assert (refused.status_code, refused.json()["issues"][0]["field"]) == (400, "webhook")
            assert "ALLOW_PRIVATE_URLS" in refused.json()["error"]
    assert not services.tally


@pytest.mark.parametrize(
    "url", ["https://example.com/hook", "http://93.184.215.14:8080/", "http://[2606:2800:21f::1]/"]
)
def test_other_webhooks_are_taken(url: str) -> None:
    """Names, whose address is looked up later, and public addresses pass."""
    webhooks().check(url)


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """A worker that may ask the test's own server."""
    return environ | {"ALLOW_PRIVATE_URLS": "true"}


def test_job_calls_its_webhook(server: RunningServer, web: Web) -> None:
    """A job of /run is sent to its webhook as /status shows it, once it has ended."""
    web.routes["/hook"] = answer(200)
    body = {"input": {"text": "Hello."}, "webhook": web.url("/hook")}
    job_id = server.client.post("/run", json=body).json()["id"]
    view = server.client.get(f"/status-sync/{job_id}").json()
    server.finish()
    assert [json.loads(body) for body in web.posted] == [view]
