"""Sizes and checksums of model files: those that the hub lists, or those of the first download."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class FileInfo:
    """Size in bytes, SHA-256 and git's id of a file; 0 or empty if unknown.

    Git's id is the SHA-1 of ``blob {size}``, a zero byte and the content (git-scm.com, "Git Objects").
    """

    size: int = 0
    sha256: str = ""
    git: str = ""

    @property
    def has_checksum(self) -> bool:
        return bool(self.sha256 or self.git)


class Checksum:
    """The checksums of a file that is read block by block."""

    def __init__(self, info: FileInfo) -> None:
        self._sha256 = hashlib.sha256()
        self._git = hashlib.sha1(f"blob {info.size}\0".encode(), usedforsecurity=False) if info.git else None

    def update(self, block: bytes) -> None:
        self._sha256.update(block)
        if self._git is not None:
            self._git.update(block)

    def update_from(self, path: Path, length: int) -> None:
        """Read the first ``length`` bytes of a file."""
        with path.open("rb") as file:
            while length > 0 and (block := file.read(min(BLOCK_BYTES, length))):
                self.update(block)
                length -= len(block)

    def matches(self, info: FileInfo) -> bool:
        """Whether the content has the known checksum; True if none is known."""
        if info.sha256:
            return self.sha256 == info.sha256
        return self._git is None or self._git.hexdigest() == info.git

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()


def problem(path: Path, info: FileInfo, *, deep: bool) -> str | None:
    """What is wrong with a file; None if nothing is. Only its size is checked, and with ``deep`` its content too."""
    try:
        size = path.stat().st_size
        if info.size and size != info.size:
            return f"has {size} bytes instead of {info.size}"
        if not (deep and info.has_checksum):
            return None
        checksum = Checksum(info)
        checksum.update_from(path, size)
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return None if checksum.matches(info) else "has the wrong checksum"


def read(path: Path) -> dict[str, FileInfo]:
    """A manifest by file name; empty if there is none, or none that can be parsed."""
    try:
        return {name: FileInfo(**info) for name, info in json.loads(path.read_text("utf-8"))["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # Less is verified without it, and the next download writes it again.
        return {}


def add(path: Path, files: Mapping[str, FileInfo]) -> None:
    """Add files to a manifest and keep the others in it. Atomic."""
    path.parent.mkdir(parents=True, exist_ok=True)
    known = read(path) | dict(files)
    text = json.dumps({"version": 1, "files": {name: asdict(known[name]) for name in sorted(known)}}, indent=1)
    new = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with new.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def of_blob(path: Path) -> FileInfo:
    """The checksum of a file in huggingface_hub's cache: the file is a link to a blob that is named by its checksum."""
    name = path.resolve().name
    if path.is_symlink() and all(letter in "0123456789abcdef" for letter in name):
        if len(name) == 64:
            return FileInfo(sha256=name)
        if len(name) == 40:
            return FileInfo(size=path.stat().st_size if path.exists() else 0, git=name)
    return FileInfo()
