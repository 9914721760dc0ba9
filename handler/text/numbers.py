"""Digits → words, by num2words and by each language's own words. Nothing here raises; no digit is left over."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import takewhile

MAX_NUMBER_DIGITS = 18
"""Longer numbers are read digit by digit."""

# num2words has no root of its own errors: its converters raise these, by language, for numbers they cannot say.
_NUM2WORDS_ERRORS = (NotImplementedError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError)

# Where num2words fails without an error: its Amharic never returns for numbers above some 1.6 million.
_MAX_NUMBERS = {"am": 999}
MAX_ORDINAL_DIGITS = 12
"""num2words' Spanish and Catalan ordinals recurse without end from fifteen digits on."""

_NUM2WORDS_CODES = {"kk": "kz", "nn": "no"}
_ENGLISH_DIGITS = "zero one two three four five six seven eight nine"
# Joins whole units and cents in num2words' amounts of money.
_MONEY_JOINERS = frozenset({"und", "et", "con", "e", "y", "en", "kaj", "a", "ac", "og", "och"})


@dataclass(frozen=True)
class NumberStyle:
    """How a language writes and says numbers; num2words knows what is left out, else it is said in English."""

    tag: str  # as ``normalized_tag`` has it, with its region: Swiss French has other numbers
    decimal_comma: bool = False  # the comma parts the fraction and the point groups thousands
    point: str = ""  # the word for the decimal sign
    minus: str = ""  # the word for a negative sign
    digits: str = ""  # the words for 0 to 9
    omitted: str = ""  # a word of num2words that is not spoken: "one hundred (and) one"
    cardinal: Callable[[int], str] | None = None  # says a number below 10^18
    currencies: bool = True  # whether num2words names amounts of money rightly


@lru_cache(maxsize=4096)
def _num2words(number: int | Decimal, tag: str, to: str, currency: str = "") -> str | None:
    """The words of num2words, None where it has none."""
    from num2words import CONVERTER_CLASSES, num2words

    extra = {"currency": currency} if currency else {}
    primary, _, region = tag.partition("-")
    name = _NUM2WORDS_CODES.get(primary, primary)
    # Its English of other regions counts in lakh or lacks currencies: not what a script's digits mean.
    for code in (name,) if name == "en" else (f"{name}_{region.upper()}", name):
        if code not in CONVERTER_CLASSES or number > _MAX_NUMBERS.get(code, number):
            continue
        try:
            words = str(num2words(number, lang=code, to=to, **extra))
        except _NUM2WORDS_ERRORS:
            continue
        if words.strip() and not any(map(str.isdigit, words)):
            return words
    return None


def digits(text: str, style: NumberStyle) -> str:
    """Every ASCII digit of the text by itself: "007" → "zero zero seven"."""
    words = _digit_words(style)
    return " ".join(words[int(digit)] for digit in text if digit in "0123456789")


@lru_cache(maxsize=256)
def _digit_words(style: NumberStyle) -> tuple[str, ...]:
    words = [_num2words(number, style.tag, "cardinal") for number in range(10)] if not style.digits else []
    own = tuple(word for word in words if word)
    return own if len(own) == 10 else tuple((style.digits or _ENGLISH_DIGITS).split())


def _without_omitted(words: str, style: NumberStyle) -> str:
    return " ".join(words.replace(",", "").replace(f" {style.omitted} ", " ").split()) if style.omitted else words


def cardinal(text: str, style: NumberStyle) -> str:
    """A run of ASCII digits as a number: digit by digit with a leading zero or above 18 digits."""
    if len(text) > MAX_NUMBER_DIGITS or (len(text) > 1 and text[0] == "0"):
        return digits(text, style)
    if style.cardinal:
        return style.cardinal(int(text))
    words = _num2words(int(text), style.tag, "cardinal")
    return digits(text, style) if words is None else _without_omitted(words, style)


def decimal(whole: str, fraction: str, style: NumberStyle) -> str:
    """``whole`` point ``fraction``, the fraction digit by digit."""
    if not style.point and len(whole) + len(fraction) <= MAX_NUMBER_DIGITS:
        words = _num2words(Decimal(f"{whole or '0'}.{fraction}"), style.tag, "cardinal")
        if words is not None:
            return words
    return f"{cardinal(whole or '0', style)} {style.point or 'point'} {digits(fraction, style)}"


def ordinal(text: str, style: NumberStyle) -> str:
    """A run of ASCII digits as an ordinal; the cardinal where the language has none here."""
    words = _num2words(int(text), style.tag, "ordinal") if len(text) <= MAX_ORDINAL_DIGITS else None
    return cardinal(text, style) if words is None else _without_omitted(words, style)


def readings(text: str, style: NumberStyle) -> list[str]:
    """The ways to say a run of ASCII digits, each once: as a number, a year, an ordinal, digit by digit."""
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


# One number with its groups and fraction. Groups need three digits each, or the sign between them means another thing.
_DECIMAL_POINT = re.compile(r"(\d{1,3}(?:[, ']\d{3})+|\d*)(?:\.(\d+))?")
_DECIMAL_COMMA = re.compile(r"(\d{1,3}(?:[. ']\d{3})+|\d*)(?:,(\d+))?")


def number(text: str, style: NumberStyle) -> str | None:
    """Digits with thousands separators and a decimal sign, as the language writes them; None if it is none."""
    patterns = (_DECIMAL_COMMA, _DECIMAL_POINT) if style.decimal_comma else (_DECIMAL_POINT, _DECIMAL_COMMA)
    for pattern in patterns:
        found = pattern.fullmatch(text)
        if found and text:
            whole = re.sub(r"\D", "", found[1])
            return decimal(whole, found[2], style) if found[2] else cardinal(whole, style)
    return None


def money(whole: str, cents: str, currency: str, style: NumberStyle) -> str | None:
    """An amount in num2words' words, None where it has none. ``currency`` is a code such as EUR."""
    if not style.currencies or len(whole) + len(cents) > MAX_NUMBER_DIGITS:
        return None
    words, other = (
        _num2words(Decimal(f"{whole or '0'}.{part}"), style.tag, "currency", currency) for part in (cents or "00", "34")
    )
    if words is None or other is None:
        return None
    if not cents:
        pairs = zip(words.split(), other.split(), strict=False)
        same = [one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)]
        words = " ".join(same[:-1] if same and same[-1] in _MONEY_JOINERS else same)
    return words.replace(",", " ") or None
