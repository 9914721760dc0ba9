"""Words of capitals: letter by letter where they are initials, and as words in a text that shouts."""

from __future__ import annotations

import re
from collections.abc import Callable

from handler.text.characters import word_set
from handler.text.languages.base import WordContext

_MIXED = re.compile(r"(?=[A-Za-z]+[A-Z])[A-Za-z]{2,5}")  # GmbH, StGB: spelled without vowels
_SEVERAL = re.compile(r"([A-Z]{2,4})s")
_MAX_CONSONANTS = 5  # longer words without vowels are noises, such as "PSSSST"


class Capitals:
    """Speaks a word of capitals: as ``verbalize_word`` of a `Language`.

    Words of two or three letters and words without vowels are spelled, but for ``words``; so are ``initials``.
    """

    def __init__(
        self, initials: str = "", words: str = "", vowels: str = "AEIOUY", lower: Callable[[str], str] = str.lower
    ) -> None:
        self._lower = lower
        self._initials, self._words, self._vowels = word_set(initials), word_set(words), frozenset(vowels)

    def _is_spelled(self, word: str) -> bool:
        if word in self._initials:
            return True
        if word in self._words or len(word) > _MAX_CONSONANTS:
            return False
        return len(word) <= 3 or not self._vowels & set(word)

    def _shouts(self, word: str) -> bool:
        return len(word) > 1 and word.isalpha() and word.isupper() and not self._is_spelled(word)

    def __call__(self, word: str, _last: str, _following: str, context: WordContext) -> str:
        head, apostrophe, tail = word.rpartition("'")
        if apostrophe and head.isupper() and not (len(tail) == 2 or tail in self._initials):
            return word  # a text that shouts, rather than initials
        if apostrophe and tail.isupper() and len(tail) > 1:
            return f"{head}'{self(tail, _last, _following, context)}"  # l'IA, dell'UE
        if (several := _SEVERAL.fullmatch(word)) and self._is_spelled(several[1]):
            return f"{' '.join(several[1])}'s"
        if _MIXED.fullmatch(word) and not self._vowels & set(word.upper()):
            return " ".join(word.upper())
        if len(word) < 2 or not word.isupper() or not word.isalpha():
            return word
        known = word in self._initials or not self._vowels & set(word)
        shouted = not known and (self._shouts(context.before) or self._shouts(context.after))
        return " ".join(word) if self._is_spelled(word) and not shouted else self._lower(word)
