"""The scheduler on a fake model: each job gets its own results, whatever other jobs come, are cancelled or fail."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from handler.cancellation import NEVER, Cancellation
from handler.engines.scheduler import Job, Scheduler
from handler.errors import Cancelled, EngineError, OutOfMemory
from handler.telemetry import counters
from tests.support.cancellations import Checked

EVERYTHING = 10**6


@dataclass(frozen=True)
class FakeItem:
    """An item, the error that computing it raises, and how many steps ``early`` it is finished."""

    name: str
    frames: int = 100
    schedule: int = 3
    fault: Exception | None = None
    early: int = 0


@dataclass
class FakeModel:
    """A model whose batches add a letter to each item's name at each step.

    ``memory`` is what fits, in frames; ``on_step`` is called in the model's thread before each step.
    """

    memory: int = EVERYTHING
    on_step: Callable[[Sequence[str]], None] = lambda _: None
    started: list[list[str]] = field(default_factory=list)
    steps: list[list[str]] = field(default_factory=list)

    def start(self, items: Sequence[FakeItem]) -> FakeBatch:
        self.started.append([item.name for item in items])
        return FakeBatch(self, items)


@dataclass
class Row:
    item: FakeItem
    grown: str = ""


class FakeBatch:
    """A batch of a FakeModel."""

    def __init__(self, model: FakeModel, items: Sequence[FakeItem]) -> None:
        self._model = model
        self._rows = [Row(item) for item in items]
        self._left = items[0].schedule

    @property
    def finished(self) -> Collection[int]:
        return [number for number, row in enumerate(self._rows) if self._left <= row.item.early]

    def step(self) -> None:
        names = [row.item.name for row in self._rows]
        self._model.steps.append(names)
        self._model.on_step(names)
        if len(self._rows) * max(row.item.frames for row in self._rows) > self._model.memory:
            raise OutOfMemory("it does not fit")
        for row in self._rows:
            if isinstance(row.item.fault, RuntimeError) and self._left == 1:
                raise row.item.fault
            row.grown += "x"
        self._left -= 1

    def drop(self, indices: Collection[int]) -> None:
        self._rows = [row for index, row in enumerate(self._rows) if index not in indices]
        assert self._rows

    def result(self, index: int) -> str:
        row = self._rows[index]
        if isinstance(row.item.fault, EngineError):
            raise row.item.fault
        return f"{row.item.name}{row.grown}"


Handle = Job[FakeItem, str]


@contextmanager
def scheduler_of(model: FakeModel, budget: int = EVERYTHING, **options: Any) -> Iterator[Scheduler[FakeItem, str]]:
    scheduler: Scheduler[FakeItem, str] = Scheduler(model.start, budget, **options)
    try:
        yield scheduler
    finally:
        scheduler.close()
        scheduler.join()


def items_named(name: str, count: int, **options: Any) -> list[FakeItem]:
    return [FakeItem(f"{name}{number}", **options) for number in range(count)]


def results(
    scheduler: Scheduler[FakeItem, str], items: Sequence[FakeItem], cancellation: Cancellation = NEVER
) -> list[str]:
    job = scheduler.submit(items)
    try:
        return [job.next(cancellation) for _ in items]
    finally:
        scheduler.cancel(job)


class Gate:
    """Holds the model before a step until it is opened, so that tests decide what has come by then."""

    def __init__(self, at: int = 1) -> None:
        self._at = at
        self.reached = threading.Event()
        self.open = threading.Event()

    def __call__(self, _: Sequence[str]) -> None:
        self._at -= 1
        if self._at == 0:
            self.reached.set()
            assert self.open.wait(30)


def test_results_are_in_item_order() -> None:
    """A job has its results in the order of its items, whatever batches they were computed in."""
    items = [FakeItem(f"a{number}", frames) for number, frames in enumerate((100, 1000, 100, 990, 500))]
    with scheduler_of(model := FakeModel()) as scheduler:
        assert results(scheduler, items) == [f"a{number}xxx" for number in range(5)]
    assert model.started == [["a0"], ["a1", "a3"], ["a2"], ["a4"]]


def test_batches_are_counted_with_their_room() -> None:
    """Each batch is counted, with its items, its frames and those that it had room for: how full it was."""
    with scheduler_of(FakeModel(), 1000, name="counted") as scheduler:
        results(scheduler, [FakeItem("a", 400), FakeItem("b", 300), FakeItem("c", 300)])
    counted = {name: value for (name, engine), value in counters.values().items() if engine == "counted"}
    assert counted == {"batches": 2, "batch_items": 3, "batch_frames": 1000, "batch_capacity_frames": 2000}


def test_job_alone_is_always_batched_alike() -> None:
    """The batches of a job that is alone are the same each time: they decide the last bits of the sound."""
    draw = random.Random(1)
    items = [FakeItem(f"a{number}", draw.randint(300, 2000)) for number in range(30)]
    with scheduler_of(model := FakeModel(), 5000) as scheduler:
        for _ in range(5):
            results(scheduler, items)
    rounds = len(model.started) // 5
    assert rounds < len(items)
    assert model.started == model.started[:rounds] * 5


def test_first_item_preempts_a_batch() -> None:
    """A new job does not wait for the end of a long batch, which then goes on where it was."""
    gate = Gate(at=4)
    with scheduler_of(model := FakeModel(on_step=gate)) as scheduler, ThreadPoolExecutor(1) as pool:
        long = pool.submit(results, scheduler, items_named("a", 4))
        assert gate.reached.wait(30)
        new = scheduler.submit(items_named("b", 2))
        gate.open.set()
        assert new.next(NEVER) == "b0xxx"
        assert new.next(NEVER) == "b1xxx"
        assert long.result() == [f"a{number}xxx" for number in range(4)]
        scheduler.cancel(new)
    rest = ["a1", "a2", "a3"]
    assert model.steps == [["a0"]] * 3 + [rest] + [["b0"]] * 3 + [rest] * 2 + [["b1"]] * 3


def test_batch_is_preempted_once() -> None:
    """However many new jobs come, a batch is preempted by one batch of first items, which is not preempted itself."""
    new: list[Handle] = []

    def come(names: Sequence[str]) -> None:
        if names == ["b1", "b2"] or not new:
            new.append(scheduler.submit([FakeItem(f"n{len(new)}")]))

    with scheduler_of(model := FakeModel(on_step=come)) as scheduler:
        assert results(scheduler, items_named("b", 3)) == ["b0xxx", "b1xxx", "b2xxx"]
        assert [job.next(NEVER) for job in new] == [f"n{number}xxx" for number in range(4)]
    rest = ["b1", "b2"]
    expected = [["b0"]] * 3 + [["n0"]] * 3 + [rest] + [["n1"]] * 3 + [rest] * 2 + [["n2", "n3"]] * 3
    assert model.steps == expected


def test_cancelled_job_is_dropped_at_the_next_step() -> None:
    """Nothing more of a cancelled job is computed: its waiting items leave the queue, its running ones the batch."""
    gate = Gate(at=6)
    with scheduler_of(model := FakeModel(on_step=gate), 300) as scheduler, ThreadPoolExecutor(1) as pool:
        first = Gate()
        model.on_step = first
        waiting = pool.submit(results, scheduler, items_named("z", 1))
        assert first.reached.wait(30)
        stays, goes = scheduler.submit(items_named("a", 3)), scheduler.submit(items_named("b", 9))
        model.on_step = gate
        first.open.set()
        # z alone, then both first chunks; held before the first batch of the rest has made its first step.
        assert gate.reached.wait(30)
        scheduler.cancel(goes)
        gate.open.set()
        assert [stays.next(NEVER) for _ in range(3)] == ["a0xxx", "a1xxx", "a2xxx"]
        assert waiting.result() == ["z0xxx"]
        scheduler.cancel(stays)
    held = model.steps.index(next(names for names in model.steps if len(names) == 3))
    assert any(name.startswith("b") for name in model.steps[held])
    assert not any(name.startswith("b") for names in model.steps[held + 1 :] for name in names)


def test_batch_of_cancelled_jobs_is_abandoned() -> None:
    """When all jobs of a batch are cancelled, the model goes on to the next batch at once."""
    gate = Gate(at=1)
    with scheduler_of(model := FakeModel(on_step=gate)) as scheduler:
        gone = scheduler.submit([FakeItem("a", schedule=50)])
        assert gate.reached.wait(30)
        scheduler.cancel(gone)
        gate.open.set()
        assert results(scheduler, [FakeItem("b")]) == ["bxxx"]
    assert len(model.steps) == 1 + 3


def test_cancellation_ends_the_waiting() -> None:
    """A job that waits for others stops when its cancellation says so."""
    gate, asked = Gate(), iter(range(5))

    def check() -> None:
        if next(asked, None) is None:
            raise Cancelled("the job was cancelled")

    with scheduler_of(FakeModel(on_step=gate)) as scheduler:
        held = scheduler.submit([FakeItem("a")])
        assert gate.reached.wait(30)
        with pytest.raises(Cancelled):
            results(scheduler, [FakeItem("b")], Checked(check))
        gate.open.set()
        assert held.next(NEVER) == "axxx"


def test_failing_item_fails_its_own_job() -> None:
    """An item without a result fails its own job, and no other job in its batch."""
    bad = [*items_named("a", 3), FakeItem("bad", fault=EngineError("mute")), *items_named("c", 3)]
    gate = Gate()
    with scheduler_of(model := FakeModel(on_step=gate)) as scheduler, ThreadPoolExecutor(2) as pool:
        failing = pool.submit(results, scheduler, bad)
        assert gate.reached.wait(30)
        other = pool.submit(results, scheduler, items_named("b", 5))
        gate.open.set()
        with pytest.raises(EngineError, match="mute"):
            failing.result()
        assert other.result() == [f"b{number}xxx" for number in range(5)]
    started = [name for names in model.started for name in names]
    assert len(set(started)) == len(started), "nothing had to be computed again"


def test_failed_batch_is_computed_one_by_one() -> None:
    """After an error that names no item the items are computed one by one; only the one that breaks alone fails."""
    bad = FakeItem("bad", fault=RuntimeError("CUDA error"))
    gate = Gate(at=3)
    explained: list[Exception] = []

    def explain(error: Exception) -> Exception:
        explained.append(error)
        return EngineError("the model failed")

    with scheduler_of(model := FakeModel(on_step=gate), explain=explain) as scheduler:
        held = scheduler.submit([FakeItem("z")])
        assert gate.reached.wait(30)
        jobs = [scheduler.submit([item]) for item in (FakeItem("a"), bad, FakeItem("b"))]
        gate.open.set()
        assert [held.next(NEVER), jobs[0].next(NEVER), jobs[2].next(NEVER)] == ["zxxx", "axxx", "bxxx"]
        with pytest.raises(EngineError, match="the model failed"):
            jobs[1].next(NEVER)
    assert model.started == [["z"], ["a", "bad", "b"], ["a"], ["bad"], ["b"]]
    assert explained == [bad.fault]


def test_out_of_memory_halves_this_and_later_batches() -> None:
    """Out of memory costs no job: the batch is computed in halves, and later ones are small enough at once."""
    with scheduler_of(model := FakeModel(memory=300)) as scheduler:
        assert results(scheduler, items_named("a", 9)) == [f"a{number}xxx" for number in range(9)]
        sizes = [len(names) for names in model.started]
        assert sizes == [1, 8, 4, 2, 2, 2, 2]
        assert scheduler.budget == 200
        model.started.clear()
        results(scheduler, items_named("b", 9))
        assert [len(names) for names in model.started] == [1, 2, 2, 2, 2]


def test_item_too_large_for_memory_fails_its_job() -> None:
    """A single item that does not fit raises OutOfMemory, which replaces the worker; other jobs are still computed."""
    with scheduler_of(FakeModel(memory=300)) as scheduler:
        with pytest.raises(OutOfMemory) as caught:
            results(scheduler, [FakeItem("a", 500)])
        assert caught.value.refresh_worker
        assert results(scheduler, [FakeItem("b", 300)]) == ["bxxx"]


def test_error_releases_the_memory_of_its_batch() -> None:
    """A failed batch releases its tensors before its items are computed again, though its error is kept."""

    class Tensor:
        pass

    alive: list[weakref.ref[Tensor]] = []
    at_retry: list[int] = []

    def step(names: Sequence[str]) -> None:
        at_retry.append(sum(each() is not None for each in alive))
        activations = Tensor()
        alive.append(weakref.ref(activations))
        if len(names) > 1:
            raise RuntimeError("CUDA error") from ValueError(names)

    with scheduler_of(FakeModel(on_step=step)) as scheduler:
        assert results(scheduler, items_named("a", 4)) == [f"a{number}xxx" for number in range(4)]
    assert max(at_retry) == 0


def test_run_calls_functions_in_the_model_thread() -> None:
    """Functions of other threads run between two steps, in the thread of the model; their errors reach the caller."""
    gate = Gate()
    owners: list[str] = []
    model = FakeModel(on_step=gate)
    with scheduler_of(model) as scheduler, ThreadPoolExecutor(1) as pool:
        job = scheduler.submit([FakeItem("a", schedule=4)])
        assert gate.reached.wait(30)
        found = pool.submit(scheduler.run, lambda: (threading.current_thread().name, len(model.steps)))
        while not scheduler._callbacks:
            assert not found.done()
        gate.open.set()
        assert found.result() == ("engine", 1)
        with pytest.raises(ZeroDivisionError):
            scheduler.run(lambda: 1 // 0)
        model.on_step = lambda _: owners.append(threading.current_thread().name)
        assert job.next(NEVER) == "axxxx"
        assert results(scheduler, items_named("b", 2))
    assert set(owners) == {"engine"}


def test_errors_of_a_function_are_explained() -> None:
    """What the model raises in a function reaches its caller as `explain` puts it, as in a batch."""

    def explain(error: Exception) -> Exception:
        return EngineError("the model failed") if isinstance(error, RuntimeError) else error

    def fail(error: Exception) -> None:
        raise error

    scheduler: Scheduler[FakeItem, str] = Scheduler(FakeModel().start, EVERYTHING, explain)
    with pytest.raises(EngineError, match="the model failed"):
        scheduler.run(lambda: fail(RuntimeError("CUDA error")))
    with pytest.raises(ValueError, match="of ours"):
        scheduler.run(lambda: fail(ValueError("a mistake of ours")))
    scheduler.close()


def test_results_come_in_order_and_a_closed_iterator_drops_the_rest() -> None:
    """Nothing is submitted before the first result is asked for; closing ends the job."""
    gate = Gate()
    model = FakeModel()
    with scheduler_of(model) as scheduler:
        unasked = scheduler.results(items_named("a", 2), NEVER)
        assert not scheduler._jobs
        assert list(unasked) == results(scheduler, items_named("a", 2))
        assert list(scheduler.results([], NEVER)) == []
        model.on_step = lambda names: gate(names) if "b1" in names else None
        speaking = scheduler.results([FakeItem("b0"), FakeItem("b1", schedule=4)], NEVER)
        assert next(speaking).startswith("b0")
        assert gate.reached.wait(30)
        speaking.close()
        assert not scheduler._jobs
        gate.open.set()
        assert results(scheduler, items_named("c", 2))


def test_close_of_an_idle_scheduler_frees_its_model() -> None:
    """Without jobs its thread, which holds the model, has ended when `close` returns."""
    with scheduler_of(FakeModel()) as scheduler:
        results(scheduler, items_named("a", 2))
        scheduler.close()
        assert not scheduler._thread.is_alive()


def test_close_fails_waiting_jobs() -> None:
    """Closing fails the jobs that are not done and ends the thread; a later call raises the same error."""
    gate = Gate()
    scheduler: Scheduler[FakeItem, str] = Scheduler(FakeModel(on_step=gate).start, EVERYTHING)
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(results, scheduler, items_named(name, 2)) for name in "ab"]
        assert gate.reached.wait(30)
        while len(scheduler._jobs) < 2:
            assert not any(each.done() for each in waiting)
        scheduler.close()
        gate.open.set()
        for each in waiting:
            with pytest.raises(EngineError, match="stopped"):
                each.result()
    scheduler.join()
    scheduler.close()
    with pytest.raises(EngineError, match="stopped"):
        scheduler.submit([FakeItem("c")])
    with pytest.raises(EngineError, match="stopped"):
        scheduler.run(lambda: None)


EXIT = """
import atexit, sys, threading
atexit.register(lambda: print(thread.is_alive()))  # the last of all that is run at the end
from handler.engines.scheduler import Scheduler
from tests.engines.test_scheduler import FakeItem, FakeModel

