"""A Roman numeral after a word is a number, after a ruler an ordinal."""

from __future__ import annotations

import pytest

from tests.text.languages.spoken import spoken


@pytest.mark.parametrize(
    ("language", "script", "words"),
    [
        ("de", "Kapitel IV", "Kapitel vier"),
        ("sv", "kapitel IV", "kapitel fyra"),
        ("sv", "Gustav III", "Gustav den tredje"),
        ("nl", "Willem II", "Willem de tweede"),
        ("fi", "Henrik VIII", "Henrik kahdeksas"),
    ],
)
def test_numerals_after_words(language: str, script: str, words: str) -> None:
    """The word decides between the number and the ordinal, and the language about its article."""
    assert spoken(script, language) == words
