"""Temporary folders and files: what a killed process leaves goes, what a live one uses stays."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from handler import temporary
from handler.removal import Removed
from tests.support.open_files import open_below

ROOT = Path(__file__).parents[1]

USERS = {"handler/temporary.py", "handler/storage/signed_links.py", "handler/doctor/machine.py"}
"""Where files of other names are made: a secret, and what shows that a folder is writable."""

KILLED = """
import os, signal, sys
from pathlib import Path
from handler import temporary
with temporary.folder("book") as folder, temporary.file("upload") as file:
    (folder / "sound.raw").write_bytes(b"0123456789")
    print(folder.name, Path(file.name).name, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of each test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def sweep(disk: Path, later_s: float) -> Removed:
    return temporary.remove_abandoned(disk, temporary.PREFIX, time.time() + later_s)


def names(disk: Path) -> set[str]:
    return {path.name for path in disk.iterdir()}


def test_what_a_killed_process_left_goes(disk: Path) -> None:
    """While the process lives nothing of it goes, however old; once it is killed all of it does, after an hour."""
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(disk)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout
        left = set(process.stdout.readline().split())
        assert sweep(disk, 1000 * temporary.FOREIGN_S) == Removed()
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert names(disk) == left
    assert sweep(disk, temporary.OWN_S - 60) == Removed()
    assert sweep(disk, temporary.OWN_S + 60) == Removed(2, 10)
    assert names(disk) == set()


def test_blocks_leave_nothing(disk: Path) -> None:
    """Each is gone after its block, one that fails among them, and its lock with it."""
    with pytest.raises(ZeroDivisionError), temporary.folder("a"), temporary.file("b"), temporary.partial(disk):
        1 / 0  # noqa: B018 - it fails
    assert names(disk) == set()
    assert open_below(disk) == []


def test_another_machine_has_time(disk: Path) -> None:
    """What another machine has made on a shared volume stays for longer than any job: its locks may not be seen."""
    (disk / "speech-00000000-book-abcd1234").mkdir()
    assert sweep(disk, temporary.FOREIGN_S - 60) == Removed()
    assert sweep(disk, temporary.FOREIGN_S + 60) == Removed(1, 0)


@pytest.mark.parametrize("later_s", [-1e9, 0])
def test_the_future_stays(disk: Path, later_s: float) -> None:
    """A folder that is newer than the clock is nobody's litter."""
    (disk / "speech-00000000-book-abcd1234").mkdir()
    assert sweep(disk, later_s) == Removed()


def test_without_locks_age_decides(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a file system without locks what this machine has made stays for longer than any job, too."""

    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with temporary.folder("book"):
        assert sweep(disk, temporary.FOREIGN_S - 60) == Removed()


def test_links_and_others_stay(disk: Path) -> None:
    """A link is not followed, and folders of other programs are not looked at."""
    (disk / "outside").mkdir()
    (disk / "outside" / "kept").write_bytes(b"x")
    (disk / "speech-00000000-book-abcd1234").symlink_to(disk / "outside")
    (disk / "backup-abcd1234").mkdir()
    assert sweep(disk, 1e9) == Removed()
    assert (disk / "outside" / "kept").exists()


def test_two_sweepers_share_the_work(disk: Path) -> None:
    """What one sweeper is removing, another one leaves to it."""
    path = disk / "speech-00000000-book-abcd1234"
    path.mkdir()
    other = os.open(path, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    assert sweep(disk, 1e9) == Removed()
    os.close(other)
    assert sweep(disk, 1e9) == Removed(1, 0)


def test_what_cannot_be_removed_stays(
    disk: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One that the system refuses to remove is logged, and the others go."""
    for name in ("speech-00000000-align-abcd1234", "speech-00000000-video-abcd1234"):
        (disk / name).mkdir()
    rmtree = shutil.rmtree

    def refuse(path: Path) -> None:
        if "align" in path.name:
            raise PermissionError
        rmtree(path)

    monkeypatch.setattr(shutil, "rmtree", refuse)
    assert sweep(disk, 1e9) == Removed(1, 0)
    assert names(disk) == {"speech-00000000-align-abcd1234"}
    assert "could not be removed" in caplog.text


def test_nobody_makes_others() -> None:
    """All temporary files of the worker are made here, so that a sweep knows them."""
    for path in (ROOT / "handler").rglob("*.py"):
        made = re.search(r"tempfile\.(?!gettempdir\b)\w+|from tempfile", path.read_text("utf-8"))
        assert made is None or str(path.relative_to(ROOT)) in USERS, path
