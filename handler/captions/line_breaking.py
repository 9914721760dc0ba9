"""How bad a line or cue break between two words is, by the sense of the text."""

from __future__ import annotations

import re
from functools import lru_cache

from handler.captions.units import NUMBER, announces_number, belong_together
from handler.text.languages import language_of
from handler.types import Word

_TAIL = re.compile(r"(?:.*\w)?(\W*)", re.DOTALL)  # what follows the last letter or digit
_CLOSING = r"[\"'”’»›)\]】」』]*+(?:\s|$)"
_SENTENCE_END = re.compile(r"[.!?…。！？؟।]" + _CLOSING)
_CLAUSE_END = re.compile(r"[,;:–—،؛、，；：]" + _CLOSING)
_ABBREVIATION = re.compile(r"\W*(?:[a-hj-z]|mr|mrs|ms|dr|prof|st|sr|jr|vs|etc|no|[a-z]\.[a-z])\.$", re.IGNORECASE)
_COUNTED = re.compile(r"[^\W\d_][\w/²³°]*+\W*$|[%°€$£]")
_BARE = re.compile(r"\W*+(.*\w)?", re.DOTALL)

UNBROKEN = 5.0  # how bad a break is where there should be none

# Chinese and Japanese rules (kinsoku): what begins no line, and what ends none.
_NO_START = frozenset(
    "、。，．・：；？！）」』】〉》〕］｝…‥〜ー々ゝゞヽヾ〻％‰℃ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ"
)
_NO_END = frozenset("（「『【〈《〔［｛")

_JOINING, _LEADING, _BOUND, _SUBJECT = range(4)  # the kinds of little words


@lru_cache(maxsize=32)
def _kinds(*words_by_kind: str) -> dict[str, int]:
    return {word: kind for kind, words in enumerate(words_by_kind) for word in words.split()}


class Phrases:
    """The little words of a language (BCP 47). In a language without any, only punctuation and pauses count."""

    def __init__(self, language: str) -> None:
        facts = language_of(language)
        self._kinds = _kinds(facts.joining_words, facts.leading_words, facts.bound_words, facts.subject_words)

    def cost(self, word: Word, after: Word) -> float:
        """How bad a break between these words is: 0 where a sentence ends, 1 anywhere, 2.2 inside a name.

        Between a number and its unit it is UNBROKEN.

        A pause between the words lowers the cost.
        """
        kind, kind_after, text, following = self._kind(word), self._kind(after), word.shown, after.shown
        number, capital = NUMBER.match(text), text[:1].isupper()
        counted = _COUNTED.match(following) if number else capital and NUMBER.match(following)
        rows = (
            (text[-1:] in _NO_END or following[:1] in _NO_START or belong_together(text, following), UNBROKEN),
            (ends_sentence(word), 0.0),
            (ends_clause(word), 0.25),
            (following[:1] in "([“«„—–", 0.3),
            (number and following.lower() in ("of", "de", "di"), 1.9),  # the day of a month
            # Before a name. A capitalised little word is none, such as "I".
            (kind is not None and following[:1].isupper() and kind_after is None, 1.9),
            (kind == _SUBJECT, 1.9),
            (kind is not None or _ABBREVIATION.match(text), 1.7),
            (capital and following[:1].isupper(), 2.2),  # a city's or a person's name
            (kind_after == _JOINING, 0.5),
            (kind_after == _LEADING, 0.65),
            (kind_after in (_BOUND, _SUBJECT), 0.75),
            (counted, 1.6),  # a number with what it counts; a month with its day
        )
        cost = next((cost for fits, cost in rows if fits), 1.0)
        pause = max(0.0, after.start - word.end)
        return cost * (1 - 0.6 * min(1.0, pause / 0.4))

    def _kind(self, word: Word) -> int | None:
        bare = _BARE.match(word.shown)
        return self._kinds.get(((bare and bare[1]) or "").lower().replace("’", "'"))


def sentence_between(word: Word, after: Word) -> bool:
    """Whether one sentence ends and another begins between two words; not in ``Fig. 3``."""
    return ends_sentence(word) and not announces_number(word.shown, after.shown)


def ends_sentence(word: Word) -> bool:
    """Whether a sentence ends with this word."""
    return bool(_SENTENCE_END.search(_tail(word))) and not _ABBREVIATION.match(word.shown)


def ends_clause(word: Word) -> bool:
    """Whether a part of a sentence ends with this word, by its punctuation."""
    return bool(_CLAUSE_END.search(_tail(word)))


def _tail(word: Word) -> str:
    found = _TAIL.match(word.shown)
    return found[1] if found else ""
