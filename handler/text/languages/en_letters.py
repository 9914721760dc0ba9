"""English words of letters: abbreviations, titles, words of capitals."""

from __future__ import annotations

import re

from handler.text.characters import bare_words
from handler.text.languages import en_words as table
from handler.text.languages.base import WordContext
from handler.text.languages.en_roman import small_roman_value

_MIXED = re.compile(r"(?=[A-Za-z]+[A-Z])[A-Za-z]{2,5}")  # GmbH, MSc: spelled without vowels
_PLURAL = re.compile(r"([A-Z]{2,})'?s")
_DOTTED_LETTERS = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]")
_STREET_WORDS = frozenset(table.STREETS.values())


def _capitals(word: str, *, shouted: bool) -> str:
    """A word of capitals, spelled if it is an initialism or has no vowel, else in small letters."""
    if word in table.SPECIAL_INITIALISMS and not (shouted and word in table.INITIALISMS_QUIET):
        return table.SPECIAL_INITIALISMS[word]
    quiet = word in table.INITIALISMS_QUIET
    spelled = not shouted if quiet else word in table.INITIALISMS
    consonants = word.isascii() and word.isalpha() and not set(word) & set("AEIOUY")
    if spelled or (consonants and word not in table.CONSONANT_WORDS and len(word) <= 5):
        return " ".join(word)
    return f"I{word[1:].lower()}" if word.startswith("I'") else word.lower()


def _is_shouted(word: str) -> bool:
    return len(word) > 1 and word.isupper() and word.isalpha() and word not in table.INITIALISMS


def _street(word: str, last: str, following: str, before: str) -> str | None:
    """The kind of a street after its name, or the quarter of a town after that."""
    if word in table.QUARTERS and last in _STREET_WORDS:
        return table.QUARTERS[word]
    numbered = bool(re.fullmatch(r"\d{1,3}(?:st|nd|rd|th)", before)) and last.endswith(("st", "nd", "rd", "th"))
    named = last[:1].isupper() and not last.isupper()
    if word.lower() not in table.STREETS or not (named or numbered):
        return None
    # Dr and St are also before names; "Main St Paul" is rare, "Dr" after a name and before one is not a street.
    if word in ("Dr", "St") and following[:1].isupper() and following not in table.QUARTERS:
        return None
    short = word.islower() or word in ("Dr", "St") or before[:1].isupper() or numbered
    return table.STREETS[word.lower()] if short and (word.islower() or word.istitle()) else None


def verbalize_word(word: str, last: str, following: str, context: WordContext) -> str:
    """The spoken form of a bare word; the spoken form of a spoken form is the same."""
    if word in table.CHEMICALS:
        return " ".join(word.upper())
    if word in table.TITLES and word not in table.TITLES_DOTTED_ONLY:
        return table.TITLES[word]
    if (street := _street(word, last, following, context.before)) is not None:
        return street
    if word in ("Dr", "St"):
        return "doctor" if word == "Dr" else "saint"
    if word.lower() in table.SHORT:
        return table.SHORT[word.lower()]
    if (several := _PLURAL.fullmatch(word)) is not None:
        letters = _capitals(several[1], shouted=False)
        return f"{letters}'s" if letters != several[1].lower() else f"{letters}s"
    if _MIXED.fullmatch(word) and not set(word.upper()) & set("AEIOUY"):
        return " ".join(word.upper())
    if len(word) < 2 or not word.isupper():
        return word
    return _capitals(word, shouted=_is_shouted(context.before) or _is_shouted(context.after))


def _calendar(context: WordContext) -> tuple[str, bool] | None:
    """A month or weekday in short, beside figures or with a full stop."""
    core, after, dot = context.core, context.after, context.dot
    beside = after[:1].isdigit() or context.before[-1:].isdigit()
    if core in table.MONTH_SHORT and (beside or (dot and core not in ("Jan", "Mar"))):
        return table.MONTH_SHORT[core], not after
    if core in table.WEEKDAY_SHORT and (
        after[:1].isdigit() or (after in table.MONTH_NAMES and (dot or after != "May"))
    ):
        return table.WEEKDAY_SHORT[core], False
    return None


def abbreviation(context: WordContext) -> tuple[str, bool] | None:
    """The words of an abbreviation and whether its full stop ends a sentence, None for other words."""
    core, after, low = context.core, context.after, context.core.lower()
    if (named := _calendar(context)) is not None:
        return named
    if not context.dot and "." not in core:
        return None
    if core in table.TITLES:
        return table.TITLES[core], not after
    before = context.before[:1].isupper() and context.last[:1].isupper()
    if low in table.STREETS and (before or core in ("Dr", "St")):
        spoken = verbalize_word(core, context.last, after, context)
        return spoken, not after or (spoken in _STREET_WORDS and after[0].isupper() and after not in table.QUARTERS)
    number_follows, number_before = after[:1].isdigit() or small_roman_value(after), context.before[-1:].isdigit()
    allowed = (low not in table.DOTTED_BEFORE_NUMBER or number_follows) and (
        low not in table.DOTTED_AFTER_NUMBER or number_before
    )
    ends = not after or (low in table.DOTTED_ENDING and after[0].isupper())
    if low in table.DOTTED and allowed:
        return table.DOTTED[low], ends
    if _DOTTED_LETTERS.fullmatch(core) and len(core) <= 15:
        return " ".join(bare_words(core.upper())), ends
    if len(core) == 1 and core.isupper() and core != "I":
        noon = core == "M" and context.last in ("A", "P")
        return core, not after or (noon and after[0].isupper())
    return None
