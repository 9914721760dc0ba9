"""Ordinals, and the Roman numbers of lists."""

from __future__ import annotations

import pytest

from tests.text.languages.spoken import spoken


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("i. halls\nii. yards\niii. woods", "en", "i halls two yards three woods"),
        ("Der Text (iv) folgt", "de", "Der Text vier folgt"),
        ("XI. Results", "en", "eleven Results"),
    ],
)
def test_roman_number_of_a_list_is_a_number(script: str, language: str, said: str) -> None:
    """A Roman numeral before the text of a list item or in brackets is a number."""
    assert spoken(script, language) == said
