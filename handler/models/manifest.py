"""What files of models should be: their sizes and checksums, as the hub lists them or as they first came."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

BLOCK = 1 << 20


@dataclass(frozen=True)
class Facts:
    """What is known of a file: bytes, SHA-256 of its content, git's id of it. 0 and nothing: not known.

    Git's id is the SHA-1 of ``blob {size}`` with a zero byte, and the content (git-scm.com, "Git Objects").
    """

    size: int = 0
    sha256: str = ""
    git: str = ""

    @property
    def checksum(self) -> bool:
        return bool(self.sha256 or self.git)


class Checksum:
    """The checksums of a file, fed block by block."""

    def __init__(self, facts: Facts) -> None:
        self._sha256 = hashlib.sha256()
        self._git = hashlib.sha1(f"blob {facts.size}\0".encode(), usedforsecurity=False) if facts.git else None

    def update(self, block: bytes) -> None:
        self._sha256.update(block)
        if self._git is not None:
            self._git.update(block)

    def update_from(self, path: Path, length: int) -> None:
        """Feed the first ``length`` bytes of a file."""
        with path.open("rb") as file:
            while length > 0 and (block := file.read(min(BLOCK, length))):
                self.update(block)
                length -= len(block)

    def fits(self, facts: Facts) -> bool:
        """Whether this is the content that is known; of one that nothing is known of, it is."""
        if facts.sha256:
            return self._sha256.hexdigest() == facts.sha256
        return self._git is None or self._git.hexdigest() == facts.git

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()


def problem(path: Path, facts: Facts, *, deep: bool) -> str | None:
    """What is wrong with a file, None if nothing is. ``deep`` reads it; otherwise its size is all that is looked at."""
    try:
        size = path.stat().st_size
        if facts.size and size != facts.size:
            return f"has {size} bytes in place of {facts.size}"
        if not (deep and facts.checksum):
            return None
        checksum = Checksum(facts)
        checksum.update_from(path, size)
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return None if checksum.fits(facts) else "has another content than it should (checksum)"


def read(path: Path) -> dict[str, Facts]:
    """A manifest by the files' names; empty when there is none, or none that can be read."""
    try:
        return {name: Facts(**facts) for name, facts in json.loads(path.read_text("utf-8"))["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # Without it less is verified. It is written anew when the next file comes.
        return {}


def add(path: Path, files: Mapping[str, Facts]) -> None:
    """Put files into a manifest; others in it stay. Written whole or not at all."""
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


def of_blob(path: Path) -> Facts:
    """What the hub's own cache tells of a file: a link to a blob that has the file's checksum for a name."""
    name = path.resolve().name
    if path.is_symlink() and all(letter in "0123456789abcdef" for letter in name):
        if len(name) == 64:
            return Facts(sha256=name)
        if len(name) == 40:
            return Facts(size=path.stat().st_size if path.exists() else 0, git=name)
    return Facts()
