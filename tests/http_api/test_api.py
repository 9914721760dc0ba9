"""What all dialects share: which jobs are taken, and what is done after the answers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from handler.http_api import api as api_module
from handler.http_api.api import Api
from handler.http_api.errors import Refused
from handler.http_api.job_queue import JobQueue
from handler.http_api.readiness import State
from handler.protocols import Services


@pytest.fixture
async def api(services: Services) -> Api:
    return Api(services, JobQueue(services))


@pytest.mark.parametrize("state", [State.FAILED, State.STOPPING])
async def test_worker_that_takes_no_jobs_says_why(api: Api, state: State) -> None:
    """A worker that cannot start, or stops, refuses jobs with its reason and when to ask again."""
    api.readiness.set(state, "the worker is stopping")
    with pytest.raises(Refused, match="the worker is stopping") as refused:
        api.submit({"text": "Hi."})
    assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "30"})


async def test_input_beyond_measure_is_refused(api: Api) -> None:
    """An input whose nesting nothing can walk is refused, not an error of the server."""
    deep: dict[str, Any] = {}
    for _ in range(10_000):
        deep = {"input": deep}
    with pytest.raises(Refused, match="input: is nested too deeply") as refused:
        api.submit(deep)
    assert refused.value.status == 400


async def test_background_work_is_waited_for(api: Api) -> None:
    """A server that stops first ends what it does after the answers."""
    done = []

    async def work() -> None:
        await asyncio.sleep(0)
        done.append(True)

    api.in_background(work())
    await api.finish()
    assert done == [True]
    await api.finish()


async def test_background_work_does_not_hold_the_server(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work that does not end is left after FINISH_S."""
    monkeypatch.setattr(api_module, "FINISH_S", 0.01)
    api.in_background(asyncio.Event().wait())  # type: ignore[arg-type]
    await api.finish()
