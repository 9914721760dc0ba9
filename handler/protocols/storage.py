"""What keeps objects: a bucket, or a folder."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from handler.removal import ExpiryRule, Removed
from handler.types import Grant, ObjectInfo, Page

PAGE_KEYS = 1000  # the most objects that S3 lists in one request


class Store(Hashable, Protocol):
    """Keeps objects under keys such as ``output/abc.wav``. Writes are atomic: all of an object or none of it."""

    def put(self, key: str, body: bytes | Path, media_type: str, *, only_new: bool = False) -> str:
        """Write an object and return its etag. ``only_new`` raises AlreadyExists when the key is taken.

        On a service without conditional writes, two of them at the same moment may both succeed. StorageError when it
        cannot be written.
        """
        ...

    def get(self, key: str, max_bytes: int | None = None) -> bytes:
        """The whole object; NotFound when there is none.

        TooLarge when it has more than ``max_bytes``, of which no more are then read.
        """
        ...

    def pieces(self, key: str, start: int, end: int) -> Iterator[bytes]:
        """The bytes of an object from ``start`` up to and without ``end``, a piece at a time; NotFound if it is gone.

        The object has as many. It is opened when the first piece is asked for.
        """
        ...

    def head(self, key: str) -> ObjectInfo | None:
        """What is known of an object, None when there is none."""
        ...

    def list(self, prefix: str, limit: int, cursor: str | None = None) -> Page:
        """At most ``limit`` objects whose keys start with ``prefix``, after ``cursor``."""
        ...

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is no error."""
        ...

    def presign_get(self, key: str, expires_in: int, *, media_type: str, filename: str) -> str:
        """A URL that reads the object for ``expires_in`` seconds and names the file it downloads as."""
        ...

    def presign_put(self, key: str, expires_in: int, *, media_type: str | None = None) -> str:
        """A URL that a client may PUT the object to for ``expires_in`` seconds, as ``media_type`` (None: as any)."""
        ...

    def is_own_link(self, url: str) -> bool:
        """Whether an http(s) URL has the form of those that this store signs: its address, a key, a signature.

        Then it may be followed to an address that is not public. Whether it opens is for the service to say, by its
        signature. ``url`` is as it is sent: the host in small ASCII letters, the path percent-encoded. Raises
        StorageError when the store cannot sign.
        """
        ...

    def open_link(self, url: str) -> BufferedReader | None:
        """The file that a link of this store leads to, opened for reading; None for one that only a request can read.

        NotFound, whose message continues "the link …", when there is no plain file or the link is not valid;
        StorageError when it cannot be read.
        """
        ...

    def describe(self) -> str:
        """One phrase for logs and ``status``: what kind of store, no secret, no path."""
        ...


def list_all(store: Store, prefix: str, cursor: str | None = None) -> Iterator[ObjectInfo]:
    """All objects of a store whose keys start with ``prefix``, after ``cursor``. Raises StorageError.

    A page is listed when its first object is asked for. Objects may be deleted meanwhile.
    """
    while True:
        page = store.list(prefix, PAGE_KEYS, cursor)
        yield from page.objects
        if (cursor := page.cursor) is None:
            return


@runtime_checkable
class FileStore(Store, Protocol):
    """A store without a service of its own: the worker's HTTP server answers its signed links."""

    def check_link(self, method: str, key: str, query: Mapping[str, str]) -> Grant:
        """What a link permits: ``method`` is that of the request. LinkInvalid when it was not signed, or is old."""
        ...

    def open(self, key: str) -> BufferedReader:
        """An object, opened for reading; NotFound, whose message continues "the link …", when there is no plain file.

        StorageError when it cannot be read.
        """
        ...

    def writing(self, key: str, *, only_new: bool = False) -> AbstractContextManager[BinaryIO]:
        """A file to write an object into, which exists once the block ends without an error. Raises as `put`."""
        ...

    def remove_abandoned(self, now: float, foreign_s: float, check: Callable[[], None]) -> Removed:
        """Remove what processes that were killed while they wrote an object have left, see `handler.temporary`."""
        ...


@runtime_checkable
class ExpiringStore(Store, Protocol):
    """A store whose service may remove old objects by itself, by lifecycle rules."""

    def expiry_rules(self) -> tuple[ExpiryRule, ...] | None:
        """The rules that remove all objects of a prefix; None where the service has no such rules.

        Raises StorageError, which names the right that is missing.
        """
        ...

    def set_expiry_rules(self, rules: Sequence[ExpiryRule]) -> None:
        """Add rules to those that there are, in place of those with the same ids; no other rule changes.

        Raises StorageError as `expiry_rules`.
        """
        ...
