"""Of all workers of a store one sweeps, and those that ask in vain cost one request."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from handler.protocols import Store
from handler.storage.local_store import LocalStore
from handler.sweeping import turn
from handler.types import Page

HOUR = 3600.0
CURSORS = {"output/": "output/a.wav"}
TIMES = {"read": 12.5}


@pytest.fixture(params=["folder", "bucket"])
def either(request: pytest.FixtureRequest) -> Store:
    """A store of each kind."""
    found: Store = request.getfixturevalue("store" if request.param == "folder" else "s3_store")
    return found


@pytest.fixture(autouse=True)
def _soon_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bucket of the tests is near."""
    monkeypatch.setattr(turn, "SETTLE_S", 0.5)


def marks(store: Store) -> list[str]:
    return [info.key for info in store.list(turn.MARKS, 10).objects]


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + seconds)


def test_one_of_many_takes_the_turn(either: Store) -> None:
    """Eight that ask at the same moment are one sweeper, who has the store's time."""
    together = threading.Barrier(8)

    def ask(_: int) -> turn.Turn | None:
        together.wait()
        return turn.take(either, HOUR)

    with ThreadPoolExecutor(8) as pool:
        (taken,) = filter(None, pool.map(ask, range(8)))
    info = either.head(taken.key)
    assert info is not None
    assert taken.now == pytest.approx(info.modified, abs=1.0)


def test_the_next_turn_is_an_hour_later(either: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has it before. It begins where the last one stopped, and removes that one's mark."""
    first = turn.take(either, HOUR)
    assert first is not None
    first.keep(either, CURSORS, TIMES)
    later(monkeypatch, HOUR - 60)
    assert turn.take(either, HOUR) is None
    assert turn.take(either, 0.0) is not None
    later(monkeypatch, 2 * HOUR)
    third = turn.take(either, HOUR)
    assert third is not None
    assert (third.cursors, third.times) == (CURSORS, TIMES)
    assert marks(either) == [f"{turn.MARKS}00000003"]


def test_a_mark_of_the_future_is_old(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mark that a wrong clock has written holds nobody up for ever."""
    assert turn.take(store, HOUR)
    later(monkeypatch, -1000 * HOUR)
    assert turn.take(store, HOUR)


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b'{"cursors": 1}', b"\xff"])
def test_a_damaged_mark_is_taken_over(store: LocalStore, body: bytes) -> None:
    """Whatever stands in a mark, the next sweep begins, at the start of everything."""
    store.put(f"{turn.MARKS}00000007", body, "application/json")
    taken = turn.take(store, 0.0)
    assert taken is not None
    assert (taken.key, taken.cursors) == (f"{turn.MARKS}00000008", {})


def test_asking_in_vain_is_one_request(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the hour a worker lists the marks, and nothing else."""
    assert turn.take(store, HOUR)
    asked: list[str] = []

    def listed(prefix: str, *rest: Any) -> Page:
        asked.append(prefix)
        return LocalStore.list(store, prefix, *rest)

    for name in ("put", "get", "head", "delete"):
        monkeypatch.setattr(store, name, lambda *_, **__: asked.append("another"))
    monkeypatch.setattr(store, "list", listed)
    assert turn.take(store, HOUR) is None
    assert asked == [turn.MARKS]


def test_without_conditional_writes_the_last_has_the_turn(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where two may write one mark, the first of them finds the other's content, and leaves it the turn."""

    def both(key: str, body: bytes, media_type: str, *, only_new: bool = False) -> str:
        assert only_new
        etag = LocalStore.put(store, key, body, media_type)
        LocalStore.put(store, key, b"another worker's", media_type)
        return etag

    monkeypatch.setattr(turn, "SETTLE_S", 0.0)
    monkeypatch.setattr(store, "put", both)
    assert turn.take(store, HOUR) is None
