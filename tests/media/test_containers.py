"""Files whose headers lie are read as players read them; the same sound in any container is at the same place."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from handler.errors import BadReference
from handler.media.decode import decode
from handler.media.recording import open_recording
from handler.types import Samples
from tests.media.test_decode import converted
from tests.support.human_clip import HUMAN_CLIP
from tests.support.human_samples import RATE, human_samples

PCM = (human_samples() * 32767).astype("<i2").tobytes()
FORMAT = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16)
LIST = b"LIST" + struct.pack("<I", 26) + b"INFOISFT" + struct.pack("<I", 14) + b"Lavf58.29.100\0"
BEXT = b"JUNK" + struct.pack("<I", 28) + bytes(28) + b"bext" + struct.pack("<I", 602) + bytes(602)
TAG = b"ID3\x04\0\0\0\0\x02\0" + bytes(256)
DS64 = b"ds64" + struct.pack("<IQQQI", 28, 0, 0, 0, 0)
UNKNOWN = 0xFFFFFFFF


def data(size: int = len(PCM)) -> bytes:
    return b"data" + struct.pack("<I", size) + PCM


def riff(chunks: bytes, size: int | None = None, kind: bytes = b"RIFF") -> bytes:
    return kind + struct.pack("<I", len(chunks) + 4 if size is None else size) + b"WAVE" + chunks


def shift(samples: Samples, rate: int) -> float:
    """Milliseconds by which a sound is later than the person's clip, by cross-correlation at 48 kHz."""
    from handler.media import audio

    one, other = audio.resample(samples, rate, 48_000), audio.resample(human_samples(), RATE, 48_000)
    size = len(one) + len(other)
    alike = np.fft.irfft(np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size)), size)
    at = int(alike.argmax())
    return (at if at < size // 2 else at - size) / 48


@pytest.mark.parametrize(
    "body",
    [
        riff(FORMAT + data(0)),
        riff(FORMAT + data(UNKNOWN)),
        riff(FORMAT + data(UNKNOWN), UNKNOWN),
        riff(FORMAT + data(0), 0),
        riff(FORMAT + data(3 * len(PCM))),
        riff(FORMAT + data(), 36),
        riff(FORMAT + data() + LIST),
        riff(BEXT + FORMAT + data()),
        riff(b"LIST" + struct.pack("<I", 5) + b"INFOx\0" + FORMAT + data()),
        TAG + riff(FORMAT + data()),
        riff(DS64 + FORMAT + data(UNKNOWN), UNKNOWN, b"RF64"),
    ],
    ids=[
        "data 0", "data unknown", "all unknown", "all 0", "too large", "RIFF too small", "LIST after", "bext before",
        "odd chunk", "ID3 before", "RF64 stopped",
    ],
)  # fmt: skip
def test_wav_with_a_wrong_header_is_read(tmp_path: Path, body: bytes) -> None:
    """A wav whose recorder was stopped, or with chunks before and after, is the same sound to the sample."""
    (tmp_path / "a.wav").write_bytes(body)
    assert np.abs(decode(tmp_path / "a.wav").samples - human_samples()).max() < 1e-4


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.w64", ()),
        ("a.wav", ("-rf64", "always")),
        ("a.mp4", ("-movflags", "frag_keyframe+empty_moov+delay_moov")),
        ("a.m4a", ("-movflags", "+faststart")),
        ("a.webm", ("-c:a", "libopus", "-live", "1")),
        ("a.mp3", ("-id3v2_version", "3", "-metadata", f"comment={'x' * 5000}")),
    ],
)
@pytest.mark.parametrize("suffix", [".bin", ".mp3"])
def test_container_is_found_by_its_content(tmp_path: Path, name: str, options: tuple[str, ...], suffix: str) -> None:
    """Large, fragmented and live files are read whole, whatever their name says."""
    path = converted(HUMAN_CLIP, tmp_path / name, *options).rename(tmp_path / f"other{suffix}")
    sound = decode(path)
    assert abs(shift(sound.samples, sound.sample_rate)) < 5
    assert sound.duration == pytest.approx(len(human_samples()) / RATE, abs=0.01)


