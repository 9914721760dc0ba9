"""RunPod's own SDK as a client of this server: every call of its two clients."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from aiohttp import ClientSession

from tests.support.http_server import RunningServer

runpod = pytest.importorskip("runpod")

FIELDS = {"text": "One.\n\nTwo.", "return_word_timings": True}
STEP_S = 0.01


def words(outputs: list[dict[str, Any]]) -> list[str]:
    return [word["word"] for output in outputs for word in output.get("words", ())]


@pytest.fixture(autouse=True)
def _points_here(held: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runpod, "endpoint_url_base", f"{held.url}/v2")
    monkeypatch.setattr(runpod, "api_key", "any")


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """What is called when the SDK's clients first wait between two requests, in place of a second each time."""
    actions: list[Callable[[], None]] = []

    def nap() -> None:
        if actions:
            actions.pop(0)()

    def sleep(_: float) -> None:
        nap()
        time.sleep(STEP_S)

    async def sleep_async(_: float) -> None:
        nap()
        await asyncio.sleep(STEP_S)

    monkeypatch.setattr("runpod.endpoint.runner.time", SimpleNamespace(sleep=sleep))
    patched = SimpleNamespace(sleep=sleep_async, wait_for=asyncio.wait_for, TimeoutError=asyncio.TimeoutError)
    monkeypatch.setattr("runpod.endpoint.asyncio.asyncio_runner.asyncio", patched)
    return actions


@pytest.fixture
def endpoint() -> Any:
    return runpod.Endpoint("any-endpoint")


@pytest.fixture
def ready(held: RunningServer) -> None:
    """Jobs run at once; without this they wait for ``held.start``."""
    held.start()


def test_run_sync_returns_the_output(endpoint: Any, ready: None) -> None:
    """`run_sync` returns the reply of the worker."""
    output = endpoint.run_sync(FIELDS, timeout=60)
    assert (output["status"], output["word_count"]) == ("completed", 2)


def test_run_sync_waits_longer_than_the_server(
    endpoint: Any, held: RunningServer, naps: list[Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that outlasts the server's wait is asked for until it is done."""

    async def over(*_: Any) -> None:
        return

    monkeypatch.setattr("handler.http_api.runpod._ended", over)
    naps.append(held.start)
    assert endpoint.run_sync(FIELDS, timeout=6000)["status"] == "completed"


def test_run_and_poll(endpoint: Any, held: RunningServer, naps: list[Callable[[], None]]) -> None:
    """`run` gives a job, whose `status` and `output` are those of the job."""
    job = endpoint.run({"input": FIELDS})
    assert job.status() == "IN_QUEUE"
    assert job.output() is None
    naps.append(held.start)
    output = job.output(timeout=6000)
    assert (job.status(), output["job_id"]) == ("COMPLETED", job.job_id)


def test_stream_yields_what_happens(endpoint: Any, held: RunningServer, naps: list[Callable[[], None]]) -> None:
    """`stream` yields the words of each chunk, and ends with the job; `output` is then the reply."""
    job = endpoint.run(FIELDS)
    naps.extend([lambda: None, held.start])
    assert words(list(job.stream())) == ["One.", "Two."]
    assert job.output()["status"] == "completed"


def test_failure_reaches_the_client(endpoint: Any, ready: None) -> None:
    """A failed job has its code in `output`, where a client can read it."""
    job = endpoint.run({"text": ""})
    assert job.output(timeout=60)["error_code"] == "bad_request"
    assert job.status() == "FAILED"


def test_cancel(endpoint: Any, held: RunningServer) -> None:
    """`cancel` cancels the job."""
    job = endpoint.run(FIELDS)
    assert job.cancel() == {"id": job.job_id, "status": "CANCELLED"}
    assert job.status() == "CANCELLED"


def test_health_and_purge(endpoint: Any, held: RunningServer) -> None:
    """`health` counts the jobs that wait, `purge_queue` removes them."""
    for _ in range(2):
        endpoint.run(FIELDS)
    assert endpoint.health()["jobs"]["inQueue"] == 2
    assert endpoint.purge_queue() == {"removed": 2, "status": "completed"}
    assert endpoint.health()["jobs"]["inQueue"] == 0


def test_refusal_is_an_http_error(endpoint: Any) -> None:
    """What is no job is an error of the client's own kind."""
    with pytest.raises(requests.HTTPError, match="400 Client Error"):
        endpoint.run({"input": ["no object"]})


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


@pytest.fixture
def asyncio_endpoint(session: ClientSession) -> Any:
    return runpod.AsyncioEndpoint("any-endpoint", session)


async def test_asyncio_run_and_output(
    asyncio_endpoint: Any, held: RunningServer, naps: list[Callable[[], None]]
) -> None:
    """The asyncio client waits for a job and gets its reply."""
    job = await asyncio_endpoint.run(FIELDS)
    assert await job.status() == "IN_QUEUE"
    naps.append(held.start)
    output = await job.output(timeout=60)
    assert (await job.status(), output["job_id"]) == ("COMPLETED", job.job_id)


async def test_asyncio_stream(asyncio_endpoint: Any, held: RunningServer, naps: list[Callable[[], None]]) -> None:
    """The asyncio client streams what happens to a job."""
    job = await asyncio_endpoint.run(FIELDS)
    naps.append(held.start)
    assert words([output async for output in job.stream()]) == ["One.", "Two."]


async def test_asyncio_cancel_health_and_purge(asyncio_endpoint: Any, held: RunningServer) -> None:
    """The asyncio client cancels a job, counts those that wait and removes them."""
    first, _ = [await asyncio_endpoint.run(FIELDS) for _ in range(2)]
    assert (await first.cancel())["status"] == "CANCELLED"
    assert await first.status() == "CANCELLED"
    assert (await asyncio_endpoint.health())["jobs"]["inQueue"] == 1
    assert await asyncio_endpoint.purge_queue() == {"removed": 1, "status": "completed"}
