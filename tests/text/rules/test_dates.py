"""Dates of figures."""

from __future__ import annotations

import pytest

from tests.text.languages.spoken import spoken


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("07/2021", "en", "July twenty twenty one"),
        ("11/2022", "de", "November zweitausendzweiundzwanzig"),
        ("3/2019", "es", "marzo de dos mil diecinueve"),
    ],
)
def test_month_and_year_of_figures(script: str, language: str, said: str) -> None:
    """A month and a year with a slash between are no fraction."""
    assert spoken(script, language) == said


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("14/06/23", "fr", "quatorze juin deux mille vingt trois"),
        ("14/06/23", "es", "catorce de junio de dos mil veintitrés"),
    ],
)
def test_year_of_two_figures(script: str, language: str, said: str) -> None:
    """A date with a short year is a date in every language."""
    assert spoken(script, language) == said


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("Feb.–April", "de", "Februar bis April"),
        ("feb.-apr.", "it", "febbraio a aprile"),
    ],
)
def test_span_of_months(script: str, language: str, said: str) -> None:
    """A dash between months is a range."""
    assert spoken(script, language) == said
