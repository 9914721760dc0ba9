"""Encode speech while it is spoken: pieces of samples in, bytes of one file out, as early as the format allows."""

from __future__ import annotations

import struct
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

import numpy as np

from handler.media import ffmpeg
from handler.media.audio import MP3_RATES, OPUS_RATES, StreamResampler, next_rate, pcm16
from handler.media.tags import Tags, id3, riff
from handler.types import Samples

Pieces = AsyncGenerator[Samples]
Encode = Callable[[Pieces, int, Tags], AsyncGenerator[bytes]]

_UNKNOWN = 0xFFFFFFFF  # as a size in a wav: up to the end of the stream
_LIMITS = ffmpeg.Limits(memory_bytes=1 << 30, file_bytes=1)


@dataclass(frozen=True)
class StreamFormat:
    """A format of streamed speech: its media type, the ending of its files, and its encoder.

    ``encode`` takes pieces of float32 mono samples, their rate and the tags of the file, and yields its bytes. It
    closes the pieces, raises what they raise, and `Failed` where ffmpeg does. `aac` (ADTS) and `pcm` have no tags.
    """

    media_type: str
    extension: str
    encode: Encode


async def _pcm(pieces: Pieces, sample_rate: int, tags: Tags) -> AsyncGenerator[bytes]:  # noqa: ARG001 - the others need them
    async with aclosing(pieces):
        async for samples in pieces:
            yield pcm16(samples)


async def _wav(pieces: Pieces, sample_rate: int, tags: Tags) -> AsyncGenerator[bytes]:
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, sample_rate, 2 * sample_rate, 2, 16)
    head = struct.pack("<4sI4s", b"RIFF", _UNKNOWN, b"WAVE") + form
    head += (riff.chunks(tags) if tags.software else b"") + struct.pack("<4sI", b"data", _UNKNOWN)
    async with aclosing(_pcm(pieces, sample_rate, tags)) as bodies:
        async for body in bodies:
            yield head + body
            head = b""


async def _by_ffmpeg(
    pieces: Pieces, sample_rate: int, tags: Tags, *, arguments: str, rates: tuple[int, ...] | None
) -> AsyncGenerator[bytes]:
    rate = next_rate(sample_rate, rates)
    given = f"-f s16le -ar {rate} -ac 1 -i pipe:0 -threads 1"
    named = {"SOFTWARE": tags.software, **tags.fields} if tags.software else {}
    metadata = [part for name, value in named.items() for part in ("-metadata", f"{name}={value}")]
    command = [*f"{given} {arguments} -fflags +bitexact".split(), *metadata, "pipe:1"]
    async with aclosing(
        ffmpeg.piped(_pcm(_resampled(pieces, sample_rate, rate), rate, tags), command, _LIMITS)
    ) as encoded:
        async for part in encoded:
            yield part


async def _resampled(pieces: Pieces, from_rate: int, to_rate: int) -> Pieces:
    resampler = StreamResampler(from_rate, to_rate)
    async with aclosing(pieces):
        async for samples in pieces:
            yield resampler.add(samples)
    yield resampler.add(np.zeros(0, np.float32), last=True)


async def _mp3(pieces: Pieces, sample_rate: int, tags: Tags) -> AsyncGenerator[bytes]:
    head = id3.tag(tags) if tags.software else b""
    # An Xing header, and tags of ffmpeg's, would have to be written again at the end.
    arguments = "-c:a libmp3lame -b:a 128k -write_xing 0 -id3v2_version 0 -f mp3"
    encoded = _by_ffmpeg(pieces, sample_rate, Tags(), arguments=arguments, rates=MP3_RATES)
    async with aclosing(encoded) as parts:
        async for part in parts:
            yield head + part
            head = b""


def _encoder(arguments: str, rates: tuple[int, ...] | None = None) -> Encode:
    return partial(_by_ffmpeg, arguments=arguments, rates=rates)


_OPUS = "-c:a libopus -b:a 64k -page_duration 100000 -f ogg"  # pages of 0.1 s: by default they are 1 s

FORMATS = {
    "mp3": StreamFormat("audio/mpeg", "mp3", _mp3),
    "opus": StreamFormat("audio/ogg", "ogg", _encoder(_OPUS, OPUS_RATES)),
    "aac": StreamFormat("audio/aac", "aac", _encoder("-c:a aac -b:a 96k -f adts", MP3_RATES)),
    "flac": StreamFormat("audio/flac", "flac", _encoder("-c:a flac -sample_fmt s16 -f flac")),
    "wav": StreamFormat("audio/wav", "wav", _wav),
    "pcm": StreamFormat("audio/pcm", "pcm", _pcm),
}
"""The formats of OpenAI's by name. To add one: its encoder, and a row here."""
