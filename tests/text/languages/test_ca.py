"""Catalan: what is spoken of numbers, money, dates and signs."""

from __future__ import annotations

import pytest

from tests.text.languages.spoken import spoken

CASES = [
    ("1 casa, 2 hores, 200 cases, 1 gos", "una casa dues hores dues centes cases un gos"),
    ("12,80 €, 1 €, £2, 5 %", "dotze euros i vuitanta cèntims un euro dues lliures cinc per cent"),
    ("2 M€ i 1.000.000 habitants", "dos milions d'euros i un milió d'habitants"),
    ("1r, 2n, 3r, 5è, 5a", "primer segon tercer cinquè cinquena"),
    ("les 17:20, 3 de maig de 2020, 03/04/2020",
     "les disset i vint tres de maig de dos mil vint tres d'abril de dos mil vint"),
    ("segle XIX, Jaume I, Pere III", "segle dinou Jaume primer Pere tercer"),
    ("3/4, 2 1/2 hores, 1/2 kg", "tres quarts dues hores i mitja mig quilogram"),
    ("2*8=16, x²", "dos per vuit és igual a setze x al quadrat"),
]  # fmt: skip


@pytest.mark.parametrize(("script", "words"), CASES, ids=[script for script, _ in CASES])
def test_catalan_is_read_as_people_read_it(script: str, words: str) -> None:
    """Numbers agree with their noun, and "de" loses its vowel before another."""
    assert spoken(script, "ca") == words
