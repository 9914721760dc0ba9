"""Roman numerals after a word that tells what they are: the languages have the words, and so the rules."""

from __future__ import annotations

import re

from handler.text.languages.base import Context, Speak
from handler.text.roman import roman_value

_MAX_REGNAL = 39  # no ruler of a name has had a higher number


def say_numbered(found: re.Match[str], context: Context) -> list[str] | None:
    """The word of the first group, and the numeral as a number: Kapitel IV."""
    value = roman_value(found["roman"])
    return [found[1], context.language.cardinal(str(value))] if value else None


def say_regnal(article: str = "") -> Speak:
    """The function that says a ruler's name, the first group, and the numeral as an ordinal after an ``article``."""

    def say(found: re.Match[str], context: Context) -> list[str] | None:
        value = roman_value(found["roman"])
        if value is None or value > _MAX_REGNAL:
            return None
        return [found[1], f"{article} {context.language.ordinal(str(value))}"]

    return say
