"""Counts the steps of a backtracking search, as `re` does one, and pumps strings that make patterns take many.

The figures do not depend on the machine: a pattern that is linear takes twice the steps for a string twice as long.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import product
from typing import Any

# Without types, and unknown to type checkers in some of their versions.
constants: Any = importlib.import_module("re._constants")
parser: Any = importlib.import_module("re._parser")

MAX_STEPS = 20_000
REPEATS = (constants.MAX_REPEAT, constants.MIN_REPEAT, constants.POSSESSIVE_REPEAT)
PROBES = "a1. ,-([<'\"A\n/!:_é中—\u00a0\u2028‹%$"
MAX_VARIANTS, MAX_PUMPS = 3, 16  # texts that stand for a part of a pattern
_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    constants.CATEGORY_DIGIT: str.isdecimal,
    constants.CATEGORY_SPACE: str.isspace,
    constants.CATEGORY_WORD: lambda char: char.isalnum() or char == "_",
    constants.CATEGORY_NOT_DIGIT: lambda char: not char.isdecimal(),
    constants.CATEGORY_NOT_SPACE: lambda char: not char.isspace(),
    constants.CATEGORY_NOT_WORD: lambda char: not (char.isalnum() or char == "_"),
}


class _TooMany(Exception):
    """There are MAX_STEPS already."""


class Steps:
    """A matcher that counts every character that it looks at, up to MAX_STEPS."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.tree = parser.parse(pattern.pattern, pattern.flags)
        self._ignore_case = bool(pattern.flags & re.IGNORECASE)
        self._multiline = bool(pattern.flags & re.MULTILINE)
        self._dotall = bool(pattern.flags & re.DOTALL)
        self._groups: dict[int, tuple[int, int]] = {}  # where each group that has matched so far begins and ends

    def search(self, text: str) -> int:
        """The steps to find every match in a text, one after another."""
        self.count, self._text = 0, text
        at = 0
        with suppress(_TooMany):
            while at <= len(text):
                self._groups = {}
                end = next(self._sequence(list(self.tree), at), None)
                at = max(end, at + 1) if end is not None else at + 1
        return self.count

    def fullmatch(self, text: str) -> int:
        """The steps to see whether all of a text matches."""
        with suppress(_TooMany):
            self.matches(text)
        return self.count

    def matches(self, text: str) -> bool:
        """Whether all of a text matches."""
        self.count, self._text, self._groups = 0, text, {}
        return any(end == len(text) for end in self._sequence(list(self.tree), 0))

    def _sequence(self, nodes: list[Any], at: int) -> Iterator[int]:
        if not nodes:
            yield at
            return
        for end in self._node(nodes[0], at):
            yield from self._sequence(nodes[1:], end)

    def _node(self, node: Any, at: int) -> Iterator[int]:
        kind, value = node
        if kind in REPEATS:
            least, most, body = value
            ends = self._repeat(list(body), least, most, at, lazy=kind is constants.MIN_REPEAT)
            yield from self._first(ends) if _is_possessive(kind) else ends
        elif kind is constants.ATOMIC_GROUP:
            yield from self._first(self._sequence(list(value), at))
        elif kind is constants.SUBPATTERN:
            yield from self._group(value[0], list(value[3]), at)
        elif kind is constants.BRANCH:
            for branch in value[1]:
                yield from self._sequence(list(branch), at)
        elif kind in (constants.ASSERT, constants.ASSERT_NOT):
            direction, body = value
            start = at if direction > 0 else at - body.getwidth()[0]
            found = start >= 0 and next(self._sequence(list(body), start), None) is not None
            if found is (kind is constants.ASSERT):
                yield at
        elif kind is constants.AT:
            if self._is_at(value, at):
                yield at
        elif kind is constants.GROUPREF:
            start, end = self._groups.get(value, (0, -1))
            self._step(max(1, end - start))
            if end >= start and self._text.startswith(self._text[start:end], at):
                yield at + end - start
        elif kind is constants.GROUPREF_EXISTS:
            group, yes, no = value
            yield from self._sequence(list(yes if group in self._groups else no or []), at)
        else:
            self._step()
            if at < len(self._text) and self.fits(node, self._text[at]):
                yield at + 1

    def _step(self, count: int = 1) -> None:
        self.count = min(MAX_STEPS, self.count + count)
        if self.count == MAX_STEPS:
            raise _TooMany

    def _group(self, number: int | None, body: list[Any], at: int) -> Iterator[int]:
        """The ends of a group; while one is tried, what it refers to is known."""
        for end in self._sequence(body, at):
            before = self._groups
            if number is not None:
                self._groups = {**before, number: (at, end)}
            yield end
            self._groups = before

    def _first(self, ends: Iterator[int]) -> Iterator[int]:
        """The first of the ends alone, with its groups."""
        before = self._groups
        if (end := next(ends, None)) is not None:
            yield end
        self._groups = before

    def _repeat(self, body: list[Any], least: int, most: int, at: int, *, lazy: bool) -> Iterator[int]:
        """Without recursion for a single character, as `re` does it too."""
        if len(body) == 1 and body[0][0] in (
            constants.LITERAL, constants.NOT_LITERAL, constants.IN, constants.ANY
        ):  # fmt: skip
            ends = [at]
            while len(ends) <= most and next(self._node(body[0], ends[-1]), None) is not None:
                ends.append(ends[-1] + 1)
            yield from ends[least:] if lazy else reversed(ends[least:])
            return
        if lazy and least <= 0:
            yield at
        if most > 0:
            for end in self._sequence(body, at):
                if end > at:
                    yield from self._repeat(body, least - 1, most - 1, end, lazy=lazy)
        if not lazy and least <= 0:
            yield at

    def _is_at(self, where: Any, at: int) -> bool:
        text = self._text
        if where in (constants.AT_BEGINNING, constants.AT_BEGINNING_STRING):
            return at == 0 or (self._multiline and text[at - 1] == "\n")
        if where in (constants.AT_END, constants.AT_END_STRING):
            return at == len(text) or text[at:] == "\n" or (self._multiline and text[at] == "\n")
        inside = [0 <= index < len(text) and (text[index].isalnum() or text[index] == "_") for index in (at - 1, at)]
        return (inside[0] != inside[1]) is (where is constants.AT_BOUNDARY)

    def fits(self, node: Any, char: str) -> bool:
        """Whether a node for one character fits one."""
        kind, value = node
        if self._ignore_case:
            return any(self._fits(kind, value, each) for each in {char, char.lower()[0], char.upper()[0]})
        return self._fits(kind, value, char)

    def _fits(self, kind: Any, value: Any, char: str) -> bool:
        if kind is constants.LITERAL:
            return char == chr(value)
        if kind is constants.NOT_LITERAL:
            return char != chr(value)
        if kind is constants.ANY:
            return self._dotall or char != "\n"
        if kind is constants.RANGE:
            return ord(char) in range(value[0], value[1] + 1)
        if kind is constants.CATEGORY:
            return bool(_CATEGORIES[value](char))
        assert kind is constants.IN
        negated = value[0][0] is constants.NEGATE
        return any(self._fits(each, inner, char) for each, inner in value[negated:]) is not negated

    def samples(self, nodes: Any, most: int = MAX_VARIANTS) -> list[str]:
        """A few texts that a sequence of nodes is made for; lookarounds are left out."""
        texts = [""]
        for kind, value in nodes:
            if kind in REPEATS:
                more = [each * max(1, value[0]) for each in self.samples(value[2])]
            elif kind is constants.ATOMIC_GROUP:
                more = self.samples(value)
            elif kind is constants.SUBPATTERN:
                more = self.samples(value[3])
            elif kind is constants.BRANCH:
                more = [text for branch in value[1] for text in self.samples(branch)[:2]]
            elif kind is constants.GROUPREF_EXISTS:
                more = [text for branch in value[1:] for text in self.samples(branch or [])[:2]]
            elif kind is constants.LITERAL:
                more = [chr(value)]
            elif kind in (constants.IN, constants.ANY, constants.NOT_LITERAL):
                more = [char for char in PROBES if self.fits((kind, value), char)] or [_first(value)]
            else:
                continue
            texts = [before + after for before, after in product(texts[:most], more[:most])]
        return texts[:most]

    def attacks(self) -> Iterator[tuple[str, str, str]]:
        """For each repeat without a bound: texts to stand before it, to be repeated, and to stand after it."""
        for before, body in _repeats(list(self.tree), []):
            head = self.samples(before)[0]
            bodies = self.samples(body, MAX_PUMPS)
            # What a match begins with is repeated, too: each is a place to begin again.
            pumps = dict.fromkeys([*bodies, *(head + each for each in bodies[:MAX_VARIANTS])])
            yield from product(dict.fromkeys(["", "a", head]), pumps, ("", "a", "!b", "\x00"))


def _is_possessive(kind: Any) -> bool:
    return bool(kind is constants.POSSESSIVE_REPEAT)


def _first(items: Any) -> str:
    kind, value = next(item for item in items if item[0] in (constants.LITERAL, constants.RANGE))
    return chr(value if kind is constants.LITERAL else value[0])


def _repeats(nodes: list[Any], before: list[Any]) -> Iterator[tuple[list[Any], Any]]:
    """Each repeat that may go on for ever, with the nodes that come before it."""
    for index, (kind, value) in enumerate(nodes):
        earlier = [*before, *nodes[:index]]
        if kind in REPEATS:
            if value[1] > 1000:
                yield earlier, value[2]
            yield from _repeats(list(value[2]), earlier)
        elif kind is constants.ATOMIC_GROUP:
            yield from _repeats(list(value), earlier)
        elif kind is constants.SUBPATTERN:
            yield from _repeats(list(value[3]), earlier)
        elif kind is constants.BRANCH:
            for branch in value[1]:
                yield from _repeats(list(branch), earlier)
        elif kind is constants.GROUPREF_EXISTS:
            for branch in value[1:]:
                yield from _repeats(list(branch or []), earlier)
