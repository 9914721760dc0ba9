"""Ordinals with a mark: 3º, 21st, 1er. Those with a full stop, as 3., are rules of the languages."""

from __future__ import annotations

import re

from handler.text.languages.base import Context, Language, Rule
from handler.text.roman import roman_value


def say_ordinal(found: re.Match[str], context: Context) -> str:
    """The ordinal of the group "number", which has figures only."""
    return context.language.ordinal(found["number"])


def _ordinal(found: re.Match[str], context: Context) -> str:
    return context.language.ordinal(re.sub(r"\D", "", found["number"]), found["mark"])


def _listed(found: re.Match[str], context: Context) -> str | None:
    value = roman_value(found.group().upper())
    return None if value is None else context.language.cardinal(str(value))


def rules(language: Language) -> tuple[Rule, ...]:
    """The rules of Roman numbers of a list, and of ordinals for a language that has marks of them."""
    listed = Rule(r"(?:[ivx]{2,5}|[IVX]{2,5})(?=[.)] )", _listed, amount=False, start=r"(?:^|(?<=[\n\u2029(]))", end="")
    if not language.ordinal_mark:
        return (listed,)
    number = r"(?P<number>[1-9]\d{0,2}(?:[.,' ]\d{3}){1,3}|\d{1,12})"
    return (
        listed,
        Rule(rf"{number}(?P<mark>{language.ordinal_mark})", _ordinal),
    )
