"""What of captions a video can show: it has the fonts that are at hand, and nobody to choose another."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from handler.captions import fonts
from handler.captions.formats import Captions
from handler.captions.formats.placement import letters
from handler.captions.styles import FONT, Look
from handler.types import Cue, JobWarning, Word


def drawable(captions: Captions) -> tuple[Captions, tuple[JobWarning, ...]]:
    """The captions without what neither their font nor the shipped one has, and a warning that names it.

    libass would draw each such character as an empty box. A word of nothing else is left out.
    """
    look = captions.look
    lacking = _lacking((char for word in captions.words for char in look.cased(word.shown)), look)
    if not lacking:
        return captions, ()

    def kept(words: Iterable[Word]) -> tuple[Word, ...]:
        left = (replace(word, shown=_without(lacking, word.shown, look)) for word in words)
        return tuple(word for word in left if word.shown)

    def shown(cue: Cue) -> Cue:
        return replace(cue, lines=tuple(line for line in map(kept, cue.lines) if line))

    cues = tuple(cue for cue in map(shown, captions.cues) if cue.lines)
    drawn = replace(captions, words=kept(captions.words), cues=cues)
    missed = [char for char in lacking if unicodedata.category(char)[0] not in "CM"]
    if not missed:
        return drawn, ()
    return drawn, (fonts.no_glyphs(look.font, missed),)


def replaced(captions: Captions, chosen: str) -> tuple[JobWarning, ...]:
    """A warning if libass chose the shipped font in place of the look's; ``chosen`` is the name of what it took."""
    wanted, took, shipped_font = (re.sub(r"\W", "", name).lower() for name in (captions.look.font, chosen, FONT))
    if not took.startswith(shipped_font) or wanted.startswith(shipped_font):
        return ()
    return (fonts.replaced(captions.look.font),)


def _lacking(text: Iterable[str], look: Look) -> dict[str, None]:
    """The characters that would become boxes, each once, in order; controls and blanks are drawn as nothing."""
    drawn = (look.typeface.metrics.advances, fonts.shipped().metrics.advances)
    return {
        char: None
        for char in text
        if not any(ord(char) in glyphs for glyphs in drawn) and unicodedata.category(char)[0] not in "CZ"
    }


def _without(lacking: Iterable[str], text: str, look: Look) -> str:
    """Text without these characters, and without the marks and joiners of those that go."""
    gone = set(lacking)
    left = ""
    for letter in letters(unicodedata.normalize("NFC", text)):
        if gone & set(look.cased(letter[0])):
            continue
        left += "".join(char for char in letter if char not in gone)
    return " ".join(left.split())
