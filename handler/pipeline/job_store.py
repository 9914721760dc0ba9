"""The store as a job uses it: no request to a slow bucket outlasts the job."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path

from handler.cancellation import Cancellation
from handler.protocols import Store
from handler.types import ObjectInfo, Page


@dataclass(frozen=True)
class JobStore:
    """Passes each request to the store, and raises as `Cancellation.check` does while its answer is awaited.

    A request that is abandoned goes on until it ends by itself. Writes that belong together need
    `Job.write_together`. Equal for all jobs of one store, because caches have it in their keys.
    """

    store: Store
    cancellation: Cancellation = field(compare=False)

    def put(self, key: str, body: bytes | Path, media_type: str, *, only_new: bool = False) -> str:
        return self.cancellation.run(self.store.put, key, body, media_type, only_new=only_new)

    def get(self, key: str, max_bytes: int | None = None) -> bytes:
        return self.cancellation.run(self.store.get, key, max_bytes)

    def pieces(self, key: str, start: int, end: int) -> Iterator[bytes]:
        return self.store.pieces(key, start, end)

    def head(self, key: str) -> ObjectInfo | None:
        return self.cancellation.run(self.store.head, key)

    def list(self, prefix: str, limit: int, cursor: str | None = None) -> Page:
        return self.cancellation.run(self.store.list, prefix, limit, cursor)

    def delete(self, key: str) -> None:
        self.cancellation.run(self.store.delete, key)

    def presign_get(self, key: str, expires_in: int, *, media_type: str, filename: str) -> str:
        return self.store.presign_get(key, expires_in, media_type=media_type, filename=filename)

    def presign_put(self, key: str, expires_in: int, *, media_type: str | None = None) -> str:
        return self.store.presign_put(key, expires_in, media_type=media_type)

    def is_own_link(self, url: str) -> bool:
        return self.store.is_own_link(url)

    def open_link(self, url: str) -> BufferedReader | None:
        return self.cancellation.run(self.store.open_link, url)

    def describe(self) -> str:
        return self.store.describe()
