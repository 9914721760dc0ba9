"""English: American unless the region of the tag says otherwise, as for the order of dates and the "and" in numbers."""

from __future__ import annotations

import re
from dataclasses import replace

from handler.text import cldr, numbers
from handler.text.languages import (
    en_amounts,
    en_codes,
    en_dates,
    en_formulas,
    en_letters,
    en_numbers,
    en_readings,
    en_roman,
    en_times,
)  # fmt: skip
from handler.text.languages import en_words as table
from handler.text.languages.base import Context, Language, Rule, says
from handler.text.numbers import NumberStyle
from handler.text.patterns import AMOUNT
from handler.text.rules import dates, internet, times

_WITHOUT_AND = ("", "us", "ca", "ph")
"""Regions that say "one hundred one", without "and"."""


class _English(Language):
    @property
    def _style(self) -> NumberStyle:
        american = self.tag.partition("-")[2].lower() in _WITHOUT_AND
        return self.numbers if american else replace(self.numbers, omitted="")

    def cardinal(self, number: str, gender: str = "") -> str:
        return numbers.cardinal(number, self._style).replace(",", "")

    def ordinal(self, number: str, mark: str = "") -> str:
        return numbers.ordinal(number, self._style).replace(",", "")

    def decimal(self, whole: str, fraction: str) -> str:
        return f"{self.cardinal(whole or '0')} point {self.digits(fraction)}"

    def fraction(self, top: str, bottom: str) -> str:
        return en_numbers.fraction(top, bottom, self)

    def power(self, base: str, exponent: str) -> str:
        return f"{self.value(base) if base[0].isdigit() else base} {en_formulas.power(exponent, self)}"

    def year(self, number: str) -> str:
        return en_dates.year(number, self)

    def day(self, day: str) -> str:
        return self.ordinal(day)

    def date(self, day: str, month: int, year: str) -> str:
        return en_dates.date(day, month, self.year(year) if year else "", self, day_first=cldr.day_first(self.tag))

    def time(self, hour: str, minute: str, second: str) -> str:
        return en_times.time(hour, minute, second, self)


def _formula_of_chemistry(found: re.Match[str], context: Context) -> str | None:
    if found.group() not in table.CHEMICALS:
        return None
    parts = re.findall(r"\d+|[A-Za-z]", found.group())
    return " ".join(context.language.cardinal(part) if part.isdigit() else part.upper() for part in parts)


def _short(found: re.Match[str], _context: Context) -> str:
    return table.SHORT[found.group().lower()]


def _dotted(found: re.Match[str], context: Context) -> str:
    return found.group().replace(".", " dot ")


def _note(found: re.Match[str], context: Context) -> str:
    """A note or chord with a sharp: F#m7."""
    number = found["number"]
    return f"{found['note']} sharp {found['kind']} {context.language.cardinal(number) if number else ''}"


def _grade(found: re.Match[str], context: Context) -> str:
    """A grade or a blood type: B-."""
    return f"{' '.join(found['grade'])} {context.language.prefix('-')}"


def _versus(_found: re.Match[str], context: Context) -> str | None:
    """Between the parties of a lawsuit: Roe v. Wade."""
    return "versus" if context.before[:1].isupper() and len(context.before) > 1 else None


def _verse(found: re.Match[str], context: Context) -> list[str]:
    """A place in the Bible: Gen. 1:1-3."""
    figures = re.split("[:–-]", found["place"])
    words = [context.language.cardinal(one) for one in figures]
    return [table.BOOKS[found["book"]], " ".join([*words[:2], *(["to", words[2]] if words[2:] else [])])]


def _by(_found: re.Match[str], _context: Context) -> str:
    """Between two lengths: 5 ft x 7 ft."""
    return "by"