def test_flac_without_its_length_is_read(tmp_path: Path) -> None:
    """A flac that was streamed does not know how many samples it has."""
    body = bytearray(converted(HUMAN_CLIP, tmp_path / "a.flac").read_bytes())
    body[21] &= 0xF0
    body[22:26] = bytes(4)
    (tmp_path / "b.flac").write_bytes(body)
    assert np.array_equal(decode(tmp_path / "b.flac").samples, human_samples())


def test_wrong_count_of_an_mp3_cuts_nothing_off(tmp_path: Path) -> None:
    """An mp3 that claims more frames than it has is read to its end."""
    body = bytearray(converted(HUMAN_CLIP, tmp_path / "a.mp3").read_bytes())
    at = max(body.find(b"Info"), body.find(b"Xing"))
    body[at + 8 : at + 12] = struct.pack(">I", 1_000_000)
    (tmp_path / "b.mp3").write_bytes(body)
    sound = decode(tmp_path / "b.mp3")
    assert abs(shift(sound.samples, sound.sample_rate)) < 5
    assert sound.duration == pytest.approx(len(human_samples()) / RATE, abs=0.05)


def test_chained_ogg_is_read_whole(tmp_path: Path) -> None:
    """Two ogg files in one are one after the other; of different rates they are refused with what to do."""
    one = converted(HUMAN_CLIP, tmp_path / "a.ogg").read_bytes()
    other = converted(HUMAN_CLIP, tmp_path / "b.ogg", "-ar", "48000", "-ac", "2").read_bytes()
    (tmp_path / "c.ogg").write_bytes(one + one)
    assert decode(tmp_path / "c.ogg").duration == pytest.approx(2 * len(human_samples()) / RATE, abs=0.05)
    (tmp_path / "d.ogg").write_bytes(one + other)
    with pytest.raises(BadReference, match="different rates or numbers of channels; convert it to one wav"):
        decode(tmp_path / "d.ogg")


def test_m4a_without_its_index_is_named(tmp_path: Path) -> None:
    """An m4a that was cut off has lost its index, which stands at the end; one with the index in front is read."""
    whole = converted(HUMAN_CLIP, tmp_path / "a.m4a").read_bytes()
    (tmp_path / "b.m4a").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadReference, match=r"that can be read: it is cut off, its index \(moov\).*send the whole"):
        decode(tmp_path / "b.m4a")
    fast = converted(HUMAN_CLIP, tmp_path / "c.m4a", "-movflags", "+faststart").read_bytes()
    (tmp_path / "d.m4a").write_bytes(fast[: len(fast) // 2])
    assert 2 < decode(tmp_path / "d.m4a").duration < 4


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.wav", ()), ("a.m4a", ()), ("a.mp4", ("-c:a", "aac")), ("a.mov", ("-c:a", "aac")), ("a.mp3", ()),
        ("a.opus", ("-c:a", "libopus")), ("a.ogg", ()), ("a.webm", ("-c:a", "libopus")), ("b.m4a", ("-ar", "44100")),
        ("a.3gp", ("-c:a", "aac")), ("alac.m4a", ("-c:a", "alac")), ("a.mka", ("-c:a", "libopus")), ("a.aiff", ()),
        ("a.caf", ("-c:a", "alac")), ("b.caf", ("-c:a", "pcm_s16be")), ("c.m4a", ("-c:a", "aac", "-ar", "16000")),
    ],
    ids=str,
)  # fmt: skip
def test_priming_of_coders_is_removed(tmp_path: Path, name: str, options: tuple[str, ...]) -> None:
    """The same sound begins within 5 ms of the same place and has the same length, whole or read in pieces."""
    path = converted(HUMAN_CLIP, tmp_path / name, *options)
    sound = decode(path)
    with open_recording(path, max_seconds=60, timeout=60) as recording:
        pieces = recording.read(0, recording.length)
        assert recording.duration == pytest.approx(len(human_samples()) / RATE, abs=0.01)
    assert abs(shift(sound.samples, sound.sample_rate)) < 5
    assert abs(shift(pieces, recording.sample_rate)) < 5
    assert sound.duration == pytest.approx(len(human_samples()) / RATE, abs=0.01)


