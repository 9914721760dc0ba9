"""Dutch is spoken as people read it."""

from __future__ import annotations

import pytest

from handler.text import tokenize
from tests.text.languages.spoken import spoken


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("€ 7,30, 7,30 €, € 4,-, €1", "zeven euro dertig cent zeven euro dertig cent vier euro één euro"),
        ("9 % en 4 kg, 21 km", "negen procent en vier kilogram eenentwintig kilometer"),
        ("2,4 mln euro, € 3 mld, 4-6 euro", "twee komma vier miljoen euro drie miljard euro vier tot zes euro"),
        ("80 km/u, € 2/kg, -6 °C", "tachtig kilometer per uur twee euro per kilogram min zes graden Celsius"),
        ("13 600, 1.400.000, 101", "dertienduizendzeshonderd een miljoen vierhonderdduizend honderdeen"),
        ("1/2, 3/4, 1 1/2, 2/3", "een half drie kwart anderhalf twee derde"),
        ("9-4=5, 10^-4", "negen min vier is gelijk aan vijf tien tot de macht min vier"),
    ],
)
def test_amounts(script: str, said: str) -> None:
    """Amounts have their units, with a blank before and without."""
    assert spoken(script, "nl") == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("7 juni 1984, 07-06-2021", "zeven juni negentien vierentachtig zeven juni tweeduizendeenentwintig"),
        ("de 4e, 21ste, 2de", "de vierde eenentwintigste tweede"),
        (
            "in 1905, 1914–1918, jaren '70",
            "in negentienhonderd vijf negentien veertien tot negentien achttien jaren zeventig",
        ),
        ("18.45 uur, 9:05, 8 uur", "achttien uur vijfenveertig negen uur vijf acht uur"),
        ("Willem II, deel IV", "Willem de tweede deel vier"),
        ("bijv. blz. 8, enz. ca. 5 min. later", "bijvoorbeeld bladzijde acht enzovoort circa vijf minuten later"),
        ("06 11223344, +31 6 11", "nul zes één één twee twee drie drie vier vier plus eenendertig zes één één"),
        ("a@b.nl, VS, NATO", "a apenstaartje b punt N L V S nato"),
        ("Het was 68. Toen niet.", "Het was achtenzestig Toen niet"),
    ],
)
def test_dates_times_and_abbreviations(script: str, said: str) -> None:
    """Days are cardinals, ordinals have "e", years are read in two halves."""
    assert spoken(script, "nl") == said


def test_abbreviation_ends_a_sentence_only_where_it_may() -> None:
    """ "enz." ends a sentence before a new one, "dhr." does not."""
    assert [token.mark for token in tokenize("Peren enz. Dan dhr. Bos.", "nl")] == ["", ".", "", "", "."]
