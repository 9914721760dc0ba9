"""Script → segments: the texts between white space, with their offsets and the gap and pause before each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from handler.errors import BadRequest
from handler.text.characters import is_unspaced
from handler.text.markup import MAX_PAUSE_S, Markup, find_markup

# Non-breaking and thin spaces between groups of three digits belong to one number: 10 000.
_RUN = re.compile(r"(?:\S|(?<=\d)[\u00a0\u202f\u2009](?=\d{3}(?!\d)))+")
MAX_JOINED_CHARS = 200
"""Longest join of a replacement and the text that touches it: without a limit joining takes O(n²)."""
_GROUP_SPACE = re.compile(r"(?<=\d)[\u00a0\u202f\u2009](?=\d)")
# A dash or an ellipsis between two words separates them like a blank, and the voice pauses there.
_PARTING = re.compile(r"(?<=.)(?:(?<![—―⸺⸻])[—―⸺⸻]++|(?<=\w)--++|(?<!…)…++|(?<!\.)\.{3,}+)(?=[\"'“‘(\[]?\w)", re.DOTALL)
_BLANK_LINE = re.compile(r"(?:\r\n|[\n\r\x85\u2028])[^\S\r\n]*\r?[\n\r\x85\u2028]|\u2029")
_LINE = re.compile(r"[\n\r\x85\u2028\u2029]")


@dataclass(frozen=True)
class Segment:
    """The segment ``script[start:end]``: its ``shown`` text, and the ``source`` to verbalize.

    ``gap`` before it is "" nothing, " " a blank, "\\n" a line break or "\\n\\n" a blank line; ``pause`` is in seconds.
    """

    start: int
    end: int
    shown: str
    source: str
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
    """Cuts that leave one base character in each part; punctuation stays with the one before, or opens the next."""
    cuts = set()
    last, before = "", ""
    for index, kind in enumerate(map(_kind, run)):
        new_base = kind == "unspaced" or (kind == "word" and last == "unspaced")
        if before and before != "opening" and (new_base or kind == "opening"):
            cuts.add(index)
        if kind in ("unspaced", "word"):
            last = kind
        if kind != "combining":
            before = kind
    return cuts


def _parts(script: str, start: int, end: int) -> Iterator[Segment]:
    """The segments of a run without white space and markup."""
    run = script[start:end]
    cuts = {found.end() for found in _PARTING.finditer(run)}
    if any(map(is_unspaced, run)):
        cuts |= _unspaced_cuts(run)
    for first, last in pairwise([0, *sorted(cuts), len(run)]):
        shown = run[first:last]
        yield Segment(start + first, start + last, " ".join(shown.split()), _GROUP_SPACE.sub("", shown))


def _gap(between: str) -> str:
    if not between:
        return ""
    if _BLANK_LINE.search(between):
        return "\n\n"
    return "\n" if _LINE.search(between) else " "


def _segments_and_pauses(script: str, markup: list[Markup]) -> Iterator[Segment | Markup]:
    """Segments, replacements among them, and pauses, in the script's order."""
    position = 0
    for one in [*markup, Markup(len(script), len(script), pause=0.0)]:
        for run in _RUN.finditer(script, position, one.start):
            yield from _parts(script, *run.span())
        yield one if one.pause is not None else Segment(one.start, one.end, one.shown, one.spoken)
        position = one.end


def split(script: str) -> tuple[list[Segment], float]:
    """The segments of a script, and the pause in seconds after the last one.

    Raises BadRequest on ``text`` for malformed markup and for too long pauses.
    """
    markup = find_markup(script)
    replaced = {one.start for one in markup if one.pause is None}
    replaced_ends = {one.end for one in markup if one.pause is None}
    segments: list[Segment] = []
    position, gap, pause = 0, "", 0.0
    for item in _segments_and_pauses(script, markup):
        gap += script[position : item.start]
        position = item.end
        if isinstance(item, Markup):
            pause += item.pause or 0.0
            if pause > MAX_PAUSE_S:
                raise BadRequest.of("text", f"pauses in a row add up to more than {MAX_PAUSE_S:g} seconds")
            continue
        touches = segments and not gap and not pause
        last = segments[-1] if segments else item
        if touches and (item.start in replaced or last.end in replaced_ends) and _belong_together(last, item):
            segments[-1] = replace(last, end=item.end, shown=last.shown + item.shown, source=last.source + item.source)
        else:
            segments.append(replace(item, gap=_gap(gap), pause=round(pause, 3)))
        gap, pause = "", 0.0
    return segments, round(pause, 3)


def _belong_together(one: Segment, other: Segment) -> bool:
    """Whether text that touches a replacement is of the same word, as in scripts with spaces."""
    shown = one.shown + other.shown
    spaced = not any(map(is_unspaced, shown)) or not any(map(str.isalnum, other.shown))
    return len(shown) <= MAX_JOINED_CHARS and spaced
