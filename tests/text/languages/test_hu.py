"""Hungarian is spoken as people read it."""

from __future__ import annotations

import pytest

from handler.text import tokenize
from tests.text.languages.spoken import spoken


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("2. május, a 4. emeleten", "második május a negyedik emeleten"),
        ("Ez a 68. Aztán jött.", "Ez a hatvannyolc Aztán jött"),
        ("2015. június 7.", "kettőezer tizenöt június hetedike"),
        ("június 7-én, júl. 2-án, 1-jén", "június hetedikén július másodikán elsején"),
        (
            "1956. X. 23-ig, 2015-06-07",
            "ezerkilencszázötvenhat október huszonharmadikáig kettőezer tizenöt június hetedike",
        ),
        ("a XIX. században, III. Béla", "a tizenkilencedik században harmadik Béla"),
        ("1914–1918", "ezerkilencszáztizennégytől ezerkilencszáztizennyolcig"),
    ],
)
def test_ordinals_and_dates(script: str, said: str) -> None:
    """A full stop before a word in small letters makes an ordinal; days of a month have their endings."""
    assert spoken(script, "hu") == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("3-mal, 6-os, 2-es, 3-at, 10-zel", "hárommal hatos kettes hármat tízzel"),
        (
            "7 km-re, 3%-kal, 400 Ft-ért, 5 GBP-t",
            "hét kilométerre három százalékkal négyszáz forintért öt angol fontot",
        ),
        ("9:15-kor, 2012-ben", "kilenc óra tizenöt perckor kettőezer tizenkettőben"),
        ("tv.-nek, isk.-ban", "törvénynek iskolában"),
    ],
)
def test_suffixes_join_the_spoken_word(script: str, said: str) -> None:
    """A suffix after a hyphen is part of the spoken word, with its long vowel and its stem."""
    assert spoken(script, "hu") == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (
            "7,4 kg, 0,05 l, 3,14",
            "hét egész négy tized kilogramm nulla egész öt század liter három egész tizennégy század",
        ),
        ("12,80 € és 5 %, 2 km", "tizenkét euró nyolcvan cent és öt százalék két kilométer"),
        ("2,5 mrd Ft, 1 300 000 Ft", "kettő egész öt tized milliárd forint egymillió háromszázezer forint"),
        ("3/4, 1/2, 5-8 %", "három negyed fél öttől nyolc százalékig"),
        ("9-4=5, 10^-3, x²", "kilenc mínusz négy egyenlő öt tíz a mínusz harmadikon x a másodikon"),
        ("18:45, 06:00, 1:02:03", "tizennyolc óra negyvenöt perc hat óra egy óra két perc három másodperc"),
        (
            "tel. 06 1 234 5678",
            "telefon nulla hat egy kettőszázharmincnégy ötezer hatszázhetvennyolc".replace("kettőszáz", "kétszáz"),
        ),
        ("pl. ez, kb. 4 perc, Kr. e. 44", "például ez körülbelül négy perc Krisztus előtt negyvennégy"),
        ("a@b.hu, USA, NATO", "a kukac b pont hu U S A nato"),
    ],
)
def test_amounts_times_and_abbreviations(script: str, said: str) -> None:
    """A fraction is a number of tenths or hundredths; a clock time has hours and minutes."""
    assert spoken(script, "hu") == said


def test_plain_blank_groups_thousands() -> None:
    """A number grouped by blanks is one token."""
    token = tokenize("Láttunk 14 700 madarat.", "hu")[1]
    assert (token.shown, token.spoken) == ("14 700", ("tizennégyezer", "hétszáz"))
