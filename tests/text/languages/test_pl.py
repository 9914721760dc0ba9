"""Polish is read as people read it aloud: numbers in their gender and case, dates, years, ordinals, amounts."""

from __future__ import annotations

import pytest

from handler.text import tokenize


def said(script: str) -> str:
    return " ".join(word for token in tokenize(script, "pl") for word in token.spoken)


@pytest.mark.parametrize(
    ("script", "spoken"),
    [
        ("1001", "tysiąc jeden"), ("1 250 000", "milion dwieście pięćdziesiąt tysięcy"), ("2,5", "dwa przecinek pięć"),
        ("0,05", "zero przecinek zero pięć"),
        ("12 345,67", "dwanaście tysięcy trzysta czterdzieści pięć przecinek sześćdziesiąt siedem"),
        ("1 godzina", "jedna godzina"), ("2 godziny", "dwie godziny"), ("22 minuty", "dwadzieścia dwie minuty"),
        ("2 koty", "dwa koty"), ("1 okno", "jedno okno"),
        ("21 godzin", "dwadzieścia jeden godzin"), ("do 5 km", "do pięciu kilometrów"),
        ("od 3 do 10 minut", "od trzech do dziesięciu minut"),
        ("około 500 osób", "około pięciuset osób"),
    ],
)  # fmt: skip
def test_numbers_in_gender_and_case(script: str, spoken: str) -> None:
    """A number has the gender of its noun, and the genitive after words that always ask for it."""
    assert said(script) == spoken


@pytest.mark.parametrize(
    ("script", "spoken"),
    [
        ("12,80 €", "dwanaście euro osiemdziesiąt centów"), ("1 zł", "jeden złoty"), ("2 zł", "dwa złote"),
        ("21 zł", "dwadzieścia jeden złotych"),
        ("5 zł 50 gr", "pięć złotych pięćdziesiąt groszy"), ("$ 22", "dwadzieścia dwa dolary"),
        ("3 mln €", "trzy miliony euro"),
        ("2 tys. osób", "dwa tysiące osób"), ("22 %", "dwadzieścia dwa procent"),
        ("-5 °C", "minus pięć stopni Celsjusza"),
        ("90 km/h", "dziewięćdziesiąt kilometrów na godzinę"), ("3 m²", "trzy metry kwadratowe"),
        ("100 zł/kg", "sto złotych za kilogram"),
        ("2 t", "dwie tony"), ("2 godz. 30 min", "dwie godziny trzydzieści minut"),
        ("45 s", "czterdzieści pięć sekund"),
    ],
)  # fmt: skip
def test_amounts(script: str, spoken: str) -> None:
    """Money, percent and measures have the plural that the number asks for."""
    assert said(script) == spoken


@pytest.mark.parametrize(
    ("script", "spoken"),
    [
        ("3 maja 2020 roku", "trzeciego maja dwa tysiące dwudziestego roku"),
        ("17.03.2021", "siedemnastego marca dwa tysiące dwudziestego pierwszego"),
        ("3–5 maja", "od trzeciego do piątego maja"), ("w 2012 r. było", "w dwa tysiące dwunastym roku było"),
        ("2000 rok", "dwutysięczny rok"),
        ("rok 1989", "rok tysiąc dziewięćset osiemdziesiąty dziewiąty"),
        ("w roku 2001", "w roku dwa tysiące pierwszym"),
        ("w latach 80. było", "w latach osiemdziesiątych było"), ("w XIX wieku", "w dziewiętnastym wieku"),
        ("XX w. był", "dwudziesty wiek był"),
        ("17:20", "siedemnasta dwadzieścia"), ("o 9:05", "o dziewiątej zero pięć"),
        ("o godz. 17.30", "o godzinie siedemnastej trzydzieści"),
        ("od 8:00 do 16:00", "od ósmej do szesnastej"),
    ],
)  # fmt: skip
def test_dates_and_times(script: str, spoken: str) -> None:
    """Days, years and hours are ordinals, in the case that their neighbours ask for."""
    assert said(script) == spoken


@pytest.mark.parametrize(
    ("script", "spoken"),
    [
        ("5. piętro", "piąte piętro"), ("na 5. piętrze", "na piątym piętrze"), ("w 3. klasie", "w trzeciej klasie"),
        ("21. rocznica", "dwudziesta pierwsza rocznica"),
        ("Mam 3. Wiem", "Mam trzy Wiem"), ("10-tego", "dziesiątego"), ("25-letni", "dwudziestopięcioletni"),
        ("Jana Pawła II", "Jana Pawła drugiego"),
        ("II wojny światowej", "drugiej wojny światowej"), ("rozdział IV", "rozdział czwarty"),
        ("10–20 km", "dziesięć do dwudziestu kilometrów"),
        ("2-3 razy", "dwa do trzech razy"), ("3/4", "trzy czwarte"), ("16:9", "szesnaście do dziewięciu"),
        ("√9", "pierwiastek z dziewięciu"),
        ("2*8=16", "dwa razy osiem równa się szesnaście"), ("x²", "x do kwadratu"),
        ("601 234 567", "sześć zero jeden dwa trzy cztery pięć sześć siedem"),
        ("info@wp.pl", "info małpa wp kropka pl"), ("ul. Długa 5", "ulica Długa pięć"),
        ("m.in. to", "między innymi to"), ("np. to", "na przykład to"),
        ("p.n.e.", "przed naszą erą"), ("dr Nowak", "doktor Nowak"), ("nr 5", "numer pięć"),
    ],
)  # fmt: skip
def test_ordinals_signs_and_abbreviations(script: str, spoken: str) -> None:
    """Figures with a full stop before a small letter are an ordinal; signs and short words have their Polish names."""
    assert said(script) == spoken
