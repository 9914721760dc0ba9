"""Digits become words in every language, and a number has several readings."""

from __future__ import annotations

import pytest

from handler.text.languages import LANGUAGES, language_of
from handler.text.numbers import cardinal, digits, minus, money, number, ordinal, readings


def test_readings_hold_every_way_to_say_a_number() -> None:
    """As a number, a year, an ordinal and digit by digit."""
    said = readings("1905", language_of("en").numbers)
    assert said[0] == "one thousand nine hundred five"
    assert {"nineteen oh-five", "one nine zero five"} <= set(said)
    assert readings("21", language_of("de").numbers)[0] == "einundzwanzig"
    assert "einundzwanzigste" in readings("21", language_of("de").numbers)
    assert readings("20", language_of("zh").numbers)[0] == "二十"


@pytest.mark.parametrize("code", [*LANGUAGES, "xx", "ce", "am"])
def test_no_language_leaves_a_digit_or_raises(code: str) -> None:
    """Every function gives words for any length, also where num2words fails or never returns."""
    style = language_of(code).numbers
    for text in ("0", "7", "21", "007", "1905", "5123457", "1" * 15, "9" * 18, "1" * 40):
        spoken = [cardinal(text, style), digits(text, style), ordinal(text, style), *readings(text, style)]
        assert all(words and not any(map(str.isdigit, words)) for words in spoken)
        assert money(text, "50", "EUR", style) != ""
    assert minus(style)


def test_the_minus_of_a_language_stays_the_same() -> None:
    """num2words shortens its own Portuguese word with every amount of money; ours stays."""
    style = language_of("pt").numbers
    said = [(money("5", "", "EUR", style), money("6", "", "EUR", style), minus(style)) for _ in range(2)]
    assert said[0] == said[1]
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
def test_a_number_follows_its_languages_separators(text: str, language: str, spoken: str | None) -> None:
    """Points and commas part groups or the fraction as the language writes them; other figures are no number."""
    assert number(text, language_of(language).numbers) == spoken
