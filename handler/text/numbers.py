"""Digits → words, by num2words and the languages' own words. Nothing here raises or leaves a digit."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

MAX_NUMBER_DIGITS = 18  # longer numbers are read digit by digit
MAX_ORDINAL_DIGITS = 12  # num2words' Spanish and Catalan ordinals recurse without end from fifteen digits on

# num2words has no base class of errors: for numbers it cannot say its converters raise any of these.
_NUM2WORDS_ERRORS = (NotImplementedError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError)
# num2words' Amharic never returns for numbers above 1.6 million.
_MAX_NUMBERS = {"am": 999}
_NUM2WORDS_CODES = {"kk": "kz", "nn": "no"}
_ENGLISH_DIGITS = "zero one two three four five six seven eight nine"


@dataclass(frozen=True)
class NumberStyle:
    """How a language writes and says numbers. The default of a word is num2words', else the English one."""

    tag: str  # normalized, with its region: Swiss French has other numbers
    decimal_comma: bool = False  # a comma before the fraction and points between thousands
    point: str = ""  # the word for the decimal sign
    minus: str = ""  # the word for a negative sign
    digits: str = ""  # the words for 0 to 9
    omitted: str = ""  # a word to remove from num2words' output: "one hundred (and) one"
    cardinal: Callable[[int], str] | None = None  # instead of num2words, below 10^18
    gendered: Callable[[int, str], str] | None = None  # likewise, by the gender of the noun after the number


@lru_cache(maxsize=4096)
def _num2words(number: int | Decimal, tag: str, to: str) -> str | None:
    """The output of num2words; None if it fails."""
    from num2words import CONVERTER_CLASSES, num2words

    primary, _, region = tag.partition("-")
    name = _NUM2WORDS_CODES.get(primary, primary)
    # Regional English of num2words counts in lakh or lacks currencies.
    for code in (name,) if name == "en" else (f"{name}_{region.upper()}", name):
        if code not in CONVERTER_CLASSES or number > _MAX_NUMBERS.get(code, number):
            continue
        try:
            words = str(num2words(number, lang=code, to=to))
        except _NUM2WORDS_ERRORS:
            continue
        if words.strip() and not any(map(str.isdigit, words)):
            return words
    return None


def digits(text: str, style: NumberStyle) -> str:
    """The text's ASCII digits one by one: "007" → "zero zero seven"."""
    words = _digit_words(style)
    return " ".join(words[int(digit)] for digit in text if digit in "0123456789")


@lru_cache(maxsize=256)
def _digit_words(style: NumberStyle) -> tuple[str, ...]:
    words = () if style.digits else tuple(_num2words(number, style.tag, "cardinal") or "" for number in range(10))
    return words if words and all(words) else tuple((style.digits or _ENGLISH_DIGITS).split())


def _without_omitted(words: str, style: NumberStyle) -> str:
    return " ".join(words.replace(",", "").replace(f" {style.omitted} ", " ").split()) if style.omitted else words


def cardinal(text: str, style: NumberStyle, gender: str = "") -> str:
    """ASCII digits as a number, or digit by digit if they begin with zero or exceed `MAX_NUMBER_DIGITS`."""
    if len(text) > MAX_NUMBER_DIGITS or (len(text) > 1 and text[0] == "0"):
        return digits(text, style)
    if style.gendered:
        return style.gendered(int(text), gender)
    if style.cardinal:
        return style.cardinal(int(text))
    words = _num2words(int(text), style.tag, "cardinal")
    return digits(text, style) if words is None else _without_omitted(words, style)


def decimal(whole: str, fraction: str, style: NumberStyle) -> str:
    """``whole`` point ``fraction``, both ASCII digits, the fraction digit by digit."""
    if not style.point and len(whole) + len(fraction) <= MAX_NUMBER_DIGITS:
        words = _num2words(Decimal(f"{whole or '0'}.{fraction}"), style.tag, "cardinal")
        if words is not None:
            return words
    return f"{cardinal(whole or '0', style)} {style.point or 'point'} {digits(fraction, style)}"


def ordinal(text: str, style: NumberStyle) -> str:
    """ASCII digits as an ordinal, or as a cardinal if num2words has none."""
    words = _num2words(int(text), style.tag, "ordinal") if len(text) <= MAX_ORDINAL_DIGITS else None
    return cardinal(text, style) if words is None else _without_omitted(words, style)


def readings(text: str, style: NumberStyle) -> list[str]:
    """The different ways to say ASCII digits: as a number, as a year, as an ordinal, digit by digit."""
    kinds = ("cardinal", "year", "ordinal") if len(text) <= MAX_ORDINAL_DIGITS else ()
    known = filter(None, (_num2words(int(text), style.tag, kind) for kind in kinds))
    return list(dict.fromkeys([cardinal(text, style), *known, digits(text, style)]))


def minus(style: NumberStyle) -> str:
    """The word for a negative sign."""
    if style.minus:
        return style.minus
    negative, positive = _num2words(-5, style.tag, "cardinal"), _num2words(5, style.tag, "cardinal")
    if negative and positive and negative.endswith(positive):
        return negative.removesuffix(positive).strip() or "minus"
    return "minus"


# One number with its groups and fraction. Between groups of other sizes than three digits the sign has another meaning.
_GROUPED_INDIAN = r"\d{1,2}(?:,\d\d){1,8},\d{3}"
_DECIMAL_POINT = re.compile(rf"({_GROUPED_INDIAN}|\d{{1,3}}(?:[, ']\d{{3}}){{1,8}}|\d*)(?:\.(\d+))?")
_DECIMAL_COMMA = re.compile(r"(\d{1,3}(?:[. ']\d{3}){1,8}|\d*)(?:,(\d+))?")


def value(text: str, style: NumberStyle) -> str | None:
    """The value of a number that is written with separators, as the language has them: "1.234,5" → "1234.5".

    It is ASCII digits with a point and a fraction, or without; None if the text is no number.
    """
    patterns = (_DECIMAL_COMMA, _DECIMAL_POINT) if style.decimal_comma else (_DECIMAL_POINT, _DECIMAL_COMMA)
    for pattern in patterns:
        if text and (found := pattern.fullmatch(text)):
            whole = re.sub(r"\D", "", found[1])
            return f"{whole or '0'}.{found[2]}" if found[2] else whole
    return None
