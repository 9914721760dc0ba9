"""The facts of a language (``Language``), and the rules of languages that have none of their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from handler.text.numbers import NumberStyle, minus, money, number

MAX_RULE_CHARS = 200
"""Rules are not tried on a longer segment: it is read part by part."""

MAX_FIGURE_CHARS = 60
"""A longer figure is not tried as one number."""


@dataclass(frozen=True)
class Context:
    """What a rule sees: one segment without its outer punctuation, and its neighbours.

    ``core`` is in plain characters; ``dot``: a full stop follows it directly. ``before`` and ``after`` are the cores
    of its neighbours as written, "" at the ends; ``last`` is the word spoken just before. ``phone``: it continues a
    telephone number. A rule may ask for punctuation or digits, never for their absence: spoken forms have none, and
    would then be read in another way than the script.
    """

    core: str
    language: Language
    dot: bool = False
    before: str = ""
    after: str = ""
    last: str = ""
    phone: bool = False

    def part(self, core: str, last: str = "") -> Context:
        """The context of a part of the core: only the word before it is known."""
        return replace(self, core=core, dot=False, before="", after="", last=last, phone=False)


@dataclass(frozen=True)
class Rule:
    """A pattern that must match the whole core, and its spoken words; None passes on to the next rule."""

    pattern: re.Pattern[str]
    verbalize: Callable[[re.Match[str], Context], str | None]


def first_match(rules: tuple[Rule, ...], context: Context) -> str | None:
    """The spoken words of the first rule that matches and does not pass."""
    if len(context.core) > MAX_RULE_CHARS:
        return None
    for rule in rules:
        found = rule.pattern.fullmatch(context.core)
        spoken = rule.verbalize(found, context) if found else None
        if spoken is not None:
            return spoken
    return None


_SYMBOLS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}


def _price(found: re.Match[str], context: Context) -> str | None:
    language, symbol, amount = context.language, found[2] or found[5], found[3] or found[4]
    words = number(amount, language.numbers) if len(amount) <= MAX_FIGURE_CHARS else None
    if words is None:
        return None
    split = re.fullmatch(r"(\d+|\d{1,3}(?:[.,']\d{3})+)(?:[.,](\d{2}))?", amount)
    exact = money(re.sub(r"\D", "", split[1]), split[2] or "", _SYMBOLS[symbol], language.numbers) if split else None
    price = exact or f"{words} {language.money['$€£¥'.index(symbol)]}"
    return f"{minus(language.numbers) if found[1] else ''} {price}"


def _figure(found: re.Match[str], context: Context) -> str | None:
    sign, figure, percent = found.groups()
    language = context.language
    words = number(figure, language.numbers) if len(figure) <= MAX_FIGURE_CHARS else None
    if words is None:
        return None
    unit = language.percent if percent else ""
    amount = f"{unit} {words}" if language.percent_first else f"{words} {unit}"
    return f"{minus(language.numbers) if sign else ''} {amount}"


FIGURES = (
    Rule(re.compile(r"([-−]?)(?:([$€£¥])\s?([\d.,']+)|([\d.,']+)([$€£¥]))"), _price),
    Rule(re.compile(r"([-−]?)([\d.,']+?)(%?)"), _figure),
)
"""Numbers, amounts of money and shares in percent, with the words of any language."""


def _lower(word: str, _last: str, _following: str, _context: Context) -> str:
    """A word of capitals: in small letters, or spelled when it is short and has no vowel."""
    if len(word) < 2 or not word.isupper():
        return word
    if word.isascii() and word.isalpha() and len(word) <= 5 and not set(word) & set("AEIOUY"):
        return " ".join(word)
    return word.lower()


class LittleWords(NamedTuple):
    """Words that decide where lines of captions break, by what they do."""

    joining: str = ""  # join clauses
    leading: str = ""  # lead a phrase
    bound: str = ""  # belong to the very next word: articles, possessives, auxiliaries
    subject: str = ""  # pronouns that are nothing but subjects, which nobody parts from their verb


@dataclass(frozen=True)
class Language:
    """All that is known of a language; lists of words are texts. Every field but the first may be left out."""

    numbers: NumberStyle
    percent: str = "percent"
    percent_first: bool = False
    money: tuple[str, str, str, str] = ("dollar", "euro", "pound", "yen")  # where num2words has no words for $ € £ ¥
    conjunctions: str = ""  # a chunk of speech may begin with one in the middle of a sentence
    before_names: str = ""  # spoken titles, which no chunk ends with: a name follows
    little_words: LittleWords = field(default_factory=LittleWords)
    proof_sentences: tuple[str, ...] = ()
    """What `doctor --speak` says. Numbers are few and written out: other spellings would count as errors."""
    latin: bool = True  # written in Latin letters alone
    rules: tuple[Rule, ...] = FIGURES  # tried on each segment, then on its parts that hold digits
    abbreviation: Callable[[Context], tuple[str, bool] | None] = lambda _context: None
    """The spoken words of an abbreviation, and whether its full stop ends a sentence; None for an ordinary word."""
    verbalize_word: Callable[[str, str, str, Context], str] = _lower
    """The spoken form of a bare word, by the spoken word before it and the one that follows."""
    verbalize_signs: Callable[[str], str] = lambda core: core  # names the signs in a run of letters and figures
    signs: Mapping[str, str] = field(default_factory=dict)  # signs that stand alone, and their names
    range_word: str = ""  # the word for a dash between two numbers
    version_point: str = ""  # the word between the numbers of a version, such as 1.2.3
    prosody_marks: Mapping[str, str] = field(default_factory=dict)  # punctuation that means another mark here
