"""Tags go into a file and come out again; the sound stays as it is, and others' readers find them."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile

from handler.cancellation import NEVER
from handler.media import long_audio, tags
from handler.media.tags import CONTAINERS, Tags
from tests.support.listening import decoded
from tests.support.marked_files import MEDIA_TYPES, RATE, converted, made, voice

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">\xc3\xbc</x:xmpmeta>'
GIVEN = Tags("a program 1.0", {"DigitalSourceType": "http://example.com/made", "ModelLicense": "M\u00dcT"}, XMP)


def probed(path: Path) -> str:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-export_xmp", "1", "-i", str(path)]
    plain = [part for part in command if part not in ("-export_xmp", "1")]
    return subprocess.run(command if path.suffix == ".m4a" else plain, capture_output=True, check=False).stderr.decode()


@pytest.mark.parametrize("format_", MEDIA_TYPES)
def test_tags_are_read_again_and_the_sound_stays(format_: str, tmp_path: Path) -> None:
    """Every container holds the tags, decodes to the same samples, and ffmpeg shows what was written."""
    body, path = made(format_), tmp_path / f"file.{format_}"
    path.write_bytes(body)
    assert tags.read(path) == Tags()
    path.write_bytes(tags.write(body, GIVEN))
    found = tags.read(path)
    assert found.xmp == XMP
    if format_ != "m4a":
        assert found.software == GIVEN.software
        assert {name: found.get(name) for name in GIVEN.fields} == GIVEN.fields
        assert np.array_equal(soundfile.read(path)[0], soundfile.read(io.BytesIO(body))[0])
    assert np.array_equal(decoded(path.read_bytes()), decoded(body))
    assert len(path.read_bytes()) - len(body) < 1000
    assert ("adobe:ns:meta" if format_ == "m4a" else "http://example.com/made") in probed(path)


def test_samples_of_a_wav_stay_at_byte_44() -> None:
    """Programs that know no chunks find the samples where they expect them."""
    body = made("wav")
    assert tags.write(body, GIVEN)[44:].startswith(body[44:])


def test_tags_are_added_to_those_that_are_there(tmp_path: Path) -> None:
    """Comments that an encoder has written stay beside the new ones."""
    for format_, codec in (("flac", "flac"), ("ogg", "libopus")):
        body = converted(made("wav"), "-metadata", "ARTIST=Anna", "-c:a", codec, "-f", format_)
        path = tmp_path / f"file.{format_}"
        path.write_bytes(tags.write(body, GIVEN))
        found = tags.read(path)
        assert (found.get("artist"), found.get("ModelLicense")) == ("Anna", "M\u00dcT")
        assert len(decoded(path.read_bytes())) == len(decoded(body))


def test_tags_of_other_programs_are_read(tmp_path: Path) -> None:
    """ID3 of version 2.3 with UTF-16, chunks in front of the samples, and the XMP of QuickTime are understood."""
    path = tmp_path / "file"
    path.write_bytes(converted(made("wav"), "-id3v2_version", "3", "-metadata", "DigitalSourceType=ä", "-f", "mp3"))
    assert tags.read(path).get("digitalsourcetype") == "ä"
    path.write_bytes(converted(made("wav"), "-metadata", "comment=DigitalSourceType=b; other", "-f", "wav"))
    assert tags.read(path).get("DigitalSourceType") == "b"
    inner = b"\0\0\0\x0fXMP_<xmp/>#"
    udta = (8 + len(inner)).to_bytes(4, "big") + b"udta" + inner
    path.write_bytes(b"\0\0\0\x10ftypqt  \0\0\0\0" + (8 + len(udta)).to_bytes(4, "big") + b"moov" + udta)
    assert tags.read(path).xmp == b"<xmp/>#"


@pytest.mark.parametrize("format_", MEDIA_TYPES)
def test_damaged_files_have_no_tags_and_raise_nothing(format_: str, tmp_path: Path) -> None:
    """A file that is cut anywhere, or has any byte wrong, is read without an error."""
    body = tags.write(made(format_, 0.1), GIVEN)
    path, random = tmp_path / "file", np.random.default_rng(3)
    for at in random.integers(0, len(body), 40):
        path.write_bytes(body[:at])
        tags.read(path)
        changed = bytearray(body)
        changed[at] ^= int(random.integers(1, 256))
        path.write_bytes(changed)
        tags.read(path)
    path.write_bytes(b"text, no sound")
    assert tags.read(path) == Tags()
    with pytest.raises(ValueError, match="no tags"):
        tags.write(b"text, no sound", GIVEN)


def test_every_container_is_recognised() -> None:
    """The first bytes of a file say which container it is; ADTS, which looks like MP3, is none of them."""
    found = {tags.container(made(format_)[:64]) for format_ in MEDIA_TYPES}
    assert found == {*CONTAINERS}
    assert tags.container(converted(made("wav"), "-c:a", "aac", "-f", "adts")[:64]) is None


def test_equal_speech_has_equal_ogg_files(tmp_path: Path) -> None:
    """The number of a stream follows from its sound, in a book's chapter, too, and its pages have right checksums."""
    one, other, path = made("ogg"), made("ogg", 0.5), tmp_path / "chapter.ogg"
    assert one == made("ogg")
    long_audio.encode(path, [voice()], RATE, "ogg", 1.0, NEVER)
    assert path.read_bytes() == one
    number = slice(14, 18)
    assert one[number] != other[number]
    # libsndfile leaves out a page whose checksum is wrong.
    assert len(soundfile.read(io.BytesIO(one))[0]) == RATE
