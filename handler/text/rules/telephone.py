"""Telephone numbers: digit by digit, each group with its own time."""

from __future__ import annotations

import re

from handler.text.languages.base import Context, Language, Rule
from handler.text.patterns import START
from handler.text.rules.numbers import value_of


def say_groups(found: re.Match[str], context: Context) -> list[str]:
    """The words of each group between blanks; a plus sign by name, other signs silent."""
    return [
        " ".join(
            (context.language.dialing_word or context.language.sign("+"))
            if part == "+"
            else context.language.telephone_group(part, country="+" in group)
            for part in _PARTS.findall(group)
        )
        for group in found.group().split(" ")
    ]


def _say_address(found: re.Match[str], context: Context) -> str | None:
    """An IP address digit by digit; 1.000.000.000 is a number where points part thousands."""
    language = context.language
    if value_of(found.group(), language) is not None:
        return None
    return f" {language.sign('.')} ".join(map(language.digits, found.group().split(".")))


_PARTS = re.compile(r"\+|\d+")
_TELEPHONES = (
    r"\+\d{1,3}[ .-]?\(?\d{1,5}\)?(?:[ ./-]?\d{2,5}){1,5}",
    r"\+\d{7,15}",
    r"\(0?\d{2,5}\)[ .-]?\d{2,5}(?:[ .-]\d{2,5}){1,3}",
    r"(?<!\d )0\d{1,4}[ ./-](?:\d{2,9}(?:[ .-]\d{2,5}){0,4}|\d(?:[ .-]\d{2,5}){1,4})",
    r"0\d(?:[ .]\d\d){4}",
    r"\d{3}[ .-]\d{3}[ .-]\d{4}",
    r"[1-9]\d{3} \d{3} \d{3}",
    r"\d{2} \d{2} \d{2} \d{2}(?: \d{2}){0,2}",
)


def rules(_language: Language) -> tuple[Rule, ...]:
    """The rules of telephone numbers."""
    # "000 000" of 1 000 000 is no telephone number.
    start = rf"{START}(?<!\d[ .'/-])"
    address = Rule(r"(?:\d{1,3}\.){3}\d{1,3}", _say_address, amount=False)
    return (address, *(Rule(pattern, say_groups, amount=False, start=start) for pattern in _TELEPHONES))
