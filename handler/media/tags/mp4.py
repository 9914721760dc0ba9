"""Tags of MP4 and M4A: an XMP packet in a box ``uuid`` (ISO 16684-1 and Adobe's XMP specification, part 3).

Such a box may stand behind everything else, where it moves no sample; tags in the index would move them all.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO
from uuid import UUID

from handler.media.tags.base import MAX_PARTS, Tags, take

_XMP_UUID = UUID("be7acfcb-97a9-42e8-9c71-999491e3afac").bytes
_HEADER_BYTES = 8


def write(body: bytes, tags: Tags) -> bytes:
    """The file with the XMP packet of the tags behind it."""
    return body + box(tags)


def box(tags: Tags) -> bytes:
    """The box that holds the XMP packet of the tags."""
    return struct.pack(">I4s", _HEADER_BYTES + len(_XMP_UUID) + len(tags.xmp), b"uuid") + _XMP_UUID + tags.xmp


def read(file: BinaryIO) -> Tags:
    """The last XMP packet of the file: in a box of its own, or in ``moov/udta/XMP_``, where QuickTime has it."""
    xmp = b""
    for name, size in _boxes(file, file.seek(0, 2), start=0):
        if name == b"uuid" and size > len(_XMP_UUID) and take(file, len(_XMP_UUID)) == _XMP_UUID:
            xmp = take(file, size - len(_XMP_UUID))
        elif name == b"moov":
            xmp = xmp or _quicktime(file, file.tell() + size)
    return Tags(xmp=xmp)


def _quicktime(file: BinaryIO, end: int) -> bytes:
    for name, size in _boxes(file, end, start=file.tell()):
        if name == b"udta":
            for inner, length in _boxes(file, file.tell() + size, start=file.tell()):
                if inner == b"XMP_":
                    return take(file, length)
    return b""


def _boxes(file: BinaryIO, end: int, start: int) -> Iterator[tuple[bytes, int]]:
    """Name and size of each box between two places; the file is at the start of its content."""
    at = start
    for _ in range(MAX_PARTS):
        file.seek(at)
        head = file.read(_HEADER_BYTES)
        if at + _HEADER_BYTES > end or len(head) < _HEADER_BYTES:
            return
        size, name = struct.unpack(">I4s", head)
        header = _HEADER_BYTES
        if size == 1:
            size, header = struct.unpack(">Q", take(file, 8))[0], 16
        elif size == 0:
            size = end - at
        if size < header:
            return
        yield name, size - header
        at += size
