"""A lock on a shared volume: live holders are waited for, dead ones are not."""

from __future__ import annotations

import errno
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

import volume_lock
from volume_lock import Lock, LockLost, exclusive, newest, read_holder

HEARTBEAT_S = 0.05
"""A holder counts as dead after twelve of these: so long no thread waits for its turn."""


def write_holder(folder: Path, number: int = 1, **state: object) -> None:
    """The file of a holder that writes no more."""
    folder.mkdir(exist_ok=True)
    (folder / f"{number:08}").write_text(json.dumps({"host": "gone", "pid": 1, "beats": 7, "released": False} | state))


def test_only_one_holds_the_lock(tmp_path: Path) -> None:
    """Each of many threads gets the lock, no two at once, and one small file remains."""
    alone, turns = threading.Lock(), []

    def work(number: int) -> None:
        with exclusive(tmp_path / "lock", heartbeat_s=HEARTBEAT_S) as lock:
            assert lock is not None
            assert alone.acquire(blocking=False)
            turns.append(number)
            alone.release()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert sorted(turns) == list(range(8))
    [file] = (tmp_path / "lock").iterdir()
    assert file.stat().st_size == 512


def test_one_of_concurrent_claims_wins(tmp_path: Path) -> None:
    """One of sixteen threads that claim the same number gets it."""
    start = threading.Barrier(16)

    def claim(_: int) -> Lock | None:
        start.wait()
        return Lock.claim(tmp_path, 4, 60)

    with ThreadPoolExecutor(16) as pool:
        (lock,) = filter(None, pool.map(claim, range(16)))
    lock.release()


def test_claim_below_the_highest_number_fails(tmp_path: Path) -> None:
    """A process that saw an outdated folder and claims a number below the highest gets nothing."""
    (tmp_path / "00000009").write_text("{}")
    assert Lock.claim(tmp_path, 3, 60) is None
    lock = Lock.claim(tmp_path, 10, 60)
    assert lock
    assert not lock.is_lost()
    lock.release()


def test_finished_work_needs_no_lock(tmp_path: Path) -> None:
    """Nobody takes the lock when the work is done, and a waiter ends when another process has done it."""
    with exclusive(tmp_path / "lock", lambda: True) as lock:
        assert lock is None
    done = threading.Event()

    def wait() -> bool:
        with exclusive(tmp_path / "lock", done.is_set, heartbeat_s=HEARTBEAT_S) as waiter:
            return waiter is None

    with ThreadPoolExecutor(1) as pool, exclusive(tmp_path / "lock"):
        waiter = pool.submit(wait)
        done.set()
        assert waiter.result(20)


@pytest.mark.parametrize(("state", "silence"), [({}, True), ({"released": True}, False)], ids=["dead", "released"])
def test_dead_and_released_locks_are_taken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, state: dict[str, bool], silence: bool
) -> None:
    """A lock without heartbeats is taken after a while, a released one at once, under the next number."""
    write_holder(tmp_path / "lock")
    write_holder(tmp_path / "lock", 4, **state)
    with exclusive(tmp_path / "lock", heartbeat_s=HEARTBEAT_S) as lock:
        assert lock is not None
        assert lock.number == 5
    assert ("process 1 on gone has given no sign" in caplog.text) is silence
    assert [path.name for path in (tmp_path / "lock").iterdir()] == ["00000005"]


def test_unreadable_file_is_taken_over(tmp_path: Path) -> None:
    """The holder that died during its first write is replaced as any other dead one."""
    (tmp_path / "lock").mkdir()
    (tmp_path / "lock" / "00000001").write_text("{")
    with exclusive(tmp_path / "lock", heartbeat_s=HEARTBEAT_S) as lock:
        assert lock is not None


def test_slow_holder_keeps_the_lock(tmp_path: Path) -> None:
    """Others wait as long as heartbeats come, even if they are six times rarer than the waiter's own."""
    beats = []

    def done() -> bool:
        beats.append(json.loads((tmp_path / "lock" / "00000001").read_bytes())["beats"])
        return bool(beats[-1] > 4)

    def wait() -> bool:
        with exclusive(tmp_path / "lock", done, heartbeat_s=HEARTBEAT_S) as waiter:
            return waiter is None

    with ThreadPoolExecutor(1) as pool, exclusive(tmp_path / "lock", heartbeat_s=6 * HEARTBEAT_S) as lock:
        assert lock is not None
        assert pool.submit(wait).result(30)
        lock.check()
    assert len(set(beats)) > 3


