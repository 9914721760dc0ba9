"""Cardinal numbers of the Romance languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from handler.text.languages import romance_numbers as numbers

LANGUAGES = (
    numbers.spanish, numbers.portuguese, numbers.european_portuguese, numbers.french, numbers.swiss_french,
    numbers.belgian_french, numbers.italian, numbers.romanian, numbers.catalan,
)  # fmt: skip


@pytest.mark.parametrize(
    ("speak", "number", "gender", "words"),
    [
        (numbers.spanish, 21, "m", "veintiún"),
        (numbers.spanish, 31_001, "", "treinta y un mil uno"),
        (numbers.spanish, 200_231, "f", "doscientas mil doscientas treinta y una"),
        (numbers.spanish, 10**12 + 10**6, "", "un billón un millón"),
        (numbers.portuguese, 2_202, "f", "duas mil duzentas e duas"),
        (numbers.portuguese, 10**9 + 100, "", "um bilhão e cem"),
        (numbers.european_portuguese, 3 * 10**9 + 16, "", "três mil milhões e dezasseis"),
        (numbers.french, 80_080, "", "quatre-vingt mille quatre-vingts"),
        (numbers.french, 200_000_000, "", "deux cents millions"),
        (numbers.french, 61, "f", "soixante et une"),
        (numbers.swiss_french, 97, "", "nonante-sept"),
        (numbers.belgian_french, 81, "", "quatre-vingt-un"),
        (numbers.italian, 1_023, "", "milleventitré"),
        (numbers.italian, 28_000_181, "", "ventotto milioni centottantuno"),
        (numbers.romanian, 21_002, "f", "douăzeci și una de mii două"),
        (numbers.romanian, 19 * 10**6, "", "nouăsprezece milioane"),
        (numbers.catalan, 222, "f", "dues-centes vint-i-dues"),
    ],
)
def test_numbers_agree_and_are_joined(speak: Callable[[int, str], str], number: int, gender: str, words: str) -> None:
    """Ones, hundreds and scales have the form that the noun and their place ask for."""
    assert speak(number, gender) == words


@pytest.mark.parametrize("speak", LANGUAGES, ids=lambda speak: speak.__name__)
def test_every_number_has_its_own_words(speak: Callable[[int, str], str]) -> None:
    """Different numbers have different words, in each gender, to the end of the range."""
    several = [*range(1_300), *(10**power + step for power in range(4, 18) for step in (0, 1, 21, 100))]
    for gender in ("", "m", "f"):
        words = [speak(number, gender) for number in several]
        assert all(words)
        assert len(set(words)) == len(set(several))
