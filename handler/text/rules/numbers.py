"""Fractions, numbers, and at last any digit that no rule has taken."""

from __future__ import annotations

import re

from handler.text import numbers
from handler.text.languages.base import Context, Language, Rule

# A dash behind a sign of an amount is that of a range: 5%-10%.
SIGNED = r"(?P<sign>(?<![%‰°€$£¥₩₹₽₫)'\"\x01\x02])(?:[-−+±~≈<>≤≥]|(?<!\d )–))?"
FRACTION = r"(?:(?P<whole>\d{1,6}) )?(?P<top>\d{1,6})/(?P<bottom>[1-9]\d{0,2}(?:[.,']\d{3}){1,4}|\d{1,6})"
_FORMULA_CHARS = 30
_FORMULA_BEFORE = re.compile(r"=(?:[\d +*×/÷()−.-]|,(?=\d)){0,30}$")
_FORMULA_AFTER = re.compile(r"(?:[\d +*×/÷()−.-]|,(?=\d)){0,30}=")
_GROUPS = re.compile(r"\D+")


def number_pattern(language: Language) -> str:
    """A number with thousands separators and a fraction, as the language writes it or as English does.

    Or as others do, where that can be no other number: 1,500.50 in German, 1.500,50 in English.
    """
    group, point = ("[.' ]", "[.,]") if language.numbers.decimal_comma else ("[,' ]", "[.,]")
    grouped = rf"[1-9]\d{{0,2}}(?:{group}\d{{3}})+(?!\d)(?:{point}\d+)?"
    other_group, other_point = (",", r"\.") if language.numbers.decimal_comma else (r"\.", ",")
    other = rf"[1-9]\d{{0,2}}(?:{other_group}\d{{3}})+{other_point}\d+(?![.,]?\d)"
    millions = rf"[1-9]\d{{0,2}}(?:{other_group}\d{{3}}){{2,4}}(?![.,]?\d)"
    return rf"(?>{other}|{millions}|{grouped}|\d{{1,2}}(?:,\d\d)+,\d{{3}}(?:\.\d+)?|\d+(?:{point}\d+)?|\.\d+)"


def value_of(text: str, language: Language) -> str | None:
    """The value of a number as ASCII digits with a point: "1.234,5" → "1234.5"; None if it is no number."""
    return numbers.value(text, language.numbers)


def signed(sign: str | None, words: str, language: Language) -> str:
    """The words with those of the sign before them."""
    return f"{language.prefix(sign)} {words}" if sign else words


def in_formula(context: Context) -> bool:
    """Whether a match is in a calculation with an equals sign: 10/2=5, 5 = 8-3."""
    before = context.text[max(0, context.start - _FORMULA_CHARS) : context.start]
    after = context.text[context.end : context.end + _FORMULA_CHARS]
    return bool(_FORMULA_BEFORE.search(before) or _FORMULA_AFTER.match(after))


def _number(found: re.Match[str], context: Context) -> str | None:
    language = context.language
    value = value_of(found["number"], language)
    if value is None:
        return None
    touching = context.text[context.end : context.end + 2].strip(" ")[:1].isalpha()
    after = context.after if touching else ""
    return signed(found["sign"], language.bare(value, context.before, after), language)


def _fraction(found: re.Match[str], context: Context) -> str | None:
    top, bottom = found["top"], bottom_of(found)
    if in_formula(context) or not bottom.strip("0"):
        return None
    if (top, bottom) == ("24", "7") or (top == bottom and len(top) > 1):  # not of seven parts, of fifty parts
        return f"{context.language.cardinal(top)} {context.language.cardinal(bottom)}"
    if re.fullmatch(r"1[5-9]\d\d|20\d\d", top) and bottom == f"{(int(top) + 1) % 100:02}":
        return f"{context.language.year(top)} {context.language.cardinal(bottom)}"  # 1980/81
    words = context.language.mixed(found["whole"] or "", top, bottom)
    return signed(found["sign"], words, context.language)


def bottom_of(found: re.Match[str]) -> str:
    """The digits below the line of a fraction."""
    return re.sub(r"\D", "", found["bottom"])


def say_figures(found: re.Match[str], context: Context) -> str:
    """Figures with points and commas, of which no rule knows the meaning: each group as a number."""
    language, text = context.language, found.group()
    if (value := value_of(text, language)) is not None:
        return language.value(value)
    point = f" {language.sign('.')} " if re.fullmatch(r"\d{1,4}(?:\.\d{1,4}){2,}", text) else " "
    return point.join(language.cardinal(group) for group in _GROUPS.split(text))


def last_rules() -> tuple[Rule, ...]:
    """Any digits: the rules that leave none. Longer runs than an expression may have are several expressions."""
    return (Rule(r"\d(?:[.,']?\d){0,99}", say_figures, start="", end=""),)


def rules(language: Language) -> tuple[Rule, ...]:
    """The rules of numbers."""
    return (
        Rule(rf"{SIGNED}{FRACTION}", _fraction),
        Rule(rf"{SIGNED}(?P<number>{number_pattern(language)})", _number),
        *last_rules(),
    )
