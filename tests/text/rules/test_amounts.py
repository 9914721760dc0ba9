"""Amounts of money, percentages and measures."""

from __future__ import annotations

import pytest

from tests.text.languages.spoken import spoken


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("$-8", "en", "minus eight dollars"),
        ("€ -8", "de", "minus acht Euro"),
    ],
)
def test_sign_behind_the_currency_is_spoken(script: str, language: str, said: str) -> None:
    """A minus sign between a currency and its amount is spoken."""
    assert spoken(script, language) == said


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("$30 USD", "en", "thirty U S dollars"),
        ("$8.50 MXN", "es", "ocho pesos mexicanos y cincuenta centavos"),
    ],
)
def test_sign_with_its_code_is_one_currency(script: str, language: str, said: str) -> None:
    """A sign and a code of the same amount are one currency."""
    assert spoken(script, language) == said


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("le km²", "fr", "le kilomètre carré"),
        ("pro m²", "de", "pro Quadratmeter"),
    ],
)
def test_unit_without_a_number(script: str, language: str, said: str) -> None:
    """A squared unit has its name without a number too."""
    assert spoken(script, language) == said


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("um –4 °C", "de", "um minus vier Grad Celsius"),
        ("3–5 °C", "de", "drei bis fünf Grad Celsius"),
        ("4 T€", "de", "vier tausend Euro"),
    ],
)
def test_dash_directly_before_a_number_is_minus(script: str, language: str, said: str) -> None:
    """A dash that touches only the number after it is minus."""
    assert spoken(script, language) == said
