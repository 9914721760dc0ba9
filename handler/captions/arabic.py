"""Contextual forms of Arabic letters, to measure a word's width as it is drawn."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_ARABIC = re.compile(r"[\u0600-\u06FF\u0750-\u077F]")
_FORMS = range(0xFB50, 0xFEFD)  # Unicode's presentation forms: only they show which letters join which neighbours
# The form of a letter, by whether it joins the letter before and the letter after.
_NAMES = {(True, True): "medial", (True, False): "final", (False, True): "initial", (False, False): "isolated"}


@lru_cache(maxsize=1)
def _forms() -> dict[str, dict[str, str]]:
    """The forms of each letter by name: isolated, initial, medial, final. Ligatures are left out."""
    forms: dict[str, dict[str, str]] = {}
    for code in _FORMS:
        name, _, letters = unicodedata.decomposition(chr(code)).partition(" ")
        if name.startswith("<") and " " not in letters:
            forms.setdefault(chr(int(letters, 16)), {})[name.strip("<>")] = chr(code)
    return forms


def shaped(text: str) -> str:
    """Text with each Arabic letter in the form that joins its neighbours; other text unchanged.

    A letter joins the next if it has an initial form, and the one before if it has a final one (Unicode, chapter 9.2).
    """
    if not _ARABIC.search(text):
        return text
    forms = _forms()
    letters = [char for char in text if unicodedata.category(char) != "Mn"]
    result = ""
    for before, char, after in zip(["", *letters], letters, [*letters[1:], ""], strict=False):
        own = forms.get(char, {})
        joins_before = "initial" in forms.get(before, {}) and "final" in own
        joins_after = "initial" in own and "final" in forms.get(after, {})
        result += own.get(_NAMES[joins_before, joins_after], char)
    return result