def test_time_in_which_the_waiter_stood_still_is_no_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A frozen machine wakes up with its waiters and holders: none of these is dead after an hour of that."""
    now = 0.0
    looks = iter(range(5))

    def pause(_: float) -> None:
        nonlocal now
        now += 3600

    monkeypatch.setattr(volume_lock, "time", SimpleNamespace(monotonic=lambda: now))
    write_holder(tmp_path / "lock")
    with exclusive(tmp_path / "lock", lambda: next(looks, None) is None, pause=pause) as lock:
        assert lock is None


def test_stalled_holder_detects_takeover(tmp_path: Path) -> None:
    """A holder that another process passed over stops at its next check, and leaves the new holder's file alone."""
    with exclusive(tmp_path / "lock", heartbeat_s=HEARTBEAT_S) as lock:
        assert lock is not None
        lock.check()
        write_holder(tmp_path / "lock", 2)
        with pytest.raises(LockLost):
            lock.check()
        with pytest.raises(LockLost):
            lock.report("more work")
    assert (tmp_path / "lock" / "00000002").exists()


def test_waiters_see_the_task(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A waiter logs what the holder does; once the lock is released, nobody holds it."""
    caplog.set_level("INFO")
    folder = tmp_path / "lock"
    assert read_holder(folder) is None
    with exclusive(folder, task="fetching a model") as lock:
        assert lock is not None
        lock.report("verifying a model")
        assert (read_holder(folder) or {})["doing"] == "verifying a model"
        looks = iter((False, True))
        with exclusive(folder, lambda: next(looks), heartbeat_s=HEARTBEAT_S):
            pass
    assert f"waiting for process {os.getpid()} on " in caplog.text
    assert ": verifying a model (waited 0 s)" in caplog.text
    assert read_holder(folder) is None


def test_pause_can_end_the_wait(tmp_path: Path) -> None:
    """An error of ``pause`` ends the wait, and the holder keeps the lock."""

    def stop(_: float) -> None:
        raise InterruptedError

    with exclusive(tmp_path / "lock") as lock:
        assert lock is not None
        with pytest.raises(InterruptedError), exclusive(tmp_path / "lock", pause=stop):
            pass
        lock.check()


def test_skip_does_not_wait(tmp_path: Path) -> None:
    """With ``skip``, a held lock gives None at once, and one whose file is an hour old is taken over."""

    def no_pause(_: float) -> None:
        raise AssertionError

    folder = tmp_path / "lock"
    write_holder(folder)
    with exclusive(folder, skip=lambda: True, pause=no_pause) as lock:
        assert lock is None
    os.utime(folder / "00000001", (0, 0))
    with exclusive(folder, skip=lambda: True, pause=no_pause) as lock:
        assert lock is not None


@pytest.mark.parametrize("number", [1, 2])
def test_full_volume(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Without space for a new file, the lock takes over the last holder's file; without that, OSError."""
    if number > 1:
        write_holder(tmp_path, number - 1)
    full = [OSError(errno.ENOSPC, "No space left on device")]
    pwrite = os.pwrite

    def write(descriptor: int, data: bytes, offset: int) -> int:
        if full:
            raise full.pop()
        return pwrite(descriptor, data, offset)

    monkeypatch.setattr(os, "pwrite", write)
    if number == 1:
        with pytest.raises(OSError, match="No space"):
            Lock.claim(tmp_path, number)
        assert newest(tmp_path) == 0
        return
    lock = Lock.claim(tmp_path, number)
    assert lock
    assert (tmp_path / "00000001").samefile(lock.path)
    lock.release()


def test_unwritable_folder_is_an_error(tmp_path: Path) -> None:
    """OSError, at once."""
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="Not a directory"), exclusive(tmp_path / "file" / "lock"):
        pass
