"""Real workers under RunPod's SDK on the tests' queue, with an engine of known seconds, to compare `fleet` with."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.support.runpod_queue import Queue, WorkerProcess

SECONDS = 1.2
CASES = ((1, 1, 8), (1, 2, 8), (2, 2, 16), (4, 2, 24))
"""Workers, lanes of each, and jobs."""
TEXT = "It works."
COMMAND = ("-m", "tests.support.timed_engine", "worker")


@dataclass(frozen=True)
class Run:
    """Jobs that were all there at once, for workers that were ready and asked for jobs."""

    workers: int
    lanes: int
    jobs: int
    seconds: float
    """Of the engine, for a job."""
    makespan: float
    """Until all jobs are posted."""
    overhead: float
    """Seconds of a job beside its engine, the median."""


def measured(folder: Path) -> Iterator[Run]:
    """Each of `CASES`, run."""
    for workers, lanes, jobs in CASES:
        yield _run(folder, workers, lanes, jobs)


def _run(folder: Path, workers: int, lanes: int, jobs: int) -> Run:
    environ = {
        "ENGINES": "espeak", "ALIGNERS": "engine", "ENGINE_SECONDS": str(SECONDS), "WORKER_CONCURRENCY": str(lanes),
        "LOCAL_STORE": str(folder / "store"), "ALLOW_LOCAL_STORE": "1", "MODELS_DIR": str(folder / "models"),
    }  # fmt: skip
    with Queue() as queue, ExitStack() as stack:
        for number in range(workers):
            name = f"w{number}"
            stack.enter_context(WorkerProcess(queue, name, environ, folder / f"{name}.log", COMMAND))
        _warm(queue, workers, lanes)
        names = [f"job-{workers}-{lanes}-{number}" for number in range(jobs)]
        began = time.perf_counter()
        for name in names:
            queue.submit(name, text=TEXT)
        replies = [queue.result(name)["output"] for name in names]
        took = time.perf_counter() - began
    overhead = statistics.median(reply["metrics"]["total"] - reply["metrics"]["speak"] for reply in replies)
    return Run(workers, lanes, jobs, SECONDS, took, overhead)


def _warm(queue: Queue, workers: int, lanes: int) -> None:
    """Have each worker do jobs until all have started and are warm, then let them ask for more."""
    number = 0
    while len({worker for _, worker in queue.taken}) < workers:
        for _ in range(workers):
            queue.submit(f"warm-{workers}-{lanes}-{number}", text=TEXT)
            number += 1
        queue.result(f"warm-{workers}-{lanes}-{number - 1}")
    for done in range(number):
        queue.result(f"warm-{workers}-{lanes}-{done}")
    # The SDK's loop looks once a second while it is full: after two it asks for all its lanes.
    time.sleep(2.5)
