"""Romanian: what is spoken of numbers, money, dates and signs."""

from __future__ import annotations

import pytest

from tests.text.languages.spoken import spoken

CASES = [
    ("1 casă, 2 case, 2 câini, 1 câine", "o casă două case doi câini un câine"),
    ("20 case și 21 de case", "douăzeci de case și douăzeci și unu de case"),
    ("12,80 lei, 1 leu, 2 lei, 100 lei", "doisprezece lei și optzeci de bani un leu doi lei o sută de lei"),
    ("1.000.000 € și 5 %", "un milion de euro și cinci la sută"),
    ("2 h, 1 h, 22 km, -3 °C", "două ore o oră douăzeci și doi de kilometri minus trei grade Celsius"),
    ("la 17:20, 3 mai 2020, 1 mai", "la șaptesprezece și douăzeci trei mai două mii douăzeci întâi mai"),
    ("secolul XIX, Carol I, al II-lea, al 5-lea, a 3-a",
     "secolul al nouăsprezecelea Carol întâi al doilea al cincilea a treia"),
    ("1/2 kg, 3/4, 2*8=16", "o jumătate de kilogram trei pătrimi doi ori opt egal șaisprezece"),
    ("str. Mare nr. 5", "strada Mare numărul cinci"),
]  # fmt: skip


@pytest.mark.parametrize(("script", "words"), CASES, ids=[script for script, _ in CASES])
def test_romanian_is_read_as_people_read_it(script: str, words: str) -> None:
    """Numbers agree with their noun, and take "de" before it from twenty on."""
    assert spoken(script, "ro") == words
