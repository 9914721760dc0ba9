"""The store as a job uses it: no request to a slow bucket outlasts the job, and one that fails is made again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import ParamSpec, TypeVar

from handler.cancellation import Cancellation
from handler.jobs.patience import READING_S, WRITING_S, Patience
from handler.protocols import Store
from handler.types import ObjectInfo, Page

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class JobStore:
    """Passes each request to the store, again and again with `Patience`.

    Raises as `Cancellation.check` does while an answer is awaited. A request that is abandoned goes on until it ends by
    itself, and is not made again. Writes that belong together need `Job.write_together`. Equal for all jobs of one
    store, because caches have it in their keys.
    """

    store: Store
    cancellation: Cancellation = field(compare=False)
    patience: Patience = field(default_factory=Patience, compare=False)

    def put(self, key: str, body: bytes | Path, media_type: str, *, only_new: bool = False) -> str:
        return self._ask(WRITING_S, partial(self.store.put, only_new=only_new), key, body, media_type)

    def get(self, key: str, max_bytes: int | None = None) -> bytes:
        return self._ask(READING_S, self.store.get, key, max_bytes)

    def pieces(self, key: str, start: int, end: int) -> Iterator[bytes]:
        return self.store.pieces(key, start, end)

    def head(self, key: str) -> ObjectInfo | None:
        return self._ask(READING_S, self.store.head, key)

    def list(self, prefix: str, limit: int, cursor: str | None = None) -> Page:
        return self._ask(READING_S, self.store.list, prefix, limit, cursor)

    def delete(self, key: str) -> None:
        self._ask(READING_S, self.store.delete, key)

    def presign_get(self, key: str, expires_in: int, *, media_type: str, filename: str) -> str:
        return self.store.presign_get(key, expires_in, media_type=media_type, filename=filename)

    def presign_put(self, key: str, expires_in: int, *, media_type: str | None = None) -> str:
        return self.store.presign_put(key, expires_in, media_type=media_type)

    def is_own_link(self, url: str) -> bool:
        return self.store.is_own_link(url)

    def open_link(self, url: str) -> BufferedReader | None:
        return self._ask(READING_S, self.store.open_link, url)

    def describe(self) -> str:
        return self.store.describe()

    def _ask(self, seconds: float, request: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        ask = partial(request, *args, **kwargs)
        return self.cancellation.run(self.patience.ask, self.cancellation, seconds, ask)
