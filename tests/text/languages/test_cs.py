"""Czech is read as people read it aloud: numbers in their gender and case, dates, ordinals, amounts."""

from __future__ import annotations

import pytest

from handler.text import tokenize


def said(script: str) -> str:
    return " ".join(word for token in tokenize(script, "cs") for word in token.spoken)


@pytest.mark.parametrize("script", ["Šel v sobotu k ní i do lesa", "Mi se líbí, v čem i x jsou", "A já mám i C"])
def test_words_of_one_letter_are_no_roman_numerals(script: str) -> None:
    """Words such as "i", "v" and "mi" stay."""
    assert said(script) == script.replace(",", "")


@pytest.mark.parametrize(
    ("script", "spoken"),
    [
        ("1 250 000", "milion dvě stě padesát tisíc"), ("2,5", "dvě celé pět"), ("0,05", "nula celých nula pět"),
        ("1 hodina", "jedna hodina"),
        ("2 hodiny", "dvě hodiny"), ("1 muž", "jeden muž"), ("2 okna", "dvě okna"), ("do 5 km", "do pěti kilometrů"),
        ("od 3 do 10 minut", "od tří do deseti minut"),
        ("12,80 €", "dvanáct eur osmdesát centů"), ("1 Kč", "jedna koruna"), ("2 Kč", "dvě koruny"),
        ("3 mil. €", "tři miliony eur"),
        ("22 %", "dvacet dva procent"), ("-1 °C", "minus jeden stupeň Celsia"),
        ("90 km/h", "devadesát kilometrů za hodinu"), ("3 m²", "tři metry čtvereční"),
    ],
)  # fmt: skip
def test_numbers_and_amounts(script: str, spoken: str) -> None:
    """Numbers have the gender of their noun and the genitive after words that ask for it; nouns have their plural."""
    assert said(script) == spoken


@pytest.mark.parametrize(
    ("script", "spoken"),
    [
        ("3. května 2020", "třetího května dva tisíce dvacet"), ("3. 5. 2020", "třetího května dva tisíce dvacet"),
        ("3.–5. května", "od třetího do pátého května"),
        ("v roce 1989", "v roce tisíc devět set osmdesát devět"), ("ve 20. století", "ve dvacátém století"),
        ("v 80. letech", "v osmdesátých letech"),
        ("5. patro", "páté patro"), ("2. světová válka", "druhá světová válka"), ("Mám 3. Vím", "Mám tři Vím"),
        ("Karla IV. a", "Karla čtvrtého a"),
        ("kapitola IV", "kapitola čtvrtá"), ("5letý", "pětiletý"), ("v 17:20", "v sedmnáct hodin dvacet minut"),
        ("10–20 km", "deset až dvacet kilometrů"),
        ("3/4", "tři čtvrtiny"), ("16:9", "šestnáct ku devět"), ("x²", "x na druhou"),
        ("info@seznam.cz", "info zavináč seznam tečka cz"),
        ("např. to", "například to"), ("př. n. l.", "před naším letopočtem"),
    ],
)  # fmt: skip
def test_dates_ordinals_and_signs(script: str, spoken: str) -> None:
    """Days and figures with a full stop before a small letter are ordinals; signs and short words have Czech names."""
    assert said(script) == spoken
