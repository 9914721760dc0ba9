"""Chunks of several jobs in one batch: exact, cancelled within a step, and with too little memory for all."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch

from handler.cancellation import NEVER, Cancellation
from handler.engines.qwen3 import loading
from handler.engines.qwen3.engine import Qwen3Engine
from handler.engines.qwen3.sampler import Sampling
from handler.errors import Cancelled, OutOfMemory
from handler.types import Samples, SpeechOptions
from tests.engines.qwen3.conftest import engine_of, request_for
from tests.support import tiny_qwen3

CHUNKS = ("hello there", "and a longer text than this", "so it is", "the end of it all")
WIDTH = 4
WAIT_S = 60.0


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Qwen3Engine]:
    """An engine that computes four chunks at a time."""
    folder = tmp_path_factory.mktemp("custom")
    tiny_qwen3.make(folder, "custom_voice")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(loading, "CPU_WIDTH", WIDTH)
        engine = engine_of(folder, "custom-voice")
    yield engine
    engine.close()


def speech(engine: Qwen3Engine, job: int, cancellation: Cancellation = NEVER) -> list[Samples]:
    """What a job says; the seeds of its chunks tell whose they are."""
    requests = [request_for(text, index, 10 * job + index) for index, text in enumerate(CHUNKS)]
    return [each.samples for each in engine.speak(requests, engine.default_voice("en"), SpeechOptions(), cancellation)]


def same(ones: list[Samples], others: list[Samples]) -> bool:
    return all(np.array_equal(one, other) for one, other in zip(ones, others, strict=True))


def owners(batch: Sampling) -> set[int]:
    return {row.item.seed // 10 for row in batch._rows}


def test_cancelled_job_stops_within_a_step(engine: Qwen3Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that is cancelled amid a common batch has no row in the next step, and the other has its own bytes."""
    expected = speech(engine, 2)
    both, gone, cancellation = threading.Barrier(2), threading.Event(), Cancellation()
    after: list[set[int]] = []
    step = Sampling.step

    def stepped(batch: Sampling) -> None:
        if gone.is_set():
            after.append(owners(batch))
        elif owners(batch) == {1, 2} and batch._frames:
            cancellation.cancel()
            assert gone.wait(WAIT_S)
        step(batch)

    def cancelled() -> None:
        try:
            both.wait(WAIT_S)
            with pytest.raises(Cancelled):
                speech(engine, 1, cancellation)
        finally:
            gone.set()

    def other() -> list[Samples]:
        both.wait(WAIT_S)
        return speech(engine, 2)

    def both_submitted() -> None:
        """Hold the model's thread until both jobs wait for it."""
        scheduler = engine._scheduler
        with scheduler._changed:
            assert scheduler._changed.wait_for(lambda: len(scheduler._jobs) == 2, WAIT_S)

    monkeypatch.setattr(Sampling, "step", stepped)
    with ThreadPoolExecutor(3) as pool:
        held = pool.submit(engine._scheduler.run, both_submitted)
        stopped, found = pool.submit(cancelled), pool.submit(other)
        held.result(WAIT_S)
        stopped.result(WAIT_S)
        assert same(found.result(WAIT_S), expected)
    assert after
    assert set().union(*after) == {2}


def test_batch_too_large_for_memory_is_halved(engine: Qwen3Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """With memory for two rows all are spoken, with the same bytes, two at a time from then on; for none the job fails.

    Half as many rows take half the memory: each has its own.
    """
    monkeypatch.setattr(engine._scheduler, "budget", WIDTH)
    expected = speech(engine, 1)
    talk, room, failed = Sampling._talk, 2, [0]

    def cramped(batch: Sampling, inputs: torch.Tensor, positions: torch.Tensor, caches: Mapping[int, Any]) -> Any:
        if len(batch._rows) > room:
            failed[0] += 1
            raise torch.OutOfMemoryError("GPU 0")
        return talk(batch, inputs, positions, caches)

    monkeypatch.setattr(Sampling, "_talk", cramped)
    assert same(speech(engine, 1), expected)
    assert failed[0]
    once = failed[0]
    assert same(speech(engine, 1), expected)
    assert failed[0] == once
    room = 0
    with pytest.raises(OutOfMemory, match="send the job again") as caught:
        speech(engine, 1)
    assert caught.value.refresh_worker
