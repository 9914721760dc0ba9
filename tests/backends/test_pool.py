"""The pool keeps the backends that memory holds, and drops the least recently used that no job uses."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from handler.backends import Backend, Pool
from handler.cancellation import NEVER, Cancellation, in_thread
from handler.errors import Cancelled, ConfigError, OutOfMemory
from handler.settings import Settings
from tests.support.stub_backends import PATIENCE, happens


class Memory:
    """Memory for ``size`` backends of one byte each, and a pool that fills it.

    ``estimated`` says whether the pool knows beforehand what is free; otherwise loading fails with ``shortage``.
    """

    def __init__(self, size: int, *, estimated: bool = True, shortage: type[Exception] = OutOfMemory) -> None:
        self.size, self.shortage = size, shortage
        self.held: weakref.WeakSet[Weights] = weakref.WeakSet()
        self.closed: list[str] = []
        self.warnings: list[str] = []
        self.gates: dict[str, Gate] = {}
        rows: Any = {name: self._row(name) for name in "abc"}
        free = (lambda: size - len(self.held)) if estimated else (lambda: 9)
        self.pool = WatchedPool("engine", rows, Settings.read({}), free)

    def _row(self, name: str) -> Backend[Stub]:
        return Backend(lambda _: Stub(name, self), memory_bytes=lambda _: 1)

    def gate(self, name: str) -> Gate:
        """Have the next load of the backend wait."""
        self.gates[name] = Gate()
        return self.gates[name]

    @contextmanager
    def lease(self, name: str, cancellation: Cancellation = NEVER) -> Iterator[Stub]:
        with self.pool.lease(name, self._warn, cancellation) as backend:
            yield backend

    def use_all(self, names: str, cancellation: Cancellation = NEVER) -> str:
        with self.pool.lease_all(names, self._warn, cancellation) as backends:
            return "".join(backend.name for backend in backends.values())

    def _warn(self, code: str, message: str) -> None:
        self.warnings.append(f"{code}: {message}")

    def use(self, name: str, cancellation: Cancellation = NEVER) -> str:
        with self.lease(name, cancellation) as backend:
            return backend.name

    def names(self) -> str:
        return "".join(name for name in "abc" if self.pool.loaded(name))


class WatchedPool(Pool["Stub"]):
    """Sets ``waits`` when a job begins to wait for memory; ``queued`` counts those that begin to wait for anything."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.waits, self.queued = threading.Event(), threading.Semaphore(0)

    def _await(self, condition: Callable[[], bool], cancellation: Cancellation) -> None:
        if not condition():
            self.queued.release()
        super()._await(condition, cancellation)

    def _wait_for_idle(self, *arguments: Any) -> list[str]:
        self.waits.set()
        return super()._wait_for_idle(*arguments)


class Weights:
    """What takes memory, for as long as anything refers to it."""


class Gate:
    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()


class Stub:
    def __init__(self, name: str, memory: Memory) -> None:
        if gate := memory.gates.pop(name, None):
            gate.reached.set()
            happens(gate.opened)
        full = len(memory.held) >= memory.size
        self.name, self.memory, self.weights = name, memory, Weights()
        memory.held.add(self.weights)  # the half of it that is there when memory ends
        if full:
            raise memory.shortage("no weights")

    def close(self) -> None:
        self.memory.closed.append(self.name)


@pytest.mark.parametrize("estimated", [True, False])
def test_least_recently_used_backend_makes_room(estimated: bool) -> None:
    """By the estimate, or after OutOfMemory, the one used last stays, and the job is told which one left."""
    memory = Memory(2, estimated=estimated)
    for name in "abac":
        memory.use(name)
    assert (memory.names(), memory.closed) == ("ac", ["b"])
    assert memory.warnings == [
        "engine_swapped: the engine b was dropped to make room for c; give the worker more memory"
    ]


def test_backend_without_a_job_leaves_first() -> None:
    """One that was loaded at the start and never used is the least recently used."""
    memory = Memory(2)
    memory.use("b")
    memory.pool.get("a")
    memory.use("c")
    assert memory.names() == "bc"


