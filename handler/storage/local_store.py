"""A folder as a store, for a machine without a bucket: the same keys, and ``file://`` URLs.

A ``file://`` URL has no signature, so anyone who may send jobs could name any file. In requests the store therefore
accepts only URLs of what clients uploaded here and of what jobs made for them.
"""

from __future__ import annotations

import errno
import mimetypes
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from io import BufferedReader
from itertools import islice
from pathlib import Path
from urllib.parse import unquote, urlsplit

from handler.errors import AlreadyExists, BadRequest, ConfigError, NotFound, StorageError, TooLarge
from handler.settings import Settings
from handler.types import ObjectInfo, Page, check_key

_TEMPORARY = ".partial-"

_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP})
"""Errors that mean that there is no such object."""

_LINKED = frozenset({"uploads", "output", "timings", "videos"})
"""Folders that URLs of requests may lead into. Not ``jobs``, which has other people's records, and not voices and
fonts, which a job names without a URL."""


class LocalStore:
    """Objects are files below one folder. A file appears under its name only when it is complete."""

    def __init__(self, settings: Settings) -> None:
        if settings.local_store is None:
            raise ConfigError(
                "S3_BUCKET is not set, and neither is LOCAL_STORE, a folder to use in its place, such as out/store"
            )
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
                    self._write(file.fileno(), body)
                    # Temporary files are readable by their owner alone; results are for others too.
                    temporary.chmod(0o644)
                    etag = _etag(temporary.stat())
                    self._publish(temporary, path, key, only_new)
                    return etag
                finally:
                    temporary.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"{key} could not be written to the local store: {error.strerror}") from error

    @staticmethod
    def _write(descriptor: int, body: bytes | Path) -> None:
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
            # A hard link fails if the name is taken; a check and a rename would leave time for another writer.
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
        # One more shows whether there is another page. Files that were deleted meanwhile have no info.
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
        """Creates the folder too, for ``curl -T`` and ``cp`` do not."""
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"the local store cannot make a folder for an upload: {error.strerror}") from error
        return path.as_uri()

    def is_own_link(self, url: str) -> bool:  # noqa: ARG002
        return False

    def open_link(self, url: str) -> BufferedReader | None:
        key = self._key_of(url)
        if key is None or key.partition("/")[0] not in _LINKED:
            return None
        try:
            descriptor = _open_below(self._root, key)
        except OSError as error:
            # ENXIO: the file is a socket.
            if error.errno in _ABSENT | {errno.ENXIO}:
                raise NotFound("there is no file at this link") from None
            raise StorageError(f"the file at this link cannot be read: {error.strerror}") from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise NotFound("there is no plain file at this link")
        return os.fdopen(descriptor, "rb")

    def _key_of(self, url: str) -> str | None:
        """The key of a ``file://`` URL; None if the URL leads out of this folder."""
        try:
            parts = urlsplit(url)
            if parts.scheme != "file" or parts.netloc not in {"", "localhost"} or parts.query or parts.fragment:
                return None
            path = unquote(parts.path)
            for root in (self._root, self._root.resolve()):
                if path.startswith(f"{root}/"):
                    return check_key(path.removeprefix(f"{root}/"))
        except (ValueError, BadRequest):
            return None
        return None

    def describe(self) -> str:
        return "local folder"

    def _path(self, key: str) -> Path:
        return self._root / check_key(key)

    def _info(self, path: Path) -> ObjectInfo | None:
        # One stat for everything: others may delete the file at any time.
        try:
            stats = path.stat()
        except OSError as error:
            _unless_absent(error)
            return None
        if not stat.S_ISREG(stats.st_mode):
            return None
        return ObjectInfo(
            key=path.relative_to(self._root).as_posix(),
            size=stats.st_size,
            modified=stats.st_mtime,
            etag=_etag(stats),
            media_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        )


def _open_below(root: Path, key: str) -> int:
    """Open the file under a key folder by folder, without following symbolic links; returns its descriptor.

    Resolving the path first would leave time to replace a part of it before it is opened.
    """
    *folders, name = key.split("/")
    with ExitStack() as opened:
        parent = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        opened.callback(os.close, parent)
        for folder in folders:
            parent = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
            opened.callback(os.close, parent)
        # Without O_NONBLOCK the open would wait for the other end of a named pipe.
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=parent)


def _unless_absent(error: OSError) -> None:
    if error.errno not in _ABSENT:
        raise StorageError(f"the local store cannot be read: {error.strerror}") from error


def _etag(stats: os.stat_result) -> str:
    return f"{stats.st_ino:x}-{stats.st_mtime_ns:x}-{stats.st_size:x}"
