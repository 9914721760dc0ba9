"""Tags of FLAC: its block of Vorbis comments."""

from __future__ import annotations

from typing import BinaryIO

from handler.media.tags import id3, vorbis
from handler.media.tags.base import MAX_PARTS, Tags, take

_COMMENTS = 4  # the number of this kind of block
_LAST = 0x80  # marks the last block before the sound
_NO_COMMENTS = bytes(8)  # no vendor, no comments


def write(body: bytes, tags: Tags) -> bytes:
    """The file with the tags added to its comments."""
    at, blocks, last = 4, list[tuple[int, bytes]](), False
    while not last:
        kind, size = body[at], int.from_bytes(body[at + 1 : at + 4], "big")
        blocks.append((kind & ~_LAST, body[at + 4 : at + 4 + size]))
        at, last = at + 4 + size, bool(kind & _LAST)
    given = next((content for kind, content in blocks if kind == _COMMENTS), _NO_COMMENTS)
    others = [block for block in blocks if block[0] != _COMMENTS]
    # The first block has to be STREAMINFO.
    blocks = [others[0], (_COMMENTS, vorbis.add(given, tags)), *others[1:]]
    head = b"fLaC"
    for number, (kind, content) in enumerate(blocks, 1):
        head += bytes([kind | (_LAST if number == len(blocks) else 0)]) + len(content).to_bytes(3, "big") + content
    return head + body[at:]


def read(file: BinaryIO) -> Tags:
    """The tags of a FLAC file, which may have an ID3 tag in front."""
    head = file.read(10)
    file.seek(id3.size(head) + 4 if head[:3] == b"ID3" else 4)
    for _ in range(MAX_PARTS):
        kind, *size = take(file, 4)
        content = take(file, int.from_bytes(bytes(size), "big"))
        if kind & ~_LAST == _COMMENTS and content:
            return vorbis.parse(content)
        if kind & _LAST:
            break
    return Tags()
