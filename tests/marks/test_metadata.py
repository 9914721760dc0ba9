"""The mark `metadata`: what it says, in every format, and what it reads of others' files."""

from __future__ import annotations

from pathlib import Path

import pytest

from handler.marks.metadata import Metadata
from handler.marks.source_types import COMPOSITE, TRAINED
from handler.media import tags
from handler.media.tags import Tags
from handler.protocols import Origin
from handler.settings import Settings
from handler.telemetry import SOFTWARE
from tests.support.marked_files import MEDIA_TYPES, made

ORIGIN = Origin('piper "<en>" & more', "CC0; as they say")


@pytest.fixture
def mark() -> Metadata:
    return Metadata(Settings.read({}))


@pytest.mark.parametrize("format_", MEDIA_TYPES)
def test_file_says_what_made_it(format_: str, mark: Metadata, tmp_path: Path) -> None:
    """Source type, software, model and licence are read again from every format, and two files are the same bytes."""
    body, path = made(format_), tmp_path / "file"
    path.write_bytes(body)
    assert mark.read(path) is None
    marked = mark.mark(body, MEDIA_TYPES[format_], ORIGIN)
    assert marked
    assert mark.mark(body, MEDIA_TYPES[format_], ORIGIN) == marked
    path.write_bytes(marked)
    assert mark.read(path) == {
        "digital_source_type": TRAINED,
        "software": SOFTWARE,
        "system": ORIGIN.system,
        "model_license": ORIGIN.model_license,
        "made_by_ai": True,
    }


def test_video_is_marked_on_the_disk(mark: Metadata, tmp_path: Path) -> None:
    """An MP4 gets the mark behind what it has, and says that it has parts of the client's; another file stays."""
    path, body = tmp_path / "v.mp4", made("m4a")
    path.write_bytes(body)
    assert not mark.mark_file(path, "video/webm", ORIGIN)
    assert path.read_bytes() == body
    assert mark.mark_file(path, "video/mp4", Origin("f5", composite=True))
    assert path.read_bytes().startswith(body)
    found = mark.read(path)
    assert found
    assert (found["digital_source_type"], found["made_by_ai"]) == (COMPOSITE, True)


def test_format_without_tags_is_not_marked(mark: Metadata) -> None:
    """Raw samples have no place for it."""
    assert mark.mark(b"\0\1\0\1", "audio/pcm", ORIGIN) is None


@pytest.mark.parametrize(
    ("xmp", "said"),
    [
        ('<r:D xmlns:I="…" I:DigitalSourceType="{}trainedAlgorithmicMedia"/>', True),
        ("<I:DigitalSourceType> {}compositeWithTrainedAlgorithmicMedia </I:DigitalSourceType>", True),
        ('<I:DigitalSourceType rdf:resource="{}digitalCapture"/>', False),
        ('<r:D I:DigitalSourceType="{}compositeSynthetic"/>', True),
        ('<r:D I:DigitalSourceType="{}digitalArt"/>', None),
    ],
)
def test_source_types_of_others_are_understood(xmp: str, said: bool | None, mark: Metadata, tmp_path: Path) -> None:
    """XMP may have the property as an attribute, an element or a resource; some types say neither yes nor no."""
    path = tmp_path / "file"
    packet = xmp.format("http://cv.iptc.org/newscodes/digitalsourcetype/")
    path.write_bytes(tags.write(made("wav"), Tags(xmp=packet.encode())))
    found = mark.read(path)
    assert found
    assert found.get("made_by_ai") is said


def test_long_values_of_others_are_cut(mark: Metadata, tmp_path: Path) -> None:
    """A reply does not repeat whatever a stranger has put into a tag."""
    path = tmp_path / "file"
    path.write_bytes(tags.write(made("mp3"), Tags("x" * 9000, {"DigitalSourceType": "y" * 9000})))
    assert all(len(value) == 500 for value in (mark.read(path) or {}).values())
