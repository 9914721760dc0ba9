"""Ranges without blanks around them, and what looks like one."""

from __future__ import annotations

import pytest

from handler.text import tokenize


def spoken(script: str, language: str = "zh") -> str:
    return "".join(word for token in tokenize(script, language) for word in token.spoken)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("30～40", "三十到四十"), ("30~40kg", "三十到四十千克"), ("30–40%", "百分之三十到百分之四十"),
        ("€3-5", "三到五欧元"),
        ("3-5€", "三到五欧元"), ("1.5～2.5", "一点五到二点五"), ("1-2万", "一到两万"),
        ("8:00~9:30", "八点到九点三十分"),
    ],
)  # fmt: skip
def test_unit_of_either_side_is_said_once_where_it_belongs(script: str, said: str) -> None:
    """A currency or unit that one side has is that of both; a percent sign before the number is said twice."""
    assert spoken(script) == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("9-4=5", "九减四等于五"), ("2024-05-06", "二零二四年五月六日"), ("3-1", "三比一"),
        ("138-0013-8000", "一三八零零一三八零零零"),
    ],
)  # fmt: skip
def test_hyphen_of_a_formula_a_date_and_a_score_makes_no_range(script: str, said: str) -> None:
    """A hyphen is minus in a formula, and before a smaller number the word of scores."""
    assert spoken(script) == said


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("3-7 साल", "hi", "तीन से सात साल"),
    ],
)
def test_range_word_keeps_apart_from_vowel_signs(script: str, language: str, said: str) -> None:
    """The words of a range keep apart in scripts whose words end in signs."""
    assert [word for token in tokenize(script, language) for word in token.spoken] == said.split()
