"""The scheduler on a model of plain Python: everybody's own result, whoever else comes, goes or fails."""

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
from handler.engines.f5.scheduler import Job, Scheduler
from handler.errors import Cancelled, EngineError, OutOfMemory
from tests.support.cancellations import Checked

EVERYTHING = 10**6


@dataclass(frozen=True)
class Piece:
    """An item: what is to come of it, and what goes wrong with it."""

    name: str
    frames: int = 100
    schedule: int = 3
    fault: Exception | None = None


@dataclass
class Stub:
    """A model whose batches add a letter to each item's name at each step.

    ``memory`` is what fits, in frames; ``on_step`` is called in the model's thread before each step.
    """

    memory: int = EVERYTHING
    on_step: Callable[[Sequence[str]], None] = lambda _: None
    started: list[list[str]] = field(default_factory=list)
    steps: list[list[str]] = field(default_factory=list)

    def start(self, items: Sequence[Piece]) -> Tracks:
        self.started.append([item.name for item in items])
        return Tracks(self, items)


@dataclass
class Row:
    item: Piece
    grown: str = ""


class Tracks:
    """A batch of a Stub."""

    def __init__(self, stub: Stub, items: Sequence[Piece]) -> None:
        self._stub = stub
        self._rows = [Row(item) for item in items]
        self._left = items[0].schedule

    @property
    def done(self) -> bool:
        return not self._left

    def step(self) -> None:
        names = [row.item.name for row in self._rows]
        self._stub.steps.append(names)
        self._stub.on_step(names)
        if len(self._rows) * max(row.item.frames for row in self._rows) > self._stub.memory:
            raise OutOfMemory("it does not fit")
        for row in self._rows:
            if isinstance(row.item.fault, RuntimeError) and self._left == 1:
                raise row.item.fault
            row.grown += "x"
        self._left -= 1

    def drop(self, places: Collection[int]) -> None:
        self._rows = [row for place, row in enumerate(self._rows) if place not in places]
        assert self._rows

    def result(self, place: int) -> str:
        row = self._rows[place]
        if isinstance(row.item.fault, EngineError):
            raise row.item.fault
        return f"{row.item.name}{row.grown}"


Handle = Job[Piece, str]


@contextmanager
def scheduler_of(stub: Stub, budget: int = EVERYTHING, **options: Any) -> Iterator[Scheduler[Piece, str]]:
    scheduler: Scheduler[Piece, str] = Scheduler(stub.start, budget, **options)
    try:
        yield scheduler
    finally:
        scheduler.close()
        scheduler.join()


def pieces(name: str, count: int, **options: Any) -> list[Piece]:
    return [Piece(f"{name}{number}", **options) for number in range(count)]


def results(scheduler: Scheduler[Piece, str], items: Sequence[Piece], cancellation: Cancellation = NEVER) -> list[str]:
    job = scheduler.submit(items)
    try:
        return [job.next(cancellation) for _ in items]
    finally:
        scheduler.leave(job)


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


def test_results_come_in_order() -> None:
    """A job has its results in the order of its items, whatever batches they were computed in."""
    items = [Piece(f"a{number}", frames) for number, frames in enumerate((100, 1000, 100, 990, 500))]
    with scheduler_of(stub := Stub()) as scheduler:
        assert results(scheduler, items) == [f"a{number}xxx" for number in range(5)]
    assert stub.started == [["a0"], ["a1", "a3"], ["a2"], ["a4"]]


def test_a_job_alone_is_always_parted_alike() -> None:
    """The batches of a job that is alone are the same each time: they decide the last bits of the sound."""
    draw = random.Random(1)
    items = [Piece(f"a{number}", draw.randint(300, 2000)) for number in range(30)]
    with scheduler_of(stub := Stub(), 5000) as scheduler:
        for _ in range(5):
            results(scheduler, items)
    rounds = len(stub.started) // 5
    assert rounds < len(items)
    assert stub.started == stub.started[:rounds] * 5