class CudaOutOfMemoryError(RuntimeError):
    """By its name as torch's."""


@pytest.mark.parametrize("shortage", [OutOfMemory, MemoryError, CudaOutOfMemoryError])
def test_half_loaded_weights_are_gone_before_the_next_try(shortage: type[Exception]) -> None:
    """Whatever says that memory is short: what was loaded until then is free when it is tried again."""
    memory = Memory(1, estimated=False, shortage=shortage)
    memory.use("a")
    memory.use("b")
    assert (memory.names(), len(memory.held)) == ("b", 1)


def test_backend_that_never_fits_fails_with_a_sentence() -> None:
    """With nothing left to drop, the error names the backend."""
    memory = Memory(0, estimated=False)
    with pytest.raises(OutOfMemory, match="the engine a needs more memory than this worker has; give it more"):
        memory.use("a")


def test_other_faults_drop_nothing() -> None:
    """A backend that cannot be created for another reason leaves the others loaded."""
    memory = Memory(1, estimated=False, shortage=ConfigError)
    memory.use("a")
    with pytest.raises(ConfigError, match="no weights"):
        memory.use("b")
    assert memory.names() == "a"


@pytest.mark.parametrize("estimated", [True, False])
def test_job_waits_for_memory_until_another_one_ends(estimated: bool, caplog: pytest.LogCaptureFixture) -> None:
    """A backend in use stays; a job that needs its memory says that it waits, and goes on when that job ends."""
    caplog.set_level("INFO")
    memory = Memory(1, estimated=estimated)
    with memory.lease("a"):
        waiting = in_thread(lambda: memory.use("b"))
        happens(memory.pool.waits)
        assert (memory.names(), waiting.done()) == ("a", False)
        assert "b waits for memory until a job of a ends" in caplog.messages
    assert waiting.result(PATIENCE) == "b"
    assert memory.closed == ["a"]
    assert "the engine a was dropped once its jobs had ended to make room for b" in memory.warnings[0]


def test_new_jobs_queue_behind_one_that_waits_for_memory() -> None:
    """Jobs of the backend in use that come later do not keep it loaded for ever."""
    memory = Memory(1)
    order: list[str] = []

    def use(name: str) -> None:
        with memory.lease(name):
            order.append(name)

    with memory.lease("a"):
        first = in_thread(lambda: use("b"))
        happens(memory.pool.waits)
        second = in_thread(lambda: use("a"))
    for job in (first, second):
        job.result(PATIENCE)
    assert order == ["b", "a"]


def test_job_that_waits_for_memory_can_be_cancelled() -> None:
    """Its wait ends at once, and later jobs no longer queue behind it."""
    memory = Memory(1)
    client = Cancellation()
    with memory.lease("a"):
        waiting = in_thread(lambda: memory.use("b", client))
        happens(memory.pool.waits)
        client.cancel()
        with pytest.raises(Cancelled):
            waiting.result(PATIENCE)
        assert memory.use("a") == "a"


def test_loaded_backends_serve_while_another_is_loaded() -> None:
    """A load holds nobody up but those who need what it loads."""
    memory = Memory(3)
    memory.use("a")
    gate = memory.gate("b")
    loading = in_thread(lambda: memory.use("b"))
    happens(gate.reached)
    assert in_thread(lambda: memory.use("a")).result(PATIENCE) == "a"
    assert memory.pool.loaded("b") is None
    gate.opened.set()
    assert loading.result(PATIENCE) == "b"


def test_load_can_be_cancelled() -> None:
    """A job ends at once, whether it waits for its own load or for that of another; the load itself goes on."""
    memory = Memory(3)
    gate = memory.gate("b")
    clients = {name: Cancellation() for name in "bc"}
    jobs = {"b": in_thread(lambda: memory.use("b", clients["b"]))}
    happens(gate.reached)
    jobs["c"] = in_thread(lambda: memory.use("c", clients["c"]))
    for name, client in clients.items():
        client.cancel()
        with pytest.raises(Cancelled):
            jobs[name].result(PATIENCE)
    gate.opened.set()
    assert (memory.use("b"), memory.names()) == ("b", "b")


