"""A part of the worker in a process of its own, here `tests.support.small_process`."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from handler.backends.child_process import ChildProcess, ProcessEnded
from handler.cancellation import Cancellation
from handler.errors import Cancelled

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


def test_an_idle_process_ends() -> None:
    """After its idle time; the next question starts another."""
    process = ChildProcess(MODULE, idle_s=0.0)
    first = process.ask("pid", timeout_s=60)
    timer = process._idle
    if timer is not None:
        timer.join(30)
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
