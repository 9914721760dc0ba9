"""Ordinals and parts of a whole in the Romance languages."""

from __future__ import annotations

import pytest

from handler.text.languages import romance_ordinals as ordinals


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (ordinals.spanish(3, ".er"), "tercer"),
        (ordinals.spanish(16, "ª"), "decimosexta"),
        (ordinals.spanish(1_122, "º"), "milésimo centésimo vigesimosegundo"),
        (ordinals.spanish(2, ".os"), "segundos"),
        (ordinals.portuguese(45, "ª"), "quadragésima quinta"),
        (ordinals.portuguese(2_000), "dois milésimo"),
        (ordinals.french_of("quatre-vingts"), "quatre-vingtième"),
        (ordinals.french_of("trente-cinq"), "trente-cinquième"),
        (ordinals.french_of("mille"), "millième"),
        (ordinals.italian(23), "ventitreesimo"),
        (ordinals.italian(2_000, "ª"), "duemillesima"),
        (ordinals.romanian(5), "cincilea"),
        (ordinals.romanian(7, "a"), "șaptea"),
        (ordinals.catalan(25), "vint-i-cinquè"),
        (ordinals.catalan(4, "a"), "quarta"),
    ],
)
def test_ordinals_have_gender_and_endings(words: str, expected: str) -> None:
    """The mark tells the gender; the last word has the ending of an ordinal."""
    assert words == expected


@pytest.mark.parametrize(
    ("bottom", "part"),
    [(2, "medio"), (6, "sexto"), (14, "catorceavo"), (35, "treintaicincoavo"), (300, "tricentésimo"), (128, None),
     (4_000, "cuatromilésimo"), (3_000_000, "tresmillonésimo")],
)  # fmt: skip
def test_spanish_parts_are_one_word(bottom: int, part: str | None) -> None:
    """Parts up to a hundred end in "-avo"; those without a usual word have none."""
    assert ordinals.spanish_part(bottom) == part
