"""Formulas of TeX are read as formulas."""

from __future__ import annotations

import pytest

from handler.text.source import read
from tests.text.languages.spoken import spoken


@pytest.mark.parametrize(
    ("script", "text"),
    [
        (r"So $a^2 + 1$ is", "So a^2 + 1 is"),
        (r"$$\frac{x}{y} \times 3$$", "x/y × 3"),
        ("from $3 to $4, or $HOME/$USER", "from $3 to $4, or $HOME/$USER"),
        (r"$\sqrt{n}$ and $k$", "√n and k"),
    ],
)
def test_formula_leaves_its_signs(script: str, text: str) -> None:
    """Dollars around a formula and its commands are taken out; amounts of money and variables stay."""
    assert read(script).text == text


def test_formula_is_spoken() -> None:
    """The signs of a formula are spoken in the language of the script."""
    assert spoken(r"Es gilt $c \leq 5$.", "de") == "Es gilt c kleiner als oder gleich fünf"
