"""Words of all scripts in Latin letters, as MMS-FA was trained to read them."""

from __future__ import annotations

import pytest

from handler.aligners.romanisation import CODES, load, romanise

WORDS = {
    "Cyrillic": ("mk", ("Ќе", "чудо"), ("kje", "chudo")),
    "Cyrillic of another language": ("uk", ("Київ",), ("kyiv",)),
    "Han": ("zh", ("你好", "三万一"), ("nihao", "sanwanyi")),
    "kana": ("ja", ("です",), ("desu",)),
    "Hangul": ("ko", ("한국어",), ("hangugeo",)),
    "Arabic": ("ar", ("مرحبا",), ("mrhba",)),
    "Hebrew": ("he", ("שלום",), ("shlvm",)),
    "Devanagari": ("mr", ("नमस्ते",), ("namaste",)),
    "Bengali": ("bn", ("সুন্দর",), ("sundar",)),
    "Thai": ("th", ("สวัสดี",), ("swatdii",)),
    "Ethiopic": ("am", ("አማርኛ",), ("amaarenyaa",)),
    "Greek": ("el", ("Ελλάδα",), ("ellada",)),
    "Latin with accents": ("yo", ("Ẹ̀kọ́", "Žluťoučký"), ("eko", "zlutoucky")),
    "Latin of three letters' code": ("deu", ("Übung",), ("uebung",)),
}


@pytest.mark.parametrize(("language", "words", "romanised"), WORDS.values(), ids=WORDS)
def test_every_script_is_romanised(language: str, words: tuple[str, ...], romanised: tuple[str, ...]) -> None:
    """Words become small Latin letters, numerals in characters the words that they are."""
    assert tuple(romanise(words, language)) == romanised


def test_every_word_stays_one() -> None:
    """As many words come out as went in; digits and signs stay, because they are said."""
    words = ["", "—", "42", "5 €", "не знаю", "🎉", "l’été"]
    assert romanise(words, "mk") == ["", "—", "42", "5 €", "ne znayu", "🎉", "l’ete"]


def test_codes_are_uromans() -> None:
    """Each language that uroman has rules of its own for is passed on under its name, or has one of three letters."""
    rules = {code for same in load().rom_rules.values() for rule in same for code in rule["lcodes"] or ()}
    # English has marks that no text has, Ancient and Pontic Greek have no code of two letters, and `2` is another
    # orthography.
    assert rules - {"eng", "grc", "pnt", "mkd2", "srp2"} <= set(CODES.values())
    # Of these it has no table, but drops the last vowel of a word, or, of Sanskrit alone, keeps it.
    assert set(CODES.values()) - rules == {"asm", "ben", "guj", "kas", "pan", "san"}
