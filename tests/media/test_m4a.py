"""Speech as AAC in MP4: as long as it was, in time, and ready to be played before all of it has come."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from handler.cancellation import NEVER, Cancellation
from handler.errors import Cancelled, EngineError
from handler.media import ffmpeg
from handler.media.audio import FILE_FORMATS, encode, resample
from handler.media.decode import decode
from handler.media.m4a import encode_m4a
from tests.support.human_samples import RATE, human_samples
from tests.support.listening import lag

OPUS = ("ogg", "opus")  # at whatever rate its samples came, it is decoded at 48 kHz
EXACT_S = 0.001
DELAY_S = {"mp3": 0.14}  # that players skip who read its header: our decoder does


def boxes(body: bytes) -> Iterator[tuple[str, bytes]]:
    """The outer boxes of an MP4 file, or those in one of its boxes."""
    at = 0
    while at < len(body):
        size, name = struct.unpack_from(">I4s", body, at)
        yield name.decode(), body[at + 8 : at + size]
        at += size


@pytest.mark.parametrize("format_", FILE_FORMATS)
@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000])
def test_decoded_speech_is_as_long_and_in_time(format_: str, rate: int, tmp_path: Path) -> None:
    """Every format at every kind of rate begins with the first sample, so that captions are in time."""
    given = resample(human_samples(), RATE, rate)
    file = tmp_path / f"speech.{format_}"
    file.write_bytes(encode(given, rate, format_).body)
    heard = decode(file)
    samples = resample(heard.samples, heard.sample_rate, rate)
    assert abs(lag(samples, given)) <= EXACT_S * rate
    assert 0 <= len(samples) / rate - len(given) / rate + EXACT_S <= DELAY_S.get(format_, 2 * EXACT_S)
    assert heard.sample_rate == (48_000 if format_ in OPUS else rate)


def test_header_comes_before_the_sound() -> None:
    """A player can begin with the first bytes: `moov` is before `mdat`; nothing tells when or by what it was made."""
    body = encode_m4a(human_samples(), RATE, NEVER)
    assert [name for name, _ in boxes(body) if name in ("moov", "mdat")] == ["moov", "mdat"]
    assert body == encode_m4a(human_samples(), RATE, NEVER)
    assert body[4:11] == b"ftypM4A"


def test_length_is_exact_to_the_sample(tmp_path: Path) -> None:
    """Neither the encoder's delay nor its last frame adds a sample."""
    for length in (1, 1023, 1024, 24_007):
        (tmp_path / "a.m4a").write_bytes(encode_m4a(human_samples()[:length], RATE, NEVER))
        assert len(decode(tmp_path / "a.m4a").samples) == length


def test_edit_list_plays_the_speech_alone() -> None:
    """Players that go by it begin after the encoder's delay and end with the last sample: its units are samples."""
    moov = dict(boxes(encode_m4a(human_samples()[:24_007], RATE, NEVER)))["moov"]
    (timescale,) = struct.unpack_from(">I", dict(boxes(moov))["mvhd"], 12)
    edits = dict(boxes(dict(boxes(dict(boxes(moov))["trak"]))["edts"]))["elst"]
    count, duration, delay = struct.unpack_from(">4xIIi", edits)
    assert (timescale, count, duration, delay) == (RATE, 1, 24_007, 1024)


def test_failure_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where ffmpeg fails the client is told which field to change."""

    def fails(*_: object, **__: object) -> None:
        raise ffmpeg.Failed(1)

    monkeypatch.setattr(ffmpeg, "run", fails)
    with pytest.raises(EngineError, match="could not be encoded as m4a; send another audio_format"):
        encode_m4a(human_samples(), RATE, NEVER)


def test_encoding_can_be_cancelled() -> None:
    """A cancelled job does not wait for ffmpeg."""
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(Cancelled):
        encode_m4a(np.tile(human_samples(), 20), RATE, cancellation)
