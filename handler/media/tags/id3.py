"""Tags of MP3: ID3v2.4 in front of the sound, with XMP in a frame ``PRIV`` (Adobe's XMP specification, part 3)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from handler.media.tags.base import MAX_PARTS, Tags, take

_HEADER_BYTES = 10
_UTF8 = b"\x03"
_ENCODINGS = ("latin-1", "utf-16", "utf-16-be", "utf-8")
_XMP_OWNER = b"XMP\0"
_HAS_EXTENDED_HEADER = 0x40


def write(body: bytes, tags: Tags) -> bytes:
    """The file with the tags in front. Raises ValueError for one that has such a tag already."""
    if body[:3] == b"ID3":
        raise ValueError("the file has an ID3 tag already")
    return tag(tags) + body


def tag(tags: Tags) -> bytes:
    """An ID3v2.4 tag: ``TSSE`` (software), ``TXXX`` for each field, ``PRIV`` (XMP)."""
    frames = _frame(b"TSSE", _UTF8 + tags.software.encode()) if tags.software else b""
    for name, value in tags.fields.items():
        frames += _frame(b"TXXX", _UTF8 + name.encode() + b"\0" + value.encode())
    frames += _frame(b"PRIV", _XMP_OWNER + tags.xmp) if tags.xmp else b""
    return b"ID3\x04\0\0" + _syncsafe(len(frames)) + frames


def _frame(name: bytes, content: bytes) -> bytes:
    return name + _syncsafe(len(content)) + b"\0\0" + content


def _syncsafe(number: int) -> bytes:
    """28 bits in four bytes of seven: none looks like the start of sound."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def _unsyncsafe(digits: bytes) -> int:
    return sum((digit & 0x7F) << shift for digit, shift in zip(digits, (21, 14, 7, 0), strict=True))


def size(head: bytes) -> int:
    """Bytes of the whole tag that a file begins with."""
    return _HEADER_BYTES + _unsyncsafe(head[6:10])


def read(file: BinaryIO) -> Tags:
    """The tags of ID3v2.3 or 2.4 that a file begins with."""
    software, fields, xmp = "", dict[str, str](), b""
    for name, content in _frames(file):
        if name == b"TSSE":
            software = _texts(content)[0]
        elif name == b"TXXX":
            key, value = (*_texts(content), "")[:2]
            fields[key] = value
        elif name == b"PRIV" and content.startswith(_XMP_OWNER):
            xmp = content.removeprefix(_XMP_OWNER)
    return Tags(software, fields, xmp)


def _frames(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    head = file.read(_HEADER_BYTES)
    if head[:3] != b"ID3" or head[3] not in (3, 4):
        return
    version, end = head[3], size(head)
    if head[5] & _HAS_EXTENDED_HEADER:
        digits = take(file, 4)
        file.seek(_unsyncsafe(digits) - 4 if version == 4 else struct.unpack(">I", digits)[0], 1)
    for _ in range(MAX_PARTS):
        frame = file.read(_HEADER_BYTES) if file.tell() + _HEADER_BYTES <= end else b""
        if len(frame) < _HEADER_BYTES or frame[:1] == b"\0":
            return
        length = _unsyncsafe(frame[4:8]) if version == 4 else struct.unpack(">I", frame[4:8])[0]
        yield frame[:4], take(file, length)


def _texts(content: bytes) -> list[str]:
    """The texts of a frame, one at least."""
    if not content or content[0] >= len(_ENCODINGS):
        return [""]
    return content[1:].decode(_ENCODINGS[content[0]], "replace").rstrip("\0").replace("\ufeff", "").split("\0")
