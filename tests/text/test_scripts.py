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
def test_foreign_script_is_the_one_of_most_letters(text: str, language: str, seen: tuple[str, str] | None) -> None:
    """A script is foreign only to a language in Latin letters, and only if most letters are of it."""
    assert foreign_script(text, language) == seen
