"""Digits become words in every language, and a number has several readings."""

from __future__ import annotations

import pytest

from handler.text.languages import LANGUAGES, language_of
from handler.text.numbers import cardinal, digits, minus, money, number, ordinal, readings


def test_readings_have_every_way_to_say_a_number() -> None:
    """The readings are a number, a year, an ordinal and digits."""
    found = readings("1905", language_of("en").numbers)
    assert found[0] == "one thousand nine hundred five"
    assert {"nineteen oh-five", "one nine zero five"} <= set(found)
    assert readings("21", language_of("de").numbers)[0] == "einundzwanzig"
    assert "einundzwanzigste" in readings("21", language_of("de").numbers)
    assert readings("20", language_of("zh").numbers)[0] == "二十"


@pytest.mark.parametrize("code", [*LANGUAGES, "xx", "ce", "am"])
def test_no_language_leaves_a_digit_or_raises(code: str) -> None:
    """Every function gives words for any length, also if num2words fails or never returns."""
    style = language_of(code).numbers
    for text in ("0", "7", "21", "007", "1905", "5123457", "1" * 15, "9" * 18, "1" * 40):
        spoken = [cardinal(text, style), digits(text, style), ordinal(text, style), *readings(text, style)]
        assert all(words and not any(map(str.isdigit, words)) for words in spoken)
        assert money(text, "50", "EUR", style) != ""
    assert minus(style)


def test_minus_stays_the_same() -> None:
    """num2words shortens its Portuguese word with every amount of money; the language's own word stays."""
    style = language_of("pt").numbers
    rounds = [(money("5", "", "EUR", style), money("6", "", "EUR", style), minus(style)) for _ in range(2)]
    assert rounds[0] == rounds[1]
    assert minus(style) == "menos"


@pytest.mark.parametrize(
    ("text", "language", "spoken"),
    [
        ("1.234", "de", "eintausendzweihundertvierunddreißig"),
        ("1.234", "en", "one point two three four"),
        ("1,5", "de", "eins Komma fünf"),
        ("1,5", "nb", "en komma fem"),
        ("12,34,56", "en", None),
        ("", "en", None),
    ],
)
def test_separators_are_those_of_the_language(text: str, language: str, spoken: str | None) -> None:
    """Points and commas separate groups or the fraction as in the language; other figures are not a number."""
    assert number(text, language_of(language).numbers) == spoken
