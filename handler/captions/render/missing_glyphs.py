"""Remove the characters that no available font can draw: libass would draw each as an empty box."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import replace

from handler.captions import emoji
from handler.captions.fonts import glyph_missing, is_visible, shipped
from handler.captions.formats import Captions
from handler.captions.formats.base import REPLACEMENT, printable
from handler.captions.graphemes import graphemes
from handler.captions.styles import Style
from handler.types import Cue, JobWarning, Word


def drawable(captions: Captions) -> tuple[Captions, tuple[JobWarning, ...]]:
    """The captions without what neither their font nor the shipped one has, and a warning that names it.

    A word of nothing else is removed. Emoji stay where they can be drawn as pictures: then the style has no font for
    them.
    """
    if any(emoji.find(word.shown) for word in captions.words) and emoji.available():
        captions = replace(captions, style=replace(captions.style, draws_emoji=False))
    style = captions.style
    missing = _missing((char for word in captions.words for char in _lettered(word, style)), style)
    if not missing:
        return captions, ()

    drawn = _with_words(captions, lambda word: replace(word, shown=_without(missing, printable(word.shown), style)))
    visible = [char for char in missing if is_visible(char) and char != REPLACEMENT]
    return drawn, (glyph_missing(style.font, visible),) if visible else ()


def _with_words(captions: Captions, changed: Callable[[Word], Word]) -> Captions:
    """The captions with changed words, without those that are empty then."""

    def kept_words(words: Iterable[Word]) -> tuple[Word, ...]:
        return tuple(word for word in map(changed, words) if word.shown)

    def kept_lines(cue: Cue) -> Cue:
        return replace(cue, lines=tuple(line for line in map(kept_words, cue.lines) if line))

    cues = tuple(cue for cue in map(kept_lines, captions.cues) if cue.lines)
    return replace(captions, words=kept_words(captions.words), cues=cues)


def _lettered(word: Word, style: Style) -> str:
    """The text of a word that fonts have to draw."""
    parts = emoji.split(style.apply_case(printable(word.shown)))
    return "".join(part for part, is_emoji in parts if not (is_emoji and emoji.drawable(part)))


def _missing(text: Iterable[str], style: Style) -> dict[str, None]:
    """The characters that would become boxes, each once, in order; controls and spaces are drawn as nothing."""
    advances = (style.typeface.metrics.advances, shipped().metrics.advances)
    missing = (char for char in text if not any(ord(char) in font for font in advances))
    return dict.fromkeys(char for char in missing if unicodedata.category(char)[0] not in "CZ")


def _without(characters: Iterable[str], text: str, style: Style) -> str:
    """Text without these characters, and without the marks and joiners that belong to them."""
    removed = set(characters)
    result = ""
    for grapheme in graphemes(unicodedata.normalize("NFC", text)):
        if emoji.find(grapheme) and emoji.drawable(grapheme):
            result += grapheme
        elif not removed & set(style.apply_case(grapheme[0])):
            result += "".join(char for char in grapheme if char not in removed)
    return " ".join(result.split())
