"""How bad a line or cue break between two words is, by the sense of the text."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from handler.text.languages import language_of
from handler.types import Word

_CLOSING = r"[\"'”’»›)\]】」』]*(?:\s\W*)?$"
_SENTENCE_END = re.compile(r"[.!?…。！？؟।]" + _CLOSING)
_CLAUSE_END = re.compile(r"[,;:–—،؛、，；：]" + _CLOSING)
_ABBREVIATION = re.compile(r"\W*(?:[a-hj-z]|mr|mrs|ms|dr|prof|st|sr|jr|vs|etc|no|[a-z]\.[a-z])\.$", re.IGNORECASE)
_NUMBER = re.compile(r"[^\w\s]*\d[\d.,:/]*(?:st|nd|rd|th|[ºª.])?$", re.IGNORECASE)
_UNIT = re.compile(r"[^\W\d_][\w/²³°]*\W*$|[%°€$£]")
_EDGES = re.compile(r"^\W+|\W+$")

_JOINING, _LEADING, _BOUND, _SUBJECT = range(4)
"""The kinds of little words. In a language without any, only punctuation and pauses count."""


@lru_cache(maxsize=32)
def _kinds(*words_by_kind: str) -> dict[str, int]:
    return {word: kind for kind, words in enumerate(words_by_kind) for word in words.split()}


class Phrases:
    """What is known of the phrases of a language (BCP 47; one without a table knows punctuation only)."""

    def __init__(self, language: str) -> None:
        facts = language_of(language)
        self._kinds = _kinds(facts.joining_words, facts.leading_words, facts.bound_words, facts.subject_words)

    def cost(self, word: Word, after: Word) -> float:
        """How bad a break between these words is: 0 where a sentence ends, 1 anywhere, 2.2 inside a name.

        A pause that is heard makes it better.
        """
        cost = next(cost for fits, cost in _BREAKS if fits(self, word, after))
        pause = max(0.0, after.start - word.end)
        return cost * (1 - 0.6 * min(1.0, pause / 0.4))

    def kind(self, word: Word) -> int | None:
        return self._kinds.get(_EDGES.sub("", word.shown).lower().replace("’", "'"))


def ends_sentence(word: Word) -> bool:
    """Whether a sentence ends with this word."""
    return bool(_SENTENCE_END.search(word.shown)) and not _ABBREVIATION.match(word.shown)


def ends_clause(word: Word) -> bool:
    """Whether a part of a sentence ends with this word, by its punctuation."""
    return bool(_CLAUSE_END.search(word.shown))


def _opens_clause(_: Phrases, __: Word, after: Word) -> bool:
    return after.shown[:1] in "([“«„—–"


def _one_name(phrases: Phrases, word: Word, after: Word) -> bool:
    """Two capitalised words, such as a city's or a person's; the first of a sentence is one only by chance."""
    return word.shown[:1].isupper() and after.shown[:1].isupper() and phrases.kind(word) is None


def _one_number(_: Phrases, word: Word, after: Word) -> bool:
    """A number with its unit or what it counts; a month with its day."""
    if _NUMBER.match(word.shown):
        return bool(_UNIT.match(after.shown))
    return word.shown[:1].isupper() and bool(_NUMBER.match(after.shown))


def _day_of_month(_: Phrases, word: Word, after: Word) -> bool:
    return bool(_NUMBER.match(word.shown)) and after.shown.lower() in ("of", "de", "di")


def _leads_to_a_name(phrases: Phrases, word: Word, after: Word) -> bool:
    """A little word before a capitalised one, which is a name unless it is a little word itself, such as "I"."""
    return phrases.kind(word) is not None and after.shown[:1].isupper() and phrases.kind(after) is None


def _leads_on(phrases: Phrases, word: Word, _: Word) -> bool:
    return phrases.kind(word) is not None or bool(_ABBREVIATION.match(word.shown))


# How bad a break between two words is: the first row that fits.
_BREAKS: tuple[tuple[Callable[[Phrases, Word, Word], bool], float], ...] = (
    (lambda _, word, __: ends_sentence(word), 0.0),
    (lambda _, word, __: ends_clause(word), 0.25),
    (_opens_clause, 0.3),
    (_day_of_month, 1.9),
    (_leads_to_a_name, 1.9),
    (lambda phrases, word, _: phrases.kind(word) == _SUBJECT, 1.9),
    (_leads_on, 1.7),
    (_one_name, 2.2),
    (lambda phrases, _, after: phrases.kind(after) == _JOINING, 0.5),
    (lambda phrases, _, after: phrases.kind(after) == _LEADING, 0.65),
    (lambda phrases, _, after: phrases.kind(after) in (_BOUND, _SUBJECT), 0.75),
    (_one_number, 1.6),
    (lambda *_: True, 1.0),
)
