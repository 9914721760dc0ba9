"""How well the worker keeps one engine busy, and what a job costs from the queue and back.

    python benchmarks/queueing.py [--jobs N] [--asked N]

The engine holds its only lane for as long as it is told: what is measured is the queueing, which must not depend on how
fast a model computes on this machine. Real workers under RunPod's SDK take the jobs from a queue on 127.0.0.1.

- makespan: jobs of 1.2 s of the engine, all sent at once to one worker with WORKER_CONCURRENCY=2: the time until the
  last result, as a ratio to the engine's own sum. Beside it the SDK as its documentation starts it: a plain handler
  that sleeps as long, and does nothing else.
- overhead: jobs one after another from as many clients as there are workers, 1 and 4: the time from sending a job to
  its result, less the engine's own.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT)]  # not this folder, whose http.py would hide Python's

from tests.support.runpod_queue import Queue, WorkerProcess

ENGINE_S = 1.2
SHORT_S = 0.2
WORKERS = (1, 4)
TEXT = "Hello."

OURS = ("-m", "tests.support.timed_engine", "worker")

PLAIN = (
    "-c",
    """
import os, time, runpod

def handler(job):
    time.sleep(float(os.environ["ENGINE_SECONDS"]))
    return {"status": "completed"}

runpod.serverless.start({"handler": handler})
""",
)


@contextmanager
def workers(program: Sequence[str], seconds: float, count: int) -> Iterator[Queue]:
    """A queue with so many workers, each of which has done a job already."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        queue = stack.enter_context(Queue())
        environ = {
            "ENGINES": "espeak", "ALIGNERS": "engine", "WORKER_CONCURRENCY": "2", "MODELS_DIR": str(folder),
            "LOCAL_STORE": str(folder / "store"), "ALLOW_LOCAL_STORE": "1", "RUNPOD_LOG_LEVEL": "ERROR",
            "ENGINE_SECONDS": str(seconds),
        }  # fmt: skip
        for number in range(count):
            stack.enter_context(WorkerProcess(queue, f"w{number}", environ, folder / f"w{number}.log", program))
        for number in itertools.count():
            queue.submit(f"warm{number}", text=TEXT)
            queue.result(f"warm{number}")
            if len({worker for _, worker in queue.taken}) == count:
                break
        yield queue


def makespan(program: Sequence[str], jobs: int) -> float:
    """Seconds until the last of the jobs has ended that are sent at once, as a ratio to the engine's sum."""
    with workers(program, ENGINE_S, 1) as queue:
        began = time.monotonic()
        for number in range(jobs):
            queue.submit(f"j{number}", text=TEXT)
        for number in range(jobs):
            assert "error" not in queue.result(f"j{number}")
        return (time.monotonic() - began) / (jobs * ENGINE_S)


def overheads(count: int, jobs: int) -> list[float]:
    """Milliseconds of each of the jobs beyond the engine's own, in as many workers, each with a client."""
    found: list[float] = []

    def ask(client: int) -> None:
        for number in range(jobs // count):
            began = time.monotonic()
            queue.submit(f"c{client}-{number}", text=TEXT)
            reply = queue.result(f"c{client}-{number}")["output"]
            found.append(1000 * (time.monotonic() - began - reply["metrics"]["speak"]))

    with workers(OURS, SHORT_S, count) as queue:
        clients = [threading.Thread(target=ask, args=(client,)) for client in range(count)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
    return found


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """The 50th, 95th and 99th."""
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {f"p{share}": round(cuts[share - 1], 1) for share in (50, 95, 99)}


def main() -> None:
    """Measure; print a table, then one JSON object of figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--asked", type=int, default=100, help="jobs for the overhead, with each number of workers")
    given = parser.parse_args()
    ours, plain = makespan(OURS, given.jobs), makespan(PLAIN, given.jobs)
    print(
        f"{given.jobs} jobs of {ENGINE_S} s of one engine: {ours:.3f} of its sum; the SDK's plain handler {plain:.3f}\n"
    )
    overhead = {count: percentiles(overheads(count, given.asked)) for count in WORKERS}
    print(f"{'overhead, ms':16}{'p50':>10}{'p95':>10}{'p99':>10}")
    for count, figures in overhead.items():
        print(f"{count} worker{'s' * (count > 1):8}" + "".join(f"{value:10.1f}" for value in figures.values()))
    flat = {f"overhead_{name}_ms_{count}": value for count, found in overhead.items() for name, value in found.items()}
    print("\n" + json.dumps({"makespan_ratio": round(ours, 3), "plain_ratio": round(plain, 3), **flat}))


if __name__ == "__main__":
    main()
