"""One object stops every part of a job, at once and everywhere it waits."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

import pytest

from handler import telemetry
from handler.cancellation import NEVER, Cancellation, current
from handler.errors import Cancelled, JobTimeout

LONG_S = 30.0


def test_check_raises_after_cancellation() -> None:
    """After the cancellation, and only then, Cancelled is raised with the given message."""
    cancellation = Cancellation(message="enough")
    cancellation.check()
    cancellation.cancel()
    with pytest.raises(Cancelled, match="enough"):
        cancellation.check(ignore_timeout=True)


def test_check_raises_after_the_deadline() -> None:
    """JobTimeout has the given message; ignore_timeout lets paid work go on."""
    cancellation = Cancellation(timeout_s=-1.0, timeout_message="too late")
    with pytest.raises(JobTimeout, match="too late"):
        cancellation.check()
    cancellation.check(ignore_timeout=True)


def test_child_is_cancelled_with_its_parent() -> None:
    """Cancellation and deadlines pass from parent to child, not back."""
    parent = Cancellation()
    child = Cancellation(parent=parent)
    child.cancel()
    parent.check()
    late = Cancellation(parent=Cancellation(timeout_s=-1.0))
    with pytest.raises(JobTimeout):
        late.check()
    parent.cancel()
    with pytest.raises(Cancelled):
        Cancellation(parent=parent).check()


def test_wait_returns_the_result_of_a_future() -> None:
    """`wait` returns or raises as the future's ``result`` does."""
    with ThreadPoolExecutor(1) as pool:
        assert NEVER.wait(pool.submit(lambda: 7)) == 7
        with pytest.raises(ZeroDivisionError):
            NEVER.wait(pool.submit(lambda: 1 // 0))


@pytest.mark.parametrize("waiting", ["wait", "sleep", "acquire"])
@pytest.mark.parametrize("generations", [0, 1])
def test_cancellation_ends_a_wait(waiting: str, generations: int) -> None:
    """Waiting for a future, for time or for a lock ends when the work or its parent is cancelled."""
    root = Cancellation()
    cancellation = Cancellation(parent=root) if generations else root
    lock = threading.Lock()
    lock.acquire()

    def work() -> None:
        if waiting == "wait":
            cancellation.wait(Future[None]())
        elif waiting == "sleep":
            cancellation.sleep(LONG_S)
        else:
            with cancellation.acquire(lock):
                pytest.fail("it was held")

    with ThreadPoolExecutor(1) as pool:
        worker = pool.submit(work)
        root.cancel()
        assert isinstance(worker.exception(LONG_S / 2), Cancelled)


def test_deadline_ends_a_wait() -> None:
    """A wait ends at the deadline by itself."""
    with pytest.raises(JobTimeout):
        Cancellation(timeout_s=0.05).wait(Future[None]())
    with pytest.raises(JobTimeout):
        Cancellation(timeout_s=0.05).sleep(LONG_S)


def test_lock_is_released_after_the_block() -> None:
    """The lock is released after the block, also when it raises."""
    lock = threading.Lock()
    with suppress(ValueError), NEVER.acquire(lock):
        assert lock.locked()
        raise ValueError
    assert not lock.locked()


def test_callback_is_called_only_inside_its_block() -> None:
    """The cancelling thread calls the callback during its block and not afterwards."""
    root, calls = Cancellation(), list[str]()
    with Cancellation(parent=root).notifying(lambda: calls.append("inside")):
        root.cancel()
    with root.notifying(lambda: calls.append("after")):
        pass
    root.cancel()
    assert calls == ["inside"]


def test_wait_has_a_limit_of_its_own() -> None:
    """A future that does not come within ``timeout_s`` is a TimeoutError; a deadline that is ignored ends no wait."""
    late = Cancellation(timeout_s=0)
    with pytest.raises(TimeoutError):
        late.wait(Future[None](), timeout_s=0.01, ignore_timeout=True)
    with pytest.raises(JobTimeout):
        late.wait(Future[None](), timeout_s=30)


def test_run_returns_or_raises_what_the_call_does() -> None:
    """A call in a thread of its own gives its result, its error and, to its log lines, the job's id."""
    cancellation, token = Cancellation(), telemetry.job_id.set("j1")
    try:
        assert cancellation.run(telemetry.job_id.get) == "j1"
    finally:
        telemetry.job_id.reset(token)
    with pytest.raises(ValueError, match="invalid literal"):
        cancellation.run(int, "x")
    assert cancellation.run(threading.current_thread) is not threading.current_thread()
    assert NEVER.run(threading.current_thread) is threading.current_thread()


def test_run_leaves_a_call_that_does_not_return() -> None:
    """A cancellation ends the wait for a call; the call itself goes on."""
    cancellation, over, done = Cancellation(), threading.Event(), threading.Event()

    def endless() -> None:
        cancellation.cancel()
        over.wait()
        done.set()

    with pytest.raises(Cancelled):
        cancellation.run(endless)
    over.set()
    assert done.wait(30)


def test_abandoned_work_can_ask_whether_it_goes_on() -> None:
    """Deep inside of what `run` calls, `current` is the cancellation; outside it is one that never ends."""
    cancellation, began, left, ended = Cancellation(), threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        assert current() is cancellation
        began.set()
        with pytest.raises(Cancelled):
            current().sleep(3600)
        left.wait()
        ended.set()

    def cancel() -> None:
        began.wait()
        cancellation.cancel()

    threading.Thread(target=cancel).start()
    with pytest.raises(Cancelled):
        cancellation.run(work)
    left.set()
    assert ended.wait(LONG_S)
    assert current() is NEVER
    assert cancellation.ended
    assert not NEVER.ended
