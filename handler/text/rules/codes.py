"""Letters with figures: parcel numbers, models, rooms."""

from __future__ import annotations

import re

from handler.text.languages.base import Context, Language, Rule
from handler.text.patterns import LETTER

_PARTS = re.compile(r"\d+|[^\W\d_]+")
_GREEK = "αβγδεζηθικλμνξοπρστυφχψω"
LONGEST_NUMBER = 3  # digits of a code that are a number: "B747"; longer ones are read digit by digit


def say_code(found: re.Match[str], context: Context) -> str:
    """Capitals letter by letter, figures as a number or digit by digit: "RX4093" → R X four zero nine three."""
    language = context.language
    words = []
    for part in _PARTS.findall(found.group()):
        if part.isdigit():
            words.append(language.cardinal(part) if len(part) <= LONGEST_NUMBER else language.digits(part))
        else:
            words.append(" ".join(part) if part.isupper() and len(part) <= 3 else part)
    return " ".join(words)


def serial_rules() -> tuple[Rule, ...]:
    """The rule of serial numbers with several hyphens, which are no ranges and no years: CVE-2021-4428."""
    serial = r"[A-Z]{2,6}(?:-\d{1,6}){2,4}|[A-Z]{2,6}-\d{1,6}-[A-Z]{1,4}\d{0,6}"
    return (Rule(serial, say_code, amount=False, start=r"(?<![\w/.:@=-])", end=r"(?!-?\w)(?![/@])"),)


def _book_number(found: re.Match[str], context: Context) -> str | None:
    if not context.before.upper().startswith(("ISBN", "ISSN")):
        return None
    number = found.group()
    return f"{context.language.digits(number)}{' X' if number.endswith('X') else ''}"


def _bank_account(found: re.Match[str], context: Context) -> list[str]:
    """Each group of an IBAN: its letters and its digits one by one."""
    groups = found.group().split(" ")
    return [" ".join([*re.findall(r"[A-Z]", group), context.language.digits(group)]) for group in groups]


def _span(found: re.Match[str], context: Context) -> str | None:
    """From a code to another of the same letters: Q1-Q3."""
    language, letters = context.language, " ".join(found["letters"])
    one, other = (f"{letters} {language.cardinal(found[name])}" for name in ("one", "other"))
    return language.span(one, other) if language.range_word else None


def _greek_letter(found: re.Match[str], context: Context) -> str:
    return context.language.greek.split()[_GREEK.index(found.group().lower())]


def _greek_rules(language: Language) -> tuple[Rule, ...]:
    """The rule of single Greek letters, for every language but Greek."""
    if language.tag.startswith("el"):
        return ()
    apart = f"(?<!{LETTER})", f"(?!{LETTER})"
    return (Rule(f"[{_GREEK}ΓΔΘΛΞΠΣΦΨΩ]", _greek_letter, amount=False, start=apart[0], end=apart[1]),)


def rules(language: Language) -> tuple[Rule, ...]:
    """The rules of codes."""
    return (
        *_greek_rules(language),
        Rule(r"\d[\d-]{7,16}[\dX]", _book_number, amount=False),
        Rule(r"[A-Z]{2}\d\d(?: [A-Z]{4})?(?: \d{4}){2,7}(?: \d{1,4})?", _bank_account, amount=False),
        Rule(r"(?P<letters>[A-Z]{1,2})(?P<one>\d{1,3})[-–](?P=letters)(?P<other>\d{1,3})", _span, amount=False),
        Rule(r"(?:[A-Z]{1,4}-?\d+)+[A-Z]{0,3}|\d+(?:[A-Z]{1,3}\d+)+[A-Z]{0,3}", say_code, amount=False),
        Rule(rf"{LETTER}{{1,20}}\d+(?:{LETTER}{{1,20}}\d*){{0,5}}", say_code, amount=False),
        Rule(rf"\d+{LETTER}{{1,20}}", say_code, amount=False),
    )
