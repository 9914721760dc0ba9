"""A part of the worker in a process of its own, here `tests.support.small_process`."""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace
from typing import IO

import pytest

from handler.backends import child_process
from handler.backends.child_process import ChildProcess, ProcessEnded
from handler.cancellation import Cancellation, in_thread
from handler.errors import Cancelled
from tests.support.cancellations import Stop

MODULE = "tests.support.small_process"


@pytest.fixture
def process() -> Iterator[ChildProcess]:
    made = ChildProcess(MODULE, environment={"SMALL": "yes"})
    yield made
    made.end()


def test_a_method_answers_or_raises(process: ChildProcess) -> None:
    """What the method returns or raises comes back, from one process, whose prints are no answers."""
    first = process.ask("pid", timeout_s=60)
    assert process.ask("environment", "SMALL", timeout_s=60) == "yes"
    with pytest.raises(ValueError, match="twice"):
        process.ask("fail", "twice", timeout_s=60)
    assert process.ask("pid", timeout_s=60) == first != os.getpid()


def test_a_killed_process_is_started_again(process: ChildProcess) -> None:
    """A process that was killed between two questions answers the next one; SIGTERM does not end it."""
    first = process.ask("pid", timeout_s=60)
    os.kill(first, signal.SIGTERM)
    assert process.ask("pid", timeout_s=60) == first
    os.kill(first, signal.SIGKILL)
    assert process.ask("pid", timeout_s=60) != first


@pytest.mark.parametrize("tries", [1, 2])
def test_a_process_that_dies_of_a_question_raises(process: ChildProcess, tries: int) -> None:
    """After so many tries; the next question is answered."""
    with pytest.raises(ProcessEnded, match=r"small_process ended with -9"):
        process.ask("die", timeout_s=60, tries=tries)
    assert process.ask("pid", timeout_s=60)


def test_a_hanging_process_is_killed(process: ChildProcess) -> None:
    """At the time limit of the question."""
    with pytest.raises(ProcessEnded):
        process.ask("hang", timeout_s=0.1, tries=1)


def test_a_cancelled_question_is_left(process: ChildProcess) -> None:
    """One that is asked, and one that waits for it."""
    process.ask("pid", timeout_s=60)
    cancellation = Cancellation(timeout_s=0.2)
    with pytest.raises(Exception, match="the time is over"):
        process.ask("hang", timeout_s=1.0, tries=1, cancellation=cancellation)
    stopped = Cancellation()
    stopped.cancel()
    with pytest.raises(Cancelled):
        process.ask("pid", timeout_s=60, cancellation=stopped)


@pytest.mark.parametrize("stop", Stop.KINDS)
def test_the_next_question_does_not_wait_for_a_stopped_one(
    process: ChildProcess, stop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that never answers a job that was stopped is killed, and another one answers the next job."""
    first = process.ask("pid", timeout_s=60)
    stopped, asked = Stop(stop), threading.Event()

    def load(answers: IO[bytes]) -> object:
        asked.set()
        stopped.now()
        return pickle.load(answers)

    with monkeypatch.context() as patched:
        patched.setattr(child_process, "pickle", SimpleNamespace(**vars(pickle) | {"load": load}))
        with pytest.raises(stopped.error):
            process.ask("hang", timeout_s=3600, tries=1, cancellation=stopped.cancellation)
    # On a busy machine the time may be over before the question is asked.
    assert (process.ask("pid", timeout_s=3600) != first) == asked.is_set()


@pytest.mark.parametrize("stop", Stop.KINDS)
def test_a_method_hears_that_its_question_is_stopped(process: ChildProcess, stop: str) -> None:
    """A method that looks whether its job goes on ends with the job, and its process keeps what it has loaded."""
    first = process.ask("pid", timeout_s=60)
    process._grace_s = 3600
    for _ in range(2):
        stopped = Stop(stop)
        threading.Timer(0.1, stopped.now).start()
        with pytest.raises(stopped.error):
            process.ask("listen", timeout_s=3600, tries=1, cancellation=stopped.cancellation)
        assert process.ask("pid", timeout_s=60) == first


def test_a_stopped_question_that_is_answered_costs_no_process(process: ChildProcess) -> None:
    """What is loaded in the process stays there where the answer comes soon."""
    first = process.ask("pid", timeout_s=60)
    cancellation = Cancellation()
    with process._lock:
        asking = in_thread(partial(process.ask, "pid", timeout_s=60, cancellation=cancellation))
        cancellation.cancel()
    with pytest.raises(Cancelled):
        asking.result(60)
    assert process.ask("pid", timeout_s=60) == first


def test_an_idle_process_ends() -> None:
    """After its idle time; the next question starts another."""
    process = ChildProcess(MODULE, idle_s=0.0)
    first = process.ask("pid", timeout_s=60)
    timer = process._idle
    if timer is not None:
        timer.join(30)
    with process._lock:
        assert process._child is None
    assert process.ask("pid", timeout_s=60) != first
    process.end()


def test_the_process_ends_when_its_input_closes(process: ChildProcess) -> None:
    """As after a SIGKILL of the worker."""
    process.ask("pid", timeout_s=60)
    child = process._child
    assert child is not None
    assert child.stdin is not None
    child.stdin.close()
    assert child.wait(30) == 0