def test_a_first_chunk_interrupts() -> None:
    """Who comes while a long batch is computed does not wait for its end, and that one goes on where it was."""
    gate = Gate(at=4)
    with scheduler_of(stub := Stub(on_step=gate)) as scheduler, ThreadPoolExecutor(1) as pool:
        long = pool.submit(results, scheduler, pieces("a", 4))
        assert gate.reached.wait(30)
        new = scheduler.submit(pieces("b", 2))
        gate.open.set()
        assert new.next(NEVER) == "b0xxx"
        assert new.next(NEVER) == "b1xxx"
        assert long.result() == [f"a{number}xxx" for number in range(4)]
        scheduler.leave(new)
    rest = ["a1", "a2", "a3"]
    assert stub.steps == [["a0"]] * 3 + [rest] + [["b0"]] * 3 + [rest] * 2 + [["b1"]] * 3


def test_a_batch_is_interrupted_once() -> None:
    """However many first chunks come, a batch is done after one of them; first chunks themselves are not held up."""
    new: list[Handle] = []

    def come(names: Sequence[str]) -> None:
        if names == ["b1", "b2"] or not new:
            new.append(scheduler.submit([Piece(f"n{len(new)}")]))

    with scheduler_of(stub := Stub(on_step=come)) as scheduler:
        assert results(scheduler, pieces("b", 3)) == ["b0xxx", "b1xxx", "b2xxx"]
        assert [job.next(NEVER) for job in new] == [f"n{number}xxx" for number in range(4)]
    rest = ["b1", "b2"]
    expected = [["b0"]] * 3 + [["n0"]] * 3 + [rest] + [["n1"]] * 3 + [rest] * 2 + [["n2", "n3"]] * 3
    assert stub.steps == expected


def test_who_leaves_makes_room_at_the_next_step() -> None:
    """Of a job that is left nothing more is computed: what waits leaves the line, its rows leave the batch."""
    gate = Gate(at=6)
    with scheduler_of(stub := Stub(on_step=gate), 300) as scheduler, ThreadPoolExecutor(1) as pool:
        first = Gate()
        stub.on_step = first
        waiting = pool.submit(results, scheduler, pieces("z", 1))
        assert first.reached.wait(30)
        stays, goes = scheduler.submit(pieces("a", 3)), scheduler.submit(pieces("b", 9))
        stub.on_step = gate
        first.open.set()
        # z alone, then both first chunks; held before the first batch of the rest has made its first step.
        assert gate.reached.wait(30)
        scheduler.leave(goes)
        gate.open.set()
        assert [stays.next(NEVER) for _ in range(3)] == ["a0xxx", "a1xxx", "a2xxx"]
        assert waiting.result() == ["z0xxx"]
        scheduler.leave(stays)
    held = stub.steps.index(next(names for names in stub.steps if len(names) == 3))
    assert any(name.startswith("b") for name in stub.steps[held])
    assert not any(name.startswith("b") for names in stub.steps[held + 1 :] for name in names)


def test_a_batch_that_nobody_wants_is_not_computed_to_its_end() -> None:
    """When all of a batch have left, the model goes on to the next at once."""
    gate = Gate(at=1)
    with scheduler_of(stub := Stub(on_step=gate)) as scheduler:
        gone = scheduler.submit([Piece("a", schedule=50)])
        assert gate.reached.wait(30)
        scheduler.leave(gone)
        gate.open.set()
        assert results(scheduler, [Piece("b")]) == ["bxxx"]
    assert len(stub.steps) == 1 + 3


def test_a_check_that_raises_ends_the_waiting() -> None:
    """A job that waits for others is asked again and again whether it should go on, and stops when it should not."""
    gate, asked = Gate(), iter(range(5))

    def check() -> None:
        if next(asked, None) is None:
            raise Cancelled("the job was cancelled")

    with scheduler_of(Stub(on_step=gate)) as scheduler:
        held = scheduler.submit([Piece("a")])
        assert gate.reached.wait(30)
        with pytest.raises(Cancelled):
            results(scheduler, [Piece("b")], Checked(check))
        gate.open.set()
        assert held.next(NEVER) == "axxx"


