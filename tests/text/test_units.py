"""A text is divided into words, characters of scripts without blanks, blanks and signs."""

from __future__ import annotations

import pytest

from handler.text.units import divide


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It's 5 km²!", ["It", "'", "s", " ", "5", " ", "km²", "!"]), ("CO2-x", ["CO2", "-", "x"]),
        ("東京は", [*"東京は"]),
        ("สวัส", ["ส", "วั", "ส"]), ("नमस्ते जी", ["नमस्ते", " ", "जी"]), ("서울은", ["서울은"]),
        ("用SQL的", ["用", "SQL", "的"]),
        ("e\u0301a\u00adb", ["e\u0301a\u00adb"]), ("a \n b\n\nc", ["a", " \n ", "b", "\n\n", "c"]),
        ("❤\ufe0f.", ["❤\ufe0f", "."]),
        ("", []), ("\u0301x", ["\u0301", "x"]),
    ],
)  # fmt: skip
def test_units(text: str, expected: list[str]) -> None:
    """Units cover the text in order."""
    assert [text[unit.start : unit.end] for unit in divide(text)] == expected


def test_keys_are_one_spelling() -> None:
    """The key of a unit is the same for all spellings of it, and for any case; its spelling keeps the case."""
    for text in ("É", "E\u0301", "é", "É\u00ad"):
        assert [unit.key for unit in divide(text)] == ["é"]
    assert [unit.spelling for unit in divide("ＳＱＬ ’")] == ["SQL", " ", "'"]
    assert [unit.key for unit in divide("a\n\nb \u00a0c")] == ["a", "\n\n", "b", " ", "c"]