@pytest.mark.parametrize("late", [0.0, 0.5])
@pytest.mark.parametrize(
    ("name", "options"),
    [("a.mp4", ("-c:a", "aac")), ("a.mov", ("-c:a", "aac")), ("a.mkv", ()), ("a.webm", ("-c:v", "libvpx"))],
    ids=str,
)
def test_words_of_a_video_are_on_its_clock(tmp_path: Path, late: float, name: str, options: tuple[str, ...]) -> None:
    """A video's sound is within 5 ms of where its clock has it, whether it begins with the picture or later."""
    picture = ("-f", "lavfi", "-i", "color=c=blue:s=64x64:r=25:d=6", "-itsoffset", str(late), "-i", str(HUMAN_CLIP))
    video = converted(HUMAN_CLIP, tmp_path / name, *picture, "-map", "1:v", "-map", "2:a", *options)
    sound = decode(video)
    assert shift(sound.samples, sound.sample_rate) == pytest.approx(1000 * late, abs=5)
    with open_recording(video, max_seconds=60, timeout=60) as recording:
        pieces = recording.read(0, recording.length)
    assert shift(pieces, recording.sample_rate) == pytest.approx(1000 * late, abs=5)


@pytest.mark.parametrize(
    ("name", "options", "rate"),
    [
        ("a.amr", ("-ar", "8000"), 8_000), ("b.3gp", ("-c:a", "libopencore_amrnb", "-ar", "8000"), 8_000),
        ("a.wma", (), RATE), ("a.ac3", ("-ar", "48000"), 48_000), ("a.eac3", ("-ar", "48000"), 48_000),
        ("alaw.wav", ("-c:a", "pcm_alaw"), RATE), ("ms.wav", ("-c:a", "adpcm_ms"), RATE),
        ("ima.wav", ("-c:a", "adpcm_ima_wav"), RATE), ("s24.wav", ("-c:a", "pcm_s24le"), RATE),
        ("f64.wav", ("-c:a", "pcm_f64le"), RATE), ("u8.wav", ("-c:a", "pcm_u8"), RATE),
        ("sowt.aifc", ("-f", "aiff", "-c:a", "pcm_s16le"), RATE),
        ("g722.wav", ("-c:a", "g722", "-ar", "16000"), 16_000),
        ("g726.wav", ("-c:a", "g726", "-ar", "8000"), 8_000), ("a.voc", (), RATE), ("a.au", (), RATE),
        ("4k.wav", ("-ar", "4000"), 4_000), ("192k.wav", ("-ar", "192000"), 48_000),
    ],
    ids=str,
)  # fmt: skip
def test_formats_of_phones_and_recorders_are_read(
    tmp_path: Path, name: str, options: tuple[str, ...], rate: int
) -> None:
    """Phones, dictation devices and telephone systems write these; the sound is whole, at its own rate."""
    sound = decode(converted(HUMAN_CLIP, tmp_path / name, *options))
    assert sound.sample_rate == rate
    assert abs(shift(sound.samples, rate)) < 90
    assert sound.duration == pytest.approx(len(human_samples()) / RATE, abs=0.05)


def test_hot_sound_is_brought_down(tmp_path: Path) -> None:
    """Samples above full scale lower the whole sound: nothing is clipped."""
    soundfile.write(tmp_path / "a.wav", human_samples() * np.float32(8), RATE, subtype="FLOAT")
    samples = decode(tmp_path / "a.wav").samples
    assert np.abs(samples).max() == pytest.approx(1.0)
    assert np.abs(samples - human_samples() / np.abs(human_samples()).max()).max() < 1e-5
