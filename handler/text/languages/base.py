"""The facts of a language (``Language``), and the default rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from handler.text.numbers import NumberStyle, minus, money, number

MAX_RULE_CHARS = 200  # A longer segment is verbalized part by part


@dataclass(frozen=True)
class Context:
    """The input of a rule: a segment's ``core``, without its outer punctuation, and its neighbours.

    ``dot``: a full stop follows directly. ``before`` and ``after`` are the neighbours' cores as written, "" at the
    ends; ``last`` is the word spoken before. ``phone``: the core continues a telephone number. A rule may require
    punctuation or digits, never their absence: a spoken form, which has none, must give itself.
    """

    core: str
    language: Language
    dot: bool = False
    before: str = ""
    after: str = ""
    last: str = ""
    phone: bool = False

    def part(self, core: str, last: str = "") -> Context:
        """The context of a part of the core, without neighbours."""
        return replace(self, core=core, dot=False, before="", after="", last=last, phone=False)


class Rule:
    """A pattern that must match the whole core, and a function that gives its spoken words, or None to pass."""

    def __init__(self, pattern: str, verbalize: Callable[[re.Match[str], Context], str | None]) -> None:
        self.pattern = re.compile(pattern)
        self.verbalize = verbalize


def first_match(rules: tuple[Rule, ...], context: Context) -> str | None:
    """The spoken words of the first rule that matches and does not pass; None if there is none."""
    for rule in rules if len(context.core) <= MAX_RULE_CHARS else ():
        found = rule.pattern.fullmatch(context.core)
        spoken = rule.verbalize(found, context) if found else None
        if spoken is not None:
            return spoken
    return None


_SYMBOLS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}


def _price(found: re.Match[str], context: Context) -> str | None:
    language, symbol, amount = context.language, found[2] or found[5], found[3] or found[4]
    if (words := number(amount, language.numbers)) is None:
        return None
    split = re.fullmatch(r"(\d+|\d{1,3}(?:[.,']\d{3})+)(?:[.,](\d{2}))?", amount)
    exact = money(re.sub(r"\D", "", split[1]), split[2] or "", _SYMBOLS[symbol], language.numbers) if split else None
    price = exact or f"{words} {language.money['$€£¥'.index(symbol)]}"
    return f"{minus(language.numbers) if found[1] else ''} {price}"


def _figure(found: re.Match[str], context: Context) -> str | None:
    sign, figure, percent = found.groups()
    language = context.language
    if (words := number(figure, language.numbers)) is None:
        return None
    unit = language.percent if percent else ""
    amount = f"{unit} {words}" if language.percent_first else f"{words} {unit}"
    return f"{minus(language.numbers) if sign else ''} {amount}"


FIGURES = (
    Rule(r"([-−]?)(?:([$€£¥])\s?([\d.,']+)|([\d.,']+)([$€£¥]))", _price),
    Rule(r"([-−]?)([\d.,']+?)(%?)", _figure),
)
"""Numbers, amounts of money and percentages of any language."""


def _lower(word: str, _last: str, _following: str, _context: Context) -> str:
    """A word of capitals in small letters, or spelled if it is short and has no vowel."""
    if len(word) < 2 or not word.isupper():
        return word
    if word.isascii() and word.isalpha() and len(word) <= 5 and not set(word) & set("AEIOUY"):
        return " ".join(word)
    return word.lower()


@dataclass(frozen=True)
class Language:
    """The facts of a language. Lists of words are texts of words between blanks."""

    numbers: NumberStyle
    percent: str = "percent"
    percent_first: bool = False
    money: tuple[str, str, str, str] = ("dollar", "euro", "pound", "yen")  # for $ € £ ¥ where num2words has no words
    conjunctions: str = ""  # a chunk may begin with one
    before_names: str = ""  # spoken titles, which a name follows: no chunk ends with one
    # Words that decide where lines of captions break.
    joining_words: str = ""  # join clauses
    leading_words: str = ""  # begin a phrase
    bound_words: str = ""  # articles, possessives, auxiliaries: bound to the next word
    subject_words: str = ""  # pronouns that are always subjects: bound to their verb
    proof_sentences: tuple[str, ...] = ()
    """`doctor --speak` speaks them. Numbers are written out: another spelling would count as an error."""
    latin: bool = True  # written in Latin letters only
    rules: tuple[Rule, ...] = FIGURES  # for each segment, then for its parts that hold digits
    abbreviation: Callable[[Context], tuple[str, bool] | None] = lambda _context: None
    """The spoken words of an abbreviation, and whether its full stop ends a sentence; None for other words."""
    verbalize_word: Callable[[str, str, str, Context], str] = _lower
    """The spoken form of a bare word, by the spoken word before it and the word after it."""
    verbalize_signs: Callable[[str], str] = lambda core: core  # replaces signs among letters and figures by words
    signs: Mapping[str, str] = field(default_factory=dict)  # the words for signs that stand alone
    range_word: str = ""  # the word for a dash between two numbers
    version_point: str = ""  # the word between the numbers of a version such as 1.2.3
    prosody_marks: Mapping[str, str] = field(default_factory=dict)  # punctuation that stands for another mark
