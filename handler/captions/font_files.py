"""Font files: their faces, what text is measured with, and web fonts unpacked for players."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Media types by the suffix of a font file; others are ignored.
MEDIA_TYPES = {
    ".ttf": "font/ttf",
    ".otf": "font/otf",
    ".ttc": "font/collection",
    ".otc": "font/collection",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}

_FAMILY, _FULL, _TYPOGRAPHIC_FAMILY = 1, 4, 16  # libass finds a font by these names
_UNSAFE = re.compile(r"[^\w &'+.()\-]+")  # what could end a field of an ASS file or a log line
_SAMPLE = 32  # how many glyphs are looked at
_MAX_FACES = 64


@dataclass(frozen=True)
class Face:
    """One face of a font file: names, weight (400 is regular, 700 bold), whether it is upright, its place in the file.

    libass finds it by ``family``, the first of its names that an ASS file can hold; empty if there is none.
    """

    names: tuple[str, ...]
    weight: int
    upright: bool
    number: int = 0

    @property
    def family(self) -> str:
        return next((name for name in self.names if name and name == _safe(name)), "")


@dataclass(frozen=True)
class Metrics:
    """Lengths in a font as shares of its line height, which is ASS's Fontsize, not of the em.

    ``advances`` by code point; ``capital`` is the height of a capital letter, ``ascent`` the distance of the baseline
    from the top of the line. ``underline`` is the middle of an underline, below the baseline, and its thickness.
    """

    advances: dict[int, float]
    em: float
    capital: float
    ascent: float
    underline: tuple[float, float] = (0.0, 0.0)


class Unusable(ValueError):
    """A file or a face that no caption can be drawn with; the message completes "it …"."""


def read_faces(body: Path | bytes) -> tuple[Face, ...]:
    """Read names and weights alone, which is quick. Raises Unusable for a file that is no font."""
    faces = []
    for number in range(min(_face_count(body), _MAX_FACES)):
        with _opened(body, number) as font:
            faces.append(_face(font, number))
    return tuple(faces)


def read_metrics(body: Path | bytes, number: int = 0) -> Metrics:
    """Read what text is measured with, of one face.

    Raises Unusable for a file that is no font, and for a face without outlines: a player would take it and draw
    nothing.
    """
    with _opened(body, number) as font:
        codes = font.getBestCmap() or {}
        if not _has_outlines(font, list(codes.values())):
            raise Unusable("has no outlines of letters")
        # libass takes the Fontsize for the height of the line that Windows gives a font, as the format's inventor did.
        above, below = font["OS/2"].usWinAscent, font["OS/2"].usWinDescent
        if above + below == 0:
            above, below = font["hhea"].ascent, -font["hhea"].descent
        line, advances = above + below, font["hmtx"].metrics
        return Metrics(
            advances={code: advances[glyph][0] / line for code, glyph in codes.items()},
            em=font["head"].unitsPerEm / line,
            capital=getattr(font["OS/2"], "sCapHeight", 0) / line or 0.5,
            ascent=above / line,
            underline=_underline(font, line),
        )


def _underline(font: Any, line: int) -> tuple[float, float]:
    """As libass draws it: about the font's own position, which the format means for the upper edge."""
    if "post" not in font:
        return 0.0, 0.0
    return -font["post"].underlinePosition / line, font["post"].underlineThickness / line


def single_face(body: bytes, number: int) -> bytes:
    """A face of a collection as a file of its own, which browsers want; any other file as it is.

    Raises Unusable for a file that is no font, or has no such face.
    """
    if body[:4] != b"ttcf":
        return body
    out = io.BytesIO()
    with _opened(body, number) as font:
        font.save(out)
    return out.getvalue()


def for_players(body: bytes, suffix: str) -> tuple[bytes, str]:
    """The file as libass and players take it, and its suffix: web fonts unpacked, names that ASS cannot hold mended.

    Raises Unusable for a file that is no font. A collection stays as it is.
    """
    web = body[:4] in (b"wOFF", b"wOF2")
    if not web and (body[:4] == b"ttcf" or read_faces(body)[0].family):
        return body, suffix
    out = io.BytesIO()
    with _opened(body, 0) as font:
        font.flavor = None
        if not _face(font, 0).family:
            for name in font["name"].names:
                if name.nameID in (_FAMILY, _FULL, _TYPOGRAPHIC_FAMILY):
                    name.string = _safe(name.toUnicode())
        font.save(out)
        return out.getvalue(), ".otf" if font.sfntVersion == "OTTO" else ".ttf"


def _safe(name: str) -> str:
    return " ".join(_UNSAFE.sub(" ", name).split()) or "Font"


def _face_count(body: Path | bytes) -> int:
    head = body[:12] if isinstance(body, bytes) else body.read_bytes()[:12]
    return int.from_bytes(head[8:12], "big") if head[:4] == b"ttcf" else 1


@contextmanager
def _opened(body: Path | bytes, number: int) -> Iterator[Any]:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    # It warns about tables that captions do not use, such as a font's date.
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    source = body if isinstance(body, Path) else io.BytesIO(body)
    try:
        with TTFont(source, lazy=True, fontNumber=number, recalcTimestamp=False) as font:
            yield font
    except Unusable:
        raise
    except ImportError as error:
        raise Unusable("is a web font of a kind that cannot be unpacked here") from error
    # A damaged table raises any kind of error.
    except Exception as error:
        raise Unusable("is no TrueType or OpenType font that can be read") from error


def _face(font: Any, number: int) -> Face:
    names, ids = font["name"].names, (_FAMILY, _TYPOGRAPHIC_FAMILY, _FULL)
    ordered = dict.fromkeys(str(name) for id_ in ids for name in names if name.nameID == id_)
    return Face(tuple(ordered), font["OS/2"].usWeightClass, not font["OS/2"].fsSelection & 1, number)


def _has_outlines(font: Any, glyphs: list[str]) -> bool:
    """Whether any of a sample of a font's glyphs has an outline."""
    from fontTools.pens.boundsPen import ControlBoundsPen  # type: ignore[import-untyped]

    shapes = font.getGlyphSet()
    for glyph in glyphs[:: max(1, len(glyphs) // _SAMPLE)]:
        pen = ControlBoundsPen(shapes)
        shapes[glyph].draw(pen)
        if pen.bounds:
            return True
    return False
