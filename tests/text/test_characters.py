"""Characters get one spelling, and words are told from punctuation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.text.characters import bare_words, is_unspaced, plain, prosody_mark, stronger_mark


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“It’s”", '"It\'s"'),
        ("１２３ ٤٥", "123 45"),
        ("a\u00a0b\tc", "a b c"),
        ("e\u0301", "é"),
        ("so\u00adft\u200b", "soft"),
        ("½ x²", "1/2 x^2"),
        ("Ⅻ ①", "XII 1"),
        ("Brand™", "Brand"),
        ("21℃", "21°C"),
        ("好。", "好."),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("ab\u200dc", "abc"),
    ],
)
def test_each_character_has_one_spelling(text: str, expected: str) -> None:
    """Quotes, digits, spaces, fractions and compatibility forms become plain; invisible characters go."""
    assert plain(text).strip() == expected


@given(st.text(max_size=40))
def test_plain_text_stays_plain(text: str) -> None:
    """Plain text does not change when it is made plain again."""
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't, ever!", ["Don't", "ever"]),
        ("'quoted'", ["quoted"]),
        ("route66b", ["route", "b"]),
        ("東京 tower", ["東", "京", "tower"]),
        ("...", []),
    ],
)
def test_words_are_bare(text: str, words: list[str]) -> None:
    """Words lose punctuation and digits and keep inner apostrophes; characters of unspaced scripts are words."""
    assert bare_words(text) == words


@pytest.mark.parametrize(
    ("punctuation", "mark"),
    [("", ""), (",", ","), ('."', "."), ("?!", "?"), ("!,", "!"), ("...", "…"), ("—", ","), ("--", ","), ("-", "")],
)
def test_strongest_prosody_mark_counts(punctuation: str, mark: str) -> None:
    """Of several marks the strongest is taken, and a dash counts as a comma."""
    assert prosody_mark(punctuation) == mark


def test_stronger_of_two_marks() -> None:
    """An empty mark is weaker than any other."""
    assert stronger_mark(",", ".") == stronger_mark(".", ",") == "."
    assert stronger_mark("", ",") == stronger_mark(",", "") == ","
    assert stronger_mark("", "") == ""


def test_unspaced_scripts() -> None:
    """Han, Hiragana and Katakana are written without spaces; Hangul and Latin are not."""
    assert all(map(is_unspaced, "漢かカ"))
    assert not any(map(is_unspaced, "한a1"))
