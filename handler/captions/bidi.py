"""The Unicode Bidirectional Algorithm (UAX #9): which way each character of a line runs, and where it stands.

Without explicit embeddings, overrides and isolates: captions drop these characters. It agrees with libass, which lays
out whole lines by the same algorithm; the effects that place each word by itself need its result before.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from itertools import groupby

LEFT_TO_RIGHT_MARK, RIGHT_TO_LEFT_MARK = "\u200e", "\u200f"
# Characters that open and close embeddings, overrides and isolates: they would reach beyond their own word.
EXPLICIT = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

_STRONG = {"L": False, "R": True, "AL": True}
_NEUTRAL = ("B", "S", "WS", "ON")
_LEVEL_STEPS = {0: {"R": 1, "AN": 2, "EN": 2}, 1: {"L": 1, "AN": 1, "EN": 1}}
_PAIRS = "()[]{}⁅⁆⟨⟩〈〉《》「」『』【】〔〕〖〗（）［］｛｝｢｣"
_MAX_OPEN_BRACKETS = 63  # the standard's own limit
_BRACKETS = dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))


def is_right_to_left(text: str) -> bool | None:
    """The direction of a text by its first letter that has one (rules P2 and P3); None without any."""
    directions = (_STRONG.get(unicodedata.bidirectional(char)) for char in text)
    return next((side for side in directions if side is not None), None)


def has_right_to_left(text: str) -> bool:
    """Whether any character of a text runs to the left."""
    return not text.isascii() and any(_STRONG.get(unicodedata.bidirectional(char)) for char in text)


def base_direction(words: Iterable[str], script: bool | None = None) -> bool:
    """Whether the lines of a cue run to the left: as its words do, and if these differ, as those of the ``script`` do.

    So a line that begins with a Latin name in a Hebrew sentence runs as the sentence does. Without a direction of the
    script, most words decide, at a tie the first one.
    """
    directions = [side for side in map(is_right_to_left, words) if side is not None]
    left = sum(directions)
    if script is not None and 0 < left < len(directions):
        return script
    return directions[0] if directions and 2 * left == len(directions) else 2 * left > len(directions)


def direction_mark(right_to_left: bool) -> str:
    """The invisible character that has this direction."""
    return RIGHT_TO_LEFT_MARK if right_to_left else LEFT_TO_RIGHT_MARK


def with_marks(text: str, right_to_left: bool) -> list[str]:
    """Each character of a line with the marks that a player needs to lay it out so; mostly none.

    Players detect the line's direction by its first letter, and libass does not pair brackets (rule N0).
    """
    marked = list(text)
    if right_to_left or has_right_to_left(text):
        paired, unpaired = levels(text, right_to_left), levels(text, right_to_left, pair_brackets=False)
        for index, (wanted, given) in enumerate(zip(paired, unpaired, strict=True)):
            if text[index] in _PAIRS and wanted % 2 != given % 2:
                mark = direction_mark(wanted % 2 == 1)
                marked[index] = mark + text[index] + mark
    if marked and bool(is_right_to_left("".join(marked))) is not right_to_left:
        marked[0] = direction_mark(right_to_left) + marked[0]
    return marked


def levels(text: str, right_to_left: bool, *, pair_brackets: bool = True) -> list[int]:
    """The embedding level of each character of a line; even ones run to the right, odd ones to the left."""
    base = int(right_to_left)
    if text.isascii() and not base:
        return [0] * len(text)
    classes = [unicodedata.bidirectional(char) or "L" for char in text]
    visible = [index for index, kind in enumerate(classes) if kind not in _IGNORED]  # rule X9
    kinds = [classes[index] for index in visible]
    side = "R" if right_to_left else "L"
    _resolve_weak(kinds, side)
    if pair_brackets:
        _resolve_brackets(kinds, [text[index] for index in visible], side)
    _resolve_neutral(kinds, side)
    result = [base] * len(text)
    for index, kind in zip(visible, kinds, strict=True):
        result[index] = base + _LEVEL_STEPS[base].get(kind, 0)
    for index in range(1, len(text)):
        if classes[index] in _IGNORED:
            result[index] = result[index - 1]
    for index in reversed(range(len(text))):  # rule L1: blanks at the end of a line
        if classes[index] not in ("WS", "S", "B", *_IGNORED):
            break
        result[index] = base
    return result


_IGNORED = ("BN", "LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI")


def visual_order(levels_: Sequence[int]) -> list[int]:
    """The indices of a line's items from left to right, by their levels (rule L2)."""
    order = list(range(len(levels_)))
    for level in range(max(levels_, default=0), 0, -1):
        start = 0
        for stop in range(1, len(order) + 1):
            reached = levels_[order[start]] >= level
            if stop == len(order) or (levels_[order[stop]] >= level) != reached:
                order[start:stop] = order[start:stop][:: -1 if reached else 1]
                start = stop
    return order


