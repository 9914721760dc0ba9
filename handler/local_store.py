"""A folder as a store, for a machine without a bucket: the same keys, and ``file://`` URLs."""

from __future__ import annotations

import mimetypes
import os
import tempfile
from pathlib import Path

from handler.errors import AlreadyExists, BadRequest, ConfigError, NotFound, StorageError
from handler.settings import Settings
from handler.values import ObjectInfo, Page

_TEMPORARY = ".partial-"


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

    def get(self, key: str) -> bytes:
        try:
            return self._path(key).read_bytes()
        except (FileNotFoundError, IsADirectoryError):
            raise NotFound(f"{key} does not exist") from None
        except OSError as error:
            raise StorageError(f"{key} could not be read from the local store: {error.strerror}") from error

    def head(self, key: str) -> ObjectInfo | None:
        path = self._path(key)
        return self._info(path) if path.is_file() else None

    def list(self, prefix: str, limit: int, cursor: str | None = None) -> Page:
        found = sorted(
            path.relative_to(self._root).as_posix()
            for path in self._root.rglob("*")
            if path.is_file() and not path.name.startswith(_TEMPORARY)
        )
        wanted = [key for key in found if key.startswith(prefix) and (cursor is None or key > cursor)]
        page = wanted[:limit]
        return Page(
            tuple(self._info(self._root / key) for key in page),
            page[-1] if len(wanted) > limit else None,
        )

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
        if not key or "\0" in key or any(part in {"", ".", ".."} for part in key.split("/")):
            raise BadRequest(f"{key!r} is not the key of an object")
        return self._root / key

    def _info(self, path: Path) -> ObjectInfo:
        seen = path.stat()
        return ObjectInfo(
            key=path.relative_to(self._root).as_posix(),
            size=seen.st_size,
            modified=seen.st_mtime,
            etag=_etag(seen),
            media_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        )


def _etag(seen: os.stat_result) -> str:
    return f"{seen.st_ino:x}-{seen.st_mtime_ns:x}-{seen.st_size:x}"
