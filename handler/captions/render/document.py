"""What libass draws: an ASS document, with the fonts that it needs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from handler.captions.fonts import Font
from handler.captions.formats import FORMATS, Captions
from handler.captions.render.missing_glyphs import drawable
from handler.captions.styles import Style
from handler.types import JobWarning

_SECTION = re.compile(r"[ \t]*+\[(?P<name>[^\]]*)\]")
_READ = re.compile(r"(?:script info|v4\+? styles\+?|events)[ \t]*$", re.IGNORECASE)


@dataclass(frozen=True)
class Document:
    """An ASS document, and the fonts beside the shipped one that it names.

    ``style`` is that of what is drawn around the captions, such as the waveform. ``captions`` are those that the
    document was made of, whose emoji are laid over it; None for one of the client's.
    """

    body: bytes
    fonts: tuple[Font, ...]
    style: Style
    captions: Captions | None = None

    @classmethod
    def of(cls, captions: Captions) -> tuple[Document, tuple[JobWarning, ...]]:
        """The captions without what no font can draw, and a warning that names it."""
        captions, warnings = drawable(captions)
        return cls(FORMATS["ass"].write(captions), (captions.style.typeface,), captions.style, captions), warnings


def without_files(text: str) -> tuple[str, bool]:
    """ASS with its styles and events alone, and whether it had files in it: fonts and pictures that a stranger made."""
    kept: list[str] = []
    read, files = True, False
    for line in text.split("\n"):
        if section := _SECTION.match(line):
            read = bool(_READ.match(section["name"]))
            files |= section["name"].strip().lower() in ("fonts", "graphics")
        if read:
            kept.append(line)
    return "\n".join(kept), files
