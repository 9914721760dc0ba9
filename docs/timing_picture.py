"""Draws docs/reliability.svg from the tables of docs/timing.md, which `benchmarks/reliability.py` prints.

python docs/timing_picture.py            draw it
python docs/timing_picture.py --check    exit 1 if the picture is not that of the tables
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

DOCUMENT = Path(__file__).resolve().parent / "timing.md"
PICTURE = DOCUMENT.with_name("reliability.svg")
SIDE, MARGIN = 300, 60
"""Pixels of the square, and around it."""
COLOURS = ("#2563EB", "#D97706", "#059669", "#7C3AED")
_TABLE = re.compile(r"<!-- reliability: (\w+) -->\n\n(?:\|.*\n){2}((?:\|.*\n)+)")


class Row(NamedTuple):
    """Words with a confidence in one tenth: how many, their mean confidence, and the share that is right."""

    words: int
    confidence: float
    right: float


def tables(document: str) -> dict[str, list[Row]]:
    """The rows of each aligner."""
    found: dict[str, list[Row]] = {}
    for name, rows in _TABLE.findall(document):
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in rows.splitlines()]
        found[name] = [Row(int(words.replace(",", "")), float(mean), float(right)) for words, mean, right in cells]
    return found


def svg(each: Mapping[str, Sequence[Row]]) -> str:
    """The share of right words over the confidence; the larger a point, the more words."""
    whole = SIDE + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {whole}" width="{whole}" height="{whole}" '
        'font-family="sans-serif" font-size="12" role="img">',
        "<title>Share of right words by confidence</title>",
        f'<rect width="{whole}" height="{whole}" fill="#FFFFFF"/>',
    ]
    for tenth in range(0, 11, 2):
        x, y = _place(tenth / 10, 0.0)
        left, across = _place(0.0, tenth / 10)
        top, right = _place(0.0, 1.0)[1], _place(1.0, 0.0)[0]
        parts += [
            f'<path d="M{x} {y}V{top}M{left} {across}H{right}" stroke="#E5E7EB"/>',
            f'<text x="{x}" y="{y + 18}" text-anchor="middle">{tenth / 10:g}</text>',
            f'<text x="{left - 8}" y="{across + 4}" text-anchor="end">{tenth / 10:g}</text>',
        ]
    (x0, y0), (x1, y1) = _place(0.0, 0.0), _place(1.0, 1.0)
    middle = whole // 2
    parts += [
        f'<path d="M{x0} {y0}L{x1} {y1}" stroke="#6B7280" stroke-dasharray="4 4"/>',
        f'<text x="{middle}" y="{whole - 18}" text-anchor="middle">confidence</text>',
        f'<text transform="translate(18 {middle}) rotate(-90)" text-anchor="middle">share of right words</text>',
    ]
    for number, (name, rows) in enumerate(each.items()):
        parts += _line(name, rows, COLOURS[number % len(COLOURS)], number)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _line(name: str, rows: Sequence[Row], colour: str, number: int) -> list[str]:
    """An aligner's points, joined, and its name in the legend."""
    places = [_place(row.confidence, row.right) for row in rows]
    most = max(row.words for row in rows)
    joined = "L".join(f"{x} {y}" for x, y in places)
    dots = [
        f'<circle cx="{x}" cy="{y}" r="{2 + 5 * (row.words / most) ** 0.5:.1f}" fill="{colour}"/>'
        for (x, y), row in zip(places, rows, strict=True)
    ]
    top = MARGIN + 18 + 18 * number
    legend = [
        f'<circle cx="{MARGIN + 14}" cy="{top - 4}" r="5" fill="{colour}"/>',
        f'<text x="{MARGIN + 26}" y="{top}">{name}</text>',
    ]
    return [f'<path d="M{joined}" fill="none" stroke="{colour}" stroke-width="1.5"/>', *dots, *legend]


def _place(confidence: float, right: float) -> tuple[float, float]:
    return round(MARGIN + SIDE * confidence, 1), round(MARGIN + SIDE * (1 - right), 1)


def main() -> int:
    """Draw or check."""
    drawn = svg(tables(DOCUMENT.read_text("utf-8")))
    if sys.argv[1:] == ["--check"]:
        same = drawn == PICTURE.read_text("utf-8")
        print(
            "up to date" if same else "docs/reliability.svg is not that of docs/timing.md: run docs/timing_picture.py"
        )
        return 0 if same else 1
    PICTURE.write_text(drawn, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
