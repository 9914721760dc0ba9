"""Roman numerals and their values."""

from __future__ import annotations

import pytest

from handler.text.roman import roman_value


@pytest.mark.parametrize(("text", "value"), [("IV", 4), ("XIX", 19), ("XC", 90), ("MCMLXXXIV", 1984), ("MMXXVI", 2026)])
def test_value_of_a_numeral(text: str, value: int) -> None:
    """A smaller letter before a greater one is taken away."""
    assert roman_value(text) == value


@pytest.mark.parametrize("text", ["", "IIII", "VX", "IC", "iv", "MIX1", "A"])
def test_other_texts_have_no_value(text: str) -> None:
    """What is no numeral, or is written in small letters, is none."""
    assert roman_value(text) is None
