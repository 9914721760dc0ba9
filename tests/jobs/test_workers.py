"""Whether the worker that a record names has ended: seen at once of a process here, never guessed of any other."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from handler.jobs import workers
from tests.support.local_worker import LocalWorker


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A /proc of a test's own, that of this process after a restart of the machine."""
    folder = tmp_path / "proc"
    (folder / f"{os.getpid()}/ns").mkdir(parents=True)
    (folder / "self").symlink_to(str(os.getpid()))
    (folder / "self/ns/pid").symlink_to(Path("/proc/self/ns/pid").readlink())
    (folder / "sys/kernel/random").mkdir(parents=True)
    (folder / "sys/kernel/random/boot_id").write_text("another\n")
    monkeypatch.setattr(workers, "PROC", folder)
    workers._machine.cache_clear()
    yield folder
    workers._machine.cache_clear()


def test_killed_process_has_ended() -> None:
    """It is seen at once, also before its parent has; while it lives, and while it is paused, it has not ended."""
    with LocalWorker() as worker:
        assert not workers.has_ended(worker.name)
        worker.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, worker.process.pid, os.WSTOPPED | os.WNOWAIT)
        assert not workers.has_ended(worker.name)
        worker.process.kill()
        os.waitid(os.P_PID, worker.process.pid, os.WEXITED | os.WNOWAIT)
        assert workers.has_ended(worker.name)
        worker.process.wait()
        assert workers.has_ended(worker.name)


def test_number_that_another_process_has_now_is_not_the_worker() -> None:
    """A process that began at another time is another one."""
    own = workers.name(None)
    assert not workers.has_ended(own)
    place, _, began = own.rpartition(":")
    assert workers.has_ended(f"{place}:{int(began) - 1}")


def test_worker_elsewhere_is_not_judged(proc: Path) -> None:
    """Nothing is known of one before a restart, of another machine, of a Pod, or of an older version."""
    with LocalWorker() as worker:
        worker.process.kill()
    for name in (worker.name, "host:1:0a1b2c3d", f"local:{'0' * 16}:1:1", "a1b2c3", ""):
        assert not workers.has_ended(name)
    machine = workers._machine()
    assert machine is not None
    (proc / "sys/kernel/random/boot_id").write_text(Path("/proc/sys/kernel/random/boot_id").read_text())
    workers._machine.cache_clear()
    assert workers.has_ended(worker.name)
    (proc / "self/ns/pid").unlink()
    (proc / "self/ns/pid").symlink_to("pid:[1]")
    workers._machine.cache_clear()
    assert not workers.has_ended(worker.name)


@pytest.mark.parametrize("missing", ["self", "sys/kernel/random/boot_id"])
def test_machine_without_proc_has_names_that_tell_nothing(proc: Path, missing: str) -> None:
    """They differ from process to process, and nobody is taken for ended by them."""
    (proc / missing).unlink()
    workers._machine.cache_clear()
    one, two = workers.name.__wrapped__(None), workers.name.__wrapped__(None)
    assert one != two
    assert not workers.has_ended(one)


def test_process_that_is_hidden_may_live(proc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where /proc shows no processes of other users, one of them has not ended."""

    def refuse(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    assert not workers.has_ended(f"local:{workers._machine()}:{os.getpid()}:1")


def test_name_tells_nothing_of_the_machine() -> None:
    """A client that reads a record learns neither the host's name nor its boot id."""
    name = workers.name(None)
    assert socket.gethostname() not in name
    assert Path("/proc/sys/kernel/random/boot_id").read_text()[:8] not in name
    assert workers.name("pod-1") == "pod-1"
