"""A text in a script that its language is not written in is noticed."""

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
def test_most_letters_decide(text: str, language: str, seen: tuple[str, str] | None) -> None:
    """Most letters in another script than Latin, in a language that is written in Latin: the script is named."""
    assert foreign_script(text, language) == seen
