"""The language of a request is found in its text; a text in another language or script than asked is a warning."""

from __future__ import annotations

import pytest

from handler.text import foreign_script, language_asked, language_warnings
from tests.support.sentences import of


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


@pytest.mark.parametrize(
    ("asked", "text", "language"),
    [
        ("auto", " ".join(of("de")), "de"),
        ("auto", "Hm.", None),
        ("auto", "Да.", "ru"),
        (None, " ".join(of("de")), None),
        ("pt-BR", " ".join(of("de")), "pt-BR"),
    ],
)
def test_language_is_looked_for_only_if_asked_for(asked: str | None, text: str, language: str | None) -> None:
    """``auto`` takes the language of the text, of an unclear one a common language of its script."""
    assert language_asked(asked, text) == language


def test_assumed_language_is_a_warning() -> None:
    """An unclear text with ``auto`` is read in some language: the warning says which, and the way out."""
    (warning,) = language_warnings("Hm.", "fr", "auto")
    assert warning.code == "language_assumed"
    assert "fr is assumed; send language" in warning.message
    assert language_warnings("Hm.", "fr", "fr") == ()
    assert language_warnings(" ".join(of("fr")), "fr", "auto") == ()


@pytest.mark.parametrize(
    ("text", "language", "message"),
    [
        (" ".join(of("de")), "en", "the text seems to be in German (de), language is en; send language: de?"),
        (" ".join(of("en")), "hi", "the text seems to be in English (en), language is hi; send language: en?"),
        ("Привіт, світе!", "en", "most of the text is in Cyrillic script, language is en; send language: uk?"),
        ("你好世界", "en", "most of the text is in Chinese script, language is en; send language: zh?"),
        ("Да.", "en", "most of the text is in Cyrillic script, language is en; send language: ru?"),
    ],
)
def test_other_language_is_a_warning(text: str, language: str, message: str) -> None:
    """The warning names what was found, what was asked for and what to send."""
    assert [(warning.code, warning.message) for warning in language_warnings(text, language)] == [
        ("language_doubtful", message)
    ]