def _resolve_weak(kinds: list[str], side: str) -> None:
    """Rules W1 to W7: marks, numbers, and the signs in and around them."""
    before = strong = side
    for index, kind in enumerate(kinds):  # W1, W2
        kinds[index] = kind = before if kind == "NSM" else kind
        before = kind
        strong = kind if kind in _STRONG else strong
        if kind == "EN" and strong == "AL":
            kinds[index] = "AN"
    kinds[:] = ["R" if kind == "AL" else kind for kind in kinds]  # W3
    for index in range(1, len(kinds) - 1):  # W4
        left, kind, right = kinds[index - 1 : index + 2]
        if left == right and ((left == "EN" and kind in ("ES", "CS")) or (left == "AN" and kind == "CS")):
            kinds[index] = left
    done = 0
    for kind, run in groupby(list(kinds)):  # W5
        length = len(list(run))
        if kind == "ET" and "EN" in (kinds[max(0, done - 1)], *kinds[done + length : done + length + 1]):
            kinds[done : done + length] = ["EN"] * length
        done += length
    kinds[:] = ["ON" if kind in ("ES", "ET", "CS") else kind for kind in kinds]  # W6
    strong = side
    for index, kind in enumerate(kinds):  # W7
        strong = kind if kind in ("L", "R") else strong
        if kind == "EN" and strong == "L":
            kinds[index] = "L"


def _direction(kind: str) -> str | None:
    """The direction that a resolved class has for the neutral ones around it."""
    return {"L": "L", "R": "R", "EN": "R", "AN": "R"}.get(kind)


def _resolve_brackets(kinds: list[str], chars: Sequence[str], side: str) -> None:
    """Rule N0: both brackets of a pair run the same way."""
    for opening, closing in _bracket_pairs(kinds, chars):
        inside = {_direction(kind) for kind in kinds[opening + 1 : closing]}
        if side in inside:
            chosen: str | None = side
        elif inside - {None}:
            before = next(filter(None, map(_direction, reversed(kinds[:opening]))), side)
            chosen = before if before != side else side
        else:
            chosen = None
        if chosen:
            kinds[opening] = kinds[closing] = chosen


def _bracket_pairs(kinds: Sequence[str], chars: Sequence[str]) -> list[tuple[int, int]]:
    """The positions of the brackets that belong together (definition BD16), in the order of the first ones."""
    pairs: list[tuple[int, int]] = []
    stack: list[tuple[int, str]] = []
    closing = set(_BRACKETS.values())
    for index, (kind, char) in enumerate(zip(kinds, chars, strict=True)):
        if kind != "ON":
            continue
        if char in _BRACKETS:
            if len(stack) == _MAX_OPEN_BRACKETS:
                break
            stack.append((index, _BRACKETS[char]))
        elif char in closing:
            depth = next((at for at in reversed(range(len(stack))) if stack[at][1] == char), None)
            if depth is not None:
                pairs.append((stack[depth][0], index))
                del stack[depth:]
    return sorted(pairs)


def _resolve_neutral(kinds: list[str], side: str) -> None:
    """Rules N1 and N2: neutral characters run as both neighbours do, or else as the line does."""
    done = 0
    for neutral, run in groupby(list(kinds), key=lambda kind: kind in _NEUTRAL):
        length = len(list(run))
        if neutral:
            before = _direction(kinds[done - 1]) if done else side
            after = _direction(kinds[done + length]) if done + length < len(kinds) else side
            kinds[done : done + length] = [str(before if before == after else side)] * length
        done += length
