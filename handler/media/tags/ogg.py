"""Tags of Ogg (Opus and Vorbis): the second packet of the stream, which holds Vorbis comments."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from handler.media.tags import vorbis
from handler.media.tags.base import MAX_TAG_BYTES, Tags, take

_MAGICS = (b"OpusTags", b"\x03vorbis")
_HEADER_BYTES = 27
_CRC = slice(22, 26)
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
    header = second.header[: _CRC.start] + bytes(4) + bytes([len(segments)])
    page = header + segments + packet
    checked = page[: _CRC.start] + struct.pack("<I", _crc(page)) + page[_CRC.stop :]
    return first.bytes() + checked + body[at + len(second.bytes()) :]


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


def _crc(page: bytes) -> int:
    """Ogg's checksum of a page whose own checksum is zero: CRC-32 with polynomial 04C11DB7, neither bit-reversed."""
    crc = 0
    for byte in page:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc & 0x80000000 else 0)) & 0xFFFFFFFF
    return crc
