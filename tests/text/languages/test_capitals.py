"""Words of capitals."""

from __future__ import annotations

import pytest

from handler.text.languages.base import WordContext
from handler.text.languages.capitals import Capitals
from handler.text.languages.de import GERMAN

CAPITALS = Capitals("OSCE", "TÜV ROT", vowels="AEIOUÜ")


def said(word: str, before: str = "", after: str = "") -> str:
    return CAPITALS(word, "", after, WordContext(word, GERMAN, before=before, after=after))


@pytest.mark.parametrize(
    ("word", "spoken"),
    [
        ("OSCE", "O S C E"),
        ("EU", "E U"),
        ("HDMS", "H D M S"),
        ("TÜV", "tüv"),
        ("HAUS", "haus"),
        ("Haus", "Haus"),
        ("A", "A"),
    ],
)
def test_initials_are_spelled_and_words_are_not(word: str, spoken: str) -> None:
    """Known initials, short words and words without a vowel are spelled, but for known words."""
    assert said(word) == spoken


def test_a_shouting_text_is_not_spelled() -> None:
    """Beside a word of capitals that is no initials, short words are words too."""
    assert said("AUF", after="GEHTS") == "auf"
    assert said("HDMS", after="GEHTS") == "H D M S"
