"""Find the expressions of a text, such as ``12,80 €`` or ``3. Mai``, and say them.

The rules of a language are tried in their order, each on the whole text, and what a rule has taken no later rule sees.
Rules see plain text (`characters.plain_with_offsets`) with blanks inside, so an expression may have several words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from handler.text.characters import plain_with_offsets
from handler.text.languages.base import Context, Language, Rule
from handler.text.patterns import AMOUNT, CLAUSE_MARKS, OTHER


@dataclass(frozen=True)
class Expression:
    """The expression at ``text[start:end]`` and its spoken words, "" if it is silent."""

    start: int
    end: int
    spoken: str


def _parted(start: int, text: str, words: Sequence[str] | str) -> Iterator[tuple[int, int, str]]:
    """The spans of the parts between blanks, with the words of each; one for a text, or if their numbers differ."""
    parts = list(re.finditer(r"[^ ]+", text))
    if isinstance(words, str) or len(words) != len(parts):
        spoken = words if isinstance(words, str) else " ".join(words)
        start += len(text) - len(text.lstrip(" "))  # the blanks around the dash of 5 – 6 are no part of it
        yield start, start + len(text.strip(" ")), " ".join(spoken.split())
        return
    for part, word in zip(parts, words, strict=True):
        yield start + part.start(), start + part.end(), " ".join(word.split())


_SIGN_OR_UNIT = re.compile(r"[^\d\s.,]")


def _said_once(words: str, place: Context) -> str:
    """The words of an amount without its unit if the text says that again: $5 dollars, 100 % percent."""
    first, _, unit = words.rpartition(" ")
    after = place.text[place.end + 1 : place.end + 1 + len(unit)]
    again = place.text.startswith(" ", place.end) and after.casefold() == unit.casefold()
    whole = again and not place.text[place.end + 1 + len(unit) : place.end + 2 + len(unit)].isalnum()
    return first if first and whole and _SIGN_OR_UNIT.search(place.text, place.start, place.end) else words


def find(text: str, language: Language, rules: Sequence[Rule]) -> list[Expression]:
    """All expressions of a text (not plain: offsets are those of ``text``), in order and without overlaps."""
    plain, indices = plain_with_offsets(text)
    found: list[tuple[int, int, str]] = []
    seen = plain
    for rule in rules:
        mask = AMOUNT if rule.amount else OTHER
        pieces: list[str] = []
        position = 0
        for start, end, words in rule.matches(plain, seen, language):
            place = Context(plain, start, end, language)
            stop = _stop(place) if rule.may_end else ""
            if rule.amount and isinstance(words, str):
                words = _said_once(words, place)
            *parts, (last, last_end, said) = _parted(start, plain[start:end], words)
            found += [*parts, (last, last_end, said + stop)]
            pieces += [seen[position:start], mask * (end - start)]
            position = end
        if pieces:
            seen = "".join([*pieces, seen[position:]])
    return list(_expressions(plain, indices, sorted(found), language))


def _expressions(
    plain: str, indices: Sequence[int], found: Sequence[tuple[int, int, str]], language: Language
) -> Iterator[Expression]:
    """The expressions at spans of the plain text. Those that come from one character, such as "½", are one."""
    last: Expression | None = None
    spelling = language.spelling_of(plain)
    for start, end, said in found:
        words = spelling(said)
        one = Expression(indices[start], indices[end - 1] + 1, words)
        if last and one.start < last.end:
            last = Expression(last.start, max(last.end, one.end), f"{last.spoken} {words}".strip())
            continue
        if last:
            yield last
        last = one
    if last:
        yield last


def _stop(context: Context) -> str:
    """The full stop of an expression that ends in one, such as "6 p.m.", if it ends a sentence too."""
    if context.text[context.end - 1] != "." or context.text.startswith(CLAUSE_MARKS, context.end):
        return ""
    ends = not context.after or (context.after[0].isupper() and not context.language.capital_nouns)
    return "." if ends else ""
