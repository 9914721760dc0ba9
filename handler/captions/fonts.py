"""Fonts of captions: the one that ships, those of the bucket by their family, and what is in each."""

from __future__ import annotations

import io
import logging
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
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

FONT = "Inter"
"""Family of the shipped font, as libass finds it in ``FONTS``."""
FONTS = Path(__file__).parent / "fonts"
"""The folder of the shipped font and its licence."""

PREFIX = "fonts/"
"""Where the bucket keeps fonts."""
MEDIA_TYPES = {".ttf": "font/ttf", ".otf": "font/otf"}
"""The font files that are looked at, by the end of their names."""
MAX_FONT_BYTES = 30_000_000
MAX_FONTS = 200
"""How many files of the bucket's ``fonts/`` are considered."""
LOOKED_AT_BYTES = 100_000_000
"""Of files not seen before, what one job reads to learn their names: the next job goes on from there."""
_MOST_NAMED = 20

_FAMILY, _FULL, _TYPOGRAPHIC_FAMILY = 1, 4, 16
_REGULAR, _BOLD = 400, 700
# Share of the em that a letter takes which the font does not have: another font's, or a box.
_WIDE, _UNKNOWN = 1.0, 0.6


@dataclass(frozen=True)
class Metrics:
    """What a font file says of itself. Lengths are shares of ``line``, ASS's Fontsize, not of the em.

    ``names`` are those that libass finds it by; ``weight`` is 400 for regular, 700 for bold; ``advances`` by code
    point; ``capital`` is the height of a capital letter, ``ascent`` that of the baseline below the line's top.
    """

    names: tuple[str, ...]
    weight: int
    upright: bool
    advances: dict[int, float]
    em: float
    capital: float
    ascent: float


@dataclass(frozen=True)
class Font:
    """A font file: the family that libass looks for, the file, and where the bucket has or will have it."""

    family: str
    body: Path | bytes
    key: str
    media_type: str = "font/ttf"

    @property
    def filename(self) -> str:
        return self.key.rpartition("/")[2]

    @cached_property
    def metrics(self) -> Metrics:
        return read(self.body)

    def width(self, text: str) -> float:
        """How wide a line of text is, as a share of its Fontsize; kerning, which mostly narrows it, is left out."""
        metrics, forms = self.metrics, shaped(text)
        if forms != text and not all(ord(form) in metrics.advances for form in forms):
            # Some fonts have the forms as glyphs without a code point: then the letters must do.
            forms = text
        return sum(metrics.advances.get(ord(char), _guess(char) * metrics.em) for char in forms)

    def lacks(self, text: Iterable[str]) -> tuple[str, ...]:
        """The characters that it has no glyph for, each once, in order; what is not drawn by itself is left out."""
        advances = self.metrics.advances
        return tuple(dict.fromkeys(char for char in text if ord(char) not in advances and _drawn(char)))


@dataclass(frozen=True)
class Found:
    """The font to draw with, and whether it stands in for one that could not be had."""

    font: Font
    replaced: bool = False


def _guess(char: str) -> float:
    if not _drawn(char):
        return 0.0
    return _WIDE if unicodedata.east_asian_width(char) in "WF" else _UNKNOWN


def _drawn(char: str) -> bool:
    """Whether a reader would miss it: not so marks, controls, blanks and other things without a shape of their own."""
    return unicodedata.category(char)[0] not in "CMZ"


@lru_cache(maxsize=1)
def shipped() -> Font:
    """The font that comes with the worker: without one, a machine that has none draws nothing at all."""
    return Font(FONT, FONTS / "Inter-Bold.ttf", f"{PREFIX}Inter-Bold.ttf")


def resolve(family: str, store: Store, *, bold: bool = True, cancellation: Cancellation = NEVER) -> Found:
    """The font of a family: the shipped one, or one of the bucket's ``fonts/`` by the names in the file itself.

    Of several faces the upright one nearest to bold (or regular) is taken. The shipped font stands in for a family
    that is not there, or not to be read.
    """
    wanted = _plain(family)
    if wanted == _plain(FONT):
        return Found(shipped())
    try:
        font = _nearest(_faces(wanted, store, cancellation), _BOLD if bold else _REGULAR, store)
    except (StorageError, NotFound):
        logger.warning("the store's fonts could not be read", exc_info=True)
        font = None
    return Found(shipped(), replaced=True) if font is None else Found(font)


def replaced(family: str) -> JobWarning:
    """The warning that the shipped font stands in for a family."""
    message = (
        f"caption_style.font: no font file of the family {family} was found among the bucket's {PREFIX}; {FONT} is "
        f"used in its place, put a ttf or otf file of {family} there and call it so"
    )
    return JobWarning("font_replaced", message)


def missing(text: Iterable[str], font: Font) -> JobWarning | None:
    """A warning that names the characters which a font cannot draw, None if there are none."""
    lacking = font.lacks(text)
    return no_glyphs(font.family, lacking) if lacking else None


