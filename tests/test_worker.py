"""The worker under RunPod's own SDK: jobs done beside each other, cancelled when told, refused with their details."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from handler import jobs
from handler.aligners.sphinx import SphinxAligner
from handler.errors import AlignerFailed, ConfigError
from handler.protocols import Services
from handler.types import Chunk, SpeechOptions, SpeechRequest, Token, WarmupSpeech, WordTime
from handler.worker import Worker, _understood
from tests.engines.f5.conftest import write_model

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


async def test_jobs_run_beside_each_other(services: Services) -> None:
    """Two jobs given to the worker at once are both in work before either is done, and each gets its own reply."""
    worker, together = Worker(services), threading.Barrier(2, timeout=30)
    get = services.engines.get

    def meet(name: str) -> Any:
        together.wait()
        return get(name)

    services.engines.get = meet  # type: ignore[method-assign]
    events = [{"id": f"b{number}", "input": {"text": f"Number {number}."}} for number in range(2)]
    replies = await asyncio.gather(*(worker.handle(event) for event in events))
    assert [reply["text"] for reply in replies] == ["Number 0.", "Number 1."]


async def test_a_cancelled_job_stops_before_its_end(services: Services) -> None:
    """Cancelling the SDK's task stops the job at its next chunk: its record says CANCELLED and it left no audio."""
    started, go_on = threading.Event(), threading.Event()
    tokenize_voice = services.engines.get

    def wait(name: str) -> Any:
        started.set()
        assert go_on.wait(30)
        return tokenize_voice(name)

    services.engines.get = wait  # type: ignore[method-assign]
    task = asyncio.create_task(Worker(services).handle({"id": "c1", "input": {"text": "One. Two."}}))
    await asyncio.to_thread(started.wait, 30)
    task.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert jobs.load(services.store, "c1").state == jobs.CANCELLED
    assert not services.store.list("output/", 10).objects


async def test_a_reply_that_the_platform_refuses_is_not_sent(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reply over the platform's limit would vanish without a word: the client gets too_large and where to look."""
    monkeypatch.setattr("handler.worker.MAX_REPLY", 100)
    reply = await Worker(services).handle({"id": "big", "input": {"text": "Hello."}})
    assert reply["error_code"] == "too_large"
    assert "download" in reply["error"]


async def test_progress_that_is_never_answered_does_not_keep_the_result(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue that takes the post of progress and stays silent cannot hold a finished job."""
    monkeypatch.setenv("RUNPOD_WEBHOOK_POST_OUTPUT", "http://127.0.0.1:9/")
    monkeypatch.setattr("handler.worker.PROGRESS_PATIENCE", 0.01)
    silent = asyncio.Event()

    async def send(*_: object) -> None:
        await silent.wait()

    monkeypatch.setattr("runpod.serverless.modules.rp_http.send_result", send)
    reply = await asyncio.wait_for(Worker(services).handle({"id": "p1", "input": {"text": "Hello."}}), 60)
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


@pytest.mark.parametrize(
    ("said", "heard", "aligners", "starts"),
    [
        ("the voice is ready", "the voice is ready", ("engine", "sphinx"), True),
        ("all human beings are", "the voice is ready", ("engine", "sphinx"), False),
        ("", "the voice is ready", ("engine", "sphinx"), False),
        ("", "the voice is ready", ("engine",), True),
    ],
)
def test_an_engine_that_is_not_understood_does_not_start(
    services: Services, said: str, heard: str, aligners: Any, starts: bool
) -> None:
    """First words in which sphinx finds others, or none, stop the start and name the way out; without it they pass."""
    engine = services.engines.get("espeak")
    samples = np.zeros(engine.sample_rate, np.float32)
    if said:
        chunk = Chunk(0, tuple(Token(word, (word,), 0, 0) for word in said.split()))
        samples = next(engine.speak([SpeechRequest(chunk, 0)], engine.default_voice("en"), SpeechOptions())).samples
    first = WarmupSpeech(samples, tuple(heard.split()), "en")
    services = replace(services, settings=services.settings.model_copy(update={"aligners": aligners}))
    if starts:
        _understood(_Greeted(engine, first), services)
        return
    with pytest.raises(ConfigError, match=r"F5_CKPT_FILE.*leave sphinx out of ALIGNERS"):
        _understood(_Greeted(engine, first), services)


class _Greeted:
    """An engine that has said something at its start."""

    def __init__(self, engine: Any, warmup: WarmupSpeech) -> None:
        self._engine = engine
        self.warmup: WarmupSpeech | None = warmup

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


def test_weights_that_make_noise_do_not_start(environ: dict[str, str], tmp_path: Path) -> None:
    """A real worker with an F5-TTS of random weights, whose sound is finite and loud, exits before it takes a job."""
    inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    done = subprocess.run(
        [sys.executable, "-m", "handler", "worker"],
        cwd=ROOT, env=inherited | environ | write_model(tmp_path) | {"TTS_ENGINE": "f5"}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("config_error: f5 makes sound, but sphinx cannot find the words")


@pytest.mark.parametrize(
    "fault", [AlignerFailed("no memory"), ConfigError("its model is damaged"), RuntimeError("cuda")]
)
def test_an_aligner_that_is_broken_says_nothing_of_the_engine(
    services: Services, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """The start goes on with the next that can listen, or without one: the weights are not blamed."""
    asked = []

    class Broken(SphinxAligner):
        def align(self, *_: object) -> list[WordTime | None]:
            asked.append(1)
            raise fault

    engine = services.engines.get("espeak")
    first = WarmupSpeech(np.zeros(engine.sample_rate, np.float32), ("ready",), "en")
    monkeypatch.setattr(services.aligners, "get", lambda _: Broken(services.settings))
    _understood(_Greeted(engine, first), services)
    assert asked


async def test_as_many_jobs_run_as_are_taken(services: Services) -> None:
    """Forty jobs that are taken at once are all in work at once, however few cores there are."""
    many = 40
    worker = Worker(replace(services, settings=services.settings.model_copy(update={"worker_concurrency": many})))
    together, get = threading.Barrier(many, timeout=30), services.engines.get

    def meet(name: str) -> Any:
        together.wait()
        return get(name)

    services.engines.get = meet  # type: ignore[method-assign]
    events = [{"id": f"m{number}", "input": {"text": "Hi.", "engine": "espeak"}} for number in range(many)]
    replies = await asyncio.gather(*(worker.handle(event) for event in events))
    assert [reply["status"] for reply in replies] == ["completed"] * many
