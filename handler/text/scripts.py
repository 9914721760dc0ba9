"""Detect a text in a script that its language is not written in: engines spell it out or misread it."""

from __future__ import annotations

import unicodedata
from collections import Counter

from handler.text.languages import language_of

# By the first word of a character's Unicode name: the script, and a language that is often meant by it.
_SCRIPTS = {
    "CJK": ("Chinese", "zh"), "HIRAGANA": ("Japanese", "ja"), "KATAKANA": ("Japanese", "ja"),
    "HANGUL": ("Korean", "ko"), "CYRILLIC": ("Cyrillic", "ru"), "GREEK": ("Greek", "el"),
    "ARABIC": ("Arabic", "ar"), "HEBREW": ("Hebrew", "he"), "DEVANAGARI": ("Devanagari", "hi"),
    "THAI": ("Thai", "th"),
}  # fmt: skip


def foreign_script(text: str, language: str) -> tuple[str, str] | None:
    """The script of most letters of a text, and a language written in it, where ``language`` is written in Latin.

    None where the scripts agree, and for a language with a script of its own: its texts mix freely.
    """
    if not language_of(language).latin:
        return None
    letters = [character for character in text if character.isalpha()]
    names = Counter(unicodedata.name(letter, "?").split()[0] for letter in letters)
    name, count = names.most_common(1)[0] if names else ("?", 0)
    return _SCRIPTS[name] if name in _SCRIPTS and 2 * count > len(letters) else None
