"""Swedish is spoken as people read it."""

from __future__ import annotations

import pytest

from handler.text import tokenize
from tests.text.languages.spoken import spoken


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("100, 101, 1000, 1001, 1100", "hundra hundraett tusen tusen ett tusen hundra"),
        ("40, 21, 21000, 345", "fyrtio tjugoett tjugoetttusen trehundrafyrtiofem"),
        ("1 000 000, 2 000 001", "en miljon två miljoner ett"),
        ("-7, 3,14, 0,05", "minus sju tre komma fjorton noll komma noll fem"),
        ("1:a, 2:a, 3:e, 8:e, 20:e, 31:a", "första andra tredje åttonde tjugonde trettioförsta"),
    ],
)
def test_numbers(script: str, said: str) -> None:
    """Hundred and thousand have no "one" before them, and ordinals have their own words."""
    assert spoken(script, "sv") == said


def test_plain_blank_groups_thousands() -> None:
    """A number grouped by blanks is one token."""
    token = tokenize("Byn har 14 700 invånare.", "sv")[2]
    assert (token.shown, token.spoken) == ("14 700", ("fjortontusen", "sjuhundra"))


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("7 kr, 1 kr, 7,50 kr, 50:-", "sju kronor en krona sju kronor femtio öre femtio kronor"),
        ("12,80 € och 5 %", "tolv euro åttio cent och fem procent"),
        ("£1, £4,20, $,05", "ett pund fyra pund tjugo pence fem cent"),
        ("1 kg, 1 km, 21 km, 1,5 km", "ett kilogram en kilometer tjugoen kilometer en komma fem kilometer"),
        ("2 mdr kr, 4 mn, 1 miljon euro", "två miljarder kronor fyra miljoner en miljon euro"),
        ("40 kr/kg, 70 km/h, 4–6 kr", "fyrtio kronor per kilogram sjuttio kilometer per timme fyra till sex kronor"),
        ("1/2, 2/3, 5 1/4, 3/100", "en halv två tredjedelar fem och en fjärdedel tre hundradelar"),
        ("3+4=7, 9-4=5, β=2", "tre plus fyra är sju nio minus fyra är fem beta är två"),
    ],
)
def test_amounts_and_formulas(script: str, said: str) -> None:
    """Amounts have the gender of what they count."""
    assert spoken(script, "sv") == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("den 5 juni 2014, 5. juni", "den femte juni tjugofjorton femte juni"),
        ("2003-06-05, 05.06.1987", "femte juni tjugohundratre femte juni nittonhundraåttiosju"),
        ("1970-talet, 60-talet, 1700-talet", "nittonsjuttiotalet sextiotalet sjuttonhundratalet"),
        ("år 1632, 1914–1918", "år sextonhundratrettiotvå nittonhundrafjorton till nittonhundraarton"),
        ("kl. 18.45, kl 9, 7.30 e.m.", "klockan arton fyrtiofem klockan nio sju trettio eftermiddag"),
        ("2 kap. 5 §", "andra kapitlet femte paragrafen"),
        ("Det blev 46. Sedan 47.", "Det blev fyrtiosex Sedan fyrtiosju"),
        ("Gustav II, del III", "Gustav den andra del tre"),
        ("tel. 08-123 45 67", "telefon noll åtta hundratjugotre fyrtiofem sextiosju"),
        ("t.ex. nr 4, m.m. ca 5 min", "till exempel nummer fyra med mera cirka fem minuter"),
        ("44 f.Kr., 12-årig", "fyrtiofyra före Kristus tolvårig"),
        ("a@b.se", "a snabel a b punkt se"),
    ],
)
def test_dates_times_and_abbreviations(script: str, said: str) -> None:
    """Days are ordinals, years are in hundreds, telephone numbers in pairs."""
    assert spoken(script, "sv") == said
