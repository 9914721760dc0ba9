"""German is spoken as people read it."""

from __future__ import annotations

import pytest

from handler.text import tokenize
from tests.text.languages.spoken import spoken


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("Treffen am 7. Juni.", "Treffen am siebten Juni"),
        ("Der 7. Juni war kalt.", "Der siebte Juni war kalt"),
        ("Ein 7. Juni.", "Ein siebter Juni"),
        ("im 8. und 9. Stock", "im achten und neunten Stock"),
        ("vom 8.–9. Juni", "vom achten bis neunten Juni"),
        ("Sie wohnt in der 6. Etage.", "Sie wohnt in der sechsten Etage"),
        ("ihr 2. Kind, sein 30. Geburtstag", "ihr zweites Kind sein dreißigster Geburtstag"),
        ("Sie kam als 4. an.", "Sie kam als vierter an"),
        ("die 11te Stunde, zum 21sten Mal", "die elfte Stunde zum einundzwanzigsten Mal"),
        ("Er stieg auf 68. Danach fiel er.", "Er stieg auf achtundsechzig Danach fiel er"),
        ("Es waren 68.", "Es waren achtundsechzig"),
        ("1. Mehl sieben", "eins Mehl sieben"),
    ],
)
def test_full_stop_makes_an_ordinal_only_inside_a_sentence(script: str, said: str) -> None:
    """An ordinal has the ending that the word before it asks for; a number at the end of a sentence is none."""
    assert spoken(script, "de").lower() == said.lower()


def test_full_stop_after_a_date_ends_the_sentence() -> None:
    """The stop of "24.12." belongs to the date, and ends the sentence too where the next one begins."""
    marks = [token.mark for token in tokenize("Am 24.12. kommt er. Am 3. Mai. Das war es.", "de")]
    assert marks == ["", "", "", ".", "", "", ".", "", "", "."]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("am 05.07.2021", "am fünften Juli zweitausendeinundzwanzig"),
        ("05.07.1984", "fünfter Juli neunzehnhundertvierundachtzig"),
        ("1984-07-05", "fünfter Juli neunzehnhundertvierundachtzig"),
        ("bis 5.7. warten", "bis fünften Juli warten"),
        ("Im Jahr 1756 und seit 1801", "Im Jahr siebzehnhundertsechsundfünfzig und seit achtzehnhunderteins"),
        ("1756 Leute", "eintausendsiebenhundertsechsundfünfzig Leute"),
        ("die 70er, die 1970er-Jahre", "die siebziger die neunzehnhundertsiebziger Jahre"),
        ("1871–1918", "achtzehnhunderteinundsiebzig bis neunzehnhundertachtzehn"),
        ("Version 3.4. läuft", "Version drei Komma vier läuft"),
        ("Friedrich II. starb, Karl V. auch, Teil IV", "Friedrich der zweite starb Karl der fünfte auch Teil vier"),
        ("im XIX. Jahrhundert", "im neunzehnten Jahrhundert"),
        ("Mo.–Fr. 8-16 Uhr, Di, 2. März", "Montag bis Freitag acht bis sechzehn Uhr Dienstag zweiter März"),
    ],
)
def test_dates_and_years(script: str, said: str) -> None:
    """Dates have an ordinal day, years of the second millennium hundreds, kings an ordinal."""
    assert spoken(script, "de") == said


