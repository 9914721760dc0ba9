"""Where each word of a cue is on the canvas, in pixels: for what is drawn around or instead of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from math import ceil, cos, radians, sin
from operator import itemgetter
from typing import NamedTuple

from handler.captions.bidi import (
    base_direction,
    direction_mark,
    is_right_to_left,
    levels,
    visual_order,
    with_marks,
)
from handler.captions.formats.base import printable
from handler.captions.graphemes import graphemes
from handler.captions.layout import separators
from handler.captions.segmentation import segments
from handler.captions.styles import MIN_SCALE, Style
from handler.types import Cue

_MIN_SIZE = 8
_EDGE = 0.02  # of the short side: empty between a block that was placed by x or y and the edge of the canvas


@dataclass(frozen=True)
class Run:
    """A stretch of text in one direction: ``x`` is its middle. ``text`` begins with the mark that gives it this one."""

    text: str
    x: float
    width: float
    right_to_left: bool


@dataclass(frozen=True)
class Fragment:
    """A word on its line, or a part of one that takes several lines.

    ``word`` is its index in the cue; ``x`` and ``y`` are the middle of its box, a line high and ``width`` wide.
    ``gap`` is the text between it and the next on its line. ``inline`` is its text with the marks of direction that a
    player needs to draw the whole line. ``runs`` are its stretches of one direction, from left to right: a word such
    as ``12:30–14:00`` has several on a line that runs to the left, and other words may stand between them.
    """

    word: int
    text: str
    gap: str
    x: float
    y: float
    width: float
    inline: str
    runs: tuple[Run, ...]


@dataclass(frozen=True)
class PlacedCue:
    """The lines of a cue, the size (ASS's Fontsize) at which they fit, and where the middle of all is."""

    size: float
    lines: tuple[tuple[Fragment, ...], ...]
    middle: tuple[float, float]

    @property
    def fragments(self) -> Iterator[Fragment]:
        return (fragment for line in self.lines for fragment in line)


_Part = tuple[int, str, str]  # A fragment without its position: index of the word, text, gap


def place_cue(cue: Cue, style: Style) -> PlacedCue:
    """Place a cue in its style: its own lines, smaller or in more of them where a word would leave the safe area."""
    lines = list(_parts(cue, style))
    right_to_left = base_direction((text for line in lines for _, text, _ in line), style.right_to_left)
    widths = [_width(line, style) for line in lines]
    size = _fitting_size(widths, style)
    lines = [part for line, width in zip(lines, widths, strict=True) for part in _broken(line, width, size, style)]
    x, y = _middle(max(_width(line, style) for line in lines) * size, len(lines) * size, style)
    top = y - len(lines) * size / 2
    rows = (
        _place_line(line, (x, top + (row + 0.5) * size), size, style, right_to_left) for row, line in enumerate(lines)
    )
    return PlacedCue(size, tuple(rows), (x, y))


def _middle(width: float, height: float, style: Style) -> tuple[float, float]:
    """Where the middle of a block is: as asked for, so that the block is on the canvas; else in the safe area."""
    margins, canvas = style.margins, style.canvas
    cosine, sine = abs(cos(radians(style.rotation))), abs(sin(radians(style.rotation)))
    half_width, half_height = (width * cosine + height * sine) / 2, (width * sine + height * cosine) / 2
    usual_y = {
        "top": margins.top + half_height,
        "middle": canvas[1] / 2,
        "bottom": canvas[1] - margins.bottom - half_height,
    }
    x = canvas[0] / 2 if style.x is None else _inside(style.x, canvas[0], half_width, style)
    y = usual_y[style.position] if style.y is None else _inside(style.y, canvas[1], half_height, style)
    return x, y


def _inside(share: float, length: int, half: float, style: Style) -> float:
    """The pixel nearest to a share of the canvas at which a block is whole, with what is drawn around it."""
    edge = half + style.outline + style.shadow + _EDGE * min(style.canvas)
    return length / 2 if 2 * edge > length else min(max(share * length, edge), length - edge)


def _parts(cue: Cue, style: Style) -> Iterator[list[_Part]]:
    index = 0
    for line in cue.lines:
        texts = [style.apply_case(printable(word.shown)) for word in line]
        yield list(zip(range(index, index + len(line)), texts, separators(line), strict=True))
        index += len(line)


def _width(line: Sequence[_Part], style: Style) -> float:
    return sum(style.width(text) + _gap_width(gap, style) for _, text, gap in line)


def _gap_width(gap: str, style: Style) -> float:
    return style.width(gap) * style.space_scale


def _fitting_size(widths: Sequence[float], style: Style) -> float:
    """The largest size, up to the style's own, at which lines so wide fit between the margins, broken where need be."""
    height = style.block_height
    widest = max(widths) * style.size
    size = style.size * max(MIN_SCALE, min(1.0, style.line_width / max(widest, 1.0)))
    while size > _MIN_SIZE and size * sum(_rows(width, size, style) for width in widths) > height:
        size *= 0.9
    return size if size == style.size else max(1, int(size))


def _rows(width: float, size: float, style: Style) -> int:
    return max(1, ceil(width * size / style.line_width - 1e-6))


def _broken(line: list[_Part], width: float, size: float, style: Style) -> Iterator[list[_Part]]:
    """The line, which is so wide, or its letters on as many lines as hold them, all about as wide."""
    if width * size <= style.line_width:
        yield line
        return
    rows = _rows(width, size, style)
    while (broken := _cut(line, rows, size, style)) and max(
        _width(row, style) for row in broken
    ) * size > style.line_width:
        if len(broken) < rows:
            break
        rows += 1
    yield from broken


def _cut(line: list[_Part], rows: int, size: float, style: Style) -> list[list[_Part]]:
    if rows == 1:
        return [line]
    target = _width(line, style) / rows
    cut: list[list[_Part]] = [[]]
    filled = 0.0
    for index, text, gap in line:
        part = ""
        for letter in _breakable(text, size, style):
            width = style.width(letter)
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


def _breakable(text: str, size: float, style: Style) -> list[str]:
    """Text cut where a line may be broken: between its words, in a script without blanks, or else between letters."""
    words = segments(text, "")
    fit = all(style.width(word) * size <= style.line_width for word in words)
    whole = all(unicodedata.category(word[0])[0] != "M" for word in words)
    return words if words and fit and whole else graphemes(text)


def _place_line(
    line: list[_Part], middle: tuple[float, float], size: float, style: Style, right_to_left: bool
) -> tuple[Fragment, ...]:
    x, y = middle
    pieces = _directed(line, right_to_left)
    widths = [(_gap_width(piece.text, style) if piece.is_gap else style.width(piece.text)) * size for piece in pieces]
    left = x - sum(widths) / 2
    runs: list[list[Run]] = [[] for _ in line]
    for index in visual_order([piece.level for piece in pieces]):
        piece = pieces[index]
        if not piece.is_gap:
            runs[piece.part].append(_run(piece, left + widths[index] / 2, widths[index]))
        left += widths[index]
    marked = iter(with_marks("".join(text + gap for _, text, gap in line), right_to_left))
    fragments = []
    for index, part in enumerate(line):
        inline = "".join(islice(marked, len(part[1])))
        gap = "".join(islice(marked, len(part[2])))
        fragments.append(_fragment((*part[:2], gap), y, inline, runs[index]))
    return tuple(fragments)


class _Piece(NamedTuple):
    """A stretch of one level of a word, or of the gap after it; ``part`` is the index of the word in its line."""

    part: int
    text: str
    level: int
    is_gap: bool


def _directed(line: Sequence[_Part], right_to_left: bool) -> list[_Piece]:
    """A line cut where its direction changes, in the order of the script."""
    rest = iter(levels("".join(text + gap for _, text, gap in line), right_to_left))
    pieces = []
    for index, (_, word, gap) in enumerate(line):
        for text, is_gap in ((word, False), (gap, True)):
            for level, run in groupby(zip(text, islice(rest, len(text)), strict=True), key=itemgetter(1)):
                pieces.append(_Piece(index, "".join(char for char, _ in run), level, is_gap))
    return pieces


def _run(piece: _Piece, x: float, width: float) -> Run:
    right_to_left = piece.level % 2 == 1
    alone = bool(is_right_to_left(piece.text))
    detected = alone is right_to_left and all(level % 2 == alone for level in levels(piece.text, alone))
    mark = "" if detected else direction_mark(right_to_left)
    return Run(mark + piece.text, x, width, right_to_left)


def _fragment(part: _Part, y: float, inline: str, runs: Sequence[Run]) -> Fragment:
    left = min((run.x - run.width / 2 for run in runs), default=0.0)
    right = max((run.x + run.width / 2 for run in runs), default=0.0)
    return Fragment(*part, (left + right) / 2, y, sum(run.width for run in runs), inline, tuple(runs))
