"""A text in a script that its language is not written in is detected."""

from __future__ import annotations

import pytest

from handler.text import foreign_script


@pytest.mark.parametrize(
    ("text", "language", "seen"),
    [
        ("你好世界", "en", ("Chinese", "zh")),
        ("Привет, мир! OK", "de-AT", ("Cyrillic", "ru")),
        ("Hello, 世界", "en", None),
        ("你好世界", "zh", None),
        ("你好世界", "zh_TW", None),
        ("Hello", "ru", None),
        ("123 🎉", "en", None),
        ("", "en", None),
        ("naïve Ærøskøbing", "da", None),
    ],
)
def test_the_script_of_most_letters_is_named(text: str, language: str, seen: tuple[str, str] | None) -> None:
    """Only for a language written in Latin letters, and only where most letters are of another script."""
    assert foreign_script(text, language) == seen
