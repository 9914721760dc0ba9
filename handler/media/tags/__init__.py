"""Tags inside media files: what a container says of its sound. The sound itself stays as it is, to the byte.

To add a container: a module with ``write`` and ``read``, and a row in CONTAINERS.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from handler.media.tags import flac, id3, mp4, ogg, riff
from handler.media.tags.base import Tags

__all__ = ["CONTAINERS", "Container", "Tags", "append", "container", "read", "write"]


@dataclass(frozen=True)
class Container:
    """A container with tags: ``write`` returns a file with them, ``read`` raises ValueError for a damaged one."""

    write: Callable[[bytes, Tags], bytes]
    read: Callable[[BinaryIO], Tags]


CONTAINERS = {
    "wav": Container(riff.write, riff.read),
    "mp3": Container(id3.write, id3.read),
    "flac": Container(flac.write, flac.read),
    "ogg": Container(ogg.write, ogg.read),
    "mp4": Container(mp4.write, mp4.read),
}

HEAD_BYTES = 64


def container(head: bytes) -> str | None:
    """The name in CONTAINERS of a file by its first HEAD_BYTES, None for another kind of file."""
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"fLaC":
        return "flac"
    if head[:4] == b"OggS":
        return "ogg"
    if head[4:8] == b"ftyp":
        return "mp4"
    # The sync word of a frame of layer III; ADTS, which begins alike, has layer 0.
    is_frame = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2
    return "mp3" if head[:3] == b"ID3" or is_frame else None


def write(body: bytes, tags: Tags) -> bytes:
    """The file with the tags, beside those that it has. Raises ValueError for a container without tags."""
    name = container(body[:HEAD_BYTES])
    if name is None:
        raise ValueError("a file of this kind has no tags")
    return CONTAINERS[name].write(body, tags)


def append(path: Path, tags: Tags) -> None:
    """Write the tags to the end of an mp4 on the disk, which moves nothing in it."""
    with path.open("ab") as file:
        file.write(mp4.box(tags))


def read(path: Path) -> Tags:
    """The tags of any file: empty where its container has none, is not known, or is damaged."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        if head[:3] == b"ID3":
            # A FLAC file may have such a tag in front, too.
            file.seek(id3.size(head))
            head = b"fLaC" if file.read(4) == b"fLaC" else head
        name = container(head)
        if name is None:
            return Tags()
        file.seek(0)
        try:
            return CONTAINERS[name].read(file)
        except (ValueError, struct.error, IndexError, EOFError):
            return Tags()
