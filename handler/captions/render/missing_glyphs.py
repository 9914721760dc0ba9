"""What of captions a video can show: it has the fonts that are at hand, and nobody to choose another."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from handler.captions.fonts import shipped
from handler.captions.formats import Captions
from handler.captions.formats.placement import letters
from handler.captions.styles import FONT, Look
from handler.types import Cue, JobWarning, Word

_MOST_NAMED = 20


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
    named = " ".join(missed[:_MOST_NAMED]) + (" …" if len(missed) > _MOST_NAMED else "")
    message = (
        f"caption_style.font: {look.font} has no glyphs for {named}, the video leaves them out: name a font of the "
        "bucket's fonts/ that has them"
    )
    return drawn, (JobWarning("glyph_missing", message),)


def replaced(captions: Captions, chosen: str) -> tuple[JobWarning, ...]:
    """A warning if libass chose the shipped font in place of the look's; ``chosen`` is the name of what it took."""
    wanted, took, shipped_font = (re.sub(r"\W", "", name).lower() for name in (captions.look.font, chosen, FONT))
    if not took.startswith(shipped_font) or wanted.startswith(shipped_font):
        return ()
    message = f"caption_style.font: there is no font {captions.look.font} here; {FONT} is used in its place"
    return (JobWarning("font_replaced", message),)


def _lacking(text: Iterable[str], look: Look) -> dict[str, None]:
    """The characters that would become boxes, each once, in order; controls and blanks are drawn as nothing."""
    fonts = (look.typeface.metrics.advances, shipped().metrics.advances)
    return {
        char: None
        for char in text
        if not any(ord(char) in font for font in fonts) and unicodedata.category(char)[0] not in "CZ"
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
