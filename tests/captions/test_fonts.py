import io
import re
import shutil
from pathlib import Path

import matplotlib
import pytest
from fontTools.fontBuilder import FontBuilder  # type: ignore[import-untyped]
from fontTools.ttLib import TTCollection, TTFont  # type: ignore[import-untyped]
from fontTools.ttLib.tables._g_l_y_f import Glyph  # type: ignore[import-untyped]

from handler.captions import fonts
from handler.captions.font_files import read_faces, read_metrics
from handler.captions.fonts import (
    SHIPPED_FAMILY,
    SHIPPED_FOLDER,
    Font,
    font_replaced,
    glyph_missing,
    load_font,
    shipped,
)
from handler.errors import Cancelled, NotFound, StorageError
from handler.settings import Settings
from handler.storage.local_store import LocalStore
from handler.types import Page
from tests.support.cancellations import Checked

FILES = Path(matplotlib.__file__).parent / "mpl-data/fonts/ttf"
"""Fonts of other families that the tests' packages bring."""


def collection(*names: str) -> bytes:
    """A ttc file of these fonts."""
    made, out = TTCollection(), io.BytesIO()
    made.fonts = [TTFont(FILES / name) for name in names]
    made.save(out)
    return out.getvalue()


def renamed(file: str, family: str) -> bytes:
    """A font whose only names are this family."""
    font, out = TTFont(FILES / file), io.BytesIO()
    font["name"].names = [name for name in font["name"].names if name.nameID in (1, 4) and name.platformID == 3]
    for name in font["name"].names:
        name.string = family
    font.save(out)
    return out.getvalue()


def packed(file: str, flavor: str) -> bytes:
    """A web font of this file."""
    font, out = TTFont(FILES / file), io.BytesIO()
    font.flavor = flavor
    font.save(out)
    return out.getvalue()


def without(file: str, characters: str) -> bytes:
    """A font that lacks these characters."""
    font, out = TTFont(FILES / file), io.BytesIO()
    for table in font["cmap"].tables:
        table.cmap = {code: glyph for code, glyph in table.cmap.items() if chr(code) not in characters}
    font.save(out)
    return out.getvalue()


