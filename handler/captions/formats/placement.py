"""Where each word of a cue is on the canvas, in pixels: for what is drawn around or instead of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil

from handler.captions.formats.base import printable
from handler.captions.layout import separators
from handler.captions.styles import Style
from handler.types import Cue

MIN_SCALE = 0.6  # the least share of its size to which a line is made smaller; a word wider still is broken
_MIN_SIZE = 8


@dataclass(frozen=True)
class Fragment:
    """A word on its line, or a part of one that takes several lines.

    ``word`` is its index in the cue; ``x`` and ``y`` are the middle of its box, a line high and ``width`` wide.
    ``gap`` is the text between it and the next on its line.
    """

    word: int
    text: str
    gap: str
    x: float
    y: float
    width: float


@dataclass(frozen=True)
class PlacedCue:
    """The lines of a cue, and the size (ASS's Fontsize) at which they fit."""

    size: float
    lines: tuple[tuple[Fragment, ...], ...]

    @property
    def fragments(self) -> Iterator[Fragment]:
        return (fragment for line in self.lines for fragment in line)


_Part = tuple[int, str, str]  # A fragment without its position: index of the word, text, gap


def place_cue(cue: Cue, style: Style) -> PlacedCue:
    """Place a cue in its style: its own lines, smaller or in more of them where a word would leave the safe area."""
    lines = list(_parts(cue, style))
    size = _fitting_size(lines, style)
    lines = [part for line in lines for part in _broken(line, size, style)]
    return PlacedCue(size, tuple(_place_line(line, row, len(lines), size, style) for row, line in enumerate(lines)))


def visual_order(words: Sequence[str]) -> list[int]:
    """The indices of a line's words from left to right: by words, as Unicode's algorithm has it by characters."""
    directions = [is_right_to_left(word) for word in words]
    base = next((side for side in directions if side is not None), False)
    directions = [base if side is None else side for side in directions]
    order: list[int] = []
    for side, group in groupby(range(len(words)), key=lambda index: directions[index]):
        run = list(group)
        order += run if side == base else run[::-1]
    return order[::-1] if base else order


def is_right_to_left(text: str) -> bool | None:
    """The direction of a text by its first letter that has one; None without any."""
    directions = (unicodedata.bidirectional(char) for char in text)
    return next((kind != "L" for kind in directions if kind in ("L", "R", "AL")), None)


def _parts(cue: Cue, style: Style) -> Iterator[list[_Part]]:
    index = 0
    for line in cue.lines:
        texts = [style.apply_case(printable(word.shown)) for word in line]
        yield list(zip(range(index, index + len(line)), texts, separators(line), strict=True))
        index += len(line)


def _width(line: Sequence[_Part], style: Style) -> float:
    return sum(style.typeface.width(text) + _gap_width(gap, style) for _, text, gap in line)


def _gap_width(gap: str, style: Style) -> float:
    return style.typeface.width(gap) * style.space_scale


def _fitting_size(lines: Sequence[Sequence[_Part]], style: Style) -> float:
    """The largest size, up to the style's own, at which the lines fit between the margins, broken where need be."""
    margins = style.margins
    height = style.canvas[1] - margins.top - margins.bottom
    widest = max(_width(line, style) for line in lines) * style.size
    size = style.size * max(MIN_SCALE, min(1.0, style.line_width / max(widest, 1.0)))
    while size > _MIN_SIZE and size * sum(_rows(line, size, style) for line in lines) > height:
        size *= 0.9
    return size if size == style.size else max(1, int(size))


def _rows(line: Sequence[_Part], size: float, style: Style) -> int:
    return max(1, ceil(_width(line, style) * size / style.line_width - 1e-6))


def _broken(line: list[_Part], size: float, style: Style) -> Iterator[list[_Part]]:
    """The line, or its letters on as many lines as hold them, all about as wide."""
    rows = _rows(line, size, style)
    while (broken := _cut(line, rows, style)) and max(_width(row, style) for row in broken) * size > style.line_width:
        if len(broken) < rows:
            break
        rows += 1
    yield from broken


def _cut(line: list[_Part], rows: int, style: Style) -> list[list[_Part]]:
    if rows == 1:
        return [line]
    target = _width(line, style) / rows
    cut: list[list[_Part]] = [[]]
    filled = 0.0
    for index, text, gap in line:
        part = ""
        for letter in graphemes(text):
            width = style.typeface.width(letter)
            # The letter goes where the greater half of it belongs.
            if (part or cut[-1]) and filled + width / 2 > target * len(cut):
                cut[-1] += [(index, part, "")] if part else []
                cut.append([])
                part = ""
            part += letter
            filled += width
        cut[-1].append((index, part, gap))
        filled += _gap_width(gap, style)
    return cut


def graphemes(text: str) -> list[str]:
    """Text cut where it may be broken: marks, joiners and what they join stay with the letter before."""
    cut: list[str] = []
    for char in text:
        if cut and (unicodedata.category(char) in ("Mn", "Mc", "Me", "Cf") or cut[-1].endswith("\u200d")):
            cut[-1] += char
        else:
            cut.append(char)
    return cut


def _place_line(line: list[_Part], row: int, rows: int, size: float, style: Style) -> tuple[Fragment, ...]:
    margins, (width, height) = style.margins, style.canvas
    tops = {"top": margins.top, "middle": (height - rows * size) / 2, "bottom": height - margins.bottom - rows * size}
    y = tops[style.position] + (row + 0.5) * size
    widths = [style.typeface.width(text) * size for _, text, _ in line]
    gaps = [_gap_width(gap, style) * size for _, _, gap in line]
    left = (width - sum(widths) - sum(gaps)) / 2
    middles = {}
    # A gap goes with the word before it, whichever way they run.
    for index in visual_order([text for _, text, _ in line]):
        before = gaps[index] if is_right_to_left(line[index][1]) else 0.0
        middles[index] = left + before + widths[index] / 2
        left += widths[index] + gaps[index]
    return tuple(Fragment(*part, middles[index], y, widths[index]) for index, part in enumerate(line))
