"""Lexicon: find written forms that a job says in another way, as replacements like the mark ``[shown](spoken)``.

An entry is a sequence of units (see `units`), and all entries are one trie, so that the longest entry at a place is
found by walking it once. The rules of ``_stands_alone`` keep entries from matching parts of words.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from handler.errors import BadRequest
from handler.text.lexicon_entries import FIELD, Entry
from handler.text.markup import Markup
from handler.text.source import Source
from handler.text.units import BLANK, SIGN, WORD, Unit, divide

# "don't" is not the word "don", and the s of "it's" is no word of its own.
_CONTRACTED = frozenset({"t", "m", "re", "ve"})
_CLITICS = _CONTRACTED | {"s", "d", "ll"}
_WITHIN_NUMBERS = frozenset(".,:/-–−")
_SIGNS_OF_NUMBERS = frozenset(".+-−±")  # before one
_NAMES_GO_ON_WITH = frozenset("+#")  # C is not the C of C++ and C#
# An entry inside one of these would tear it apart: "sql" in https://sql.example.com or me@sql.org.
_ADDRESS = re.compile(
    r"(?<![\w.])(?:[a-z][a-z0-9+.-]{1,20}://|www\.)[!-~]+|(?<![\w.%+-])[\w.%+-]{1,64}@\w[\w.-]{0,253}\w"
    # A capital after a full stop is more often a sentence without a blank than a domain.
    r"|(?<![\w./-])(?=[\w-]{1,63}\.)[\w-]+(?-i:(?:\.[a-z0-9-]{1,63})*\.[a-z]{2,24})(?![\w-])(?:/[!-~]*)?",
    re.ASCII | re.IGNORECASE,
)
MAX_GROWTH, SPARE_CHARS = 2, 2000
"""What a text's entries say has at most so many times the characters of the text, and some more for short ones."""
# Particles that Korean writes without a blank after a noun, longest first.
_PARTICLES = (
    "에게서", "이라고", "이라는", "입니다", "에서는", "으로는",
    "에서", "에게", "께서", "한테", "까지", "부터", "처럼", "보다", "이나", "라고", "라는", "이다", "에는", "에도",
    "으로", "로는", "와의", "과의", "마다", "조차", "밖에", "이며", "이고", "이랑", "하고",
    "은", "는", "이", "가", "을", "를", "의", "에", "와", "과", "도", "만", "로", "나", "랑", "님",
)  # fmt: skip


@dataclass
class _Node:
    """A node of the trie: the entries that end here, the preferred one first, and the nodes of the next units."""

    entries: list[Entry] = field(default_factory=list)
    following: dict[str, _Node] = field(default_factory=dict)


class Lexicon:
    """Entries of one or more lexicons, ready to be found in texts. An earlier lexicon goes before a later one."""

    def __init__(self, *lexicons: Sequence[Entry]) -> None:
        self._root = _Node()
        self._found: dict[str, Entry] = {}
        # An entry for one spelling goes before one for any case.
        for entry in (entry for each in lexicons for entry in sorted(each, key=lambda entry: entry.any_case)):
            node = self._root
            for unit in divide(entry.written):
                node = node.following.setdefault(unit.key, _Node())
            node.entries.append(entry)

    def found(self) -> dict[str, dict[str, str]]:
        """The entries that `find` has found so far, as a client may write them."""
        return {written: entry.as_given() for written, entry in self._found.items()}

    def find(self, text: str, taken: Sequence[tuple[int, int]] = ()) -> list[Markup]:
        """The entries found in a text as replacements, in order, without overlap; the longest at each place.

        ``taken`` are spans (start, end) that no match may touch, in order: marks of the script itself. A span of no
        length, such as a pause, may not be inside a match. Takes linear time.
        """
        if not self._root.following:
            return []
        units = divide(text)
        closed = _Spans(taken)
        addresses = _Spans([found.span() for found in _ADDRESS.finditer(text)])
        found: list[Markup] = []
        index = 0
        while index < len(units):
            best = None
            if units[index].key in self._root.following or units[index].kind == WORD:
                best = self._longest(text, units, index, closed, addresses)
            if best is None:
                index += 1
                continue
            (entry, end), after = best
            self._found.setdefault(entry.written, entry)
            found.append(_markup(entry, text, units, index, after, end))
            index = after
        return found

    def _longest(
        self, text: str, units: Sequence[Unit], first: int, closed: _Spans, addresses: _Spans
    ) -> tuple[tuple[Entry, int], int] | None:
        """The longest match from a unit on, as its entry, its end in the text, and the index of the unit after it."""
        best: tuple[tuple[Entry, int], int] | None = None
        start = units[first].start
        for (entry, end), after in self._matches(text, units, first):
            if closed.touch(start, end):
                break
            if _stands_alone(units, first, after, text) and not addresses.tear(start, end):
                best = (entry, end), after
        return best

    def _matches(self, text: str, units: Sequence[Unit], first: int) -> Iterator[tuple[tuple[Entry, int], int]]:
        """All entries that begin with a unit, from short to long."""
        node: _Node | None = self._root
        spelling = ""
        for index in range(first, len(units)):
            unit = units[index]
            assert node is not None
            for stem, end in _stems(unit, text):
                ending = node.following.get(stem.casefold())
                if ending and (entry := _chosen(ending.entries, spelling + stem)):
                    yield (entry, end), index + 1
            node = node.following.get(unit.key)
            if node is None:
                return
            spelling += unit.spelling
            if entry := _chosen(node.entries, spelling):
                yield (entry, unit.end), index + 1


