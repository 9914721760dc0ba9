"""Slavic numerals: every number has its words, and those of one number are no other's."""

from __future__ import annotations

import pytest

from handler.text.languages.bg import BG
from handler.text.languages.cs_numbers import CS
from handler.text.languages.hr import HR
from handler.text.languages.pl_numbers import PL
from handler.text.languages.ru_numbers import RU
from handler.text.languages.sk import SK
from handler.text.languages.slavic_numbers import Numerals
from handler.text.languages.uk_numbers import UK

NUMBERS = [*range(1200), 2000, 2001, 5000, 21_000, 10**6, 2 * 10**6, 10**9 + 1, 10**18 - 1]
ALL = (RU, UK, PL, CS, SK, BG, HR)
DECLINED = (RU, UK, PL, CS)


def tag(numerals: Numerals) -> str:
    return numerals.tag


@pytest.mark.parametrize("numerals", ALL, ids=tag)
def test_words_of_numbers_differ(numerals: Numerals) -> None:
    """Cardinals, genitives and ordinals of different numbers differ."""
    for words in (
        [numerals.cardinal(number) for number in NUMBERS],
        [numerals.cardinal(number, genitive=True) for number in NUMBERS],
        [numerals.ordinal(number) for number in NUMBERS],
    ):
        assert len(set(words)) == len(NUMBERS)
        assert all(word.isalpha() for one in words for word in one.replace("'", "").split())


@pytest.mark.parametrize("numerals", DECLINED, ids=tag)
def test_genitive_changes_every_number_but_those_with_thousands_alone(numerals: Numerals) -> None:
    """Each cardinal has another genitive, so no word of the tables is missing."""
    assert [n for n in range(1000) if numerals.cardinal(n) == numerals.cardinal(n, genitive=True)] == []


@pytest.mark.parametrize(
    ("numerals", "number", "form", "words"),
    [
        (RU, 21, "fg", "двадцать первой"), (RU, 2000, "l", "двухтысячном"), (RU, 40, "pg", "сороковых"),
        (UK, 3, "fl", "третій"),
        (UK, 1999, "g", "тисяча дев'ятсот дев'яносто дев'ятого"), (PL, 21, "g", "dwudziestego pierwszego"),
        (PL, 2, "f", "druga"),
        (PL, 25_000, "m", "dwudziestopięciotysięczny"), (CS, 23, "g", "dvacátého třetího"), (CS, 1, "l", "prvním"),
    ],
)  # fmt: skip
def test_ordinals_have_cases(numerals: Numerals, number: int, form: str, words: str) -> None:
    """The last word of an ordinal is declined, in Polish and Czech also the tens."""
    assert numerals.ordinal(number, form) == words


@pytest.mark.parametrize(
    ("numerals", "number", "words"),
    [(RU, 21, "двадцатиодно"), (RU, 100, "сто"), (UK, 3, "три"), (PL, 25, "dwudziestopięcio"), (CS, 100, "sto")],
)
def test_first_parts_of_compounds(numerals: Numerals, number: int, words: str) -> None:
    """The first part of a compound is one word."""
    assert numerals.first_part(number) == words


def test_one_and_two_have_genders() -> None:
    """One and two agree with a noun, in Polish one only by itself."""
    assert RU.cardinal(21, "f") == "двадцать одна"
    assert RU.cardinal(2, "f") == "две"
    assert PL.cardinal(21, "f") == "dwadzieścia jeden"
    assert PL.cardinal(1, "f") == "jedna"
    assert RU.cardinal(1_001_000) == "один миллион одна тысяча"
