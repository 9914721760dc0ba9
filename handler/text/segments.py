"""Script → pieces: what is shown between two white spaces, with its place and with what stands before it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from handler.errors import BadRequest
from handler.text.characters import is_unspaced
from handler.text.markup import LONGEST_PAUSE, Mark, find_marks

# Fixed spaces between groups of three digits hold one number together: 10 000.
_RUN = re.compile(r"(?:\S|(?<=\d)[\u00a0\u202f\u2009](?=\d{3}(?!\d)))+")
LONGEST_JOIN = 200
"""Characters of a replacement with what touches it; what is longer is read apart, or joining would cost O(n²)."""
_GROUP_SPACE = re.compile(r"(?<=\d)[\u00a0\u202f\u2009](?=\d)")
# A dash or an ellipsis between two words parts them as a blank would, and is worth hearing.
_PARTING = re.compile(r"(?<=.)(?:(?<![—―⸺⸻])[—―⸺⸻]++|(?<=\w)--++|(?<!…)…++|(?<!\.)\.{3,}+)(?=[\"'“‘(\[]?\w)", re.DOTALL)
_BLANK_LINE = re.compile(r"(?:\r\n|[\n\r\x85\u2028])[^\S\r\n]*\r?[\n\r\x85\u2028]|\u2029")
_LINE = re.compile(r"[\n\r\x85\u2028\u2029]")


@dataclass(frozen=True)
class Piece:
    """A piece at ``script[start:end]``. ``say`` is what the rules read.

    ``gap`` is what parts it from the piece before: "" nothing, " " a blank, "\\n" a line, "\\n\\n" a blank line.
    ``pause`` is the silence in seconds asked for before it.
    """

    start: int
    end: int
    shown: str
    say: str
    gap: str = ""
    pause: float = 0.0


def _kind(character: str) -> str:
    if is_unspaced(character):
        return "unspaced"
    category = unicodedata.category(character)
    if category[0] == "M" or category == "Cf":
        return "combining"
    if category in ("Ps", "Pi"):
        return "opening"
    return "word" if category[0] in "LN" or category == "Sc" else "sign"


def _unspaced_cuts(run: str) -> set[int]:
    """Where one token a character begins: punctuation stays with the character before, opening one after."""
    cuts = set()
    last, before = "", ""
    for place, kind in enumerate(map(_kind, run)):
        new_base = kind == "unspaced" or (kind == "word" and last == "unspaced")
        if before and before != "opening" and (new_base or kind == "opening"):
            cuts.add(place)
        if kind in ("unspaced", "word"):
            last = kind
        if kind != "combining":
            before = kind
    return cuts


def _parts(script: str, start: int, end: int) -> Iterator[Piece]:
    """The pieces of a stretch without white space and without marks."""
    run = script[start:end]
    cuts = {found.end() for found in _PARTING.finditer(run)}
    if any(map(is_unspaced, run)):
        cuts |= _unspaced_cuts(run)
    places = [0, *sorted(cuts), len(run)]
    for first, last in pairwise(places):
        shown = run[first:last]
        yield Piece(start + first, start + last, " ".join(shown.split()), _GROUP_SPACE.sub("", shown))


def _gap(between: str) -> str:
    if not between:
        return ""
    if _BLANK_LINE.search(between):
        return "\n\n"
    return "\n" if _LINE.search(between) else " "


def _joined(one: Piece, other: Piece) -> Piece:
    return replace(one, end=other.end, shown=one.shown + other.shown, say=one.say + other.say)


def _stretches(script: str, marks: list[Mark]) -> Iterator[Piece | Mark]:
    """Runs of text and marks in order; a replacement is a piece already, a pause stays a mark."""
    place = 0
    for mark in [*marks, Mark(len(script), len(script), pause=0.0)]:
        for run in _RUN.finditer(script, place, mark.start):
            yield from _parts(script, *run.span())
        yield mark if mark.pause is not None else Piece(mark.start, mark.end, mark.shown, mark.spoken)
        place = mark.end


def split(script: str) -> tuple[list[Piece], float]:
    """The pieces of a script, and the pause in seconds after the last. Raises BadRequest for a malformed mark."""
    marks = find_marks(script)
    replaced = {mark.start for mark in marks if mark.pause is None}
    replaced_ends = {mark.end for mark in marks if mark.pause is None}
    pieces: list[Piece] = []
    place, gap, pause = 0, "", 0.0
    for item in _stretches(script, marks):
        gap += script[place : item.start]
        place = item.end
        if isinstance(item, Mark):
            pause += item.pause or 0.0
            if pause > LONGEST_PAUSE:
                raise BadRequest.of("text", f"pauses in a row add up to more than {LONGEST_PAUSE:g} seconds")
            continue
        touches = pieces and not gap and not pause
        last = pieces[-1] if pieces else item
        if touches and (item.start in replaced or last.end in replaced_ends) and _sticks(last, item):
            pieces[-1] = _joined(last, item)
        else:
            pieces.append(replace(item, gap=_gap(gap), pause=round(pause, 3)))
        gap, pause = "", 0.0
    return pieces, round(pause, 3)


def _sticks(one: Piece, other: Piece) -> bool:
    """Whether text that touches a replacement belongs to it: not so beside a script without spaces."""
    if len(one.shown) + len(other.shown) > LONGEST_JOIN:
        return False
    return not any(map(is_unspaced, one.shown + other.shown)) or not any(map(str.isalnum, other.shown))
