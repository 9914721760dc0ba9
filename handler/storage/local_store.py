"""A folder as a store, for a machine without a bucket: the same keys.

Its URLs are signed links to the HTTP server where PUBLIC_URL is set or a server runs, else ``file://``. A ``file://``
URL has no signature, so a client could name any file: in requests the store accepts only those of uploads and results.
"""

from __future__ import annotations

import errno
import mimetypes
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from io import BufferedReader, BytesIO
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import unquote, urlsplit

from handler import temporary
from handler.errors import (
    AlreadyExists,
    BadRequest,
    ConfigError,
    LinkInvalid,
    NotFound,
    StorageError,
    TooLarge,
    is_disk_full,
)
from handler.removal import Removed
from handler.settings import Settings
from handler.storage.keys import check_key
from handler.storage.signed_links import READ, SECRET_NAME, WRITE, SignedLinks, secret_of
from handler.types import Grant, ObjectInfo, Page

PIECE_BYTES = 1 << 18

_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.ENXIO})
"""Errors that mean that the object does not exist; with ENXIO a socket is there."""

_LINKED = frozenset({"uploads", "output", "timings", "videos"})
"""Folders that a request's URLs may lead into. ``jobs`` has other clients' records; voices and fonts have names."""

_FULL = "the disk of LOCAL_STORE is full; remove old files, or set RETENTION_DAYS, and send the job again"
_NO_FILE = "leads to no file; put the file itself there first, not a symbolic link to it"


