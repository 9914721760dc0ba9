"""Italian: what is spoken of numbers, money, dates, signs and abbreviations."""

from __future__ import annotations

import pytest

from handler.text import tokenize
from tests.text.languages.spoken import spoken

CASES = [
    # Numbers, and the forms of one.
    ("1 casa, 1 uomo, 1 studente, 1 zaino, 1 psicologo", "una casa un uomo uno studente uno zaino uno psicologo"),
    ("capitolo 1, 21 libri", "capitolo uno ventuno libri"),
    ("12 500 uccelli, 1.250.000 euro", "dodicimilacinquecento uccelli un milione duecentocinquantamila euro"),
    ("2.000.000 abitanti", "due milioni di abitanti"),
    ("23, 108, 180, 1001, 21000", "ventitré centotto centottanta milleuno ventunomila"),
    ("3,14 e 3,141 e 0,05", "tre virgola quattordici e tre virgola centoquarantuno e zero virgola zero cinque"),
    # Money.
    ("12,80 €, 1 €, € 3,50", "dodici euro e ottanta centesimi un euro tre euro e cinquanta centesimi"),
    ("3.000.000 €, 5 mln €, 1 £", "tre milioni di euro cinque milioni di euro una sterlina"),
    ("1 eur, 5 €/kg, 5 €/ora", "un euro cinque euro al chilogrammo cinque euro all'ora"),
    ("il 5 % e 10-20 €", "il cinque per cento e dieci a venti euro"),
    # Measures and fractions.
    ("1 h, 1 km, 3 kg/m², 15 A", "un'ora un chilometro tre chilogrammi al metro quadrato quindici ampere"),
    ("-3 °C, 20°C, fa 28° oggi", "meno tre gradi Celsius venti gradi Celsius fa ventotto gradi oggi"),
    ("1/3, 5/8, 1/2", "un terzo cinque ottavi un mezzo"),
    ("1/2 kg, 3/4 h, 2 1/2 ore, ½ tazza", "mezzo chilogrammo tre quarti d'ora due ore e mezza mezza tazza"),
    # Ordinals.
    ("il 1° maggio, la 2ª volta, 3º posto", "il primo maggio la seconda volta terzo posto"),
    ("il 28° anniversario", "il ventottesimo anniversario"),
    ("Luigi XIV, Elisabetta II, il XIX secolo, sec. XX", "Luigi quattordicesimo Elisabetta seconda il diciannovesimo "
     "secolo secolo ventesimo"),
    ("la II guerra, cap. IV, Pio X", "la seconda guerra capitolo quarto Pio decimo"),
    # Dates and times.
    ("3/4/2020, 15 mar. 1999", "tre aprile duemilaventi quindici marzo millenovecentonovantanove"),
    ("alle 17:20, alle 17.20, alle 15,30", "alle diciassette e venti alle diciassette e venti alle quindici e trenta"),
    ("all'1:05, alle 0:30", "all'una e cinque alle mezzanotte e trenta"),
    ("1:02:33", "un'ora e due minuti e trentatré secondi"),
    ("300 a.C.", "trecento avanti Cristo"),
    # Signs and names.
    ("2*8=16, 5-3=2", "due per otto uguale sedici cinque meno tre uguale due"),
    ("x², 10^-3", "x al quadrato dieci elevato alla meno tre"),
    ("16:9, finì 3:2", "sedici noni finì tre a due"),
    ("ciao@sole.it, @marco_21", "ciao chiocciola sole punto it chiocciola marco trattino basso due uno"),
    ("https://www.sole.com", "H T T P S due punti slash slash W W W punto sole punto com"),
    ("Tel. 06 1234567", "telefono zero sei uno due tre quattro cinque sei sette"),
    ("P.za Roma n. 5, ad es. qui", "piazza Roma numero cinque ad esempio qui"),
]  # fmt: skip


@pytest.mark.parametrize(("script", "words"), CASES, ids=[script for script, _ in CASES])
def test_italian_is_read_as_people_read_it(script: str, words: str) -> None:
    """Numbers, ordinals, money and signs are said in words, "one" as its noun asks."""
    assert spoken(script, "it") == words


def test_switzerland_has_a_point_and_apostrophes() -> None:
    """Swiss numbers have apostrophes between thousands and a point before the fraction."""
    assert spoken("1'250.50", "it-CH") == "milleduecentocinquanta punto cinquanta"


def test_titles_end_no_sentence() -> None:
    """A full stop of a title is not heard."""
    marks = {" ".join(token.spoken): token.mark for token in tokenize("Il Sig. Rossi e la Dott.ssa Neri escono.", "it")}
    assert (marks["signor"], marks["dottoressa"], marks["escono"]) == ("", "", ".")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("dal 1° aprile", "dal primo aprile"),
        ("7 gen. 2021", "sette gennaio duemilaventuno"),
        ("il gen. Bianchi", "il generale Bianchi"),
    ],
)
def test_first_of_the_month(script: str, said: str) -> None:
    """1° before a month is its first day, and gen. after a day is January."""
    assert spoken(script, "it") == said
