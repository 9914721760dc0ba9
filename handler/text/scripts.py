"""Detect text in a script that its language is not written in: engines spell or misread it."""

from __future__ import annotations

import unicodedata
from collections import Counter

from handler.text.languages import language_of
from handler.types import JobWarning

# First word of a character's Unicode name → the script, and a common language in it.
_SCRIPTS = {
    "CJK": ("Chinese", "zh"), "HIRAGANA": ("Japanese", "ja"), "KATAKANA": ("Japanese", "ja"),
    "HANGUL": ("Korean", "ko"), "CYRILLIC": ("Cyrillic", "ru"), "GREEK": ("Greek", "el"),
    "ARABIC": ("Arabic", "ar"), "HEBREW": ("Hebrew", "he"), "DEVANAGARI": ("Devanagari", "hi"),
    "THAI": ("Thai", "th"),
}  # fmt: skip


def foreign_script(text: str, language: str) -> tuple[str, str] | None:
    """The script of most letters and a language of it, if the text is not in Latin letters as its ``language`` is.

    None for a language that is not written in Latin letters: its texts mix scripts.
    """
    if not language_of(language).latin:
        return None
    letters = [character for character in text if character.isalpha()]
    names = Counter(unicodedata.name(letter, "?").split()[0] for letter in letters)
    name, count = names.most_common(1)[0] if names else ("?", 0)
    return _SCRIPTS[name] if name in _SCRIPTS and 2 * count > len(letters) else None


def language_warnings(text: str, language: str) -> tuple[JobWarning, ...]:
    """The warning that a text is in another script than its language, if it is."""
    if (foreign := foreign_script(text, language)) is None:
        return ()
    script, likely = foreign
    message = f"most of the text is in {script} script, language is {language}; send {likely}?"
    return (JobWarning("language_doubtful", message),)
