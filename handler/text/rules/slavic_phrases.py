"""Abbreviations of several letters, such as "т. е." and "m.in.", before addresses, which some of them look like."""

from __future__ import annotations

import re

from handler.text.languages.base import Context, Language, Rule
from handler.text.languages.slavic import Slavic
from handler.text.rules.slavic_dates import STOP, slavic_of


def _phrase(found: re.Match[str], context: Context) -> str:
    return slavic_of(context).phrases[re.sub(r"[\s.]+", " ", found.group()).strip().lower()]


def _pattern(phrase: str) -> str:
    """The letters of an abbreviation, each with its full stop except the last."""
    return r"\.? ".join(re.escape(one) for one in phrase.split()).replace(r"\.? ", r"(?:\. ?| )")


def rules(language: Language) -> tuple[Rule, ...]:
    """The rules of such abbreviations; none for other languages."""
    if not isinstance(language, Slavic):
        return ()
    # The last full stop is part of it unless a sentence ends there.
    return tuple(
        Rule(rf"(?i:{_pattern(phrase)})(?=\.){STOP}", _phrase, amount=False)
        for phrase in sorted(language.phrases, key=len, reverse=True)
    )