def no_glyphs(family: str, characters: Sequence[str]) -> JobWarning:
    """The warning that a family cannot draw these characters."""
    named = " ".join(characters[:_MOST_NAMED]) + (" …" if len(characters) > _MOST_NAMED else "")
    message = (
        f"caption_style.font: {family} has no glyphs for {named}, videos leave them out and players show another "
        f"font's or a box: name a font of the bucket's {PREFIX} that has them"
    )
    return JobWarning("glyph_missing", message)


def lay_out(font: Font, folder: Path) -> Path:
    """Put a font into a new folder for libass, with the shipped one beside it for what it lacks; the folder."""
    folder.mkdir()
    for each in {one.filename: one for one in (shipped(), font)}.values():
        (folder / each.filename).write_bytes(each.body if isinstance(each.body, bytes) else each.body.read_bytes())
    return folder


def read(body: Path | bytes) -> Metrics:
    """What a TrueType or OpenType file says of itself. Raises ValueError for a file that is none."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    # It warns of what no caption depends on, such as when a font was made.
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    try:
        with TTFont(body if isinstance(body, Path) else io.BytesIO(body), lazy=True) as font:
            return _metrics(font)
    # A damaged file fails in whatever way the damaged table is read.
    except Exception as error:
        raise ValueError("no TrueType or OpenType font") from error


def _metrics(font: Any) -> Metrics:
    os2, names = font["OS/2"], font["name"]
    # libass takes the Fontsize for the height of the line that Windows gives a font, as the format's inventor did.
    above, below = os2.usWinAscent, os2.usWinDescent
    if above + below == 0:
        above, below = font["hhea"].ascent, -font["hhea"].descent
    line, advances = above + below, font["hmtx"].metrics
    ids = (_FAMILY, _TYPOGRAPHIC_FAMILY, _FULL)
    return Metrics(
        names=tuple(dict.fromkeys(str(name) for id_ in ids for name in names.names if name.nameID == id_)),
        weight=os2.usWeightClass,
        upright=not os2.fsSelection & 1,
        advances={code: advances[glyph][0] / line for code, glyph in (font.getBestCmap() or {}).items()},
        em=font["head"].unitsPerEm / line,
        capital=getattr(os2, "sCapHeight", 0) / line or 0.5,
        ascent=above / line,
    )


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


@dataclass(frozen=True)
class _Face:
    """What a file of the bucket is chosen by."""

    names: frozenset[str]
    weight: int
    upright: bool


@dataclass
class _Seen:
    """A version of a file of the bucket, once it was looked at: the face in it, None for one that is no font."""

    looked_at: bool = False
    face: _Face | None = None


@lru_cache(maxsize=2 * MAX_FONTS)
def _seen(_get: Callable[..., bytes], _key: str, _etag: str) -> _Seen:
    return _Seen()


def _faces(wanted: str, store: Store, cancellation: Cancellation) -> list[tuple[ObjectInfo, _Face]]:
    """The bucket's files of that name: those that are called so alone, or all others where none is."""
    fonts = [item for item in store.list(PREFIX, MAX_FONTS, None).objects if _suffix(item.key) in MEDIA_TYPES]
    budget = LOOKED_AT_BYTES
    for likely in (True, False):
        found = []
        for item in (item for item in fonts if (wanted in _plain(item.key)) is likely):
            cancellation.check()
            seen = _seen(store.get, item.key, item.etag)
            if not seen.looked_at:
                if (size := min(item.size, MAX_FONT_BYTES)) > budget:
                    logger.warning("%s is not looked at in this job: it has read enough of others", item.key)
                    continue
                budget -= size
                try:
                    # Those that are likely to be drawn with are kept whole.
                    font = (_open if likely else _read)(store.get, item.key, item.etag)
                except NotFound:
                    continue
                seen.face, seen.looked_at = _face(font.metrics) if font else None, True
            if seen.face is not None and wanted in seen.face.names:
                found.append((item, seen.face))
        if found:
            return found
    return []


def _face(metrics: Metrics) -> _Face:
    return _Face(frozenset(map(_plain, metrics.names)), metrics.weight, metrics.upright)


def _nearest(found: Iterable[tuple[ObjectInfo, _Face]], weight: int, store: Store) -> Font | None:
    """The face that comes nearest, of those that can still be had."""

    def far(one: tuple[ObjectInfo, _Face]) -> tuple[bool, int, str]:
        item, face = one
        return not face.upright, abs(face.weight - weight), item.key

    opened = (_open(store.get, item.key, item.etag) for item, _ in sorted(found, key=far))
    return next((font for font in opened if font is not None), None)


def _read(get: Callable[..., bytes], key: str, _etag: str) -> Font | None:
    """A font of the bucket, None for a file that is none. NotFound for one that has been removed."""
    try:
        body = get(key, MAX_FONT_BYTES)
        metrics = read(body)
    except (TooLarge, ValueError) as error:
        logger.warning("%s is passed over: %s", key, error)
        return None
    return Font(metrics.names[0] if metrics.names else "", body, key, MEDIA_TYPES[_suffix(key)])


_open = lru_cache(maxsize=4)(_read)
"""The same, kept as long as it is the same file."""


def _suffix(key: str) -> str:
    return Path(key).suffix.lower()