class LocalStore:
    """Objects are files below one folder. A file appears under its name only when it is complete."""

    def __init__(self, settings: Settings) -> None:
        """Create the folder. Raises ConfigError if LOCAL_STORE is not set or cannot be created."""
        if settings.local_store is None:
            raise ConfigError("set S3_BUCKET, or LOCAL_STORE, a folder to use instead of a bucket, such as out/store")
        self._root = settings.local_store.absolute()
        try:
            self._root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"the folder LOCAL_STORE cannot be created: {error.strerror}") from error
        url = settings.public_url
        self._links = SignedLinks(url, secret_of(self._root)) if url else None

    def put(self, key: str, body: bytes | Path, media_type: str, *, only_new: bool = False) -> str:  # noqa: ARG002
        with self.writing(key, only_new=only_new) as file:
            with BytesIO(body) if isinstance(body, bytes) else body.open("rb") as source:
                shutil.copyfileobj(source, file)
            file.flush()
            return _etag(os.fstat(file.fileno()))

    @contextmanager
    def writing(self, key: str, *, only_new: bool = False) -> Iterator[BinaryIO]:
        """A file to write an object into, which exists once the block ends without an error."""
        path = self._path(key)
        with _errors("an object could not be written to the local store"):
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.partial(path.parent) as file:
                yield cast(BinaryIO, file)
                file.flush()
                os.fsync(file.fileno())
                # Temporary files are readable by their owner alone; results are for others too.
                partial = Path(file.name)
                partial.chmod(0o644)
                if only_new:
                    _link_new(partial, path)
                else:
                    partial.replace(path)

    def get(self, key: str, max_bytes: int | None = None) -> bytes:
        errors = _errors("an object could not be read from the local store", absent="the object does not exist")
        with errors, self._path(key).open("rb") as file:
            body = file.read() if max_bytes is None else file.read(max_bytes + 1)
        if max_bytes is not None and len(body) > max_bytes:
            raise TooLarge(f"an object of the store has more than {max_bytes / 1e6:g} MB; put a smaller one there")
        return body

    def pieces(self, key: str, start: int, end: int) -> Iterator[bytes]:
        with self.open(key) as file, _errors("an object could not be read from the local store"):
            file.seek(start)
            while start < end and (piece := file.read(min(PIECE_BYTES, end - start))):
                start += len(piece)
                yield piece

    def head(self, key: str) -> ObjectInfo | None:
        return self._info(self._path(key))

    def list(self, prefix: str, limit: int, cursor: str | None = None) -> Page:
        after = check_key(cursor) if cursor else ""
        wanted = (key for key in sorted(self._keys(prefix)) if key.startswith(prefix) and key > after)
        # One more than the page tells whether there is another page. Files deleted meanwhile have no info.
        found = list(islice(filter(None, (self._info(self._root / key) for key in wanted)), limit + 1))
        page = found[:limit]
        return Page(tuple(page), page[-1].key if page and len(found) > limit else None)

    def _keys(self, prefix: str) -> Iterator[str]:
        """The keys in all folders that may have some with the prefix."""
        for folder, below, names in os.walk(self._root, onerror=_raise_unless_absent):
            inside = "" if folder == str(self._root) else f"{Path(folder).relative_to(self._root).as_posix()}/"
            below[:] = [each for each in below if _share_a_start(f"{inside}{each}/", prefix)]
            yield from (inside + name for name in names if not name.startswith((temporary.PARTIAL, SECRET_NAME)))

    def remove_abandoned(self, now: float, foreign_s: float, check: Callable[[], None]) -> Removed:
        """Remove the partial files of killed processes, see `temporary.remove_abandoned`."""
        removed = Removed()
        for folder, _, names in os.walk(self._root):
            check()
            for name in names:
                if name.startswith(temporary.PARTIAL):
                    removed += temporary.remove_if_abandoned(Path(folder) / name, now, foreign_s)
        return removed

    def delete(self, key: str) -> None:
        with _errors("an object could not be deleted from the local store"):
            self._path(key).unlink(missing_ok=True)

    def presign_get(self, key: str, expires_in: int, *, media_type: str, filename: str) -> str:
        path = self._path(key)
        if self._links is None:
            return path.as_uri()
        return self._links.sign(READ, Grant(key, media_type, filename), expires_in)

    def presign_put(self, key: str, expires_in: int, *, media_type: str | None = None) -> str:
        path = self._path(key)
        if self._links is not None:
            return self._links.sign(WRITE, Grant(key, media_type), expires_in)
        # The folder too: ``curl -T`` and ``cp`` do not create it.
        with _errors("the local store cannot create the folder of an upload"):
            path.parent.mkdir(parents=True, exist_ok=True)
        return path.as_uri()

    def check_link(self, method: str, key: str, query: Mapping[str, str]) -> Grant:
        """What a signed link of this store permits, by its parts. Raises LinkInvalid."""
        if self._links is None:
            raise LinkInvalid("is not one of this worker, which signs none")
        return self._links.check(method, check_key(key), query)

    def is_own_link(self, url: str) -> bool:
        try:
            return self._links is not None and self._links.key_of(url) is not None
        except LinkInvalid:
            return False

    def open_link(self, url: str) -> BufferedReader | None:
        if self._links is not None:
            # Whoever has signed links needs no others, and a client of a server is not always this machine's user.
            key = self._links.key_of(url)
        else:
            key = self._key_of(url)
            if key is not None and key.partition("/")[0] not in _LINKED:
                return None
        return None if key is None else self.open(key)

    def open(self, key: str) -> BufferedReader:
        """An object, opened for reading without following symbolic links.

        Raises NotFound, whose message continues "the link …", when there is no plain file, and StorageError.
        """
        with _errors("the file at this link cannot be read", absent=_NO_FILE):
            descriptor = _open_below(self._root, check_key(key))
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise NotFound(_NO_FILE)
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
            _raise_unless_absent(error)
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


@contextmanager
def _errors(message: str, absent: str = "") -> Iterator[None]:
    """Raise StorageError in place of OSError; with ``absent``, NotFound with that message if there is no object."""
    try:
        yield
    except OSError as error:
        if absent and error.errno in _ABSENT:
            raise NotFound(absent) from None
        if is_disk_full(error):
            raise StorageError(_FULL) from error
        raise StorageError(f"{message}: {error.strerror}") from error


def _link_new(partial: Path, path: Path) -> None:
    try:
        # A hard link fails if the name is taken; a check and a rename would leave time for another writer.
        path.hardlink_to(partial)
    except FileExistsError:
        raise AlreadyExists("an object with this key exists already") from None


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


def _share_a_start(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _raise_unless_absent(error: OSError) -> None:
    if error.errno not in _ABSENT:
        raise StorageError(f"the local store cannot be read: {error.strerror}") from error


def _etag(stats: os.stat_result) -> str:
    return f"{stats.st_ino:x}-{stats.st_mtime_ns:x}-{stats.st_size:x}"
