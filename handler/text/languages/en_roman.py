"""English rules of Roman numerals, which are numbers only after words that ask for one."""

from __future__ import annotations

import re

from handler.text.languages import en_words as table
from handler.text.languages.base import Context, Rule
from handler.text.roman import roman_value

_MAX = 399  # longer ones are rather words, as MIX
MAX_AFTER_A_NAME = 39  # after any name: "Rocky III", but not "Ford CV"


def small_roman_value(word: str) -> int | None:
    """The value of a Roman numeral below 400; None if the word is none."""
    value = roman_value(word)
    return value if value and value <= _MAX else None


def _numeral(found: re.Match[str], context: Context) -> str | None:
    word, language = found.group(), context.language
    value = small_roman_value(word)
    start = context.text[max(0, context.start - 60) : context.start]
    if value is None or not re.search(r"\w\.? $", start):
        return None
    one_letter = len(word) == 1
    before = context.before.title() if context.before.isupper() or not one_letter else context.before
    capital = context.before[:1].isupper()
    if one_letter and len(context.after) == 1 and context.after.isupper():
        return None  # a letter among letters that are spelled
    regnal = capital and (before in table.REGNAL or not table.RULERS.isdisjoint(start.split()[-2:-1]))
    if regnal and not start.endswith(". ") and (word != "I" or context.after == "of"):
        return f"the {language.ordinal(str(value))}"
    if before in table.ROMAN_AFTER and not (one_letter and start.endswith(". ") and before not in table.SHORT_TITLES):
        return language.cardinal(str(value))
    named = capital and before not in ("The", "A") and not one_letter and not start.endswith(". ")
    return (
        language.cardinal(str(value))
        if named and word not in ("IV", "LI", "CV") and value <= MAX_AFTER_A_NAME
        else None
    )


RULES = (Rule(r"[IVXLC]{1,9}", _numeral, amount=False),)
