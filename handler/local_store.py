"""A folder as a store, for a machine without a bucket: the same keys, and ``file://`` URLs."""

from __future__ import annotations

import errno
import mimetypes
import os
import stat
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from handler.errors import AlreadyExists, ConfigError, NotFound, StorageError, TooLarge
from handler.settings import Settings
from handler.values import ObjectInfo, Page, check_key

_TEMPORARY = ".partial-"

_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP})
"""How a folder says that there is no such object, or can be none."""


class LocalStore:
    """Objects are files below one folder; a file appears under its name only when it is whole."""

    def __init__(self, settings: Settings) -> None:
        if settings.local_store is None:
            raise ConfigError("S3_BUCKET is not set, and neither is LOCAL_STORE, a folder to use in its place")
        self._root = settings.local_store.absolute()
        try:
            self._root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"LOCAL_STORE is not a folder that can be made: {error.strerror}") from error

    def put(self, key: str, body: bytes | Path, media_type: str, *, only_new: bool = False) -> str:  # noqa: ARG002
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=_TEMPORARY, delete=False) as file:
                temporary = Path(file.name)
                try:
                    self._fill(file.fileno(), body)
                    # mkstemp makes files that only their owner reads; these are results, meant to be read.
                    temporary.chmod(0o644)
                    etag = _etag(temporary.stat())
                    self._publish(temporary, path, key, only_new)
                    return etag
                finally:
                    temporary.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"{key} could not be written to the local store: {error.strerror}") from error

    @staticmethod
    def _fill(descriptor: int, body: bytes | Path) -> None:
        with os.fdopen(os.dup(descriptor), "wb") as out:
            if isinstance(body, bytes):
                out.write(body)
            else:
                with body.open("rb") as source:
                    while block := source.read(1 << 20):
                        out.write(block)
            out.flush()
            os.fsync(out.fileno())

    @staticmethod
    def _publish(temporary: Path, path: Path, key: str, only_new: bool) -> None:
        if not only_new:
            temporary.replace(path)
            return
        try:
            # A hard link fails when the name is taken: unlike a check followed by a rename, nothing fits between.
            path.hardlink_to(temporary)
        except FileExistsError:
            raise AlreadyExists(f"{key} exists already") from None

    def get(self, key: str, max_bytes: int | None = None) -> bytes:
        path = self._path(key)
        try:
            with path.open("rb") as file:
                body = file.read() if max_bytes is None else file.read(max_bytes + 1)
        except OSError as error:
            if error.errno in _ABSENT:
                raise NotFound(f"{key} does not exist") from None
            raise StorageError(f"{key} could not be read from the local store: {error.strerror}") from error
        if max_bytes is not None and len(body) > max_bytes:
            raise TooLarge(f"an object of the store has more than {max_bytes / 1e6:g} MB; put a smaller one there")
        return body

    def head(self, key: str) -> ObjectInfo | None:
        return self._info(self._path(key))

    def list(self, prefix: str, limit: int, cursor: str | None = None) -> Page:
        after = check_key(cursor) if cursor else ""
        wanted = (key for key in sorted(self._keys()) if key.startswith(prefix) and key > after)
        # One more tells whether there is another page. What was deleted since the names were read is not there.
        found = list(islice(filter(None, (self._info(self._root / key) for key in wanted)), limit + 1))
        page = found[:limit]
        return Page(tuple(page), page[-1].key if page and len(found) > limit else None)

    def _keys(self) -> Iterator[str]:
        for folder, _, names in os.walk(self._root, onerror=_unless_absent):
            for name in names:
                if not name.startswith(_TEMPORARY):
                    yield (Path(folder) / name).relative_to(self._root).as_posix()

    def delete(self, key: str) -> None:
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"{key} could not be deleted from the local store: {error.strerror}") from error

    def presign_get(self, key: str, expires_in: int, *, media_type: str, filename: str) -> str:  # noqa: ARG002
        return self._path(key).as_uri()

    def presign_put(self, key: str, expires_in: int, *, media_type: str | None = None) -> str:  # noqa: ARG002
        return self._path(key).as_uri()

    def describe(self) -> str:
        return "local folder"

    def _path(self, key: str) -> Path:
        return self._root / check_key(key)

    def _info(self, path: Path) -> ObjectInfo | None:
        """What is known of a file, looked at once: others may delete it at any time."""
        try:
            seen = path.stat()
        except OSError as error:
            _unless_absent(error)
            return None
        if not stat.S_ISREG(seen.st_mode):
            return None
        return ObjectInfo(
            key=path.relative_to(self._root).as_posix(),
            size=seen.st_size,
            modified=seen.st_mtime,
            etag=_etag(seen),
            media_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        )


def _unless_absent(error: OSError) -> None:
    if error.errno not in _ABSENT:
        raise StorageError(f"the local store cannot be looked at: {error.strerror}") from error


def _etag(seen: os.stat_result) -> str:
    return f"{seen.st_ino:x}-{seen.st_mtime_ns:x}-{seen.st_size:x}"
