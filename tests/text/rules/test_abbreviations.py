"""Abbreviations with full stops."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handler.text.expressions import find
from handler.text.languages import DEFAULT
from handler.text.rules.abbreviations import abbreviation_rules
from tests.text.languages.spoken import spoken

RULES = abbreviation_rules(
    {"a. b.": "alpha beta", "mr.": "mister", "usf.": "and so", "nr": "number"},
    ending=("usf.",),
    before_number={"p": "page"},
)
LANGUAGE = replace(DEFAULT, rules=RULES)


def said(script: str) -> list[tuple[str, str]]:
    """Each abbreviation found, with its words."""
    return [(script[one.start : one.end], one.spoken) for one in find(script, LANGUAGE, RULES)]


@pytest.mark.parametrize("written", ["a. b.", "a.b.", "A. b."])
def test_blanks_and_a_first_capital_do_not_matter(written: str) -> None:
    """An abbreviation is found with inner blanks and without, and at the beginning of a sentence."""
    assert said(f"{written} word") == [(written, "alpha beta")]


def test_full_stop_is_left_where_a_sentence_ends() -> None:
    """A short form that may end a sentence does so before a capital; every other only at the end of a paragraph."""
    assert said("so usf. Then") == [("usf", "and so")]
    assert said("so usf. then") == [("usf.", "and so")]
    assert said("mr. Bean") == [("mr.", "mister")]
    assert said("hello mr.") == [("mr", "mister")]


def test_some_are_abbreviations_only_before_figures() -> None:
    """A letter that is short for a word only before figures stays a letter elsewhere."""
    assert said("p. 5 and p.7 but p. then") == [("p.", "page"), ("p.", "page")]


def test_inside_a_word_there_is_none() -> None:
    """Neither the letters of a longer word nor their like are an abbreviation."""
    assert said("nrs enr nr") == [("nr", "number")]


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("S1 und S. 4", "de", "S eins und Seite vier"),
    ],
)
def test_letter_without_its_stop_is_a_name(script: str, language: str, said: str) -> None:
    """One capital is an abbreviation with its full stop only."""
    assert spoken(script, language) == said
