"""Detect text in a script that its language is not written in: engines spell or misread it."""

from __future__ import annotations

import unicodedata
from collections import Counter

from handler.text.languages import language_of

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
