"""How else people say what a script is read as."""

from __future__ import annotations

import pytest

from handler.text import tokenize
from handler.text.languages import LANGUAGES
from handler.text.readings import MAX_READINGS, readings


@pytest.mark.parametrize(
    ("written", "others"),
    [
        ("1990s", ["nineties"]),
        ("1905", ["nineteen hundred and five", "one thousand nine hundred five"]),
        ("2024.", ["two thousand twenty four", "two thousand and twenty four"]),
        ("1/2", ["half", "a half"]),
        ("3/4", ["three fourths"]),
        ("www.example.com", ["example dot com"]),
        ("example.com", ["W W W dot example dot com"]),
        ("&", ["", "ampersand"]),
        ("$5", ["five bucks", "five"]),
        ("$12.50", ["twelve fifty", "twelve dollars fifty"]),
        ("5:30", ["half past five"]),
        ("9:45", ["quarter to ten", "a quarter to ten"]),
        ("10%", ["ten"]),
        ("302", ["three oh two", "three hundred and two"]),
        ("120", ["a hundred and twenty", "one twenty"]),
        ("1,500", ["fifteen hundred"]),
        ("2.5", ["two and a half"]),
        ("1st", ["the first"]),
        ("555-1234", ["five five five twelve thirty four"]),
        ("SQL", ["sequel"]),
        ("NASA", ["N A S A"]),
        ("etc.", ["and so on"]),
        ("(laughs)", [""]),
    ],
)
def test_english_readings(written: str, others: list[str]) -> None:
    """Figures, signs and abbreviations have the readings that people use, and not the token's own."""
    (token,) = tokenize(written, "en")
    found = [" ".join(words) for words in readings(token, "en")]
    assert set(others) <= set(found)
    assert " ".join(token.spoken) not in found


def test_plain_words_have_one_reading() -> None:
    """A word is said in one way, so nothing is listened for twice."""
    assert not any(readings(token, "en") for token in tokenize("He bought a well-known umbrella, didn't he?", "en"))


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_has_readings_without_digits(language: str) -> None:
    """No reading of any language raises or leaves a digit, and there are not too many of them."""
    script = "1990\n\n1/2\n\nwww.example.com\n\n10%\n\n5:30\n\n& USA\n\n120 2.5 2,5\n\n555-1234\n\n007 3."
    for token in tokenize(script, language):
        found = readings(token, language)
        assert len(found) <= MAX_READINGS
        assert not any(character.isdigit() for words in found for word in words for character in word)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_no_token_is_too_odd(language: str) -> None:
    """Tokens that are cut short, doubled or no words at all have readings, or none, in every language."""
    odd = (".5", "5.", ",5", "0/0", "1/", "00:00", "24:60", "+", "++", "$", "$.", "(", "()", "w.w", "1800s", "'s", "A.")
    for written in odd:
        for token in tokenize(f"1 {written} 1", language):
            assert all(isinstance(words, tuple) for words in readings(token, language)), written
