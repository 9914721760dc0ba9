"""Pieces → spoken words: outer punctuation off, rules tried, and what no rule knows read part by part."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from handler.text import default_language, english
from handler.text import english_words as table
from handler.text.characters import bare_words, melody, plain, stronger
from handler.text.context import Context, first_match
from handler.text.numbers import cardinal, digits, number
from handler.types import primary_language

_OPENING = "\"'([{«‹“‘„*_|¿¡•·….—–`-:;,!?>"
_CLOSING = "\"')]}»›”’*_|,;:.!?…—–-`"
_SIGN_BEFORE_NUMBER = re.compile(r"[-–−](?=[.\d$€£¥])|\.(?=\d|(?i:net\b))|>(?=\d)")
_PIECES = re.compile(r"\d+(?:[.,']\d+)*|\D+")
_SPACED_RANGE = frozenset({"-", "–", "—", "−"})
# Signs in a run of letters and figures are heard where they work on something, not in markup or decoration.
_HEARD = re.compile(r"(?<=[\w)%])\s*([&@+=×÷≈≠≤≥±−^<>*/-])\s*(?=[\w(√π-])|([%°√π∞§$€£¥¢])")
_BETWEEN_PARTS = (
    re.compile(r"[-–—]+"),
    re.compile(r"[/_]+"),
    re.compile(r",(?=\D)|(?<=\D),"),
    re.compile(r"[()\[\]{}]+"),
)
_MATHS = re.compile(r"[=×÷≈≠≤≥±^√]")
_POWERS = {"2": "squared", "3": "cubed"}


@dataclass(frozen=True)
class Reading:
    """What is said for a piece, and the punctuation that follows for the sake of melody."""

    words: tuple[str, ...]
    mark: str


@dataclass(frozen=True)
class _Stripped:
    text: str
    core: str
    tail: str


def _strip(text: str) -> _Stripped:
    text = plain(text)
    if text in table.EMOTICONS:
        return _Stripped(text, "", "")
    start, end = 0, len(text)
    while start < end and text[start] in _OPENING and not _SIGN_BEFORE_NUMBER.match(text, start):
        start += 1
    while end > start and text[end - 1] in _CLOSING:
        end -= 1
    core = text[start:end]
    silent = core not in table.SIGNS and not any(map(str.isalnum, core))
    return _Stripped(text, "" if silent else core, text[end:])


def _words(said: str, context: Context) -> list[str]:
    """The bare words of what is said; words of the script go through the rules for single words."""
    words: list[str] = []
    bare = bare_words(plain(said))
    shouted = any(_is_shouted(word) for word in (context.before, context.after))
    for place, word in enumerate(bare):
        following = bare[place + 1] if place + 1 < len(bare) else context.after
        if primary_language(context.language) == "en":
            last = words[-1] if words else context.last
            words += bare_words(english.say_word(word, last, following, shouted))
        else:
            words += bare_words(_small(word))
    return words


def _is_shouted(word: str) -> bool:
    return len(word) > 1 and word.isupper() and word.isalpha() and word not in table.INITIALISMS


def _small(word: str) -> str:
    if len(word) < 2 or not word.isupper():
        return word
    if word.isascii() and word.isalpha() and len(word) <= 5 and not set(word) & set("AEIOUY"):
        return " ".join(word)
    return word.lower()


def _figures(text: str, language: str) -> str:
    """Figures with points and commas that no rule knew: as a number, else each group by itself."""
    said = number(text, language) if len(text) <= 60 else None
    if said is not None:
        return said
    if re.fullmatch(r"\d{1,4}(?:\.\d{1,4}){2,}", text) and primary_language(language) == "en":
        return " point ".join(cardinal(part, language) for part in text.split("."))
    return " ".join(cardinal(part, language) if len(part) <= 18 else digits(part, language)
                    for part in re.split(r"\D", text))  # fmt: skip


def _name_signs(core: str) -> str:
    maths = bool(_MATHS.search(core)) and any(map(str.isdigit, core))
    core = re.sub(r"\^([23])(?!\d)", lambda power: f" {_POWERS[power[1]]} ", core)

    def say(found: re.Match[str]) -> str:
        sign = found[1] or found[2]
        if sign in "<>" and not maths and not re.search(r"\d\s*[<>]\s*\d", core):
            return " "
        if sign in "*/-":
            name = {"*": "times", "/": "divided by", "-": "minus"}[sign] if maths else ""
            return f" {name} " if name else found.group()
        return f" {table.INNER_SIGNS.get(sign, '')} "

    return _HEARD.sub(say, core)


def _lexed(context: Context) -> list[str]:
    """Letters and figures one after another, whatever stands between them."""
    core = context.core
    words: list[str] = []
    if primary_language(context.language) == "en":
        core = _name_signs(core)
    for found in _PIECES.finditer(core):
        part = found.group()
        said = _figures(part, context.language) if part[0].isdigit() else part
        last = words[-1] if words else context.last
        after = context.after if found.end() == len(core) else ""
        words += _words(said, Context("", context.language, before=context.before, after=after, last=last))
    return words


def _in_parts(context: Context) -> list[str]:
    """What no rule knows as a whole: its parts between hyphens, then slashes, each by the rules."""
    core = context.core
    maths = _MATHS.search(core) and any(map(str.isdigit, core))
    parts = [] if maths else next((parts for sign in _BETWEEN_PARTS if len(parts := sign.split(core)) > 1), [])
    words: list[str] = []
    for place, part in enumerate(parts):
        if not part:
            continue
        after = parts[place + 1] if place + 1 < len(parts) else context.after
        inner = replace(context.part(part, words[-1] if words else context.last), before=context.before, after=after)
        # Without its neighbours: a part is no day of a month, no continued number.
        said = first_match(english.RULES, context.part(part)) if any(map(str.isdigit, part)) else None
        words += _in_parts(inner) if said is None else _words(said, inner)
    return words if parts else _lexed(context)


def _phones(cores: Sequence[str]) -> set[int]:
    """Places of groups of figures that go on with a telephone number begun by "+44"."""
    places: set[int] = set()
    for place, core in enumerate(cores):
        following = cores[place + 1] if place + 1 < len(cores) else ""
        starts = re.fullmatch(r"\+\d{1,3}", core) and re.fullmatch(r"\(?\d{2,5}\)?(?:-\d{2,5})*", following)
        if starts or (place - 1 in places and re.fullmatch(r"\d{2,5}(?:-\d{2,5})*", core)):
            places.add(place)
    return places


def _sign_alone(stripped: _Stripped, context: Context) -> str:
    """What a piece without a core says: a dash between numbers, nothing else."""
    between = context.before[-1:].isdigit() and context.after[:1].isdigit()
    return "to" if stripped.text in _SPACED_RANGE and between else ""


def _read_one(stripped: _Stripped, context: Context) -> Reading:
    mark = melody(stripped.tail)
    english_spoken = primary_language(context.language) == "en"
    if not stripped.core:
        between = _sign_alone(stripped, context) if english_spoken else ""
        return Reading(tuple(bare_words(between)), "" if between else melody(stripped.text))
    if not english_spoken:
        figures = default_language.say_figures(context) if any(map(str.isdigit, context.core)) else None
        if mark == ";" and primary_language(context.language) == "el":
            mark = "?"  # what looks like a semicolon asks in Greek
        return Reading(tuple(_words(figures, context) if figures else _lexed(context)), mark)
    if context.phone:
        plus = "plus " if context.core.startswith("+") else ""
        return Reading(tuple(bare_words(plus + digits(context.core, "en"))), mark)
    short = english.abbreviation(context)
    if short is not None:
        # The point belongs to the word; what follows it ("p.m.," or "etc.)?") is melody all the same.
        point = "." if context.dot and short[1] else ""
        rest = melody(stripped.tail[1:] if context.dot else stripped.tail)
        return Reading(tuple(_words(short[0], context)), stronger(point, rest))
    if context.core in table.SIGNS:
        return Reading(tuple(bare_words(table.SIGNS[context.core])), mark)
    said = first_match(english.RULES, context)
    return Reading(tuple(_words(said, context) if said is not None else _in_parts(context)), mark)


def read(texts: Sequence[str], language: str) -> list[Reading]:
    """What is said for each piece; a piece with nothing to say has no words."""
    stripped = [_strip(text) for text in texts]
    cores = [one.core for one in stripped]
    phones = _phones(cores)
    # A silent piece stands between nothing: the rules look past it, since spoken forms do not have it.
    places = [place for place, core in enumerate(cores) if core]
    before = dict(zip(places[1:], places, strict=False))
    after = dict(pairwise(places))
    readings: list[Reading] = []
    last, spoken = "", ""
    for place, one in enumerate(stripped):
        following = place + 1 if place + 1 < len(cores) and not one.core else after.get(place, len(cores))
        context = Context(
            one.core,
            language,
            dot=one.tail.startswith(".") and not one.tail.startswith(".."),
            before=cores[before[place]] if place in before else "" if one.core else last,
            after=cores[following] if following < len(cores) else "",
            last=spoken,
            phone=place in phones,
        )
        readings.append(_read_one(one, context))
        last = one.core
        spoken = readings[-1].words[-1] if readings[-1].words else spoken
    return readings
