"""Vorbis comments, the tags of FLAC and Ogg: ``NAME=value``, names without case."""

from __future__ import annotations

import struct

from handler.media.tags.base import MAX_PARTS, Tags

_SOFTWARE, _XMP = "SOFTWARE", "XMP"


def add(comments: bytes, tags: Tags) -> bytes:
    """A packet of comments with the tags added to it. Raises ValueError or struct.error for one that is damaged."""
    vendor, given = _split(comments)
    own = [f"{_SOFTWARE}={tags.software}"] if tags.software else []
    own += [f"{name.upper()}={value}" for name, value in tags.fields.items()]
    own += [f"{_XMP}={tags.xmp.decode()}"] if tags.xmp else []
    every = [*given, *(comment.encode() for comment in own)]
    return _sized(vendor) + struct.pack("<I", len(every)) + b"".join(map(_sized, every))


def parse(comments: bytes) -> Tags:
    """The tags of a packet. Raises ValueError or struct.error for one that is damaged."""
    pairs = (comment.decode("utf-8", "replace").partition("=") for comment in _split(comments)[1])
    fields = {name.upper(): value for name, _, value in pairs}
    software, xmp = fields.pop(_SOFTWARE, ""), fields.pop(_XMP, "")
    return Tags(software, fields, xmp.encode())


def _sized(content: bytes) -> bytes:
    return struct.pack("<I", len(content)) + content


def _split(comments: bytes) -> tuple[bytes, list[bytes]]:
    """The vendor and the comments."""
    vendor, at = _text(comments, 0)
    count = struct.unpack_from("<I", comments, at)[0]
    if count > MAX_PARTS:
        raise ValueError("too many comments")
    at, found = at + 4, []
    for _ in range(count):
        comment, at = _text(comments, at)
        found.append(comment)
    return vendor, found


def _text(comments: bytes, at: int) -> tuple[bytes, int]:
    size = struct.unpack_from("<I", comments, at)[0]
    end = at + 4 + size
    if end > len(comments):
        raise ValueError("a comment is cut off")
    return comments[at + 4 : end], end
