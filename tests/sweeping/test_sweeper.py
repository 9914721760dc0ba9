"""The sweep of a worker: what killed processes left goes, what runs keeps its files, and a stop ends it at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from handler import temporary
from handler.cancellation import Cancellation
from handler.errors import Cancelled, StorageError
from handler.protocols import Services
from handler.removal import Removed
from handler.settings import Settings
from handler.storage.local_store import LocalStore
from handler.sweeping import Sweeper, sweep, sweeper, turn
from handler.voices import clip_cache
from s3_utils import S3Store
from tests.support.endless_server import EndlessServer

ROOT = Path(__file__).parents[2]
HOUR, DAY = 3600.0, 86_400.0

WRITER = """
import sys
from handler.settings import Settings
from handler.storage.local_store import LocalStore
store = LocalStore(Settings.read({"LOCAL_STORE": sys.argv[1]}))
with store.writing("output/a.wav") as file:
    file.write(b"0123456789")
    file.flush()
    print("written", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The worker's temporary folder, its own for each test."""
    folder = tmp_path / "disk"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@contextmanager
def writing(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process in the middle of a put into the store."""
    command = [sys.executable, "-c", WRITER, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "written\n"
        yield process
        process.kill()


def partial_files(folder: Path) -> list[Path]:
    return list(folder.rglob(f"{temporary.PARTIAL}*"))


def age(folder: Path, seconds: float) -> None:
    """All files below a folder become so much older."""
    for path in folder.rglob("*"):
        written = path.stat().st_mtime - seconds
        os.utime(path, (written, written))


def removed(services: Services) -> dict[str, Removed]:
    return {kind: each for kind, each in sweep(services, forced=True).removed.items() if each.count}


def test_a_put_that_was_killed_leaves_nothing(services: Services) -> None:
    """Its file goes an hour later; while the process lives, however slow it is, the file stays, and is written."""
    folder = services.settings.local_store
    assert folder is not None
    with writing(folder) as slow, writing(folder) as killed:
        age(folder, 1000 * DAY)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert len(partial_files(folder)) == 2
        assert removed(services) == {sweeper.PARTIAL: Removed(1, 10)}
        assert slow.communicate()[0] == ""
        assert services.store.get("output/a.wav") == b"0123456789"
    assert partial_files(folder) == []


def test_a_fresh_one_stays(services: Services) -> None:
    """What was killed within the hour stays until the next sweep."""
    folder = services.settings.local_store
    assert folder is not None
    with writing(folder) as killed:
        killed.kill()
    assert removed(services) == {}
    assert len(partial_files(folder)) == 1


def test_folders_and_clips_of_killed_processes_go(services: Services, disk: Path) -> None:
    """Of the temporary folder, and of the cache of voices in it."""
    (disk / "speech-00000000-book-abcd1234").mkdir()
    clip_cache.folder().mkdir()
    (clip_cache.folder() / ".partial-00000000-abcd1234").write_bytes(b"clip")
    (clip_cache.folder() / "kept.wav").write_bytes(b"clip")
    age(disk, 3 * DAY)
    assert removed(services) == {sweeper.TEMPORARY: Removed(2, 4)}
    assert [path.name for path in clip_cache.folder().iterdir()] == ["kept.wav"]


def test_an_upload_of_a_killed_command_goes(services: Services) -> None:
    """What ``handler captions`` puts into the store before its job is removed by the next sweep after two days."""
    folder = services.settings.local_store
    assert folder is not None
    script = """
import os, signal, sys
from pathlib import Path
from handler.cli.local import LocalWorker
from handler.app import make_services
from handler.settings import Settings
worker = LocalWorker(make_services(Settings.read(os.environ)), None, verbose=False)
with worker.linked(Path(sys.argv[1])):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    environ = os.environ | {"ENGINES": "espeak", "LOCAL_STORE": str(folder)}
    command = [sys.executable, "-c", script, str(Path(__file__))]
    assert subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode == -signal.SIGKILL
    assert len(list((folder / "uploads").iterdir())) == 1
    age(folder, 2 * DAY + 60)
    assert removed(services)["uploads"].count == 1
    assert list((folder / "uploads").iterdir()) == []


def test_two_workers_are_one_sweeper(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two workers that start at once one sweeps the store, and both remember what they did."""
    other = replace(services, sweeps=type(services.sweeps)(), store=LocalStore(services.settings))
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(sweep, (services, other))
    assert sorted(sweeper.PARTIAL in done.removed for done in (one, two)) == [False, True]
    assert (services.sweeps[-1], other.sweeps[-1]) == (one, two)


def test_a_start_sweeps(services: Services) -> None:
    """A thread does, and a stop ends it while it waits for the next hour."""
    working = Sweeper(services)
    swept = threading.Event()
    assert services.settings.local_store is not None
    age(services.settings.local_store, 3 * DAY)
    take = turn.take

    def seen(*arguments: float) -> object:
        try:
            return take(*arguments)  # type: ignore[arg-type]
        finally:
            swept.set()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(turn, "take", seen)
        working.start()
        assert swept.wait(30)
        working.stop()
        working.thread.join(30)
    assert not working.thread.is_alive()


def test_a_stop_does_not_wait_for_the_bucket(services: Services) -> None:
    """The thread ends while a request to a bucket that never answers is under way."""
    stuck = threading.Event()
    with closing(EndlessServer(on_stuck=stuck.set)) as endless:
        environ = {"S3_BUCKET": "bucket", "AWS_ENDPOINT_URL": endless.url, "AWS_ACCESS_KEY_ID": "a"}
        store = S3Store(Settings.read(environ | {"AWS_SECRET_ACCESS_KEY": "b"}))
        working = Sweeper(replace(services, store=store))
        working.start()
        assert stuck.wait(30)
        working.stop()
        working.thread.join(5)
        assert not working.thread.is_alive()


def test_a_failing_store_is_logged(
    services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The worker hears nothing of it, and the thread goes on to the next hour."""
    slept = threading.Event()

    def refuse(*_: object) -> None:
        raise StorageError("the bucket refused the request")

    def sleep(_: Cancellation, seconds: float) -> None:
        assert sweeper.INTERVAL_S <= seconds <= 1.1 * sweeper.INTERVAL_S
        slept.set()
        raise Cancelled("over")

    monkeypatch.setattr(services.store, "list", refuse)
    monkeypatch.setattr(Cancellation, "sleep", sleep)
    working = Sweeper(services)
    working.start()
    assert slept.wait(30)
    working.thread.join(30)
    assert "the bucket refused the request" in caplog.text


@pytest.mark.parametrize("jump", [-10 * DAY, 10 * DAY])
def test_a_clock_that_is_set_removes_nothing(
    services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, jump: float
) -> None:
    """When the clock jumps between two sweeps the second is left out: what is in use looks old then."""
    swept: list[float] = []
    now = [0.0]

    def sleep(*_: object) -> None:
        if len(swept) == 2:
            raise Cancelled("over")
        now[0] = jump

    monkeypatch.setattr(sweeper, "_clock", lambda: now[0])
    monkeypatch.setattr(Sweeper, "_sweep", lambda _: swept.append(now[0]))
    monkeypatch.setattr(Cancellation, "sleep", sleep)
    working = Sweeper(services)
    working.start()
    working.thread.join(30)
    assert swept == [0.0, jump]
    assert caplog.text.count("clock was set") == 1