def blank(family: str) -> bytes:
    """A font whose letters are all empty."""
    builder, out = FontBuilder(1000), io.BytesIO()
    letters = [".notdef", *map(chr, range(97, 123))]
    builder.setupGlyphOrder(letters)
    builder.setupCharacterMap({ord(letter): letter for letter in letters[1:]})
    builder.setupGlyf({letter: Glyph() for letter in letters})
    builder.setupHorizontalMetrics(dict.fromkeys(letters, (500, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2(usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    builder.font.save(out)
    return out.getvalue()


def local_store(folder: Path, *names: str) -> LocalStore:
    """A store whose ``fonts/`` holds these files."""
    (folder / "fonts").mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copy(FILES / name, folder / "fonts" / name)
    return LocalStore(Settings.read({"LOCAL_STORE": str(folder)}))


def loaded(family: str, store: LocalStore, *, bold: bool = True) -> Font:
    """A font that is there."""
    font, problem = load_font(family, store, bold=bold)
    assert font is not None
    assert problem == ""
    return font


def test_shipped_font_covers_latin_greek_and_cyrillic() -> None:
    """The font that ships has the family libass is asked for, every letter of three scripts, and its licence."""
    font = TTFont(shipped().body)
    letters = [
        *range(0x21, 0x7F),
        *range(0xC0, 0x149),
        *range(0x386, 0x38B),
        *range(0x391, 0x3A2),
        *range(0x3B1, 0x3CF),
    ]
    letters += [*range(0x400, 0x460), *map(ord, "€£¥—…“”’¿¡")]
    assert not set(letters) - set(font.getBestCmap())
    assert font["name"].getDebugName(1) == shipped().family == SHIPPED_FAMILY
    assert "SIL OPEN FONT LICENSE" in (SHIPPED_FOLDER / "OFL.txt").read_text()
    assert sum(file.stat().st_size for file in SHIPPED_FOLDER.iterdir()) < 1_100_000


@pytest.mark.parametrize("family", ["DejaVu Sans", "dejavu sans", "DejaVuSans", "DejaVu Sans Bold"])
def test_family_is_read_from_the_file(family: str, tmp_path: Path) -> None:
    """A family is found by the names inside the files, whatever these are called; its upright bold face goes first."""
    store = local_store(tmp_path, "DejaVuSans.ttf", "DejaVuSans-BoldOblique.ttf", "DejaVuSans-Bold.ttf", "cmr10.ttf")
    (tmp_path / "fonts/DejaVuSans-Bold.ttf").rename(tmp_path / "fonts/z-upload.ttf")
    for name in ("DejaVuSans.ttf", "DejaVuSans-BoldOblique.ttf"):
        (tmp_path / "fonts" / name).rename(tmp_path / "fonts" / f"x{len(name)}.TTF")
    font = loaded(family, store)
    assert (font.family, font.key) == ("DejaVu Sans", "fonts/z-upload.ttf")
    assert (font.media_type, font.filename) == ("font/ttf", "z-upload.ttf")
    assert font.body == (FILES / "DejaVuSans-Bold.ttf").read_bytes()


def test_regular_face_where_bold_is_not_wanted(tmp_path: Path) -> None:
    """Without bold the face of regular weight is taken."""
    store = local_store(tmp_path, "DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
    assert loaded("DejaVu Sans", store, bold=False).key == "fonts/DejaVuSans.ttf"


def test_shipped_family_needs_no_store(tmp_path: Path) -> None:
    """The shipped font is never looked for elsewhere."""
    store = local_store(tmp_path)
    (tmp_path / "fonts/Inter-Bold.ttf").write_bytes(b"something else")
    assert load_font("inter", store)[0] == shipped()


def test_face_of_a_collection_is_taken_by_its_family(tmp_path: Path) -> None:
    """A collection is searched for the family in all its faces; the font has the metrics of that face."""
    store = local_store(tmp_path)
    (tmp_path / "fonts/all.ttc").write_bytes(collection("cmr10.ttf", "DejaVuSans.ttf", "DejaVuSans-Bold.ttf"))
    font = loaded("DejaVu Sans", store)
    assert (font.key, font.media_type, font.number) == ("fonts/all.ttc", "font/collection", 2)
    assert font.metrics == read_metrics(FILES / "DejaVuSans-Bold.ttf")
    assert loaded("cmr10", store).number == 0


@pytest.mark.parametrize("flavor", ["woff", "woff2"])
def test_web_font_is_unpacked(flavor: str, tmp_path: Path) -> None:
    """A web font is stored anew as the ttf that players take, beside the file of the client."""
    store = local_store(tmp_path)
    (tmp_path / f"fonts/DejaVu.{flavor}").write_bytes(packed("DejaVuSansDisplay.ttf", flavor))
    font = loaded("DejaVu Sans Display", store)
    assert (font.key, font.media_type) == (f"fonts/DejaVu.{flavor}.ttf", "font/ttf")
    assert isinstance(font.body, bytes)
    assert font.body[:4] == b"\0\1\0\0"
    assert font.metrics == read_metrics(FILES / "DejaVuSansDisplay.ttf")


@pytest.mark.parametrize("name", ["A, B", "A{\\b1}B", "A\nB", "A\u2028\x85B", "@A\u202eB"])
def test_family_that_no_ass_file_can_hold_is_renamed(name: str, tmp_path: Path) -> None:
    """A family with a comma, a brace or a line break is drawn under a name without them, from a file that has it."""
    store = local_store(tmp_path)
    (tmp_path / "fonts/ab.ttf").write_bytes(renamed("DejaVuSans.ttf", name))
    font = loaded("ab", store) if "b1" not in name else loaded("ab1b", store)
    assert re.fullmatch(r"[\w ]+", font.family)
    assert font.key == "fonts/ab.ttf.ttf"
    assert read_faces(font.body)[0].family == font.family


def test_name_of_a_file_is_logged_on_one_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever a file of the bucket is called, it ends no line of the log or of a warning."""
    store = local_store(tmp_path)
    (tmp_path / "fonts/Lato\x85\u2028\u202ex.ttf").write_bytes(b"no font")
    font, problem = load_font("Lato x", store)
    assert font is None
    for text in (problem, font_replaced("Lato x", problem).message, *caplog.messages):
        assert text.isprintable()
    assert "fonts/Lato" in caplog.text


def test_font_without_outlines_is_told(tmp_path: Path) -> None:
    """A font that draws nothing is not taken, and the warning says so: the video would have no captions."""
    store = local_store(tmp_path)
    (tmp_path / "fonts/Blank.ttf").write_bytes(blank("Blank"))
    font, problem = load_font("Blank", store)
    assert font is None
    assert font_replaced("Blank", problem).message.startswith("caption_style.font: fonts/Blank.ttf has no outlines")


def test_borrowed_glyphs_are_told_apart() -> None:
    """Characters that the shipped font draws in the worker's videos are not called missing there."""
    message = glyph_missing("Lato", ("漢",), (".", "5")).message
    assert "for 漢, videos leave them out" in message
    assert "for . 5, `overlay` draws them in Inter" in message


@pytest.mark.parametrize("body", [b"", b"no font", b"\0\1\0\0" + b"\xff" * 100])
def test_damaged_files_are_skipped(body: bytes, tmp_path: Path) -> None:
    """A damaged file among the fonts does not fail a job: the shipped font stands in."""
    store = local_store(tmp_path)
    (tmp_path / "fonts/Lato.ttf").write_bytes(body)
    assert load_font("Lato", store) == (None, "fonts/Lato.ttf is no TrueType or OpenType font that can be read")


def test_truncated_fonts_are_skipped(tmp_path: Path) -> None:
    """A font file that is cut off is ignored."""
    body = (FILES / "DejaVuSans.ttf").read_bytes()
    store = local_store(tmp_path)
    for cut in (300, 5000, len(body) // 2):
        (tmp_path / f"fonts/DejaVuSans{cut}.ttf").write_bytes(body[:cut])
    assert load_font("DejaVu Sans", store)[0] is None


def test_unreadable_store_gives_no_font(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that refuses to list its fonts does not fail a job whose speech is paid for."""
    store = local_store(tmp_path, "DejaVuSans.ttf")

    def refuse(*_: object) -> Page:
        raise StorageError("the bucket refused")

    monkeypatch.setattr(store, "list", refuse)
    assert load_font("DejaVu Sans", store)[0] is None


class Reads:
    """The keys that are read of a store from here on."""

    def __init__(self, store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
        self.keys: list[str] = []
        get = store.get

        def counted(key: str, max_bytes: int | None = None) -> bytes:
            self.keys.append(key)
            return get(key, max_bytes)

        monkeypatch.setattr(store, "get", counted)


def test_each_version_of_a_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A family that no font has reads each file once, and a new version of a file again."""
    store = local_store(tmp_path)
    for number in range(12):
        shutil.copy(FILES / "cmss10.ttf", tmp_path / f"fonts/{number}.ttf")
    (tmp_path / "fonts/12.ttf").write_bytes(b"no font")
    reads = Reads(store, monkeypatch)
    for _ in range(3):
        assert load_font("DejaVu Sans", store)[0] is None
    assert sorted(reads.keys) == sorted(f"fonts/{number}.ttf" for number in range(13))
    shutil.copy(FILES / "DejaVuSans.ttf", tmp_path / "fonts/12.ttf")
    assert loaded("DejaVu Sans", store).key == "fonts/12.ttf"
    assert set(reads.keys[13:]) == {"fonts/12.ttf"}


def test_files_named_like_the_family_are_read_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a file named like the family contains it, no other font of the bucket is read."""
    store = local_store(tmp_path, "DejaVuSans.ttf")
    for number in range(12):
        shutil.copy(FILES / "cmss10.ttf", tmp_path / f"fonts/{number}.ttf")
    reads = Reads(store, monkeypatch)
    assert loaded("DejaVu Sans", store).key == "fonts/DejaVuSans.ttf"
    assert reads.keys == ["fonts/DejaVuSans.ttf"]


def test_removed_font_is_not_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file removed between listing and reading does not hide other fonts, and is read again once it is back."""
    store = local_store(tmp_path, "DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
    removed, get = {"fonts/DejaVuSans-Bold.ttf"}, store.get

    def present(key: str, max_bytes: int | None = None) -> bytes:
        if key in removed:
            raise NotFound("there is no such object")
        return get(key, max_bytes)

    monkeypatch.setattr(store, "get", present)
    assert loaded("DejaVu Sans", store).key == "fonts/DejaVuSans.ttf"
    removed.clear()
    assert loaded("DejaVu Sans", store).key == "fonts/DejaVuSans-Bold.ttf"


def test_search_stops_when_the_job_is_cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that is cancelled reads no further font, whether its name is likely or not."""
    store = local_store(tmp_path, "DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "cmr10.ttf")
    for family in ("DejaVu Sans", "Lato"):
        reads = Reads(store, monkeypatch)

        def check(reads: Reads = reads) -> None:
            if reads.keys:
                raise Cancelled("the job was cancelled")

        with pytest.raises(Cancelled):
            load_font(family, store, cancellation=Checked(check))
        assert len(reads.keys) == 1


def test_missing_glyphs_are_named() -> None:
    """Characters without a glyph are named once each and in order; what is not drawn by itself is none of them."""
    assert shipped().missing("Hello, Ωмега! naïve e\u0301\u200d\ufe0f\n") == ()
    assert shipped().missing("漢 and 字, 漢 again 🎉") == ("漢", "字", "🎉")
    warning = glyph_missing("Inter", ("漢", "字", "🎉"))
    assert warning.code == "glyph_missing"
    assert "Inter has no glyphs for 漢 字 🎉," in warning.message


def test_long_lists_of_missing_glyphs_are_shortened() -> None:
    """The warning shortens a long list of missing characters."""
    missing = shipped().missing(chr(code) for code in range(0x4E00, 0x5000))
    assert len(glyph_missing("Inter", missing).message) < 300


def test_width_adds_up_the_fonts_advances() -> None:
    """A text is as wide as its letters' advances over the line that libass sets them in; wide unknown ones an em."""
    font = TTFont(shipped().body)
    line = font["OS/2"].usWinAscent + font["OS/2"].usWinDescent
    cmap, advances = font.getBestCmap(), font["hmtx"]
    assert shipped().width("Wim.") == pytest.approx(sum(advances[cmap[ord(char)]][0] for char in "Wim.") / line)
    assert shipped().width("漢") == pytest.approx(font["head"].unitsPerEm / line)
    assert shipped().width("e\u0301\u200d") == pytest.approx(shipped().width("e"), abs=0.01)


def test_width_of_arabic_is_that_of_joined_letters() -> None:
    """Letters of an Arabic word are measured in their joined forms."""
    font = Font("DejaVu Sans", FILES / "DejaVuSans.ttf", "")
    assert font.width("بكم") < sum(map(font.width, "بكم"))


def test_lay_out_writes_the_shipped_font_too(tmp_path: Path) -> None:
    """libass gets the chosen font and, for letters that it lacks, the shipped one."""
    font = loaded("DejaVu Serif", local_store(tmp_path / "store", "DejaVuSerif-Bold.ttf"))
    fonts.lay_out(font, tmp_path / "fonts")
    assert {file.name: file.read_bytes() for file in (tmp_path / "fonts").iterdir()} == {
        "DejaVuSerif-Bold.ttf": (FILES / "DejaVuSerif-Bold.ttf").read_bytes(),
        "Inter-Bold.ttf": (SHIPPED_FOLDER / "Inter-Bold.ttf").read_bytes(),
    }
    fonts.lay_out(shipped(), tmp_path / "one")
    assert [file.name for file in (tmp_path / "one").iterdir()] == ["Inter-Bold.ttf"]


@pytest.mark.parametrize(("family", "weight"), [("Inter", 700), ("inter black", 900), ("InterMedium", 500)])
def test_shipped_families(family: str, weight: int, tmp_path: Path) -> None:
    """Three weights come with the worker, each found by its family, with the letters of the same scripts."""
    font = loaded(family, local_store(tmp_path))
    assert font.face.weight == weight
    assert font.face.family == font.family
    assert font.missing("Hello, Ωмега! naïve €") == ()
    fonts.lay_out(font, tmp_path / "laid-out")
    assert {file.name for file in (tmp_path / "laid-out").iterdir()} == {"Inter-Bold.ttf", font.filename}
