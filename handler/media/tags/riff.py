"""Tags of WAV: ``LIST INFO`` for people, and XMP in a chunk ``_PMX`` (Adobe's XMP specification, part 3)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from handler.media.tags.base import MAX_PARTS, Tags, take

_SOFTWARE, _COMMENT = b"ISFT", b"ICMT"
_UNKNOWN_SIZE = 0xFFFFFFFF


def write(body: bytes, tags: Tags) -> bytes:
    """The file with the tags behind its samples: many programs expect those at byte 44."""
    body += b"\0" * (len(body) % 2) + chunks(tags)
    return body[:4] + struct.pack("<I", len(body) - 8) + body[8:]


def chunks(tags: Tags) -> bytes:
    """The chunks that hold the tags."""
    comment = "; ".join(f"{name}={value}" for name, value in tags.fields.items())
    texts = ((_SOFTWARE, tags.software), (_COMMENT, comment))
    listed = b"INFO" + b"".join(_chunk(name, text.encode() + b"\0") for name, text in texts if text)
    return _chunk(b"LIST", listed) + (_chunk(b"_PMX", tags.xmp) if tags.xmp else b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def read(file: BinaryIO) -> Tags:
    """The tags of a WAV file, which may have others' chunks."""
    software, fields, xmp = "", dict[str, str](), b""
    file.seek(12)
    for name, content in _read_chunks(file):
        if name == b"_PMX":
            xmp = content
        elif name == b"LIST" and content[:4] == b"INFO":
            texts = dict(_parts(content[4:]))
            software = _text(texts.get(_SOFTWARE, b""))
            pairs = (part.partition("=") for part in _text(texts.get(_COMMENT, b"")).split("; "))
            fields = {key: value for key, equals, value in pairs if equals}
    return Tags(software, fields, xmp)


def _read_chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """The chunks that may be tags; the samples are passed over."""
    for _ in range(MAX_PARTS):
        head = file.read(8)
        if len(head) < 8:
            return
        name, size = head[:4], struct.unpack("<I", head[4:])[0]
        if size == _UNKNOWN_SIZE:
            return
        if name in (b"LIST", b"_PMX"):
            yield name, take(file, size)
        else:
            file.seek(size, 1)
        file.seek(size % 2, 1)


def _parts(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(content):
        size = struct.unpack_from("<I", content, at + 4)[0]
        yield content[at : at + 4], content[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _text(content: bytes) -> str:
    return content.rstrip(b"\0").decode("utf-8", "replace")
