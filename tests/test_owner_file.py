"""One at a time among all who see the folder: live owners are waited for, dead ones are not."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from handler.cancellation import NEVER
from handler.errors import Cancelled
from handler.owner_file import Overtaken, turn
from tests.support.cancellations import Checked

BEAT = 0.02


def dead(folder: Path, number: int = 1, **state: object) -> None:
    """The file of an owner that gives no sign any more."""
    folder.mkdir(exist_ok=True)
    (folder / f"{number:08}").write_text(json.dumps({"host": "gone", "pid": 1, "beats": 7, "released": False} | state))


def test_one_at_a_time(tmp_path: Path) -> None:
    """Of many who want it each has its turn, and no two at once; one small file stays."""
    alone, turns = threading.Lock(), []

    def work(number: int) -> None:
        with turn(tmp_path / "o", lambda: False, NEVER, BEAT) as owner:
            assert owner is not None
            assert alone.acquire(blocking=False)
            turns.append(number)
            alone.release()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert sorted(turns) == list(range(8))
    assert len(list((tmp_path / "o").iterdir())) == 1


def test_what_is_ready_needs_no_turn(tmp_path: Path) -> None:
    """Nobody becomes owner of what is done, and who waits is told when another has done it."""
    with turn(tmp_path / "o", lambda: True, NEVER, BEAT) as owner:
        assert owner is None
    done = threading.Event()

    def wait() -> bool:
        with turn(tmp_path / "o", done.is_set, NEVER, BEAT) as mine:
            return mine is None

    with ThreadPoolExecutor(1) as pool, turn(tmp_path / "o", lambda: False, NEVER, BEAT):
        waiter = pool.submit(wait)
        done.set()
        assert waiter.result(20)


@pytest.mark.parametrize(("state", "silence"), [({}, True), ({"released": True}, False)], ids=["dead", "gone in peace"])
def test_who_is_gone_is_followed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, state: dict[str, bool], silence: bool
) -> None:
    """One that gave no sign for long, and at once one that gave its turn back, is followed by the next number."""
    dead(tmp_path / "o")
    dead(tmp_path / "o", 4, **state)
    with turn(tmp_path / "o", lambda: False, NEVER, BEAT) as owner:
        assert owner is not None
        assert owner.number == 5
    assert ("gone, process 1 has given no sign" in caplog.text) is silence
    assert [path.name for path in (tmp_path / "o").iterdir()] == ["00000005"]


def test_half_an_owners_file_is_nobodys(tmp_path: Path) -> None:
    """One that died while it wrote its first sign is followed as any other dead one."""
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / "00000001").write_text("{")
    with turn(tmp_path / "o", lambda: False, NEVER, BEAT) as owner:
        assert owner is not None


def test_a_slow_owner_that_lives_is_not(tmp_path: Path) -> None:
    """As long as the signs come, others wait: half the time that a dead one is waited for may pass between two."""
    beats = []

    def look() -> bool:
        file = tmp_path / "o" / "00000001"
        state = json.loads(file.read_bytes())
        beats.append(state["beats"])
        return bool(state["beats"] > 5)

    def wait() -> bool:
        with turn(tmp_path / "o", look, NEVER, BEAT) as mine:
            return mine is None

    with ThreadPoolExecutor(1) as pool, turn(tmp_path / "o", lambda: False, NEVER, 6 * BEAT) as owner:
        assert owner is not None
        assert pool.submit(wait).result(30)
        owner.check()
    assert len(set(beats)) > 3


def test_who_was_taken_for_dead_hears_of_it(tmp_path: Path) -> None:
    """An owner that others have passed over stops at its next check, and leaves the new one's file alone."""
    with turn(tmp_path / "o", lambda: False, NEVER, BEAT) as owner:
        assert owner is not None
        owner.check()
        dead(tmp_path / "o", 2)
        with pytest.raises(Overtaken):
            owner.check()
    assert (tmp_path / "o" / "00000002").exists()


def test_the_wait_can_be_ended(tmp_path: Path) -> None:
    """What the check raises ends the wait, and leaves the owner its turn."""

    def stop() -> None:
        raise Cancelled("no more")

    with turn(tmp_path / "o", lambda: False, NEVER, BEAT) as owner:
        assert owner is not None
        with pytest.raises(Cancelled), turn(tmp_path / "o", lambda: False, Checked(stop), BEAT):
            pass
        owner.check()


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    """OSError, at once."""
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="Not a directory"), turn(tmp_path / "file" / "o", lambda: False, NEVER, BEAT):
        pass
