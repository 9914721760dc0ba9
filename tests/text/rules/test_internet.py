"""Addresses, tags and paths."""

from __future__ import annotations

import pytest

from tests.text.languages.spoken import spoken


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("Open /opt/data/logs. Then", "en", "Open slash opt slash data slash logs Then"),
    ],
)
def test_path_leaves_the_full_stop(script: str, language: str, said: str) -> None:
    """The full stop behind a path ends the sentence."""
    assert spoken(script, language) == said


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("#30DayChallenge", "en", "hashtag thirty Day Challenge"),
        ("#30 and #30th", "en", "number thirty and number thirtieth"),
    ],
)
def test_tag_may_begin_with_figures(script: str, language: str, said: str) -> None:
    """A tag that begins with figures is a tag."""
    assert spoken(script, language) == said


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("max.roth@web.de", "de", "max Punkt roth at web Punkt D E"),
    ],
)
def test_abbreviation_in_an_address_stays(script: str, language: str, said: str) -> None:
    """The parts of an address are no abbreviations."""
    assert spoken(script, language) == said


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("#여행", "ko", "해시태그 여행"),
        ("#यात्रा", "hi", "हैशटैग यात्रा"),
    ],
)
def test_tag_has_its_word_in_the_language(script: str, language: str, said: str) -> None:
    """The word of a tag is of the language."""
    assert spoken(script, language) == said
