"""Where each word of a cue stands on the canvas, in pixels: for what is drawn around or instead of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil

from handler.captions.formats.base import printable
from handler.captions.layout import separator
from handler.captions.styles import Look
from handler.types import Cue, Word

SMALLEST = 0.6
"""A line that is too wide is made smaller down to this share of its size; a word that is wider still is broken."""


@dataclass(frozen=True)
class Piece:
    """A word on its line, or a part of one that takes several lines.

    ``word`` is its index in the cue; ``x`` and ``y`` are the middle of its box, a line high and ``width`` wide.
    ``gap`` is what stands between it and the next of its line.
    """

    word: int
    text: str
    gap: str
    x: float
    y: float
    width: float


@dataclass(frozen=True)
class Typeset:
    """The lines of a cue, and the size (ASS's Fontsize) at which they fit."""

    size: float
    lines: tuple[tuple[Piece, ...], ...]

    @property
    def pieces(self) -> Iterator[Piece]:
        return (piece for line in self.lines for piece in line)


_Part = tuple[int, str, str]
"""Index of the word, text, and what stands between it and the next."""


def typeset(cue: Cue, look: Look) -> Typeset:
    """Set a cue in its look: its own lines, smaller or in more of them where a word would leave the safe area."""
    lines = list(_parts(cue, look))
    size = _fitting(lines, look)
    lines = [part for line in lines for part in _broken(line, size, look)]
    return Typeset(size, tuple(_placed(line, row, len(lines), size, look) for row, line in enumerate(lines)))


def rightward(words: Sequence[str]) -> list[int]:
    """The order of a line's words from left to right: by words, as Unicode's algorithm has it by characters."""
    sides = [is_right_to_left(word) for word in words]
    base = next((side for side in sides if side is not None), False)
    order: list[int] = []
    for side, group in groupby(range(len(words)), key=lambda index: base if sides[index] is None else sides[index]):
        run = list(group)
        order += run if side == base else run[::-1]
    return order[::-1] if base else order


def is_right_to_left(text: str) -> bool | None:
    """The direction of a text by its first letter that has one; None without any."""
    strong = (unicodedata.bidirectional(char) for char in text)
    return next((kind != "L" for kind in strong if kind in ("L", "R", "AL")), None)


def _parts(cue: Cue, look: Look) -> Iterator[list[_Part]]:
    index = 0
    for line in cue.lines:
        parts = []
        for word, after in zip(line, (*line[1:], None), strict=True):
            parts.append((index, look.cased(printable(word.shown)), _gap(word, after)))
            index += 1
        yield parts


def _gap(word: Word, after: Word | None) -> str:
    return separator(word, after) if after else ""


def _width(line: Sequence[_Part], look: Look) -> float:
    return sum(look.typeface.width(text) + _blank(gap, look) for _, text, gap in line)


def _blank(gap: str, look: Look) -> float:
    return look.typeface.width(gap) * look.blank


def _fitting(lines: Sequence[Sequence[_Part]], look: Look) -> float:
    """The largest size, up to the look's own, at which the lines fit between the margins, broken where need be."""
    margins = look.margins
    room = look.canvas[1] - margins.top - margins.bottom
    widest = max(_width(line, look) for line in lines) * look.size
    scale = max(SMALLEST, min(1.0, look.line_width / max(widest, 1.0)))
    size = look.size * scale
    while size > 8 and size * sum(_rows(line, size, look) for line in lines) > room:
        size *= 0.9
    return size if size == look.size else max(1, int(size))


def _rows(line: Sequence[_Part], size: float, look: Look) -> int:
    return max(1, ceil(_width(line, look) * size / look.line_width - 1e-6))


def _broken(line: list[_Part], size: float, look: Look) -> Iterator[list[_Part]]:
    """The line, or its letters on as many lines as hold them, all about as wide."""
    rows = _rows(line, size, look)
    while (broken := _cut(line, rows, look)) and max(_width(row, look) for row in broken) * size > look.line_width:
        if len(broken) < rows:
            break
        rows += 1
    yield from broken


def _cut(line: list[_Part], rows: int, look: Look) -> list[list[_Part]]:
    if rows == 1:
        return [line]
    target = _width(line, look) / rows
    cut: list[list[_Part]] = [[]]
    filled = 0.0
    for index, text, gap in line:
        part = ""
        for letter in letters(text):
            width = look.typeface.width(letter)
            # The letter goes where the greater half of it belongs.
            if (part or cut[-1]) and filled + width / 2 > target * len(cut):
                cut[-1] += [(index, part, "")] if part else []
                cut.append([])
                part = ""
            part += letter
            filled += width
        cut[-1].append((index, part, gap))
        filled += _blank(gap, look)
    return cut


def letters(text: str) -> list[str]:
    """Text cut where it may be broken: marks, joiners and what they join stay with the letter before."""
    cut: list[str] = []
    for char in text:
        if cut and (unicodedata.category(char) in ("Mn", "Mc", "Me", "Cf") or cut[-1].endswith("\u200d")):
            cut[-1] += char
        else:
            cut.append(char)
    return cut


def _placed(line: list[_Part], row: int, rows: int, size: float, look: Look) -> tuple[Piece, ...]:
    margins, (width, height) = look.margins, look.canvas
    tops = {
        "top": margins.top,
        "middle": (height - rows * size) / 2,
        "bottom": height - margins.bottom - rows * size,
    }
    y = tops[look.position] + (row + 0.5) * size
    widths = [look.typeface.width(text) * size for _, text, _ in line]
    gaps = [_blank(gap, look) * size for _, _, gap in line]
    left = (width - sum(widths) - sum(gaps)) / 2
    middles = {}
    # A gap goes with the word before it, whichever way they run.
    for index in rightward([text for _, text, _ in line]):
        before = 0.0 if is_right_to_left(line[index][1]) is not True else gaps[index]
        middles[index] = left + before + widths[index] / 2
        left += widths[index] + gaps[index]
    return tuple(
        Piece(word, text, gap, middles[index], y, widths[index]) for index, (word, text, gap) in enumerate(line)
    )
