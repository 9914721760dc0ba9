"""CTranslate2's calls, which nothing interrupts, are left when nobody waits for their answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from handler.cancellation import Cancellation, in_thread, working_for
from handler.errors import Cancelled
from handler.whisper.server import Interruptible


class Model:
    """Writes down until it is let go."""

    def __init__(self) -> None:
        self.entered = threading.Semaphore(0)
        self.gate, self.second_gate = threading.Event(), threading.Event()

    def generate(self) -> str:
        self.entered.release()
        self.gate.wait()
        return "written"

    def encode(self) -> str:
        return "encoded"

    def align(self) -> str:
        self.entered.release()
        self.second_gate.wait()
        return "aligned"


@pytest.fixture
def model() -> Iterator[Model]:
    model = Model()
    yield model
    model.gate.set()
    model.second_gate.set()


class Noticed(Cancellation):
    """Tells when the work has noticed that it is to stop: what ends only after that has come too late for it."""

    def __init__(self) -> None:
        super().__init__()
        self.noticed = threading.Event()

    def check(self, *, ignore_timeout: bool = False) -> None:
        try:
            super().check(ignore_timeout=ignore_timeout)
        except Cancelled:
            self.noticed.set()
            raise


def stopped(model: Model, calls: Interruptible, method: str = "generate") -> Future[str]:
    """A call that is stopped once it is made, and has noticed it."""
    cancellation = Noticed()

    def call() -> str:
        with working_for(cancellation):
            return str(getattr(calls, method)())

    called = in_thread(call)
    model.entered.acquire()
    cancellation.cancel()
    assert cancellation.noticed.wait(30)
    return called


def test_a_stopped_call_is_left(model: Model) -> None:
    """It ends by itself; the next call is made meanwhile."""
    calls = Interruptible(model)
    with pytest.raises(Cancelled):
        stopped(model, calls).result(30)
    assert calls.encode() == "encoded"


def test_no_more_calls_are_left_than_there_are_workers(model: Model) -> None:
    """While one is left, a second one that is stopped is waited for: then a question that hangs ends the process."""
    calls = Interruptible(model)
    with pytest.raises(Cancelled):
        stopped(model, calls).result(30)
    second = stopped(model, calls)
    with pytest.raises(TimeoutError):
        second.result(0.3)
    model.gate.set()
    with pytest.raises(Cancelled):
        second.result(30)


def test_a_call_that_goes_on_is_not_forgotten(model: Model) -> None:
    """One that was stopped after it and has ended leaves one worker free, so a third that is stopped is waited for."""
    calls = Interruptible(model)
    with pytest.raises(Cancelled):
        stopped(model, calls).result(30)
    second = stopped(model, calls, "align")
    model.second_gate.set()
    with pytest.raises(Cancelled):
        second.result(30)
    third = stopped(model, calls)
    with pytest.raises(TimeoutError):
        third.result(0.3)