class Heavy(FakeModel):
    def __del__(self):
        for _ in range(2_000_000): pass
        print("freed")

begun = threading.Event()
scheduler = Scheduler(Heavy(on_step=lambda _: begun.set()).start, 1)
thread = scheduler._thread
job = scheduler.submit([FakeItem("a", schedule=10**9)])
begun.wait()
if sys.argv[1] == "forgotten":
    scheduler.close()
    del scheduler, job
"""


@pytest.mark.parametrize("case", ["in the middle", "forgotten"])
def test_exit_joins_the_thread(case: str) -> None:
    """A process that exits while the thread computes, or frees a model, waits for it; torch would abort otherwise."""
    child = subprocess.run([sys.executable, "-c", EXIT, case], capture_output=True, text=True, timeout=60, check=True)
    assert "False" in child.stdout.splitlines()
    assert case == "in the middle" or "freed" in child.stdout


def items_of(draw: random.Random, name: str) -> list[FakeItem]:
    faults: Sequence[Exception | None] = [None] * 25 + [EngineError("mute"), RuntimeError("CUDA error")]
    steps = draw.choice((2, 2, 3))
    return [
        FakeItem(f"{name}.{number}.", draw.randint(300, 2000), steps, draw.choice(faults))
        for number in range(draw.choice((1, 2, 4, 8)))
    ]


def run_job(draw: random.Random, scheduler: Scheduler[FakeItem, str], items: Sequence[FakeItem]) -> str:
    """Run a job that may be cancelled at any time, check its results, and say how it ended."""
    stops_after = draw.choice((None, None, None, 0, 1, 3))
    job = scheduler.submit(items, draw.choice((1, 1, 2)))
    try:
        for number, item in enumerate(items):
            if number == stops_after:
                return "cancelled"
            assert job.next(NEVER) == item.name + "x" * item.schedule
        assert not any(item.fault for item in items)
        return "done"
    except EngineError as error:
        return "failed" if str(error) in {str(item.fault) for item in items} else "failed for another's fault"
    finally:
        scheduler.cancel(job)


@pytest.mark.parametrize("block", range(8))
def test_random_jobs_get_their_own_results(block: int) -> None:
    """In 200 random schedules with cancelled jobs and failing items, every other job gets its own results."""
    ends: list[str] = []
    mixed = 0
    for seed in range(block * 25, block * 25 + 25):
        draw = random.Random(seed)
        model = FakeModel(memory=draw.choice((EVERYTHING, 4000)))
        budget = draw.choice((1, 5000, 20_000))

        def explain(error: Exception) -> Exception:
            return EngineError(str(error))

        with scheduler_of(model, budget, explain=explain) as scheduler, ThreadPoolExecutor(5) as pool:
            jobs = [(random.Random(draw.random()), items_of(draw, str(number))) for number in range(12)]
            ends += pool.map(lambda job, scheduler=scheduler: run_job(job[0], scheduler, job[1]), jobs)
            assert not scheduler._queue
            assert not scheduler._jobs
        mixed += sum(len({name.partition(".")[0] for name in names}) > 1 for names in model.started)
    assert set(ends) == {"done", "cancelled", "failed"}
    assert mixed, "jobs that never share a batch would prove nothing"


def test_item_that_is_finished_early_is_given_at_once() -> None:
    """A result comes as soon as its item is finished, and the batch goes on without the item."""
    model = FakeModel()
    items = [FakeItem("long0"), FakeItem("short", early=2), FakeItem("long1")]
    with scheduler_of(model) as scheduler:
        job = scheduler.submit(items, urgent_items=3)
        given: list[bool] = []
        model.on_step = lambda _: given.append(job.resolved(1))
        assert [job.next(NEVER) for _ in items] == ["long0xxx", "shortx", "long1xxx"]
    assert model.steps == [["long0", "short", "long1"], ["long0", "long1"], ["long0", "long1"]]
    assert given[-1]
