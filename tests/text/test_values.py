"""Nothing that carries value is silent: taking a figure or a sign out of a script changes what is said."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handler.errors import BadRequest
from handler.text import tokenize
from handler.text.characters import plain
from handler.text.languages import LANGUAGES
from handler.text.rules.signs import ALWAYS, SILENT

SPOKEN_LANGUAGES = (
    "en", "en-GB", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "ru", "uk", "tr", "hi", "ar", "zh", "ja", "ko",
    "vi", "hu", "cs", "el", "th", "he", "id", "xx",
)  # fmt: skip
CURRENCIES = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Sc"]
MATHEMATICAL = [chr(code) for code in range(0x2200, 0x2300) if unicodedata.category(chr(code)) == "Sm"]
# But for those that are written for another: the slash of a division is a slash.
SIGNS = sorted(sign for sign in {*ALWAYS, *CURRENCIES, *MATHEMATICAL} if plain(sign) == sign)
BULLETS = "+"  # before a blank at the beginning of a line
PLACES = ("{} ", "a {} b", "{}5", "5{}", "5 {}", "{} 5", "5{}3", "5 {} 3", "x{}y", "({}5)", "word{} next")
VALUES = (
    "5", "12", "1.5", "1,5", "2 500", "2090", "$", "€", "£", "₹", "%", "‰", "°", "°C", "km", "kg", "=", "≠", "×", "÷",
    "±", "≈", "≤", "≥", "√", "+", "&", "@", "#7", "7*3", "9/4", "<3kg", "½", "²", "№", "§", "½", "٥", "५", "３",
)  # fmt: skip
FILLERS = (" ", " ", " and ", ", ", " Haus ", ". ", " (", "] ", " “", "” ", " 🎉 ", "\n", " – ", " и ", "は")
scripts = st.lists(st.tuples(st.sampled_from(FILLERS), st.sampled_from(VALUES)), min_size=1, max_size=5).map(
    lambda pairs: "say" + "".join(filler + value for filler, value in pairs)
)


def said(script: str, language: str) -> list[str]:
    """The spoken words; none for a script of which nothing is spoken."""
    try:
        return [word for token in tokenize(script, language) for word in token.spoken]
    except BadRequest:
        return []


def carries_value(character: str) -> bool:
    """Whether a character has a value: a figure but zero, or a sign that is always spoken."""
    return (character.isnumeric() and unicodedata.numeric(character) != 0) or character in SIGNS


@pytest.mark.parametrize("language", SPOKEN_LANGUAGES)
def test_every_sign_is_spoken_wherever_it_stands(language: str) -> None:
    """Each sign of a currency or of mathematics adds words to what is said, alone and beside words and figures."""
    without = {place: said(place.format(" "), language) for place in PLACES}
    silent = [
        place.format(sign)
        for sign in SIGNS
        for place in PLACES
        if not (sign in BULLETS and place.startswith("{} "))
        if said(place.format(sign), language) == without[place]
    ]
    assert silent == []


@settings(max_examples=300)
@given(scripts, st.sampled_from(SPOKEN_LANGUAGES))
def test_no_value_can_be_taken_away_unheard(script: str, language: str) -> None:
    """A script without one of its figures or signs is said in other words."""
    words = said(script, language)
    for index, character in enumerate(script):
        bullet = character in BULLETS and (not index or script[index - 1] == "\n")
        if carries_value(character) and not bullet:
            assert said(f"{script[:index]} {script[index + 1 :]}", language) != words, (character, script)


@pytest.mark.parametrize("language", SPOKEN_LANGUAGES)
def test_silent_signs_are_silent_between_words(language: str) -> None:
    """The written list of silent signs is true: beside words they add none, and each has its reason."""
    for signs, reason in SILENT.items():
        assert reason
        heard = [sign for sign in signs if said(f"so {sign} so", language) != said("so so", language)]
        assert heard == []


def test_every_language_is_covered() -> None:
    """The languages of the issue have facts of their own."""
    assert {code.partition("-")[0] for code in SPOKEN_LANGUAGES} - {"xx"} <= set(LANGUAGES)


@pytest.mark.parametrize("language", ["en", "de", "ru", "zh"])
def test_a_number_longer_than_an_expression_is_spoken(language: str) -> None:
    """Each digit of a number of a thousand digits is a word."""
    assert len(said("7" * 1000, language)) >= 1000
