"""The protocol of a model, and two kinds of one file: a file of the user, and a file on the web."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from handler.models import manifest
from handler.models.download import CONNECT_TIMEOUT_S, FetchError, RemoteFile, fetch_file, retry_if_busy
from handler.models.manifest import FileInfo
from handler.settings import Settings

REMEDY = "let this machine reach it, or put the files into MODELS_DIR"


@dataclass(frozen=True)
class LocalFile:
    """One file of a model on this disk, and its expected size and checksum."""

    name: str
    path: Path
    info: FileInfo

    def problem(self, *, deep: bool = False) -> str | None:
        """What is wrong with the file; see `manifest.problem`."""
        return manifest.problem(self.path, self.info, deep=deep)


class Model(Protocol):
    """Files of one model, and the site to fetch them from."""

    @property
    def name(self) -> str:
        """Its name in messages."""

    @property
    def site(self) -> str:
        """The site it is fetched from; empty if it cannot be fetched."""

    @property
    def remedy(self) -> str:
        """What the user can do when it cannot be fetched."""

    @property
    def size(self) -> int:
        """Bytes of a fetch; 0 if the code does not know them."""

    def find(self, settings: Settings) -> Path | None:
        """Its folder or file, if every file is on this disk in the right size. Fetches nothing."""

    def files(self, settings: Settings) -> list[LocalFile]:
        """The files, existing or not, of the best copy on this disk; empty if there is none."""

    def lock_folder(self, settings: Settings) -> Path:
        """The folder of the lock for a fetch."""

    def fetch(self, settings: Settings, heartbeat: Callable[[], None]) -> None:
        """Fetch the missing files. Raises FetchError, and whatever ``heartbeat`` raises."""


@dataclass(frozen=True)
class GivenFile:
    """A file that a setting names. It cannot be fetched."""

    path: Path
    setting: str
    site = ""
    size = 0

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def remedy(self) -> str:
        return f"mend {self.setting}, or leave it out"

    def find(self, settings: Settings) -> Path | None:  # noqa: ARG002
        return self.path if self.path.is_file() else None

    def files(self, settings: Settings) -> list[LocalFile]:
        return [LocalFile(self.name, self.path, FileInfo())] if self.find(settings) else []

    def lock_folder(self, settings: Settings) -> Path:
        raise NotImplementedError

    def fetch(self, settings: Settings, heartbeat: Callable[[], None]) -> None:
        raise NotImplementedError


@dataclass(frozen=True)
class WebFile:
    """A file at an address of its own, stored in a folder of MODELS_DIR.

    ``title`` is its name in messages, where that of the file says nothing.
    """

    address: str
    folder: str
    site: str
    info: FileInfo = field(default_factory=FileInfo)
    remedy: str = REMEDY
    title: str = ""

    @property
    def name(self) -> str:
        return self.title or self.file_name

    @property
    def file_name(self) -> str:
        """Its name in the folder."""
        return self.address.rpartition("/")[2]

    @property
    def size(self) -> int:
        return self.info.size

    def find(self, settings: Settings) -> Path | None:
        files = self.files(settings)
        return next((file.path for file in files if not file.problem()), None)

    def files(self, settings: Settings) -> list[LocalFile]:
        folder = settings.models_dir / self.folder
        path = folder / self.file_name
        known = manifest.read(folder / "manifest.json").get(self.file_name, self.info)
        return [LocalFile(self.file_name, path, known)] if path.exists() else []

    def lock_folder(self, settings: Settings) -> Path:
        return settings.models_dir / self.folder / ".owners" / self.file_name

    def fetch(self, settings: Settings, heartbeat: Callable[[], None]) -> None:
        folder = settings.models_dir / self.folder
        remote, version = self._head()
        partial = folder / ".owners" / f"{self.file_name}.{version}.incomplete"
        info = fetch_file(remote, partial, folder / self.file_name, heartbeat)
        manifest.add(folder / "manifest.json", {self.file_name: info})

    def _head(self) -> tuple[RemoteFile, str]:
        """The file on the server, and its version: a partial file of another version must not be continued."""
        from huggingface_hub import get_session

        def head() -> Mapping[str, str]:
            headers = {"Accept-Encoding": "identity"}
            reply = get_session().head(self.address, allow_redirects=True, timeout=CONNECT_TIMEOUT_S, headers=headers)
            reply.raise_for_status()
            return reply.headers

        headers = retry_if_busy(head)
        size = int(headers.get("Content-Length") or 0)
        if self.info.size and size != self.info.size:
            raise FetchError(f"it has {size} bytes there instead of {self.info.size}")
        version = hashlib.sha256(f"{headers.get('ETag')} {size}".encode()).hexdigest()[:16]
        return RemoteFile(self.address, FileInfo(size, self.info.sha256)), version
