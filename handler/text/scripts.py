"""Which script (of writing) a text is in: one that its language is not written in is spelled out or misread."""

from __future__ import annotations

import unicodedata
from collections import Counter

from handler.text.characters import word_set
from handler.types import primary_language

# By the first word of a character's Unicode name: the script, and a language that is often meant by it.
_SCRIPTS = {
    "CJK": ("Chinese", "zh"), "HIRAGANA": ("Japanese", "ja"), "KATAKANA": ("Japanese", "ja"),
    "HANGUL": ("Korean", "ko"), "CYRILLIC": ("Cyrillic", "ru"), "GREEK": ("Greek", "el"),
    "ARABIC": ("Arabic", "ar"), "HEBREW": ("Hebrew", "he"), "DEVANAGARI": ("Devanagari", "hi"),
    "THAI": ("Thai", "th"),
}  # fmt: skip
_NOT_LATIN = word_set(
    "zh cmn yue ja ko ru uk be bg mk sr kk ky mn tg el ar fa ur ug ps he yi hi mr ne sa th km lo my ka hy am ti "
    "bn as pa gu ta te kn ml si or bo dz ab ba chv tt"
)


def foreign_script(text: str, language: str) -> tuple[str, str] | None:
    """The script of most letters of a text, and a language written in it, where ``language`` is written in Latin.

    None where all is well. A language that has a script of its own is not looked at: its texts mix freely.
    """
    if primary_language(language) in _NOT_LATIN:
        return None
    letters = [character for character in text if character.isalpha()]
    names = Counter(unicodedata.name(letter, "?").split()[0] for letter in letters)
    name, count = names.most_common(1)[0] if names else ("?", 0)
    return _SCRIPTS[name] if name in _SCRIPTS and 2 * count > len(letters) else None
