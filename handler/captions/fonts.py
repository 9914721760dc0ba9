"""Fonts of captions: the shipped one, those of the bucket by their family, and the metrics of each."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from handler.cancellation import NEVER, Cancellation
from handler.captions import emoji
from handler.captions.arabic import shaped
from handler.captions.font_files import (
    MEDIA_TYPES,
    Face,
    Metrics,
    Unusable,
    for_players,
    read_faces,
    read_metrics,
    single_face,
)
from handler.errors import NotFound, StorageError, TooLarge, shortened
from handler.types import JobWarning, ObjectInfo

if TYPE_CHECKING:
    from handler.protocols import Store

logger = logging.getLogger(__name__)

SHIPPED_FAMILY, HEAVY_FAMILY, LIGHT_FAMILY = "Inter", "Inter Black", "Inter Medium"
_SHIPPED_FILES = {
    SHIPPED_FAMILY: "Inter-Bold.ttf",
    HEAVY_FAMILY: "Inter-Black.ttf",
    LIGHT_FAMILY: "Inter-Medium.ttf",
}
SHIPPED_NAMES = frozenset(_SHIPPED_FILES.values())
SHIPPED_FOLDER = Path(__file__).parent / "fonts"  # the folder of the shipped font and its licence
PREFIX = "fonts/"  # where the bucket keeps fonts
MAX_FONT_BYTES = 30_000_000
MAX_FONTS = 200  # how many files of the bucket's ``fonts/`` are considered
_MAX_NAMED_CHARS = 20

_REGULAR, _BOLD = 400, 700
# Widths, in em, of a character that the font lacks: another font's, or a box.
_WIDE_EM, _UNKNOWN_EM = 1.0, 0.6


@dataclass(frozen=True)
class Font:
    """A face of a font file: its family, and the file's content or path and its key in the bucket, where it is or goes.

    ``number`` is the face's place in a collection.
    """

    family: str
    body: Path | bytes
    key: str
    media_type: str = "font/ttf"
    number: int = 0

    @property
    def filename(self) -> str:
        return self.key.rpartition("/")[2]

    @cached_property
    def face(self) -> Face:
        return read_faces(self.body)[self.number]

    @cached_property
    def metrics(self) -> Metrics:
        return read_metrics(self.body, self.number)

    def width(self, text: str) -> float:
        """The width of a line of text as a share of its Fontsize, without kerning, which mostly narrows it.

        An emoji is as wide in every font, since another one draws it.
        """
        return sum(emoji.WIDTH if is_emoji else self._width(part) for part, is_emoji in emoji.split(text))

    def _width(self, text: str) -> float:
        em, advances, forms = self.metrics.em, self.metrics.advances, shaped(text)
        if forms != text and not all(ord(form) in advances for form in forms):
            # Some fonts have the forms as glyphs without a code point: then the letters must do.
            forms = text
        return sum(advances[ord(char)] if ord(char) in advances else _guessed_em(char) * em for char in forms)

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


@lru_cache(maxsize=len(_SHIPPED_FILES))
def shipped(family: str = SHIPPED_FAMILY) -> Font:
    """A font that comes with the worker: on a machine without fonts, libass would draw nothing at all."""
    file = _SHIPPED_FILES[family]
    return Font(family, SHIPPED_FOLDER / file, PREFIX + file)


def load_font(
    family: str, store: Store, *, bold: bool = True, cancellation: Cancellation = NEVER
) -> tuple[Font | None, str]:
    """The shipped font, or a font of the bucket's ``fonts/`` that has the family's name inside its file.

    Of several faces it takes the upright one nearest to bold (or regular). Returns None for a family that is not
    there, or not usable, and then the problem of a file that has or may have it ("fonts/x.ttf has no …").
    """
    wanted = _normalised(family)
    for name in _SHIPPED_FILES:
        if wanted == _normalised(name):
            return shipped(name), ""
    weight = _BOLD if bold else _REGULAR

    def distance(match: tuple[ObjectInfo, Face]) -> tuple[bool, int, str]:
        item, face = match
        return not face.upright, abs(face.weight - weight), item.key

    problem = ""
    try:
        matches, problem = _matching(wanted, store, cancellation)
        for item, face in sorted(matches, key=distance):
            try:
                return _font(store, item, face), ""
            except Unusable as error:
                # The names of a file that breaks off may be whole, its metrics are not.
                problem = problem or _problem(item.key, error)
    except (StorageError, NotFound):
        logger.warning("the store's fonts could not be read", exc_info=True)
    return None, problem


def font_file(name: str, number: int, store: Store) -> bytes:
    """A font as a browser takes it, by the name of its file: a shipped one, or one of the bucket's ``fonts/``.

    ``number`` is the face's place in a collection. Raises NotFound for a file that is not there or cannot be used.
    """
    if name in SHIPPED_NAMES:
        return (SHIPPED_FOLDER / name).read_bytes()
    for key in (PREFIX + name, PREFIX + name.rpartition(".")[0]):  # web fonts have another suffix once unpacked
        found = store.head(key) if Path(key).suffix.lower() in MEDIA_TYPES else None
        if found is not None:
            try:
                return single_face(_download(store, key, found.etag)[0], number)
            except (Unusable, TooLarge) as error:
                raise NotFound(_problem(key, error)) from error
    raise NotFound("there is no font of this name; layout has the paths of those that it needs")


def font_replaced(family: str, problem: str = "", field: str = "caption_style.font") -> JobWarning:
    """The warning that the shipped font is used in place of a family, for the problem of its file, if there is one."""
    found = problem or f"no font file of the family {family} was found among the bucket's {PREFIX}"
    suffixes = ", ".join(suffix[1:] for suffix in MEDIA_TYPES)
    message = (
        f"{field}: {found}; {SHIPPED_FAMILY} is used in its place, "
        f"put a file of {family} there ({suffixes}) and call it so"
    )
    return JobWarning("font_replaced", message)


def glyph_missing(
    family: str, characters: Sequence[str], borrowed: Sequence[str] = (), pictures: Sequence[str] = ()
) -> JobWarning:
    """The warning that a family has no glyphs for these characters.

    ``borrowed`` are those that the shipped font has: it draws them in the worker's own videos. ``pictures`` are emoji,
    which these videos show in colour.
    """
    found = []
    if characters:
        found.append(f"for {_named(characters)}, videos leave them out and players show another font's or a box")
    if borrowed:
        found.append(
            f"for {_named(borrowed)}, `overlay` draws them in {SHIPPED_FAMILY}, "
            "and other players of the ass file in any font or as a box"
        )
    if pictures:
        found.append(
            f"for {_named(pictures)}, `overlay` shows them in colour, "
            "and other players of the ass file in any font or as a box"
        )
    message = (
        f"caption_style.font: {family} has no glyphs {', and none '.join(found)}: "
        f"name a font of the bucket's {PREFIX} that has them"
    )
    return JobWarning("glyph_missing", message)


def _named(characters: Sequence[str]) -> str:
    return " ".join(characters[:_MAX_NAMED_CHARS]) + (" …" if len(characters) > _MAX_NAMED_CHARS else "")


def lay_out(font: Font, folder: Path, *others: Font) -> None:
    """Write fonts into a new folder for libass, and the shipped one for the glyphs that they lack."""
    folder.mkdir()
    names = {shipped(): shipped().filename}
    for number, each in enumerate((font, *others)):
        # A key of the bucket may hold anything, also the name of another file here.
        own = re.sub(r"[^\w.-]", "_", each.filename, flags=re.ASCII)[-100:]
        names.setdefault(each, f"{number}_{own}" if own in names.values() else own)
    for each, name in names.items():
        (folder / name).write_bytes(each.body if isinstance(each.body, bytes) else each.body.read_bytes())


def _normalised(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def _matching(wanted: str, store: Store, cancellation: Cancellation) -> tuple[list[tuple[ObjectInfo, Face]], str]:
    """The faces of the bucket's fonts that have that name, and the problem of a file that is called so, if any has.

    Files that are called so are read first, the others only if none matches.
    """
    listed = store.list(PREFIX, MAX_FONTS, None).objects
    files = [item for item in listed if Path(item.key).suffix.lower() in MEDIA_TYPES]
    problem = ""
    for called_so in (True, False):
        matches = []
        for item in (item for item in files if (wanted in _normalised(item.key)) is called_so):
            cancellation.check()
            # A file that was removed since the listing may come back: it is not remembered.
            with suppress(NotFound):
                faces, unusable = _faces(store, item.key, item.etag)
                matches += [(item, face) for face in faces if wanted in map(_normalised, face.names)]
                problem = problem or (unusable if called_so else "")
        if matches:
            return matches, problem
    return [], problem


@lru_cache(maxsize=2 * MAX_FONTS)
def _faces(store: Store, key: str, etag: str) -> tuple[tuple[Face, ...], str]:
    """The faces of a file, or why it has none that can be used. Raises NotFound if it has been removed."""
    try:
        return read_faces(_download(store, key, etag)[0]), ""
    except (TooLarge, Unusable) as error:
        problem = _problem(key, error)
        logger.warning("%s; the file is ignored", problem)
        return (), problem


def _font(store: Store, item: ObjectInfo, face: Face) -> Font:
    """The font of a face. Raises Unusable for one that draws nothing or that no ASS file can name."""
    if not face.family:
        raise Unusable("has no name that an ass file can hold")
    body, key = _download(store, item.key, item.etag)
    font = Font(face.family, body, key, MEDIA_TYPES[Path(key).suffix.lower()], face.number)
    assert font.metrics
    return font


@lru_cache(maxsize=4)
def _download(store: Store, key: str, _etag: str) -> tuple[bytes, str]:
    """A font file of the bucket as players take it, and its key, a new one if that is another file.

    Raises NotFound if it has been removed, TooLarge or Unusable for one that cannot be used.
    """
    given = store.get(key, MAX_FONT_BYTES)
    body, suffix = for_players(given, Path(key).suffix.lower())
    return body, key if body is given else key + suffix


def _problem(key: str, error: Exception) -> str:
    """What is wrong with a file, on one line: its key may hold anything."""
    return f"{shortened(key)}{' ' if isinstance(error, Unusable) else ': '}{error}"
