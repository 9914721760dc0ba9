"""Words of capitals: letter by letter where they are initials, and as words in a text that shouts."""

from __future__ import annotations

from collections.abc import Callable

from handler.text.characters import word_set
from handler.text.languages.base import WordContext

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
        if len(word) < 2 or not word.isupper() or not word.isalpha():
            return word
        known = word in self._initials or not self._vowels & set(word)
        shouted = not known and (self._shouts(context.before) or self._shouts(context.after))
        return " ".join(word) if self._is_spelled(word) and not shouted else self._lower(word)
