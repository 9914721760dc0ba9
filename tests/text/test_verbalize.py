"""Segments are verbalized by the rules of their language, with the prosody mark that follows them."""

from __future__ import annotations

import pytest

from handler.text import tokenize


def spoken(script: str, language: str = "en") -> str:
    return " ".join(word for token in tokenize(script, language) for word in token.spoken)


def marks(script: str, language: str = "en") -> list[str]:
    return [token.mark for token in tokenize(script, language)]


def test_words_of_capitals_become_small_letters() -> None:
    """Ordinary words of capitals are spoken in small letters, because engines spell capitals; single letters stay."""
    assert spoken("STOP, I said. ÉCOLE straße МОСКВА A") == "stop I said école straße москва A"


def test_numbers_are_spoken_in_their_language() -> None:
    """Numbers, money and percentages have the language's words and separators."""
    assert spoken("1.234,5 Euro", "de") == "eintausendzweihundertvierunddreißig Komma fünf Euro"
    assert spoken("12,34 € und 5 %", "de") == "zwölf Euro und vierunddreißig Cent und fünf Prozent"
    assert spoken("$12.34", "de") == "zwölf Dollar und vierunddreißig Cent"
    assert spoken("12€", "fr") == "douze euros"
    assert spoken("50%", "fr") == "cinquante pour cent"
    assert spoken("-5", "pl") == "minus pięć"
    assert spoken("2024年", "zh") == "二 零 二 四 年"
    assert spoken("$5", "zh") == "五 美 元"
    assert spoken("21", "pt-BR") == "vinte e um"
    assert spoken("1,234", "en-GB") == "one thousand two hundred and thirty four"


@pytest.mark.parametrize("language", ["en", "de", "am", "ce", "cs", "bn", "kn", "ja", "th", "hi", "el", "xx", "zh", ""])
def test_no_language_leaves_a_digit(language: str) -> None:
    """Digits are always words, also if num2words fails."""
    for figure in ("0", "100", "1234", "-5", "3.14", "999999999999999999", "1" * 40, "007", "$1.50", "5%", "1.234.567"):
        assert not any(character.isdigit() for character in spoken(figure, language))


def test_greek_semicolon_is_a_question_mark() -> None:
    """In Greek a semicolon is a question mark."""
    assert marks("Τι κάνεις;", "el") == ["", "?"]


def test_prosody_mark_is_the_strongest_that_follows() -> None:
    """The strongest mark counts, also behind quotes; a dash counts as a comma."""
    assert marks('Hi, "you." What?! No... Wait… so; yes: well — fine) end') == [
        ",", ".", "?", "…", "…", ";", ":", ",", "", "",
    ]  # fmt: skip


def test_full_stop_of_an_abbreviation_ends_no_sentence() -> None:
    """A title's full stop is no mark; the one of the last word or before a new sentence is."""
    assert marks("Dr. Smith met Mr. Lee.") == ["", "", "", "", "."]
    assert marks("At 5 p.m. we left at 6 p.m. They stayed, etc.")[2] == ""
    assert marks("At 5 p.m. we left at 6 p.m. They stayed, etc.")[7] == "."
    assert marks("At 5 p.m. we left at 6 p.m. They stayed, etc.")[-1] == "."


def test_punctuation_after_an_abbreviation_is_a_mark() -> None:
    """The full stop belongs to the word; a comma or a question mark after it is a prosody mark."""
    assert marks("On Tues., Nov. 3 at 5 p.m., really, at 6 p.m.?") == ["", ",", "", "", "", "", ",", ",", "", "", "?"]


def test_parts_of_a_segment_keep_their_units() -> None:
    """Amounts around a dash or slash are verbalized by the rules, each with its percent or currency."""
    assert spoken("5%-10%", "de") == "fünf Prozent bis zehn Prozent"
    assert spoken("10€/20€", "fr") == "dix euros slash vingt euros"


def test_groups_after_a_country_code_are_read_digit_by_digit() -> None:
    """Groups after a country code belong to its telephone number."""
    assert spoken("+44 20 7946 0958.") == "plus four four two zero seven nine four six zero nine five eight"


@pytest.mark.parametrize(
    ("script", "language"),
    [("Roe Inc., Bell", "en"), ("5 min., Ann", "en"), ("w XX w., Anna", "pl"), ("etc.; So", "en")],
)
def test_short_form_before_a_comma_ends_no_sentence(script: str, language: str) -> None:
    """The full stop of a short form is no end of a sentence where a comma or semicolon follows."""
    assert [token.mark for token in tokenize(script, language)].count(".") == 0