@pytest.mark.parametrize("blank", ["", " ", "\u00a0", "\u202f"])
def test_blank_before_a_unit_changes_nothing(blank: str) -> None:
    """A currency, a percent sign and a unit are spoken with a blank before them and without."""
    script = f"{{}}7,30{blank}€ und 9{blank}% und 4{blank}kg"
    said = "sieben Euro und dreißig Cent und neun Prozent und vier Kilogramm"
    assert spoken(script.format(""), "de") == said
    assert tokenize(script.format(""), "de")[0].shown == f"7,30{blank}€".replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("1 €, 1 h, 1 km, 1 %", "ein Euro eine Stunde ein Kilometer ein Prozent"),
        ("101 €, 21 h", "einhundertein Euro einundzwanzig Stunden"),
        ("1 Birne, 1 Stein, 1 Minute", "eine Birne ein Stein eine Minute"),
        (
            "2,4 Mio. €, 1 Mrd. Dollar, 6 Tsd. Leute",
            "zwei Komma vier Millionen Euro eine Milliarde Dollar sechs tausend Leute",
        ),
        ("3,5 Millionen km", "drei Komma fünf Millionen Kilometer"),
        ("7,- €, CHF 8.20, 9 Fr.", "sieben Euro acht Franken und zwanzig Rappen neun Franken"),
        ("4 €/kg, 60 €/Monat, 90 km/h", "vier Euro pro Kilogramm sechzig Euro pro Monat neunzig Kilometer pro Stunde"),
        ("4–6 €, 5%-9%, 8-9 kg", "vier bis sechs Euro fünf Prozent bis neun Prozent acht bis neun Kilogramm"),
        ("4 Min. Pause, 2 Std. später", "vier Minuten Pause zwei Stunden später"),
        (
            "1.400.000, 13 600, 1'500",
            "eine Million vierhunderttausend dreizehntausendsechshundert eintausendfünfhundert",
        ),
        ("-6 °C, −7, 0,25", "minus sechs Grad Celsius minus sieben null Komma zwei fünf"),
    ],
)
def test_amounts(script: str, said: str) -> None:
    """Amounts have the gender and number of what they count."""
    assert spoken(script, "de") == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("18:45 Uhr, 18.45 Uhr, 18:45", "achtzehn Uhr fünfundvierzig " * 3),
        ("um 1 Uhr, 1:30 Uhr", "um ein Uhr ein Uhr dreißig"),
        ("2:03:04", "zwei Stunden drei Minuten vier Sekunden"),
        ("11:00-13:30 Uhr", "elf Uhr bis dreizehn Uhr dreißig"),
        ("1/3, 2/5, 1/2, 3 1/2, 24/7", "ein drittel zwei fünftel ein halb dreieinhalb vierundzwanzig sieben"),
        ("3*4=12, 9-4=5, 8/4=2", "drei mal vier gleich zwölf neun minus vier gleich fünf acht durch vier gleich zwei"),
        ("10^-4, x², 16:9, √2", "zehn hoch minus vier x hoch zwei sechzehn zu neun Wurzel aus zwei"),
        ("+49 40 223344", "plus neunundvierzig vier null zwei zwei drei drei vier vier"),
        ("ISBN 978-3-10-002", "I S B N neun sieben acht drei eins null null null zwei"),
        ("4-mal, 5x täglich, 20-jährig, 30%ig", "viermal fünfmal täglich zwanzigjährig dreißigprozentig"),
    ],
)
def test_times_fractions_formulas_and_numbers_of_things(script: str, said: str) -> None:
    """What stands for words between figures is spoken."""
    assert spoken(script, "de").lower() == said.strip().lower()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("z. B. Obst, d.h. Birnen usw.", "zum Beispiel Obst das heißt Birnen und so weiter"),
        (
            "Dr. Lang, Fr. Kurz, vgl. S. 8, Nr. 9, Abs. 2",
            "Doktor Lang Frau Kurz vergleiche Seite acht Nummer neun Absatz zwei",
        ),
        ("Lindenstr. 4b, St. Pölten", "Lindenstraße vier b Sankt Pölten"),
        ("44 v. Chr. und 800 n. Chr.", "vierundvierzig vor Christus und achthundert nach Christus"),
        ("BMW, USA, NATO, GANZ LAUT", "B M W U S A nato ganz laut"),
        ("post@haus.de, www.haus.de/neu", "post at haus Punkt D E W W W Punkt haus Punkt D E Slash neu"),
    ],
)
def test_abbreviations_initials_and_addresses(script: str, said: str) -> None:
    """Abbreviations are spoken as their words, initials letter by letter, addresses with the names of their signs."""
    assert spoken(script, "de") == said


def test_abbreviation_ends_a_sentence_only_where_it_may() -> None:
    """ "usw." ends a sentence before a new one, "z. B." does not."""
    marks = [token.mark for token in tokenize("Obst z. B. Birnen usw. Dann kam er.", "de")]
    assert marks == ["", "", "", ".", "", "", "."]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("die GmbH", "die G M B H"),
        ("zwei LKWs", "zwei L K W's"),
        ("60 ct", "sechzig Cent"),
        ("3x, bitte", "dreimal bitte"),
    ],
)
def test_initials_of_mixed_case_are_spelled(script: str, said: str) -> None:
    """Short words without vowels are spelled in any case, and so are several of them."""
    assert spoken(script, "de") == said