def test_a_bad_item_fails_its_own_job() -> None:
    """An item without a result takes the rest of its job with it, and nobody else in its batch."""
    bad = [*pieces("a", 3), Piece("bad", fault=EngineError("mute")), *pieces("c", 3)]
    gate = Gate()
    with scheduler_of(stub := Stub(on_step=gate)) as scheduler, ThreadPoolExecutor(2) as pool:
        failing = pool.submit(results, scheduler, bad)
        assert gate.reached.wait(30)
        other = pool.submit(results, scheduler, pieces("b", 5))
        gate.open.set()
        with pytest.raises(EngineError, match="mute"):
            failing.result()
        assert other.result() == [f"b{number}xxx" for number in range(5)]
    started = [name for names in stub.started for name in names]
    assert len(set(started)) == len(started), "nothing had to be computed again"


def test_an_error_of_a_whole_batch_is_pinned_on_its_culprit() -> None:
    """After an error that names no item the items are computed one by one; only the one that breaks alone fails."""
    bad = Piece("bad", fault=RuntimeError("CUDA error"))
    gate = Gate(at=3)
    explained: list[Exception] = []

    def explain(error: Exception) -> Exception:
        explained.append(error)
        return EngineError("the model failed")

    with scheduler_of(stub := Stub(on_step=gate), explain=explain) as scheduler:
        held = scheduler.submit([Piece("z")])
        assert gate.reached.wait(30)
        jobs = [scheduler.submit([item]) for item in (Piece("a"), bad, Piece("b"))]
        gate.open.set()
        assert [held.next(NEVER), jobs[0].next(NEVER), jobs[2].next(NEVER)] == ["zxxx", "axxx", "bxxx"]
        with pytest.raises(EngineError, match="the model failed"):
            jobs[1].next(NEVER)
    assert stub.started == [["z"], ["a", "bad", "b"], ["a"], ["bad"], ["b"]]
    assert explained == [bad.fault]


def test_a_batch_that_does_not_fit_is_halved_and_none_is_as_large_again() -> None:
    """Out of memory costs no job: the batch is computed in halves, and later ones are small enough at once."""
    with scheduler_of(stub := Stub(memory=300)) as scheduler:
        assert results(scheduler, pieces("a", 9)) == [f"a{number}xxx" for number in range(9)]
        sizes = [len(names) for names in stub.started]
        assert sizes == [1, 8, 4, 2, 2, 2, 2]
        assert scheduler.budget == 200
        stub.started.clear()
        results(scheduler, pieces("b", 9))
        assert [len(names) for names in stub.started] == [1, 2, 2, 2, 2]


def test_one_item_that_does_not_fit_fails_its_job() -> None:
    """What cannot be halved is out of memory, which has the worker replaced; others are still computed."""
    with scheduler_of(Stub(memory=300)) as scheduler:
        with pytest.raises(OutOfMemory) as caught:
            results(scheduler, [Piece("a", 500)])
        assert caught.value.refresh_worker
        assert results(scheduler, [Piece("b", 300)]) == ["bxxx"]


def test_an_error_holds_none_of_the_models_memory() -> None:
    """What a failed batch was computing is let go before its items are tried again, though its error is kept."""

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

    with scheduler_of(Stub(on_step=step)) as scheduler:
        assert results(scheduler, pieces("a", 4)) == [f"a{number}xxx" for number in range(4)]
    assert max(at_retry) == 0


def test_functions_are_run_by_the_thread_of_the_model() -> None:
    """What others want of the model is done between two steps, by the one thread that owns it; errors are theirs."""
    gate = Gate()
    owners: list[str] = []
    stub = Stub(on_step=gate)
    with scheduler_of(stub) as scheduler, ThreadPoolExecutor(1) as pool:
        job = scheduler.submit([Piece("a", schedule=4)])
        assert gate.reached.wait(30)
        found = pool.submit(scheduler.run, lambda: (threading.current_thread().name, len(stub.steps)))
        while not scheduler._errands:
            assert not found.done()
        gate.open.set()
        assert found.result() == ("f5", 1)
        with pytest.raises(ZeroDivisionError):
            scheduler.run(lambda: 1 // 0)
        stub.on_step = lambda _: owners.append(threading.current_thread().name)
        assert job.next(NEVER) == "axxxx"
        assert results(scheduler, pieces("b", 2))
    assert set(owners) == {"f5"}


def test_a_closed_scheduler_leaves_nobody_waiting() -> None:
    """Jobs that are not done fail when it is closed, its thread ends, and who comes later is told."""
    gate = Gate()
    scheduler: Scheduler[Piece, str] = Scheduler(Stub(on_step=gate).start, EVERYTHING)
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(results, scheduler, pieces(name, 2)) for name in "ab"]
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
        scheduler.submit([Piece("c")])
    with pytest.raises(EngineError, match="stopped"):
        scheduler.run(lambda: None)