def with_lexicon(source: Source, lexicon: Lexicon | None) -> Source:
    """The source with the entries that are found in it among its markup.

    Raises BadRequest on ``lexicon`` where short words of a text are said in long ones so often that it takes too long.
    """
    if lexicon is None:
        return source
    found = lexicon.find(source.text, [(one.start, one.end) for one in source.markup])
    said, most = sum(len(one.spoken or one.phonemes) for one in found), MAX_GROWTH * len(source.text) + SPARE_CHARS
    if said > most:
        problem = f"its entries say {said} characters in a text of {len(source.text)}, at most {most} are allowed"
        raise BadRequest.of(FIELD, f"{problem}; shorten how they are said")
    return replace(source, markup=tuple(sorted((*source.markup, *found), key=lambda one: one.start)))


class _Spans:
    """Spans of a text in order, of which none overlaps another."""

    def __init__(self, spans: Sequence[tuple[int, int]]) -> None:
        self._spans = spans
        self._starts = [start for start, _ in spans]

    def _near(self, start: int, end: int) -> Sequence[tuple[int, int]]:
        first = max(0, bisect_right(self._starts, start) - 1)
        return self._spans[first : bisect_right(self._starts, end)]

    def touch(self, start: int, end: int) -> bool:
        """Whether any span overlaps ``start`` to ``end``, or lies inside."""
        return any(one_start < end and start < one_end for one_start, one_end in self._near(start, end))

    def tear(self, start: int, end: int) -> bool:
        """Whether any span overlaps ``start`` to ``end`` and is not all within."""
        near = self._near(start, end)
        return any(
            one_start < end and start < one_end and not (start <= one_start and one_end <= end)
            for one_start, one_end in near
        )


def _stems(unit: Unit, text: str) -> Iterator[tuple[str, int]]:
    """A Korean word without each particle that it may end with, and where that ends in the text."""
    if unit.kind != WORD or not "\uac00" <= unit.spelling[-1] <= "\ud7a3":
        return
    if unit.spelling != text[unit.start : unit.end]:
        return
    for particle in _PARTICLES:
        if unit.spelling.endswith(particle) and len(unit.spelling) > len(particle):
            yield unit.spelling.removesuffix(particle), unit.end - len(particle)


def _chosen(entries: Sequence[Entry], spelling: str) -> Entry | None:
    """The first of the entries that takes a spelling."""
    return next((entry for entry in entries if entry.any_case or entry.spelling == spelling), None)


def _stands_alone(units: Sequence[Unit], first: int, after: int, text: str) -> bool:
    """Whether the units from ``first`` up to ``after`` are whole words, rather than a part of one or of a number."""
    if all(unit.kind == SIGN for unit in units[first:after]):
        # "&" is the same in "R&D", but no part of "&&".
        keys = [unit.key for unit in units[max(0, first - 1) : after + 1]]
        return keys.count(units[first].key) == 1 or after - first > 1
    joined = _is_joined(units, first, -1, text) or _is_joined(units, after - 1, 1, text)
    return not joined and not _is_clitic(units, first, after)


def _is_clitic(units: Sequence[Unit], first: int, after: int) -> bool:
    """Whether a match is the "s" of "it's", or the "don" of "don't"."""
    lone = after - first == 1 and units[first].key in _CLITICS
    behind = lone and first > 1 and units[first - 1].key == "'" and units[first - 2].kind == WORD
    before = after + 1 < len(units) and units[after].key == "'" and units[after + 1].key in _CONTRACTED
    return behind or (before and units[after - 1].kind == WORD)


def _is_joined(units: Sequence[Unit], edge: int, step: int, text: str) -> bool:
    """Whether what stands next to the first (``step`` -1) or last (1) unit of a match belongs to the same word."""
    own = units[edge]
    near, far = (units[at] if 0 <= at < len(units) else None for at in (edge + step, edge + 2 * step))
    if near is None or near.kind == BLANK:
        return False
    sign = text[near.start] if near.kind == SIGN else ""
    if own.kind == SIGN:
        # ".NET" is not the end of "ASP.NET", "++" is not a part of "+++".
        return near.key == own.key or (near.kind == WORD and not near.spelling[0 if step > 0 else -1].isdigit())
    if own.kind != WORD or not sign:
        return False
    if sign == "_":
        return far is not None and far.kind == WORD
    if sign == "°" and step < 0:
        return True
    if sign in _NAMES_GO_ON_WITH and step > 0:
        return far is None or far.kind != WORD
    return own.spelling[-1 if step > 0 else 0].isdigit() and _is_of_number(sign, far, step)


def _is_of_number(sign: str, far: Unit | None, step: int) -> bool:
    """Whether a sign that touches a figure is of the same number or amount, with what is beyond it."""
    if unicodedata.category(sign) == "Sc":
        return True
    word = far is not None and far.kind == WORD
    if step < 0 and (sign in _SIGNS_OF_NUMBERS) and not word:
        return True
    return sign in _WITHIN_NUMBERS and far is not None and word and far.spelling[0 if step > 0 else -1].isdigit()


def _markup(entry: Entry, text: str, units: Sequence[Unit], first: int, after: int, end: int) -> Markup:
    """The replacement for a match. Blanks part its words from a word that touches it at a sign."""
    start, spoken = units[first].start, entry.spoken
    if units[first].kind == SIGN and first and units[first - 1].kind == WORD:
        spoken = f" {spoken}"
    if units[after - 1].kind == SIGN and after < len(units) and units[after].kind == WORD:
        spoken = f"{spoken} "
    return Markup(start, end, shown=" ".join(text[start:end].split()), spoken=spoken, phonemes=entry.phonemes)
