"""What tags say, whatever their container."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import BinaryIO

MAX_TAG_BYTES = 1_000_000  # of one tag that is read: pictures and books in tags are passed over
MAX_PARTS = 4096  # chunks, frames, blocks or boxes that are looked at


@dataclass(frozen=True)
class Tags:
    """The program that made a file, further fields by name, and an XMP packet."""

    software: str = ""
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Names in CamelCase. A container without case has them in capitals; readers compare without case."""
    xmp: bytes = b""

    def get(self, name: str) -> str:
        """The field of this name in any case, empty if there is none."""
        return next((value for key, value in self.fields.items() if key.lower() == name.lower()), "")


def take(file: BinaryIO, size: int) -> bytes:
    """Read exactly ``size`` bytes, or pass over more than MAX_TAG_BYTES and return none. Raises EOFError."""
    if size > MAX_TAG_BYTES:
        file.seek(size, 1)
        return b""
    found = file.read(size)
    if len(found) < size:
        raise EOFError("the file ends within a tag")
    return found
