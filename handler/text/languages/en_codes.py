"""English rules of codes and places: rooms, roads, aircraft, houses and states of addresses."""

from __future__ import annotations

import re

from handler.text.characters import word_set
from handler.text.languages import en_words as table
from handler.text.languages.base import Context, Language, Rule, says
from handler.text.languages.en_dates import plural, two_digits
from handler.text.patterns import one_of
from handler.text.rules.codes import say_code

_ROOMS = word_set(
    "room rm flat apt apartment unit suite ste gate seat row grade class section figure fig table appendix block bus "
    "pencil article form exhibit platform hall wing building lot level track stage type model step option equation ward"
)
_AIRCRAFT = word_set(
    "Boeing Airbus Embraer Cessna Area Highway Route Interstate Hwy Rt Rte Flight flight Porsche Peugeot"
)
_KINDS = [*table.STREETS, *table.STREETS.values(), "way", "plaza", "row"]
_STREETS = one_of([*_KINDS, *map(str.title, _KINDS)])


def in_pairs(digits: str, language: Language) -> str:
    """Figures as those of a house or an aircraft: "221" → two twenty one, "1428" → fourteen twenty eight."""
    head, tail = digits[:-2], digits[-2:]
    if len(digits) < 3 or digits[0] == "0":
        return language.cardinal(digits)
    if len(digits) > 4:
        return language.digits(digits)
    if tail == "00":
        return language.cardinal(digits) if head.endswith("0") else f"{language.cardinal(head)} hundred"
    return f"{language.cardinal(head)} {two_digits(tail, language)}"


def _letters(text: str) -> str:
    return " ".join(text.upper())


def _room(found: re.Match[str], context: Context) -> str | None:
    """A number with a letter after a word that has such: room 4B, Fig. 2a."""
    if context.before.lower() not in _ROOMS:
        return None
    return f"{in_pairs(found['number'], context.language)} {_letters(found['letter'])}"


def _aircraft(found: re.Match[str], context: Context) -> str | None:
    return in_pairs(found.group(), context.language) if context.before in _AIRCRAFT else None


def _road(found: re.Match[str], context: Context) -> str:
    return f"{_letters(found['letters'])} {in_pairs(found['number'], context.language)}"


def _house(found: re.Match[str], context: Context) -> list[str]:
    """A house with its street, word by word: 221B Baker St."""
    letter = f" {_letters(found['letter'])}" if found["letter"] else ""
    quarter, names, kind = found["quarter"], found["names"].split(), found["kind"]
    return [
        f"{in_pairs(found['number'], context.language)}{letter}",
        *([table.QUARTERS[quarter]] if quarter else []),
        *names,
        table.STREETS.get(kind.lower(), kind),
    ]


def _state(found: re.Match[str], context: Context) -> list[str] | None:
    """A state after the comma behind a town, with its ZIP code."""
    state, code = found["state"], found["zip"]
    if state not in table.STATES or (not code and state in table.STATES_WITH_ZIP_ONLY):
        return None
    comma = "," if "," in found.group() else ""
    return [table.STATES[state] + comma, *([context.language.digits(code)] if code else [])]


def _plan(found: re.Match[str], context: Context) -> str:
    """Sections of the tax code: 401(k)."""
    return f"{in_pairs(found['number'], context.language)} {_letters(found['letter'])}"


def _several_codes(found: re.Match[str], context: Context) -> str:
    """Codes in the plural: MP3s."""
    return plural(say_code(found, context).removesuffix(" s"))


def _lines(found: re.Match[str], context: Context) -> str:
    return f"{in_pairs(found['lines'], context.language)} {_letters(found['letter'])}"


RULES = (
    Rule(r"[A-Z]{1,4}-?\d{1,3}s", _several_codes, amount=False),
    Rule(r"(?P<letters>I|US|SR|[AM])-(?P<number>\d{1,3})", _road, amount=False),
    Rule(r"(?<!°)[A-Z]{1,4}-\d{1,6}[A-Z]{0,3}|[A-Za-z]{1,6}\d{1,5}-\d{1,6}[A-Z]{0,3}", say_code, amount=False),
    Rule(r"(?P<lines>480|576|720|1080|1440|2160|4320)(?P<letter>[pi])", _lines, amount=False),
    Rule(r"St\.(?=[,;:)])", says("street"), amount=False, start=r"(?<=[a-z] )", end=""),
    Rule(r"(?P<number>\d{1,4})(?P<letter>[A-Za-z])", _room, amount=False),
    Rule(r"(?P<number>[45]\d\d)(?:\((?P<letter>[a-z])\))", _plan, amount=False, end=""),
    Rule(r"\d{3}", _aircraft, amount=False),
    Rule(rf"(?P<number>\d{{1,5}})(?P<letter>[A-Z]?)(?: (?P<quarter>[NSEW])\.?)?"
         rf"(?P<names>(?: [A-Z][\w'-]{{1,20}}| \d{{1,3}}(?:st|nd|rd|th)){{1,3}}) (?P<kind>{_STREETS})"
         r"(?:\.(?=,| [a-z\d#]| (?:Apt|Ste|Suite|Unit|[NS][EW]?)))?", _house, amount=False, end=r"(?!\w)"),
    Rule(r"(?P<state>[A-Z]{2})(?:,? (?P<zip>\d{5}(?:-\d{4})?))", _state, amount=False, start=r"(?<=[A-Za-z], )"),
    Rule(r"(?P<state>[A-Z]{2})(?P<zip>)", _state, amount=False, start=r"(?<=[a-z], )"),
)  # fmt: skip
