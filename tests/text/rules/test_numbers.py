"""Numbers as the language writes them, or as others do."""

from __future__ import annotations

import pytest

from tests.text.languages.spoken import spoken


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("$2,350.75", "es", "dos mil trescientos cincuenta dólares y setenta y cinco centavos"),
        ("$2,350.75, más", "es", "dos mil trescientos cincuenta dólares y setenta y cinco centavos más"),
        ("€2.350,75", "en", "two thousand three hundred fifty euros and seventy five cents"),
        ("3.250.000 views", "en", "three million two hundred fifty thousand views"),
        ("4,100,000", "de", "vier Millionen einhunderttausend"),
    ],
)
def test_grouping_of_others_is_understood(script: str, language: str, said: str) -> None:
    """A number that only others write so keeps its value."""
    assert spoken(script, language) == said


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("1990/91", "de", "neunzehnhundertneunzig einundneunzig"),
    ],
)
def test_two_years_with_a_slash_are_no_fraction(script: str, language: str, said: str) -> None:
    """A year and the next one are years."""
    assert spoken(script, language) == said


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("①②", "zh", "一 二"),
        ("①②", "en", "one two"),
    ],
)
def test_circled_figures_are_numbers_of_their_own(script: str, language: str, said: str) -> None:
    """Figures in circles that touch are not one number."""
    assert spoken(script, language) == said


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("分机702。3月", "zh", "分 机 七 百 零 二 三 月"),
    ],
)
def test_full_stop_of_other_scripts_is_no_point(script: str, language: str, said: str) -> None:
    """An ideographic full stop between figures ends a sentence."""
    assert spoken(script, language) == said
