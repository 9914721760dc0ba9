"""One object stops every part of a job, at once and everywhere it waits."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

import pytest

from handler.cancellation import NEVER, Cancellation
from handler.errors import Cancelled, JobTimeout

LONG_S = 30.0


def test_check_raises_once_the_work_is_cancelled() -> None:
    """Before it nothing is raised, after it Cancelled with the given message, also without a deadline."""
    cancellation = Cancellation(message="enough")
    cancellation.check()
    cancellation.cancel()
    with pytest.raises(Cancelled, match="enough"):
        cancellation.check(ignore_timeout=True)


def test_check_raises_past_the_deadline_unless_told_to_ignore_it() -> None:
    """JobTimeout with the given message; work that is paid for goes on."""
    cancellation = Cancellation(timeout_s=-1.0, timeout_message="too late")
    with pytest.raises(JobTimeout, match="too late"):
        cancellation.check()
    cancellation.check(ignore_timeout=True)


def test_a_child_ends_with_its_parent_and_not_the_other_way_round() -> None:
    """Cancellation and deadlines go down to children alone."""
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


def test_wait_returns_the_result_or_raises_the_error_of_a_future() -> None:
    """As the future's own ``result`` does."""
    with ThreadPoolExecutor(1) as pool:
        assert NEVER.wait(pool.submit(lambda: 7)) == 7
        with pytest.raises(ZeroDivisionError):
            NEVER.wait(pool.submit(lambda: 1 // 0))


@pytest.mark.parametrize("waiting", ["wait", "sleep", "acquire"])
@pytest.mark.parametrize("generations", [0, 1])
def test_whoever_waits_is_woken_by_a_cancellation(waiting: str, generations: int) -> None:
    """A wait for a future, for time or for a lock ends when the work, or the work it belongs to, is cancelled."""
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


def test_a_wait_ends_at_the_deadline() -> None:
    """Nobody has to wake a job whose time is over."""
    with pytest.raises(JobTimeout):
        Cancellation(timeout_s=0.05).wait(Future[None]())
    with pytest.raises(JobTimeout):
        Cancellation(timeout_s=0.05).sleep(LONG_S)


def test_a_lock_is_released_after_the_block() -> None:
    """Also when the block raises."""
    lock = threading.Lock()
    with suppress(ValueError), NEVER.acquire(lock):
        assert lock.locked()
        raise ValueError
    assert not lock.locked()


def test_a_callback_is_called_only_inside_its_block() -> None:
    """Who waits in a way of its own is called by the cancelling thread, and forgotten after the block."""
    root, calls = Cancellation(), list[str]()
    with Cancellation(parent=root).notifying(lambda: calls.append("inside")):
        root.cancel()
    with root.notifying(lambda: calls.append("after")):
        pass
    root.cancel()
    assert calls == ["inside"]
