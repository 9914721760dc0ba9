"""The worker under RunPod's own SDK: jobs done beside each other, cancelled when told, refused with their details."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from handler import jobs
from handler.captions import FORMATS
from handler.protocols import Services
from handler.worker import Worker

ROOT = Path(__file__).parent.parent


def sdk(event: dict[str, Any], environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the real SDK on one job, as `--test_input` does."""
    inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return subprocess.run(
        [sys.executable, "-m", "handler", "--test_input", json.dumps(event)],
        cwd=ROOT, env=inherited | environ, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_sdk_runs_a_job(environ: dict[str, str], tmp_path: Path) -> None:
    """The SDK takes the handler, runs a job to its end and receives its completion."""
    done = sdk({"id": "sdk-1", "input": {"text": "Hello.", "timing_format": "all"}}, environ)
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "store" / "jobs" / "sdk-1.json").read_text())
    assert record["state"] == jobs.COMPLETED
    assert len(list((tmp_path / "store" / "timings").iterdir())) == len(FORMATS)


def test_sdk_receives_an_error(environ: dict[str, str]) -> None:
    """A refused job is an error to the SDK, with the client's sentence."""
    done = sdk({"id": "sdk-2", "input": {"text": ""}}, environ)
    assert done.returncode == 1
    assert "text: is empty" in done.stdout


async def test_jobs_run_concurrently(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two jobs are in work at the same time, and each gets its own reply."""
    worker, together = Worker(services), threading.Barrier(2, timeout=30)
    lease = services.engines.lease_all

    def meet(*arguments: Any) -> Any:
        together.wait()
        return lease(*arguments)

    monkeypatch.setattr(services.engines, "lease_all", meet)
    events = [{"id": f"b{number}", "input": {"text": f"Number {number}."}} for number in range(2)]
    replies = await asyncio.gather(*(worker.handle(event) for event in events))
    assert [reply["text"] for reply in replies] == ["Number 0.", "Number 1."]


async def test_cancelled_job_stops_before_its_end(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelling the SDK's task stops the job at its next chunk: its record says CANCELLED and it left no audio."""
    started, go_on = threading.Event(), threading.Event()
    lease = services.engines.lease_all

    def wait(*arguments: Any) -> Any:
        started.set()
        assert go_on.wait(30)
        return lease(*arguments)

    monkeypatch.setattr(services.engines, "lease_all", wait)
    task = asyncio.create_task(Worker(services).handle({"id": "c1", "input": {"text": "One. Two."}}))
    await asyncio.to_thread(started.wait, 30)
    task.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert jobs.load(services.store, "c1").state == jobs.CANCELLED
    assert not services.store.list("output/", 10).objects


async def test_too_large_reply_becomes_an_error(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply over the platform's limit becomes too_large, with the place of its files."""
    monkeypatch.setattr("handler.worker.MAX_REPLY_BYTES", 100)
    reply = await Worker(services).handle({"id": "big", "input": {"text": "Hello."}})
    assert reply["error_code"] == "too_large"
    assert "download" in reply["error"]


async def test_unanswered_progress_does_not_hold_the_result(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue that takes the post of progress and stays silent cannot hold a finished job."""
    monkeypatch.setenv("RUNPOD_WEBHOOK_POST_OUTPUT", "http://127.0.0.1:9/")
    monkeypatch.setattr("handler.sdk.posting.PROGRESS_TIMEOUT_S", 0.01)
    silent = asyncio.Event()

    async def send(*_: object) -> None:
        await silent.wait()

    monkeypatch.setattr("handler.sdk.posting.post", send)
    reply = await asyncio.wait_for(Worker(services).handle({"id": "p1", "input": {"text": "Hello."}}), 60)
    assert reply["status"] == "completed"


async def test_every_taken_job_gets_a_thread(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty concurrent jobs are all in work at once, on any number of cores."""
    many = 40
    worker = Worker(replace(services, settings=services.settings.model_copy(update={"worker_concurrency": many})))
    together, lease = threading.Barrier(many, timeout=120), services.engines.lease_all

    def meet(*arguments: Any) -> Any:
        together.wait()
        return lease(*arguments)

    monkeypatch.setattr(services.engines, "lease_all", meet)
    events = [{"id": f"m{number}", "input": {"text": "Hi.", "engine": "espeak"}} for number in range(many)]
    replies = await asyncio.gather(*(worker.handle(event) for event in events))
    assert [reply["status"] for reply in replies] == ["completed"] * many
