import pytest

from handler.captions.font_files import Face, Unusable, for_players, read_faces, read_metrics
from tests.captions.test_fonts import FILES, blank, collection, packed, renamed


def test_every_face_of_a_file_is_read() -> None:
    """A collection has the faces of all its fonts in order, another file one."""
    faces = read_faces(collection("cmr10.ttf", "DejaVuSans-BoldOblique.ttf"))
    assert [(face.family, face.weight, face.upright, face.number) for face in faces] == [
        ("cmr10", 400, True, 0),
        ("DejaVu Sans", 700, False, 1),
    ]
    assert len(read_faces(FILES / "DejaVuSans.ttf")) == 1


def test_metrics_are_those_of_the_face() -> None:
    """The metrics of a face in a collection are those of its own file."""
    both = collection("cmr10.ttf", "DejaVuSans.ttf")
    assert read_metrics(both, 1) == read_metrics(FILES / "DejaVuSans.ttf")
    with pytest.raises(Unusable):
        read_metrics(both, 2)


def test_reading_a_file_that_is_no_font_raises_unusable() -> None:
    """Any damaged file is unusable, cut off at whatever place."""
    for body in (b"", b"PK\3\4", b"ttcf\0\1\0\0\xff\xff\xff\xff", collection("cmr10.ttf")[:90], b"wOF2" + b"\0" * 50):
        for read in (read_faces, read_metrics):
            with pytest.raises(Unusable):
                read(body)


def test_face_without_outlines_is_unusable() -> None:
    """A font whose letters are empty would be taken by players, and draw nothing."""
    with pytest.raises(Unusable, match="outlines"):
        read_metrics(blank("Blank"))


def test_family_is_the_first_name_that_an_ass_file_can_hold() -> None:
    """Names with what separates fields are passed over; without another name there is no family."""
    assert Face(("A, B", "A B"), 400, True).family == "A B"
    assert Face(("微米黑", "Micro"), 400, True).family == "微米黑"
    assert Face(("A\x85B", "{A}", "@A"), 400, True).family == ""


def test_usual_fonts_are_left_as_they_are() -> None:
    """A font that players take is not written anew, a collection neither."""
    for body in ((FILES / "DejaVuSans.ttf").read_bytes(), collection("cmr10.ttf", "DejaVuSans.ttf")):
        assert for_players(body, ".ttf")[0] is body


@pytest.mark.parametrize("flavor", ["woff", "woff2"])
def test_web_font_becomes_a_font_file(flavor: str) -> None:
    """An unpacked web font has the glyphs and names of the file that it was made of."""
    body, suffix = for_players(packed("DejaVuSansDisplay.ttf", flavor), f".{flavor}")
    assert suffix == ".ttf"
    assert read_metrics(body) == read_metrics(FILES / "DejaVuSansDisplay.ttf")
    assert read_faces(body)[0].names == read_faces(FILES / "DejaVuSansDisplay.ttf")[0].names


def test_unsafe_family_is_renamed() -> None:
    """A font without any name for an ASS file gets one, in the file itself."""
    body, suffix = for_players(renamed("DejaVuSans.ttf", "A, {B}"), ".ttf")
    assert (read_faces(body)[0].family, suffix) == ("A B", ".ttf")