_BEHIND_A_LENGTH = rf"(?:(?<={AMOUNT})|(?<={AMOUNT} )|(?<=\dm )|(?<=\d m )|(?<=\d[cm]m )|(?<=\d [cm]m ))"
_GREEK = "[\u0370-\u03ff\u1f00-\u1fff]"
_COUNTED_PER = r"(?=(?:day|week|month|year|hour|minute|second|person|night|game|head|unit|page|mile|acre|dose)\b)"
_SHORT_WITH_SIGNS = "|".join(re.escape(short) for short in table.SHORT if not short.isalpha())
_RULES: tuple[Rule, ...] = (
    Rule(rf"(?i:{_SHORT_WITH_SIGNS})", _short, amount=False),
    Rule(r"[A-Za-z\d]{2,9}", _formula_of_chemistry, amount=False),
    Rule(r"[a-z]{3,20}(?:\.[a-z]{2,20}){1,5}(?![./])", _dotted, amount=False),
    Rule(
        "/",
        says("slash"),
        amount=False,
        start=r"(?:(?<=[a-z]{4})|(?<=[a-z]{4} ))",
        end="(?= ?[a-z]{4})",
    ),
    Rule(r"(?P<note>[A-G])#(?P<kind>(?:maj|min|dim|aug|sus|add|m)?)(?P<number>\d{0,2})", _note, amount=False),
    Rule(r"(?P<grade>[A-DFO]|AB)[-−](?=[\s,.;:!?)]|$)(?! (?:and|or|to) [A-Z]-)", _grade, amount=False, end=""),
    Rule(r"v\.(?= [A-Z])", _versus, amount=False, may_end=False),
    Rule(r"et al\.(?! ?$|\n)", lambda _found, _context: ["et", "al"], amount=False, may_end=False),
    Rule(r"Apt(?= #?\d)", says("apartment"), amount=False),
    Rule(rf"(?P<book>{'|'.join(table.BOOKS)})\.? (?P<place>\d{{1,3}}:\d{{1,3}}(?:[-–]\d{{1,3}})?)", _verse),
    Rule("©", says("copyright"), amount=False, start="", end=""),
    Rule("π", says("pi"), amount=False, start=f"(?<!{_GREEK})", end=f"(?!{_GREEK})"),
    Rule("/", says("per"), amount=False, start=r"(?:(?<=[\d\x01])|(?<=\dx))", end=_COUNTED_PER),
)

ENGLISH = _English(
    table.STYLE,
    rules=(
        *internet.rules(Language(table.STYLE)),  # before all that may take a part of an address
        *times.exact_rules(),
        *dates.month_rules(),
        *en_formulas.RULES,
        *_RULES,
        *en_roman.RULES,
        *en_dates.RULES,
        *en_codes.RULES,
        *en_numbers.DIGIT_RULES,
        *en_times.RULES,
        *en_numbers.RULES,
        *en_amounts.RULES,
        Rule("[x×]", _by, amount=False, start=_BEHIND_A_LENGTH, end=rf"(?= ?[\d{AMOUNT}])"),
    ),
    readings=en_readings.READINGS,
    abbreviation=en_letters.abbreviation,
    verbalize_word=en_letters.verbalize_word,
    currencies=en_amounts.CURRENCIES,
    currency_signs=en_amounts.SIGNS,
    cents=en_amounts.CENTS,
    money_joint="and",
    money_tenths=True,
    scales=en_amounts.SCALES,
    units=en_amounts.OWN_UNITS,
    percent="percent",
    per="per",
    range_word="to",
    mixed_joint="and",
    signs=table.SIGNS,
    prefixes=table.PREFIXES,
    address_digits=True,
    address_signs=table.ADDRESS_SIGNS,
    address_words=table.ADDRESS_WORDS,
    conjunctions=table.CONJUNCTIONS,
    before_names=" ".join([*table.TITLES.values(), "doctor", "saint"]),
    joining_words="and but or nor so yet because although though while if unless until when where which who that than "
    "as since",
    leading_words="about after against among around at before behind below between by during for from in inside into "
    "near of off on onto out over through to toward towards under up upon with within without",
    bound_words="a an the my your his her its our their this these those every each some any no not very you am is "
    "are was were be been being have has had do does did can could will would shall should might must don't "
    "doesn't didn't can't won't it's i'm you're we're they're mr mrs ms dr",
    subject_words="i he she we they",
    proof_sentences=(
        "The old stone bridge was warm in the morning sun, and a quiet river ran below it.",
        "Have you ever wondered why the sea looks green on some days, and deep blue on others?",
        "She paid twenty five dollars for the ticket, took her seat by the window, and fell asleep at once.",
        "Thank you for listening; the next train to the city leaves in about fifteen minutes.",
        "Every great journey begins with a small step, and most of them begin with a cup of coffee.",
    ),
)
