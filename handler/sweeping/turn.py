"""One sweeper at a time: the workers of a store take turns, by marks in it.

A mark is a numbered object. The newest says when somebody last swept, by the store's own clock; once it is old, the
next number is written with ``only_new``, so of two that try one wins. It also keeps where the next sweep goes on.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from handler.cancellation import NEVER, Cancellation
from handler.errors import AlreadyExists, NotFound
from handler.protocols import FileStore, Store
from handler.types import ObjectInfo

MARKS = "jobs/.sweep-"  # no id of a job begins with a dot
SETTLE_S = 2.0  # after which a write that began with another one has ended
MAX_BYTES = 100_000
_JSON = "application/json"


@dataclass(frozen=True)
class Turn:
    """A turn that this process has taken: its mark, the store's time, and where the last sweep stopped."""

    key: str
    now: float
    cursors: dict[str, str] = field(default_factory=dict)
    times: dict[str, float] = field(default_factory=dict)

    def keep(self, store: Store, cursors: Mapping[str, str], times: Mapping[str, float]) -> None:
        """Keep where the next sweep goes on."""
        store.put(self.key, _body(cursors, times), _JSON)


def take(store: Store, every_s: float, cancellation: Cancellation = NEVER) -> Turn | None:
    """Take the turn if the last one is ``every_s`` ago; None if it is not, or somebody else takes it.

    A worker that asks in vain has sent one request. Raises StorageError, and as `Cancellation.check`.
    """
    marks = cancellation.run(_marks, store)
    last = max(marks, default=0)
    # A mark of the future is one of a clock that was wrong.
    if last and abs(time.time() - marks[last].modified) < every_s:
        return None
    cursors, times = cancellation.run(_kept, store, marks[last].key) if last else ({}, {})
    key = f"{MARKS}{last + 1:08}"
    try:
        etag = cancellation.run(store.put, key, _body(cursors, times), _JSON, only_new=True)
    except AlreadyExists:
        return None
    if not isinstance(store, FileStore):
        # On some services two that write at the same moment both succeed: the last of them has the turn.
        cancellation.sleep(SETTLE_S)
    marks = cancellation.run(_marks, store)
    mine = marks[max(marks)] if marks else None
    if mine is None or (mine.key, mine.etag) != (key, etag):
        return None
    for number, older in marks.items():
        if number <= last:
            cancellation.run(store.delete, older.key)
    return Turn(key, mine.modified, cursors, times)


def _marks(store: Store) -> dict[int, ObjectInfo]:
    """The marks by their numbers."""
    found = ((info.key.removeprefix(MARKS), info) for info in store.list(MARKS, 100).objects)
    return {int(number): info for number, info in found if number.isdecimal()}


def _kept(store: Store, key: str) -> tuple[dict[str, str], dict[str, float]]:
    """What the last sweep has kept for the next one; nothing where that cannot be read."""
    with suppress(NotFound, ValueError, KeyError, TypeError, AttributeError):
        body = json.loads(store.get(key, MAX_BYTES))
        cursors = {str(prefix): str(cursor) for prefix, cursor in body["cursors"].items()}
        # Workers of an older version keep no times.
        return cursors, {str(name): float(time) for name, time in body.get("times", {}).items()}
    return {}, {}


def _body(cursors: Mapping[str, str], times: Mapping[str, float]) -> bytes:
    # The token makes every mark another content, and so another etag.
    return json.dumps({"token": secrets.token_hex(8), "cursors": dict(cursors), "times": dict(times)}).encode()
