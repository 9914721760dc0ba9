"""The other ways to say a token: "1990s" as "nineties", "www.example.com" without "www dot", "&" not at all.

A script is read in one way, but the people in a recording say it in theirs. Each row of ``KINDS`` is a pattern of the
shown text and the function that gives readings; a language adds rows of its own (`Language.readings`), which come
first. Every reading is the spoken words as one text, "" where nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from handler.text import numbers
from handler.text.characters import plain
from handler.text.languages import language_of
from handler.text.languages.base import Language
from handler.text.languages.reading import Reading
from handler.text.rules import spoken
from handler.text.verbalize import verbalize
from handler.types import Token

MAX_READINGS = 12
"""Each is listened for."""

MAX_CHARS = 80
"""Of a token with other readings: a longer one is a link or a key, which nobody reads out."""
_AROUND = "\"'“”‘’«»*_|¿¡,;:!?…—–"


def readings(token: Token, language: str) -> tuple[tuple[str, ...], ...]:
    """The words of a token's other readings, the usual ones first; none for a token that is said in one way.

    An empty reading says that people may leave it out. ``language`` is the tag of what is spoken.
    """
    if len(token.shown) > MAX_CHARS:
        return ()
    own = tuple(word.casefold() for word in token.spoken)
    return tuple(words for words in _readings(token.shown, language) if tuple(map(str.casefold, words)) != own)


@lru_cache(maxsize=4096)
def _readings(shown: str, tag: str) -> tuple[tuple[str, ...], ...]:
    language = language_of(tag)
    found = dict.fromkeys(" ".join(one.split()) for one in _said(plain(shown).strip(_AROUND), language))
    return tuple(dict.fromkeys(_words(one, language) for one in islice(found, MAX_READINGS)))


def _said(core: str, language: Language) -> Iterator[str]:
    for pattern, say in (*language.readings, *KINDS):
        # The last full stop is part of an abbreviation or ends the sentence.
        for text in dict.fromkeys((core, core.rstrip("."))):
            if found := re.fullmatch(pattern, text):
                yield from say(found, language)
                break


def _words(text: str, language: Language) -> tuple[str, ...]:
    """The bare spoken words of a reading."""
    parts = text.split()
    return tuple(word for part in verbalize(parts, parts, language) for word in part.words) if parts else ()


def _number(found: re.Match[str], language: Language) -> Iterator[str]:
    digits = re.sub(r"\D", "", found.group())
    yield language.cardinal(digits)
    if len(digits) == 4 and digits[0] in "12":
        yield language.year(digits)
    if len(digits) <= 2:
        yield from (language.ordinal(digits), language.day(digits))
    if len(digits) % 2 == 0:
        yield _by_twos(digits, language)
    yield language.digits(digits)


def _by_twos(digits: str, language: Language) -> str:
    return " ".join(language.cardinal(digits[at : at + 2]) for at in range(0, len(digits), 2))


def _telephone(found: re.Match[str], language: Language) -> Iterator[str]:
    """Digit by digit, by twos, or each group as a number."""
    groups = re.findall(r"\d+", found.group())
    if sum(map(len, groups)) < 6:
        return
    yield language.digits("".join(groups))
    yield " ".join(_by_twos(group, language) if len(group) % 2 == 0 else language.digits(group) for group in groups)
    yield " ".join(map(language.cardinal, groups))
    if sum(map(len, groups)) % 2 == 0:
        yield _by_twos("".join(groups), language)


def _decimal(found: re.Match[str], language: Language) -> Iterator[str]:
    whole, fraction = found["whole"], found["fraction"]
    yield language.decimal(whole or "0", fraction)
    point = language.numbers.point
    if point and whole.strip("0") == "":
        yield f"{point} {language.digits(fraction)}"
    if point and fraction[0] != "0":
        yield f"{language.cardinal(whole or '0')} {point} {language.cardinal(fraction)}"


def _fraction(found: re.Match[str], language: Language) -> Iterator[str]:
    top, bottom = found["top"], found["bottom"]
    if bottom.strip("0"):
        yield language.fraction(top, bottom)
        yield f"{language.cardinal(top)} {language.over or language.sign('/')} {language.cardinal(bottom)}"
        yield f"{language.cardinal(top)} {language.cardinal(bottom)}"


def _clock(found: re.Match[str], language: Language) -> Iterator[str]:
    hour, minute = found["hour"], found["minute"]
    for each in dict.fromkeys((hour, str((int(hour) - 1) % 12 + 1))):  # with 12 hours and with 24
        yield language.time(each, minute, "")
        yield f"{language.cardinal(str(int(each)))} {language.cardinal(str(int(minute)))}"


def _with_unit(found: re.Match[str], language: Language) -> Iterator[str]:
    """The number alone: its unit is not always said."""
    if value := numbers.value(found["number"], language.numbers):
        yield language.value(value)


def _address(found: re.Match[str], language: Language) -> Iterator[str]:
    """With and without its scheme, "www", and the path after the host."""
    bare = re.sub(r"^(?:[a-z]+://)?(?:www\.)?", "", found.group(), flags=re.IGNORECASE).rstrip("/")
    host = bare.partition("/")[0]
    for one in (bare, host, f"www.{bare}", f"www.{host}"):
        yield spoken(one, language)
    if "." in host:
        yield f"{language.address_word(host.partition('.')[0])}"


def _capitals(found: re.Match[str], language: Language) -> Iterator[str]:
    """Letter by letter, or as a word."""
    letters = found["letters"].replace(".", "")
    ending = found["ending"] or ""
    yield f"{language.spelled(letters)}{ending and chr(39)}{ending}"
    yield f"{letters.lower()}{ending}"


def _named_or_not(found: re.Match[str], language: Language) -> Iterator[str]:
    """A sign by its name, or not said."""
    yield language.sign(found.group())
    yield ""


def _silent(_found: re.Match[str], _language: Language) -> Iterator[str]:
    yield ""


KINDS: tuple[Reading, ...] = (
    Reading(r"\d{1,12}|[1-9]\d{0,2}(?:[,.' ]\d{3}){1,3}", _number),
    Reading(r"\+?\(?\d++\)?(?:(?:[ .\-/]\(?|\()\d++\)?|(?<=\))\d++)++", _telephone),
    Reading(r"(?P<whole>\d{0,6})[.,](?P<fraction>\d{1,4})", _decimal),
    Reading(r"(?P<top>\d{1,4})[/⁄](?P<bottom>\d{1,4})", _fraction),
    Reading(r"(?P<hour>[01]?\d|2[0-4])[:.](?P<minute>[0-5]\d)", _clock),
    Reading(r"[^\w\s.,:/-]{0,2}(?P<number>\d[\d.,]*) ?[^\d\s.,:/-]{0,5}", _with_unit),
    Reading(r"(?i:https?://|ftp://|www\.)\S+|[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,6}(?:/\S*)?", _address),
    Reading(r"(?P<letters>[A-Z]{2,6}|(?:[A-Z]\.){1,5}[A-Z])\.?(?:['’]?(?P<ending>s))?", _capitals),
    Reading(r"[&+/@#~=°©®™§]", _named_or_not),
    Reading(r"[(\[][^\d]*[)\]]", _silent),
)