def test_job_queued_behind_another_can_be_cancelled() -> None:
    """A job of a loaded backend ends at once, too, while one that waits for memory is before it."""
    memory, client = Memory(1), Cancellation()
    with memory.lease("a"):
        first = in_thread(lambda: memory.use("b"))
        happens(memory.pool.waits)
        assert memory.pool.queued.acquire(timeout=PATIENCE)
        second = in_thread(lambda: memory.use("a", client))
        assert memory.pool.queued.acquire(timeout=PATIENCE)
        client.cancel()
        with pytest.raises(Cancelled):
            second.result(PATIENCE)
    assert first.result(PATIENCE) == "b"


def test_job_that_waited_for_a_load_takes_it_before_it_is_dropped() -> None:
    """A job before it, whose backend needs the memory, waits until that job has ended, and not for ever."""
    memory = Memory(1)
    gate = memory.gate("a")
    jobs = [in_thread(lambda: memory.use("a"))]
    happens(gate.reached)
    for name in "ba":
        jobs.append(in_thread(lambda name=name: memory.use(name)))  # type: ignore[misc]
        assert memory.pool.queued.acquire(timeout=PATIENCE)
    gate.opened.set()
    assert [job.result(PATIENCE) for job in jobs] == list("aba")


def test_many_jobs_of_one_backend_load_it_once() -> None:
    """Those that come while it is loaded get it when it is, even if another job then needs its memory."""
    memory = Memory(1)
    gate = memory.gate("a")
    jobs = [in_thread(lambda: memory.use("a"))]
    happens(gate.reached)
    jobs += [in_thread(lambda name=name: memory.use(name)) for name in "abab"]  # type: ignore[misc]
    gate.opened.set()
    assert [job.result(PATIENCE) for job in jobs] == list("aabab")


def test_job_of_several_backends_has_them_together() -> None:
    """What makes room for one of them is none of the others; each is loaded once."""
    memory = Memory(2)
    memory.use("c")
    assert memory.use_all("bab") == "ab"
    assert (memory.names(), memory.closed) == ("ab", ["c"])
    with memory.pool.lease_all("ab"):
        waiting = in_thread(lambda: memory.use("c"))
        happens(memory.pool.waits)
        assert memory.names() == "ab"
    assert waiting.result(PATIENCE) == "c"


def test_backends_that_do_not_fit_together_fail_with_a_sentence() -> None:
    """Each by itself would fit, and does so afterwards."""
    memory = Memory(1)
    with pytest.raises(OutOfMemory, match="the engine b needs more memory than this worker has beside a; send what"):
        memory.use_all("ab")
    assert memory.use("b") == "b"


def test_job_that_waits_for_several_backends_holds_none() -> None:
    """Two jobs that each need what the other would hold, and single ones between them, all end."""
    memory = Memory(2)
    gate = memory.gate("b")
    started = [in_thread(lambda: memory.use_all("ab"))]
    happens(gate.reached)
    for names in ("bc", "ac", "c", "ab"):
        started.append(in_thread(lambda names=names: memory.use_all(names)))  # type: ignore[misc]
        assert memory.pool.queued.acquire(timeout=PATIENCE)
    gate.opened.set()
    assert [job.result(PATIENCE) for job in started] == ["ab", "bc", "ac", "c", "ab"]


def test_cancelled_job_of_several_backends_leaves_no_lease() -> None:
    """A load that goes on after its job was cancelled holds nothing."""
    memory, client = Memory(2), Cancellation()
    gate = memory.gate("b")
    job = in_thread(lambda: memory.use_all("ab", client))
    happens(gate.reached)
    client.cancel()
    with pytest.raises(Cancelled):
        job.result(PATIENCE)
    gate.opened.set()
    assert in_thread(lambda: memory.use_all("bc")).result(PATIENCE) == "bc"
    assert memory.closed == ["a"]
