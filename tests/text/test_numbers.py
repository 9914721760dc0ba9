"""Digits become words in every language, and a number has several readings."""

from __future__ import annotations

import pytest

from handler.text.languages import LANGUAGES, language_of
from handler.text.numbers import cardinal, digits, minus, ordinal, readings, value


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
    assert minus(style)


@pytest.mark.parametrize(
    ("text", "language", "plain"),
    [
        ("1.234", "de", "1234"),
        ("1.234", "en", "1.234"),
        ("1,5", "de", "1.5"),
        ("1,5", "nb", "1.5"),
        (".5", "en", "0.5"),
        ("12,34,567", "en", "1234567"),
        ("1'234.5", "en", "1234.5"),
        ("12,34,56", "en", None),
        ("", "en", None),
    ],
)
def test_separators_are_those_of_the_language(text: str, language: str, plain: str | None) -> None:
    """Points and commas separate groups or the fraction as in the language; other figures are not a number."""
    assert value(text, language_of(language).numbers) == plain
