"""Clips on disk: made once, whole or not at all, within their bound."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from handler.errors import NotFound, StorageError
from handler.voices.clip_cache import IN_USE_S, ClipCache
from tests.support.cancellations import Checked


def used(path: Path, ago: float) -> None:
    """Make a clip look as if it was last used some seconds ago."""
    os.utime(path, (time.time() - ago,) * 2)


def test_concurrent_gets_download_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven threads ask while the eighth still downloads: all get the same whole file from that one download."""
    cache = ClipCache(tmp_path / "clips", 1000)
    asking, made = threading.Semaphore(0), []
    lock = fcntl.fcntl

    def counted(*arguments: Any) -> None:
        asking.release()
        lock(*arguments)

    def make() -> bytes:
        made.append(1)
        for _ in range(8):
            assert asking.acquire(timeout=30)
        return b"clip"

    monkeypatch.setattr("handler.voices.clip_cache.fcntl.fcntl", counted)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(cache.get, "a.wav", make) for _ in range(8)]
        assert {ask.result().read_bytes() for ask in asked} == {b"clip"}
    assert len(made) == 1


def test_check_ends_the_wait_for_a_lock(tmp_path: Path) -> None:
    """A check is asked again and again while another holds the name, and ends the wait by raising; a name that is
    free costs no look, and one that becomes free is taken."""
    cache = ClipCache(tmp_path, 1000)
    looks: list[None] = []

    def check() -> None:
        looks.append(None)
        if len(looks) == 3:
            raise NotFound("stopped")

    with cache.exclusive("a.voice", Checked(check)):
        assert not looks
        with pytest.raises(NotFound, match="stopped"), cache.exclusive("a.voice", Checked(check)):
            pytest.fail("two hold the same name")
        assert len(looks) == 3
    with ExitStack() as holder:
        holder.enter_context(cache.exclusive("a.voice"))
        with cache.exclusive("a.voice", Checked(holder.close)):
            """Taken, as soon as the holder has let go."""


def test_one_thread_may_hold_many_names(tmp_path: Path) -> None:
    """No two names share a lock: an engine that needs a second file of a voice for the first never waits for itself."""
    cache = ClipCache(tmp_path, 1000)

    def waiting() -> None:
        pytest.fail("a name that nobody holds is locked")

    with ExitStack() as held:
        for number in range(1000):
            held.enter_context(cache.exclusive(f"clip.{number}.conditionals", Checked(waiting)))
        with pytest.raises(NotFound), cache.exclusive("clip.7.conditionals", Checked(stopped)):
            pytest.fail("two hold the same name")


def stopped() -> None:
    raise NotFound("stopped")


def test_processes_exclude_each_other(tmp_path: Path) -> None:
    """Another process that holds a name is waited for; its other names are free."""
    cache = ClipCache(tmp_path, 1000)
    script = (
        "import sys; from pathlib import Path; from handler.voices.clip_cache import ClipCache\n"
        "with ClipCache(Path(sys.argv[1]), 1000).exclusive('a.wav'): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        with pytest.raises(NotFound), cache.exclusive("a.wav", Checked(stopped)):
            pytest.fail("two processes hold the same name")
        with cache.exclusive("b.wav", Checked(stopped)):
            other.communicate()
    with cache.exclusive("a.wav", Checked(stopped)):
        """Free, as its holder has ended."""


def test_errors_of_the_maker_go_through(tmp_path: Path) -> None:
    """A file that the maker cannot open is not the fault of this disk, and is not told as one."""
    cache = ClipCache(tmp_path, 1000)

    def broken() -> bytes:
        raise FileNotFoundError(errno.ENOENT, "no weights")

    with pytest.raises(FileNotFoundError, match="no weights"):
        cache.get("a.wav", broken)
    with pytest.raises(FileNotFoundError, match="no weights"):
        cache.get_bytes("a.conditionals", broken, bool)


def test_file_in_use_is_not_evicted(tmp_path: Path) -> None:
    """One whose name another job holds stays, and is not waited for."""
    cache = ClipCache(tmp_path, 5)
    path = cache.get("a.wav", lambda: b"x" * 10)
    used(path, 2 * IN_USE_S)
    with cache.exclusive("a.wav"):
        cache.get("b.wav", lambda: b"")
        assert path.exists()
    cache.get("c.wav", lambda: b"")
    assert not path.exists()


def test_failed_download_leaves_no_file(tmp_path: Path) -> None:
    """The error goes through, no file is left, and the next who asks tries again."""
    cache = ClipCache(tmp_path, 1000)

    def gone() -> bytes:
        raise NotFound("gone")

    with pytest.raises(NotFound):
        cache.get("a.wav", gone)
    assert not [path for path in tmp_path.iterdir() if "lock" not in path.name]
    assert cache.get("a.wav", lambda: b"clip").read_bytes() == b"clip"


def test_least_recently_used_is_evicted_first(tmp_path: Path) -> None:
    """Over the bound the clip that nobody has used for longest is removed, and no more than is needed."""
    cache = ClipCache(tmp_path, 30)
    paths = {name: cache.get(f"{name}.wav", lambda: b"x" * 10) for name in "abc"}
    for name, ago in (("a", 3), ("b", 4), ("c", 5)):
        used(paths[name], IN_USE_S * ago)
    cache.get("c.wav", lambda: b"")
    cache.get("d.wav", lambda: b"x" * 10)
    assert {path.name for path in tmp_path.glob("[!.]*.wav")} == {"a.wav", "c.wav", "d.wav"}


def test_recently_used_clip_is_not_evicted(tmp_path: Path) -> None:
    """A clip that was asked for a moment ago stays for the job that asked, even above the bound."""
    cache = ClipCache(tmp_path, 15)
    first = cache.get("a.wav", lambda: b"x" * 10)
    cache.get("b.wav", lambda: b"x" * 10)
    assert first.exists()
    used(first, IN_USE_S + 1)
    cache.get("c.wav", lambda: b"x" * 10)
    assert not first.exists()


def test_disk_failure_is_a_storage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that cannot be made, or a disk that is full, is said without naming a path, and nothing is left."""
    (tmp_path / "file").touch()
    with pytest.raises(StorageError) as caught:
        ClipCache(tmp_path / "file" / "clips", 1).get("a.wav", lambda: b"")
    assert str(tmp_path) not in caught.value.message

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StorageError, match="TMPDIR"):
        ClipCache(tmp_path / "clips", 1).get("a.wav", lambda: b"clip")
    assert not [path for path in (tmp_path / "clips").iterdir() if "lock" not in path.name]
