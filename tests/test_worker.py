"""The worker under RunPod's own SDK: jobs done beside each other, cancelled when told, refused with their details."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from handler import jobs
from handler.ports import Tools
from handler.worker import Worker

ROOT = Path(__file__).parent.parent


def sdk(event: dict[str, Any], environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the real SDK on one job, as `--test_input` does."""
    inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return subprocess.run(
        [sys.executable, "-m", "handler", "--test_input", json.dumps(event)],
        cwd=ROOT, env=inherited | environ, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_sdk_runs_a_job(environ: dict[str, str], tmp_path: Path) -> None:
    """The SDK takes the handler, runs a job to its end and is told that it completed."""
    done = sdk({"id": "sdk-1", "input": {"text": "Hello.", "timing_format": "all"}}, environ)
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "store" / "jobs" / "sdk-1.json").read_text())
    assert record["state"] == jobs.COMPLETED
    assert len(list((tmp_path / "store" / "timings").iterdir())) == 5


def test_the_sdk_hears_of_an_error(environ: dict[str, str]) -> None:
    """A refused job is an error to the SDK, with the sentence that the client will read."""
    done = sdk({"id": "sdk-2", "input": {"text": ""}}, environ)
    assert done.returncode == 1
    assert "text: is empty" in done.stdout


async def test_jobs_run_beside_each_other(tools: Tools) -> None:
    """Two jobs given to the worker at once are both in work before either is done, and each gets its own reply."""
    worker, together = Worker(tools), threading.Barrier(2, timeout=30)
    get = tools.engines.get

    def meet(name: str) -> Any:
        together.wait()
        return get(name)

    tools.engines.get = meet  # type: ignore[method-assign]
    events = [{"id": f"b{number}", "input": {"text": f"Number {number}."}} for number in range(2)]
    replies = await asyncio.gather(*(worker.handle(event) for event in events))
    assert [reply["text"] for reply in replies] == ["Number 0.", "Number 1."]


async def test_a_cancelled_job_stops_before_its_end(tools: Tools) -> None:
    """Cancelling the SDK's task stops the job at its next chunk: its record says CANCELLED and it left no audio."""
    started, go_on = threading.Event(), threading.Event()
    tokenize_voice = tools.engines.get

    def wait(name: str) -> Any:
        started.set()
        assert go_on.wait(30)
        return tokenize_voice(name)

    tools.engines.get = wait  # type: ignore[method-assign]
    task = asyncio.create_task(Worker(tools).handle({"id": "c1", "input": {"text": "One. Two."}}))
    await asyncio.to_thread(started.wait, 30)
    task.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert jobs.load(tools.store, "c1").state == jobs.CANCELLED
    assert not tools.store.list("output/", 10).objects


async def test_a_reply_that_the_platform_refuses_is_not_sent(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply over the platform's limit would vanish without a word: the client gets too_large and where to look."""
    monkeypatch.setattr("handler.worker.MAX_REPLY", 100)
    reply = await Worker(tools).handle({"id": "big", "input": {"text": "Hello."}})
    assert reply["error_code"] == "too_large"
    assert "download" in reply["error"]


async def test_progress_that_is_never_answered_does_not_keep_the_result(
    tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue that takes the post of progress and stays silent cannot hold a finished job."""
    monkeypatch.setenv("RUNPOD_WEBHOOK_POST_OUTPUT", "http://127.0.0.1:9/")
    monkeypatch.setattr("handler.worker.PROGRESS_PATIENCE", 0.01)
    silent = asyncio.Event()

    async def send(*_: object) -> None:
        await silent.wait()

    monkeypatch.setattr("runpod.serverless.modules.rp_http.send_result", send)
    reply = await asyncio.wait_for(Worker(tools).handle({"id": "p1", "input": {"text": "Hello."}}), 60)
    assert reply["status"] == "completed"


def test_a_worker_whose_store_cannot_be_written_does_not_start(environ: dict[str, str], tmp_path: Path) -> None:
    """A bucket that nobody listens for is found before the first job is taken, in one sentence."""
    inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        bucket = {
            "S3_BUCKET": "b", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s3cret",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{nobody.getsockname()[1]}",
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "handler", "worker"],
            cwd=ROOT, env=inherited | environ | bucket, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("config_error: the store cannot be used: ")
    assert "AWS_ENDPOINT_URL" in last
    assert "s3cret" not in done.stderr
