"""Find the language in which a text is written, by py3langid: statistics of runs of bytes, without network.

``benchmarks/language.py`` prints how often it is right, and how long it takes.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any
from unicodedata import east_asian_width

from handler.text.characters import bare_words, is_unspaced, plain, word_set
from handler.text.languages import language_of
from handler.text.languages.tags import primary_language

logger = logging.getLogger(__name__)

SAMPLE_CHARS = 2000  # of a longer text, in which its language shows as well
SLICES = 8  # of a longer text, spread over it

MIN_CONFIDENCE = 0.5  # of the language of a text

# When a text is plainly in another language than the one asked for. A false alarm is worse than none.
MIN_LETTERS = 28  # of words without capitals
WIDE_LETTERS = 3  # that a Chinese, Japanese or Korean one counts for
MIN_SURE_CONFIDENCE = 0.9
MAX_PAIRS = 300  # of neighbouring words that are looked at
MAX_OTHER_PAIRS = 0.05  # share of those that are not in the language of the text
MIN_PAIR_CONFIDENCE = 0.03  # of those that are, where the language asked for is not written in Latin letters

_NO_LANGUAGE = "zxx"
_UNSPOKEN = {"la", _NO_LANGUAGE}  # Latin is in names of plants and in sample text
# Of the detector's languages those that recognisers of speech know: fewer languages are mistaken for others.
_LANGUAGES = word_set(
    "af am ar as az ba be bg bn br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha he hi hr ht hu hy id is it "
    "ja jv ka kk km kn ko lb ln lo lt lv mg mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt ro ru si sk sl sn "
    "so sq sr sv sw ta te tg th tk tl tr tt uk ur uz vi yo yue zh"
)
# Languages of which each is taken for the others.
_RELATIVES = tuple(
    word_set(group)
    for group in (
        "da nn no", "bs hr sl sr", "id jv ms", "cs sk", "es gl pt", "ca es oc", "af nl", "hi mr ne", "yue zh",
        "be ru uk", "bg mk ru", "ba kk tt", "az tk tr", "de lb", "ar fa ps ur", "fo is",
    )
)  # fmt: skip

_WRITTEN_ALIKE = {("ja", "zh"), ("ja", "yue")}  # asked for, found: names and places of Japan have no kana

# Addresses, accounts, hashtags, tags, and what a mark hides.
_NOT_SHOWN = re.compile(r"#\w+|(?:://|www\.|@)[!-~]*|<[^<>]*>|\]\([^()]*\)|\[pause:[^\[\]]*\]")


@cache
def _detector() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    detector = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    detector.set_languages(_LANGUAGES | _UNSPOKEN)
    return detector


def likely_language(text: str) -> str | None:
    """The code of the language in which a text is written, None for one that is too short or too mixed to tell."""
    ranked = _ranked(bare_words(_prose(text)))
    code, confidence = next(iter(ranked.items()))
    if code in _UNSPOKEN or confidence < MIN_CONFIDENCE:
        return None
    return _usual_code(code, confidence)


def other_language(text: str, asked: str) -> str | None:
    """The code of the language in which a text plainly is, if that is neither the one ``asked`` for nor much like it.

    Words with capitals tell nothing, as names and titles are in any language. But people also mix two languages: so
    only a few pairs of words, of these too, may be in another one than the text.
    """
    language, prose = primary_language(asked), _prose(text)
    words = [word for word in bare_words(prose) if word == word.lower()]
    if language not in _LANGUAGES or sum(map(_letters, words)) < MIN_LETTERS:
        return None
    ranked = _ranked(words)
    found = next(iter(ranked))
    alike = {found}.union(*(group for group in _RELATIVES if found in group))
    if found in _UNSPOKEN or language in alike or (language, found) in _WRITTEN_ALIKE:
        return None
    if sum(ranked[code] for code in alike) < MIN_SURE_CONFIDENCE:
        return None
    # Hindi, Arabic or Chinese in Latin letters is in none of the languages that the detector knows.
    least = 0.0 if language_of(asked).latin else MIN_PAIR_CONFIDENCE
    pairs = _pairs(bare_words(prose.lower()))
    others = sum(
        pair[language] > pair[found] or sum(pair[code] for code in alike) < least for pair in map(_ranked, pairs)
    )
    return _usual_code(found, ranked[found]) if others <= MAX_OTHER_PAIRS * len(pairs) else None


def _usual_code(code: str, confidence: float) -> str:
    """The code by which engines and aligners know a language; Chinese unless the text is surely in Cantonese."""
    if code == "yue" and confidence < MIN_SURE_CONFIDENCE:
        return "zh"
    return "no" if code == "nn" else code


def _ranked(words: Sequence[str]) -> dict[str, float]:
    """Each language and its probability, the likeliest first; of none at all if the detector cannot be loaded."""
    # A blank at either end: beginnings and ends of words tell more than their middles.
    text = "".join(word if is_unspaced(word[0]) else f" {word}" for word in words) + " "
    try:
        return dict(_detector().rank(text))
    except OSError:  # it unpacks its model on the disk, which may be full: no reason to lose a job
        logger.exception("the detector of languages cannot be loaded")
        return {_NO_LANGUAGE: 1.0}


def _prose(text: str) -> str:
    """A part of a text that tells its language: what its readers see, without addresses and hashtags."""
    if len(text) > SAMPLE_CHARS:
        size, step = SAMPLE_CHARS // SLICES - 1, len(text) // SLICES
        starts = [step * at + (step - size) // 2 for at in range(SLICES)]
        text = "\n".join(_whole_words(text[start : start + size]) for start in starts)
    return plain(_NOT_SHOWN.sub(" ", text))


def _whole_words(part: str) -> str:
    """A part of a text without its first and its last word, which may be cut."""
    return part.partition(" ")[2].rpartition(" ")[0] or part


def _letters(word: str) -> int:
    return len(word) * (WIDE_LETTERS if east_asian_width(word[0]) == "W" else 1)


def _pairs(words: Sequence[str]) -> list[tuple[str, str]]:
    """Up to MAX_PAIRS pairs of neighbouring words, spread over all."""
    return list(pairwise(words))[:: 1 + len(words) // MAX_PAIRS]
