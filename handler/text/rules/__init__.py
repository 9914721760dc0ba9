"""The rules that all languages share: a file for each family.

A rule is a pattern and a function that says what it matches (`Rule`). ``_FAMILIES`` is the order in which they are
tried, after the rules of the language itself; what one has taken, no later rule sees. Each family has a function
``rules(language)``, which leaves out what the language has no facts for.

A new rule of all languages goes into the family of its subject; a rule of one language into its own file. A new family
is a file here and a row of ``_FAMILIES``. `abbreviations` and `roman` are no families: they make rules for languages
that call them. ``slavic…`` are the families of the languages with cases (`Slavic`); those of the Romance languages are
in ``languages/romance_rules.py``, as the languages add to them.
"""

from __future__ import annotations

from functools import cache

from handler.text import expressions
from handler.text.expressions import Expression
from handler.text.languages.base import Language, Rule
from handler.text.rules import (
    amounts,
    codes,
    dates,
    formulas,
    internet,
    numbers,
    ordinals,
    ranges,
    signs,
    slavic,
    slavic_dates,
    slavic_phrases,
    telephone,
    times,
)

_FAMILIES = (
    slavic_phrases, internet, slavic_dates, slavic,
    dates, ordinals, ranges, times, telephone, amounts, formulas, codes, numbers, signs,
)  # fmt: skip


@cache
def rules_of(language: Language) -> tuple[Rule, ...]:
    """All rules of a language, its own first. Languages are few and live as long as the process."""
    shared = (rule for family in _FAMILIES for rule in family.rules(language))
    return (*signs.emoticon_rules(), *codes.serial_rules(), *language.rules, *shared)


def find(text: str, language: Language) -> list[Expression]:
    """All expressions of a text in a language, in order and without overlaps."""
    return expressions.find(text, language, rules_of(language))


def spoken(text: str, language: Language) -> str:
    """The text with its expressions as words; what stands between them is left as it is."""
    pieces: list[str] = []
    position = 0
    for one in find(text, language):
        pieces += [text[position : one.start], " ", one.spoken, " "]
        position = one.end
    return "".join([*pieces, text[position:]])
