"""Tags of Ogg (Opus and Vorbis): the second packet of the stream, which holds Vorbis comments."""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from handler.media.tags import vorbis
from handler.media.tags.base import MAX_TAG_BYTES, Tags, take

_MAGICS = (b"OpusTags", b"\x03vorbis")
_HEADER_BYTES = 27
_NUMBER = slice(14, 18)  # of the stream
_CRC = slice(22, 26)
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_MAX_PACKET_BYTES = 255 * 255 - 1  # in one page, with a last segment that ends the packet


@dataclass(frozen=True)
class _Page:
    header: bytes
    segments: bytes
    content: bytes

    @property
    def ends_packet(self) -> bool:
        return self.segments[-1:] < b"\xff"

    def bytes(self) -> bytes:
        return self.header + self.segments + self.content


def write(body: bytes, tags: Tags) -> bytes:
    """The file with the tags added to its comments. Raises ValueError where these do not have one page for themselves.

    Encoders give them one; then no later page changes.
    """
    first = _page(body, 0)
    at = len(first.bytes())
    second = _page(body, at)
    magic = next((magic for magic in _MAGICS if second.content.startswith(magic)), None)
    # Vorbis has its third packet on the same page.
    if magic != b"OpusTags" or not second.ends_packet:
        raise ValueError("the comments are not on a page of their own")
    packet = magic + vorbis.add(second.content.removeprefix(magic), tags)
    if len(packet) > _MAX_PACKET_BYTES:
        raise ValueError("the comments are too long for a page")
    segments = b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255])
    page = second.header[: _CRC.stop] + bytes([len(segments)]) + segments + packet
    return first.bytes() + _checked(page) + body[at + len(second.bytes()) :]


def number(file: BinaryIO) -> None:
    """Make the number of the stream in a file, which libsndfile draws by lot, of its content: equal speech has equal
    files, and files that somebody joins to one have different numbers."""
    digest = hashlib.sha256()
    for _, page in _pages(file):
        digest.update(_with_number(page, bytes(4)))
    for at, page in _pages(file):
        file.seek(at)
        file.write(_checked(_with_number(page, digest.digest()[:4])))


def _pages(file: BinaryIO) -> Iterator[tuple[int, _Page]]:
    """The pages of a file, and where each begins."""
    at, end = 0, file.seek(0, os.SEEK_END)
    while at < end:
        file.seek(at)
        page = _read_page(file)
        yield at, page
        at += len(page.bytes())


def _with_number(page: _Page, number: bytes) -> bytes:
    """A page of the stream of this number, without a checksum."""
    body = page.bytes()
    return body[: _NUMBER.start] + number + body[_NUMBER.stop : _CRC.start] + bytes(4) + body[_CRC.stop :]


def read(file: BinaryIO) -> Tags:
    """The tags of an Ogg file."""
    packet, pages = b"", 0
    file.seek(len(_read_page(file).bytes()))
    while len(packet) < MAX_TAG_BYTES:
        page = _read_page(file)
        packet, pages = packet + page.content, pages + 1
        if page.ends_packet or pages > 100:
            break
    magic = next((magic for magic in _MAGICS if packet.startswith(magic)), None)
    return vorbis.parse(packet.removeprefix(magic)) if magic else Tags()


def _read_page(file: BinaryIO) -> _Page:
    header = take(file, _HEADER_BYTES)
    if header[:4] != b"OggS":
        raise ValueError("no Ogg page")
    segments = take(file, header[26])
    return _Page(header, segments, take(file, sum(segments)))


def _page(body: bytes, at: int) -> _Page:
    segments = body[at + _HEADER_BYTES : at + _HEADER_BYTES + body[at + 26]]
    start = at + _HEADER_BYTES + len(segments)
    return _Page(body[at : at + _HEADER_BYTES], segments, body[start : start + sum(segments)])


def _checked(page: bytes) -> bytes:
    """A page with its checksum."""
    page = page[: _CRC.start] + bytes(4) + page[_CRC.stop :]
    return page[: _CRC.start] + struct.pack("<I", _crc(page)) + page[_CRC.stop :]


def _crc(page: bytes) -> int:
    """Ogg's checksum of a page whose own is zero: as zlib's, which has all bits the other way round, but from 0."""
    found = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(found.to_bytes(4, "little").translate(_REVERSED), "big")
