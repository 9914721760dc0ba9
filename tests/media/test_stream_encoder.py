"""Speech is encoded while it is spoken: early, as one file, and with nothing lost between pieces."""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from handler.media import audio
from handler.media.stream_encoder import FORMATS, StreamFormat
from handler.media.tags import Tags
from handler.media.tags import read as read_tags
from handler.types import Samples
from tests.support.listening import DECODED_RATE, decoded, lag, raw

RATE = 24_000
LOSSLESS = ("wav", "pcm", "flac")
TAGS = Tags("a program 1", {"DigitalSourceType": "http://example.com/made"})
MAX_DELAY_S = 0.07  # of mp3 and aac, whose coders put some silence before the first sample


def tone(seconds: float, rate: int = RATE) -> Samples:
    """A tone that gets higher: no part of it is like another one."""
    times = np.arange(round(seconds * rate)) / rate
    return (0.4 * np.sin(2 * np.pi * (300 * times + 90 * times**2))).astype(np.float32)


def cut(samples: Samples, *lengths: int) -> list[Samples]:
    return list(np.split(samples, np.cumsum(lengths)))


async def given(pieces: Sequence[Samples]) -> AsyncGenerator[Samples]:
    for piece in pieces:
        yield piece


def encoded(format_: str, pieces: Sequence[Samples], rate: int = RATE) -> bytes:
    async def encode() -> bytes:
        return b"".join([part async for part in FORMATS[format_].encode(given(pieces), rate, TAGS)])

    return asyncio.run(encode())


def samples_of(format_: str, body: bytes, rate: int = RATE) -> Samples:
    return decoded(body, DECODED_RATE, *(raw(rate) if format_ == "pcm" else ()))


@pytest.mark.parametrize("format_", FORMATS)
def test_first_piece_can_be_heard_before_the_next(format_: str) -> None:
    """What was spoken so far can be decoded while the speech goes on."""
    said, go_on = tone(2), asyncio.Event()

    async def pieces() -> AsyncGenerator[Samples]:
        yield said[:RATE]
        await go_on.wait()
        yield said[RATE:]

    async def listen() -> tuple[bytes, bytes]:
        parts = FORMATS[format_].encode(pieces(), RATE, TAGS)
        body = b""
        async for part in parts:
            body += part
            # Before the second piece exists at least three quarters of the first can be heard.
            if len(samples_of(format_, body)) > 0.75 * DECODED_RATE:
                break
        early = body
        go_on.set()
        async for part in parts:
            body += part
        return early, body

    early, whole = asyncio.run(asyncio.wait_for(listen(), 60))
    assert len(early) < len(whole)
    assert abs(len(samples_of(format_, whole)) / DECODED_RATE - 2) < 2 * MAX_DELAY_S


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000, 44_100])
def test_whole_is_what_was_spoken(format_: str, rate: int) -> None:
    """Every rate of an engine gives a file of the same sound and length, whose start no player misses."""
    said = tone(1.5, rate)
    heard = samples_of(format_, encoded(format_, cut(said, 11, rate // 3, 7000), rate), rate)
    wanted = audio.resample(said, rate, DECODED_RATE)
    late = lag(heard, wanted)
    assert 0 <= late / DECODED_RATE < MAX_DELAY_S
    assert -10 <= len(heard) - late - len(wanted) < 2 * MAX_DELAY_S * DECODED_RATE
    middle = slice(4000, len(wanted) - 4000)
    error = heard[late : late + len(wanted)][middle] - wanted[middle]
    assert audio.rms(error) < 0.1 * audio.rms(wanted)  # half a sample of delay is a part of it


@pytest.mark.parametrize("format_", FORMATS)
def test_joins_of_pieces_leave_no_trace(format_: str) -> None:
    """The bytes are the same however the speech was cut into pieces: no join can be heard."""
    said = tone(1.0)
    assert encoded(format_, cut(said, 5000, 1, 1023, 9000)) == encoded(format_, [said])


@pytest.mark.parametrize("format_", LOSSLESS)
def test_lossless_formats_equal_the_jobs_own_file(format_: str) -> None:
    """Sample for sample what `audio.encode` writes, with the loudest and the faintest samples that there are."""
    edges = [0, 1, -1, 1.5, -1.5, 1e-12, -1e-12, 0.5 / 32768, -0.5 / 32768, 32767.5 / 32768]
    noise = np.random.default_rng(1).standard_normal(20_000) * 10 ** np.random.default_rng(2).uniform(-12, 0, 20_000)
    said = np.concatenate([edges, noise]).astype(np.float32)
    own, _ = soundfile.read(io.BytesIO(audio.encode(said, RATE, "wav").body), dtype="int16")
    body = encoded(format_, cut(said, 3, 9000))
    heard = decoded(body, RATE, *(raw(RATE) if format_ == "pcm" else ()))
    assert np.array_equal(np.round(heard * 32768), own)


@pytest.mark.parametrize("format_", ["wav", "mp3", "flac", "opus"])
def test_head_of_a_stream_has_the_tags(format_: str, tmp_path: Path) -> None:
    """What was made how is said before the first sample, and the sound is the same as without it."""
    said, path = tone(0.5), tmp_path / "file"
    path.write_bytes(encoded(format_, [said]))
    found = read_tags(path)
    assert (found.software, found.get("DigitalSourceType")) == (TAGS.software, TAGS.fields["DigitalSourceType"])

    async def without() -> bytes:
        return b"".join([part async for part in FORMATS[format_].encode(given([said]), RATE, Tags())])

    assert np.array_equal(decoded(path.read_bytes()), decoded(asyncio.run(without())))


def test_wav_of_unknown_length_is_read() -> None:
    """Readers that are strict about headers take all of it, too."""
    said = tone(0.5)
    body = encoded("wav", [said[:100], said[100:]])
    samples, rate = soundfile.read(io.BytesIO(body))
    assert (len(samples), rate) == (len(said), RATE)
    with wave.open(io.BytesIO(body)) as read:
        assert (read.getframerate(), read.getnchannels(), read.getsampwidth()) == (RATE, 1, 2)
        assert len(read.readframes(read.getnframes())) == 2 * len(said)


@pytest.mark.parametrize("format_", FORMATS)
def test_broken_speech_breaks_the_encoder(format_: str) -> None:
    """An error of the speech is the encoder's own, so that no half is taken for the whole."""

    async def pieces() -> AsyncGenerator[Samples]:
        yield tone(1)
        raise RuntimeError("the engine broke")

    async def listen(format_: StreamFormat) -> None:
        async for _ in format_.encode(pieces(), RATE, TAGS):
            pass

    with pytest.raises(RuntimeError, match="the engine broke"):
        asyncio.run(listen(FORMATS[format_]))


@pytest.mark.parametrize("format_", FORMATS)
def test_listener_who_leaves_ends_the_speech(format_: str) -> None:
    """The pieces are closed with the encoder: who makes them can stop."""
    closed = asyncio.Event()

    async def pieces() -> AsyncGenerator[Samples]:
        try:
            yield tone(1)
            await asyncio.Event().wait()
        finally:
            closed.set()

    async def leave() -> None:
        parts = FORMATS[format_].encode(pieces(), RATE, TAGS)
        assert await anext(parts)
        await parts.aclose()
        assert closed.is_set()

    asyncio.run(asyncio.wait_for(leave(), 60))
