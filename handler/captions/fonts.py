"""Fonts of captions: the shipped one, those of the bucket by their family, and the metrics of each."""

from __future__ import annotations

import io
import logging
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from handler.cancellation import NEVER, Cancellation
from handler.captions.arabic import shaped
from handler.errors import NotFound, StorageError, TooLarge
from handler.types import JobWarning, ObjectInfo

if TYPE_CHECKING:
    from handler.protocols import Store

logger = logging.getLogger(__name__)

SHIPPED_FAMILY = "Inter"
SHIPPED_FOLDER = Path(__file__).parent / "fonts"  # the folder of the shipped font and its licence
PREFIX = "fonts/"  # where the bucket keeps fonts
MEDIA_TYPES = {".ttf": "font/ttf", ".otf": "font/otf"}  # media types by the suffix of a font file; others are ignored
MAX_FONT_BYTES = 30_000_000
MAX_FONTS = 200  # how many files of the bucket's ``fonts/`` are considered
_MAX_NAMED_CHARS = 20

_FAMILY, _FULL, _TYPOGRAPHIC_FAMILY = 1, 4, 16
_REGULAR, _BOLD = 400, 700
# Widths, in em, of a character that the font lacks: another font's, or a box.
_WIDE_EM, _UNKNOWN_EM = 1.0, 0.6


@dataclass(frozen=True)
class Face:
    """Names by which libass finds a font, its weight (400 is regular, 700 bold), and whether it is upright."""

    names: tuple[str, ...]
    weight: int
    upright: bool


@dataclass(frozen=True)
class Metrics:
    """Lengths in a font as shares of its line height, which is ASS's Fontsize, not of the em.

    ``advances`` by code point; ``capital`` is the height of a capital letter, ``ascent`` the distance of the baseline
    from the top of the line.
    """

    advances: dict[int, float]
    em: float
    capital: float
    ascent: float


@dataclass(frozen=True)
class Font:
    """A font file: its family, its content or path, and the key that the bucket has or will have it under."""

    family: str
    body: Path | bytes
    key: str
    media_type: str = "font/ttf"

    @property
    def filename(self) -> str:
        return self.key.rpartition("/")[2]

    @cached_property
    def face(self) -> Face:
        return read_face(self.body)

    @cached_property
    def metrics(self) -> Metrics:
        return read_metrics(self.body)

    def width(self, text: str) -> float:
        """The width of a line of text as a share of its Fontsize, without kerning, which mostly narrows it."""
        metrics, forms = self.metrics, shaped(text)
        if forms != text and not all(ord(form) in metrics.advances for form in forms):
            # Some fonts have the forms as glyphs without a code point: then the letters must do.
            forms = text
        return sum(metrics.advances.get(ord(char), _guessed_em(char) * metrics.em) for char in forms)

    def missing(self, text: Iterable[str]) -> tuple[str, ...]:
        """The visible characters without a glyph, each once, in order."""
        advances = self.metrics.advances
        return tuple(dict.fromkeys(char for char in text if ord(char) not in advances and is_visible(char)))


def _guessed_em(char: str) -> float:
    if not is_visible(char):
        return 0.0
    return _WIDE_EM if unicodedata.east_asian_width(char) in "WF" else _UNKNOWN_EM


def is_visible(char: str) -> bool:
    """Whether a reader would miss it: false for combining marks, controls and spaces."""
    return unicodedata.category(char)[0] not in "CMZ"


@lru_cache(maxsize=1)
def shipped() -> Font:
    """The font that comes with the worker: on a machine without fonts, libass would draw nothing at all."""
    return Font(SHIPPED_FAMILY, SHIPPED_FOLDER / "Inter-Bold.ttf", f"{PREFIX}Inter-Bold.ttf")


def load_font(family: str, store: Store, *, bold: bool = True, cancellation: Cancellation = NEVER) -> Font | None:
    """The shipped font, or a font of the bucket's ``fonts/`` that has the family's name inside its file.

    Of several faces it takes the upright one nearest to bold (or regular). Returns None for a family that is not
    there, or not readable.
    """
    wanted = _normalised(family)
    if wanted == _normalised(SHIPPED_FAMILY):
        return shipped()
    weight = _BOLD if bold else _REGULAR

    def distance(match: tuple[ObjectInfo, Face]) -> tuple[bool, int, str]:
        item, face = match
        return not face.upright, abs(face.weight - weight), item.key

    try:
        for item, _ in sorted(_matching(wanted, store, cancellation), key=distance):
            font = _download(store, item.key, item.etag)
            # The names of a file that breaks off may be whole, its metrics are not.
            with suppress(ValueError):
                if font and font.metrics:
                    return font
    except (StorageError, NotFound):
        logger.warning("the store's fonts could not be read", exc_info=True)
    return None