EXIT = """
import atexit, sys, threading
atexit.register(lambda: print(thread.is_alive()))  # the last of all that is run at the end
from handler.engines.f5.scheduler import Scheduler
from tests.engines.f5.test_scheduler import Piece, Stub

class Heavy(Stub):
    def __del__(self):
        for _ in range(2_000_000): pass
        print("freed")

begun = threading.Event()
scheduler = Scheduler(Heavy(on_step=lambda _: begun.set()).start, 1)
thread = scheduler._thread
job = scheduler.submit([Piece("a", schedule=10**9)])
begun.wait()
if sys.argv[1] == "forgotten":
    scheduler.close()
    del scheduler, job
"""


@pytest.mark.parametrize("case", ["in the middle", "forgotten"])
def test_the_end_of_the_process_waits_for_the_thread(case: str) -> None:
    """A process that ends while its thread computes, or frees a model, lets it finish; torch would abort it."""
    child = subprocess.run([sys.executable, "-c", EXIT, case], capture_output=True, text=True, timeout=60, check=True)
    assert "False" in child.stdout.splitlines()
    assert case == "in the middle" or "freed" in child.stdout


def items_of(draw: random.Random, name: str) -> list[Piece]:
    faults: Sequence[Exception | None] = [None] * 25 + [EngineError("mute"), RuntimeError("CUDA error")]
    steps = draw.choice((2, 2, 3))
    return [
        Piece(f"{name}.{number}.", draw.randint(300, 2000), steps, draw.choice(faults))
        for number in range(draw.choice((1, 2, 4, 8)))
    ]


def lived(draw: random.Random, scheduler: Scheduler[Piece, str], items: Sequence[Piece]) -> str:
    """How a job ends that may lose patience at any time: what it was promised, in order, up to where it stopped."""
    stops_after = draw.choice((None, None, None, 0, 1, 3))
    job = scheduler.submit(items, draw.choice((1, 1, 2)))
    try:
        for number, item in enumerate(items):
            if number == stops_after:
                return "left"
            assert job.next(NEVER) == item.name + "x" * item.schedule
        assert not any(item.fault for item in items)
        return "done"
    except EngineError as error:
        return "failed" if str(error) in {str(item.fault) for item in items} else "failed for another's fault"
    finally:
        scheduler.leave(job)


@pytest.mark.parametrize("block", range(8))
def test_random_schedules(block: int) -> None:
    """In 200 random schedules with jobs that leave and items that break, everybody else has his own results."""
    ends: list[str] = []
    mixed = 0
    for seed in range(block * 25, block * 25 + 25):
        draw = random.Random(seed)
        stub = Stub(memory=draw.choice((EVERYTHING, 4000)))
        budget = draw.choice((1, 5000, 20_000))

        def explain(error: Exception) -> Exception:
            return EngineError(str(error))

        with scheduler_of(stub, budget, explain=explain) as scheduler, ThreadPoolExecutor(5) as pool:
            jobs = [(random.Random(draw.random()), items_of(draw, str(number))) for number in range(12)]
            ends += pool.map(lambda job, scheduler=scheduler: lived(job[0], scheduler, job[1]), jobs)
            assert not scheduler._line
            assert not scheduler._jobs
        mixed += sum(len({name.partition(".")[0] for name in names}) > 1 for names in stub.started)
    assert set(ends) == {"done", "left", "failed"}
    assert mixed, "jobs that never share a batch would prove nothing"
