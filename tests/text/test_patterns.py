"""Patterns of words, which rules are made of."""

from __future__ import annotations

import re

from handler.text.patterns import SHORT_STOP, after_one_of, one_of


def test_longest_word_is_found() -> None:
    """A word that begins with another is found whole, and signs are no pattern."""
    found = re.match(one_of(["km", "km/h", "k.m"]), "km/h")
    assert found
    assert found.group() == "km/h"
    assert not re.fullmatch(one_of(["k.m"]), "kmm")


def test_no_words_are_found_nowhere() -> None:
    """The pattern of no words does not even match an empty text."""
    assert not re.search(one_of([]), "")
    assert not re.search(one_of([], SHORT_STOP), "")


def test_full_stop_of_a_short_form_may_end_the_sentence() -> None:
    """The full stop belongs to the short form inside a sentence, and not at its end."""
    pattern = re.compile(one_of(["Std."], SHORT_STOP))
    inside, last = pattern.match("Std. lang"), pattern.match("Std.")
    assert inside
    assert inside.group() == "Std."
    assert last
    assert last.group() == "Std"


def test_words_before_with_fillers() -> None:
    """Looks behind for a word with a filler or none, and for no other."""
    pattern = rf"{after_one_of(['PIN', 'code'], [': '])}\d+"
    assert [bool(re.search(pattern, text)) for text in ("PIN1", "code: 1", "code 1")] == [True, True, False]
