"""The facts of each language are used for its own scripts, and not for those of another."""

from __future__ import annotations

import pytest

from handler.captions.line_breaking import Phrases
from handler.text import chunk, foreign_script, tokenize
from handler.text.languages import DEFAULT, LANGUAGES, language_of
from handler.text.languages.base import Language, Rule
from handler.text.numbers import NumberStyle
from handler.types import Budget, Word


def words(*shown: str) -> list[Word]:
    return [Word(one, 1.0 * at, 1.0 * at + 1, 1.0, False, 0, 0) for at, one in enumerate(shown)]


def words_before_cut(conjunction: str, language: str) -> int:
    """Where a script of eight words is cut in two that has the conjunction as its sixth, and no punctuation."""
    tokens = tokenize(f"lala lala lala lala lala {conjunction} lala lala", language)
    return len(chunk(tokens, language, Budget(32))[0].tokens)


@pytest.mark.parametrize(
    ("conjunction", "languages"),
    [
        ("and", "en"), ("und", "de"), ("et", "fr"), ("en", "nl"), ("of", "nl"), ("o", "es it"), ("e", "es it pt ru uk"),
        ("men", "sv da no nn"), ("i", "pl cs"), ("a", "pl cs"), ("но", "ru"),
    ],
)  # fmt: skip
def test_chunk_ends_before_a_conjunction_of_its_language(conjunction: str, languages: str) -> None:
    """A word ends a chunk before it in the languages where it is a conjunction, and only there.

    The Latin letter "e" is called и in Russian and і in Ukrainian, which are conjunctions there.
    """
    cuts = {code: words_before_cut(conjunction, code) for code in LANGUAGES}
    assert cuts == {code: 5 if code in languages.split() else 4 for code in LANGUAGES}


@pytest.mark.parametrize(("language", "word"), [("en", "que"), ("en", "e"), ("de", "men"), ("fr", "y"), ("pt", "o")])
def test_conjunction_of_another_language_is_ignored(language: str, word: str) -> None:
    """In other languages the word is like any other."""
    assert words_before_cut(word, language) == 4


def test_languages_have_normalized_codes_and_ten_digits() -> None:
    """The table's keys are normalized codes, and own words for digits are ten."""
    for code, language in LANGUAGES.items():
        assert language.numbers.tag == code == language_of(f"{code}-001").numbers.tag.partition("-")[0]
        assert len(language.numbers.digits.split()) in (0, 10)


def test_unknown_language_has_the_default_facts() -> None:
    """A language without a file or row has the facts of DEFAULT."""
    assert language_of("xx-YY").percent == DEFAULT.percent
    assert [token.spoken for token in tokenize("5%", "xx")] == [("five", "percent")]


def test_regions_choose_numbers() -> None:
    """Swiss French has its own numbers, and regional English has those of English."""
    assert tokenize("98", "fr")[0].spoken == ("quatre", "vingt", "dix", "huit")
    assert tokenize("98", "fr-CH")[0].spoken == ("nonante", "huit")
    assert tokenize("100000", "en-IN")[0].spoken == ("one", "hundred", "thousand")


def test_new_language_needs_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens, chunks, scripts and captions use the facts of a language that is added to the table."""
    monkeypatch.setitem(
        LANGUAGES,
        "qx",
        Language(
            NumberStyle("qx", decimal_comma=True, point="dot", digits="a b c d e f g h i j"),
            rules=(Rule(r"(\d+)/(\d+)", lambda found, _: f"day {'x' * int(found[1])} of moon"),),
            percent="of hundred",
            conjunctions="zan",
            joining_words="zan",
            bound_words="lo",
            latin=False,
        ),
    )
    spoken = [token.spoken for token in tokenize("1,5 7% 3/4", "qx-YY")]
    assert spoken == [("b", "dot", "f"), ("h", "of", "hundred"), ("day", "xxx", "of", "moon")]
    assert words_before_cut("zan", "qx") == 5
    assert words_before_cut("and", "qx") == 4
    pairs = (("red", "sun"), ("lo", "sun"), ("red", "zan"))
    usual, bound, joining = (Phrases("qx").cost(*words(*pair)) for pair in pairs)
    assert joining < usual < bound
    assert foreign_script("Привет", "qx") is None