def font_replaced(family: str) -> JobWarning:
    """The warning that the shipped font is used in place of a family."""
    message = (
        f"caption_style.font: no font file of the family {family} was found among the bucket's {PREFIX}; "
        f"{SHIPPED_FAMILY} is used in its place, put a ttf or otf file of {family} there and call it so"
    )
    return JobWarning("font_replaced", message)


def glyph_missing(family: str, characters: Sequence[str]) -> JobWarning:
    """The warning that a family has no glyphs for these characters."""
    named = " ".join(characters[:_MAX_NAMED_CHARS]) + (" …" if len(characters) > _MAX_NAMED_CHARS else "")
    message = (
        f"caption_style.font: {family} has no glyphs for {named}, videos leave them out and players show another "
        f"font's or a box: name a font of the bucket's {PREFIX} that has them"
    )
    return JobWarning("glyph_missing", message)


def lay_out(font: Font, folder: Path) -> None:
    """Write a font into a new folder for libass, and the shipped one for the glyphs that it lacks."""
    folder.mkdir()
    for each in (shipped(), font):
        body = each.body if isinstance(each.body, bytes) else each.body.read_bytes()
        (folder / each.filename).write_bytes(body)


def read_face(body: Path | bytes) -> Face:
    """Read names and weight alone, which is quick. Raises ValueError for a file that is no font."""
    with _opened(body) as font:
        names, ids = font["name"].names, (_FAMILY, _TYPOGRAPHIC_FAMILY, _FULL)
        ordered = dict.fromkeys(str(name) for id_ in ids for name in names if name.nameID == id_)
        return Face(tuple(ordered), font["OS/2"].usWeightClass, not font["OS/2"].fsSelection & 1)


def read_metrics(body: Path | bytes) -> Metrics:
    """Read what text is measured with. Raises ValueError for a file that is no font."""
    with _opened(body) as font:
        # libass takes the Fontsize for the height of the line that Windows gives a font, as the format's inventor did.
        above, below = font["OS/2"].usWinAscent, font["OS/2"].usWinDescent
        if above + below == 0:
            above, below = font["hhea"].ascent, -font["hhea"].descent
        line, advances = above + below, font["hmtx"].metrics
        return Metrics(
            advances={code: advances[glyph][0] / line for code, glyph in (font.getBestCmap() or {}).items()},
            em=font["head"].unitsPerEm / line,
            capital=getattr(font["OS/2"], "sCapHeight", 0) / line or 0.5,
            ascent=above / line,
        )


@contextmanager
def _opened(body: Path | bytes) -> Iterator[Any]:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    # It warns about tables that captions do not use, such as a font's date.
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    try:
        with TTFont(body if isinstance(body, Path) else io.BytesIO(body), lazy=True) as font:
            yield font
    # A damaged table raises any kind of error.
    except Exception as error:
        raise ValueError("no TrueType or OpenType font") from error


def _normalised(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def _matching(wanted: str, store: Store, cancellation: Cancellation) -> list[tuple[ObjectInfo, Face]]:
    """The bucket's fonts of that name. Files that are called so are read first, the others only if none matches."""
    listed = store.list(PREFIX, MAX_FONTS, None).objects
    files = [item for item in listed if Path(item.key).suffix.lower() in MEDIA_TYPES]
    for called_so in (True, False):
        matches = []
        for item in (item for item in files if (wanted in _normalised(item.key)) is called_so):
            cancellation.check()
            # A file that was removed since the listing may come back: it is not remembered.
            with suppress(NotFound):
                face = _face(store, item.key, item.etag)
                if face and wanted in map(_normalised, face.names):
                    matches.append((item, face))
        if matches:
            return matches
    return []


@lru_cache(maxsize=2 * MAX_FONTS)
def _face(store: Store, key: str, etag: str) -> Face | None:
    font = _download(store, key, etag)
    return font.face if font else None


@lru_cache(maxsize=4)
def _download(store: Store, key: str, _etag: str) -> Font | None:
    """A font of the bucket, None for a file that is none. Raises NotFound if it has been removed."""
    try:
        body = store.get(key, MAX_FONT_BYTES)
        names = read_face(body).names
    except (TooLarge, ValueError) as error:
        logger.warning("%s is ignored: %s", key, error)
        return None
    return Font(names[0] if names else "", body, key, MEDIA_TYPES[Path(key).suffix.lower()])
