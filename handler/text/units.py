"""Text → units: words, single characters of scripts without blanks, blanks and signs, in one spelling of each."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from handler.text.characters import is_unspaced, plain

WORD, UNSPACED, BLANK, SIGN, MARK = "word", "unspaced", "blank", "sign", "mark"
# Thai, Lao, Tibetan, Burmese and Khmer are written without blanks between words, as Chinese and Japanese are.
_OTHER_UNSPACED = re.compile("[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff]")
_PARAGRAPH = "\n\n"  # the unit of white space that ends a paragraph: no entry goes across it


class Unit(NamedTuple):
    """The unit ``text[start:end]``: its kind, its ``spelling`` in plain characters, and its ``key``, in any case."""

    start: int
    end: int
    kind: str
    spelling: str
    key: str


@lru_cache(maxsize=8192)
def _kind(character: str) -> str:
    if character.isspace():
        return BLANK
    if is_unspaced(character) or (_OTHER_UNSPACED.match(character) and unicodedata.category(character) == "Lo"):
        return UNSPACED
    category = unicodedata.category(character)
    if category[0] == "M" or category == "Cf":
        return MARK
    return WORD if category[0] in "LN" else SIGN


def divide(text: str) -> list[Unit]:
    """The units of a text, in order; marks belong to the character before them."""
    bounds: list[int] = []
    kinds: list[str] = []
    last = ""
    for index, character in enumerate(text):
        kind = _kind(character)
        if not bounds or (kind != MARK and (kind != last or last in (SIGN, UNSPACED))):
            bounds.append(index)
            kinds.append(kind)
            last = kind
    spans = pairwise([*bounds, len(text)])
    return [_unit(text, start, end, kind) for (start, end), kind in zip(spans, kinds, strict=True)]


def _unit(text: str, start: int, end: int, kind: str) -> Unit:
    written = text[start:end]
    if kind == BLANK:
        spelling = _PARAGRAPH if written.count("\n") > 1 or "\u2029" in written else " "
        return Unit(start, end, kind, spelling, spelling)
    spelling = plain(written) or written
    return Unit(start, end, kind, spelling, spelling.casefold())
