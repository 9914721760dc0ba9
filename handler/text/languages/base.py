"""The facts of a language, and how it reads figures. A language that reads otherwise overrides a method."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from handler.text import cldr, numbers
from handler.text.cldr import Noun
from handler.text.numbers import NumberStyle
from handler.text.patterns import END, MAX_EXPRESSION_CHARS, SHORT_STOP, START
from handler.text.sign_names import sign_name

_NEIGHBOUR_CHARS = 40


@dataclass(frozen=True)
class Context:
    """Where a match stands: ``text[start:end]`` of the plain text, which still has what earlier rules took."""

    text: str
    start: int
    end: int
    language: Language

    @cached_property
    def before(self) -> str:
        """The word before, without the punctuation after it; "" at the beginning of a paragraph."""
        words = self.text[max(0, self.start - _NEIGHBOUR_CHARS) : self.start].rpartition("\n")[2].split()
        return words[-1].strip("\"'([{,;:.!?)]}") if words else ""

    @cached_property
    def after(self) -> str:
        """The next word, without the punctuation around it; "" at the end of a paragraph."""
        words = self.text[self.end : self.end + _NEIGHBOUR_CHARS].partition("\n")[0].split()
        words = [word for word in words if word.strip(".,;:!?)]}\"'")]
        return words[0].strip("\"'([{,;:.!?)]}") if words else ""

    @property
    def dot(self) -> bool:
        """Whether a full stop follows directly."""
        return self.text.startswith(".", self.end) and not self.text.startswith("..", self.end)


Speak = Callable[[re.Match[str], Context], "str | Sequence[str] | None"]


class Rule:
    """A pattern of expressions, and the function that says what it matches.

    The function gives the spoken words as one text, or as a sequence with one text for each part of the match between
    blanks, which then are tokens of their own; or None to leave the match to later rules. An ``amount`` may begin and
    end a range. The last full stop of an expression that ``may_end`` a sentence does so before a capital. ``start`` and
    ``end`` are patterns that look behind and ahead.
    """

    def __init__(
        self,
        pattern: str,
        speak: Speak,
        *,
        amount: bool = True,
        may_end: bool = True,
        start: str = START,
        end: str = END,
    ) -> None:
        self._written = f"{start}(?:{pattern}){end}"
        self.speak = speak
        self.amount = amount
        self.may_end = may_end

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The whole pattern, compiled when a text first needs it: a worker speaks few of its languages."""
        return re.compile(self._written)

    def matches(self, text: str, seen: str, language: Language) -> Iterator[tuple[int, int, Sequence[str] | str]]:
        """Start, end and words of each expression in ``seen``, the ``text`` that earlier rules left."""
        position = 0
        while found := self.pattern.search(seen, position):
            start, end = found.span()
            position = max(end, start + 1)
            if end - start > MAX_EXPRESSION_CHARS:
                continue
            words = self.speak(found, Context(text, start, end, language)) if end > start else None
            if words is None:
                position = start + 1
            else:
                yield start, end, words


def first_match(rules: Sequence[Rule], text: str, language: Language) -> str | None:
    """The words of the first rule that matches the whole text and does not pass; None if there is none."""
    for rule in rules:
        found = rule.pattern.fullmatch(text)
        words = rule.speak(found, Context(text, 0, len(text), language)) if found else None
        if words is not None:
            return words if isinstance(words, str) else " ".join(words)
    return None


@dataclass(frozen=True)
class WordContext:
    """A word among others: a segment's ``core``, without its outer punctuation, and its neighbours.

    ``dot``: a full stop follows directly. ``before`` and ``after`` are the neighbours' cores as written, "" at the
    ends; ``last`` is the word spoken before.
    """

    core: str
    language: Language
    dot: bool = False
    before: str = ""
    after: str = ""
    last: str = ""


_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi "
    "psi omega"
)


def _lower(word: str, _last: str, _following: str, _context: WordContext) -> str:
    """A word of capitals in small letters, or spelled if it is short and has no vowel."""
    if len(word) < 2 or not word.isupper():
        return word
    if word.isascii() and word.isalpha() and len(word) <= 5 and not set(word) & set("AEIOUY"):
        return " ".join(word)
    return word.lower()


@dataclass(frozen=True, eq=False)
class Language:
    """The facts of a language. Lists of words are texts of words between blanks.

    Numbers in arguments are texts of ASCII digits; a ``value`` may have a point and a fraction ("2.50").
    """

    numbers: NumberStyle

    # Amounts.
    currencies: Mapping[str, Noun] = field(default_factory=dict)  # by ISO code; else CLDR's full names
    currency_signs: Mapping[str, str] = field(default_factory=dict)  # "kr": "SEK": besides those of all languages
    currency_words: Mapping[str, str] = field(default_factory=dict)  # after an amount only: "Euro": "EUR"
    cents: Mapping[str, Noun] = field(default_factory=dict)  # by ISO code: the hundredths
    money_joint: str = ""  # between whole units and hundredths: "und"
    scales: Mapping[str, Noun] = field(default_factory=dict)  # "Mio": Noun("Millionen", one="Million")
    scale_joint: str = ""  # between a scale and a currency: "de" in "tres millones de euros"
    percent: str = ""  # else CLDR's name of the sign
    percent_first: bool = False
    units: Mapping[str, Noun] = field(default_factory=dict)  # as written; else CLDR's names of the usual units
    per: str = ""  # "pro" in kilometres per hour; else CLDR's

    # Dates, ordinals, ranges.
    day_mark: str = ""  # pattern of what may follow the day of a month: r"\."
    date_words: str = ""  # words between day, month and year, which stay: "de del"
    date_joint: str = ""  # the word before a month and a year where the text has none: "de"
    ordinal_mark: str = ""  # pattern of what makes figures an ordinal: r"º|ª"
    clock_word: str = ""  # pattern of the word after a clock time, which `time` speaks: "Uhr"
    clock_before: str = ""  # words before a clock time that has a full stop: "kl klockan"
    short_stop: str = SHORT_STOP  # pattern of a full stop of a short form that ends no sentence
    range_word: str = ""  # the word for a dash between two amounts
    range_signs: str = ""  # signs that make a range of the figures beside them, without blanks: "~-"
    score_word: str = ""  # the word for a dash before a smaller number, as in 3-1
    over: str = ""  # the word in a fraction that has no words of its own: "durch" in 3/4
    mixed_joint: str = ""  # between a whole number and a fraction: "und"

    # Addresses.
    speaks_scheme: bool = False  # whether the "https://" of an address is spoken
    address_digits: bool = False  # whether figures in an address are read one by one

    minus: str = ""  # between two numbers of a formula; else the word of negative numbers
    spelled_domains: str = ""  # parts of web addresses that are spelled here, besides those spelled everywhere
    dialing_word: str = ""  # said for the plus of a telephone number; else the sign's name
    # Signs by name, where CLDR's name of the sign is not what people say: "=": "gleich".
    signs: Mapping[str, str] = field(default_factory=dict)
    address_signs: Mapping[str, str] = field(
        default_factory=dict
    )  # in addresses, where people say others: "/": "Slash"
    address_words: Mapping[str, str] = field(default_factory=dict)  # endings of addresses: "json": "jason"
    prefixes: Mapping[str, str] = field(default_factory=dict)  # signs directly before a number: "~": "about"
    greek: str = _GREEK  # the names of the small Greek letters

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
    regions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The facts that are others in a region, by their field: "mx": {"numbers": …}."""
    suffix: str = ""  # pattern of words that continue the last word of an expression, as Korean particles do: "5%는"

    rules: tuple[Rule, ...] = ()  # the language's own, before those that all share
    abbreviation: Callable[[WordContext], tuple[str, bool] | None] = lambda _context: None
    """The spoken words of an abbreviation, and whether its full stop ends a sentence; None for other words."""
    verbalize_word: Callable[[str, str, str, WordContext], str] = _lower
    """The spoken form of a bare word, by the spoken word before it and the word after it."""
    capital_nouns: bool = False  # so a capital after a full stop may be in the same sentence
    prosody_marks: Mapping[str, str] = field(default_factory=dict)  # punctuation that stands for another mark

    @property
    def tag(self) -> str:
        """The normalized tag, with its region."""
        return self.numbers.tag

    # How figures are read.

    def cardinal(self, number: str, gender: str = "") -> str:
        """A whole number; digit by digit if it begins with zero. ``gender`` is that of the noun after it."""
        return numbers.cardinal(number, self.numbers, gender)

    def ordinal(self, number: str, mark: str = "") -> str:
        """A whole number as an ordinal. ``mark`` is what followed it in the text: "ª", "th"."""
        return numbers.ordinal(number, self.numbers)

    def digits(self, text: str) -> str:
        """The digits of a text one by one."""
        return numbers.digits(text, self.numbers)

    def decimal(self, whole: str, fraction: str) -> str:
        """``whole`` point ``fraction``."""
        return numbers.decimal(whole, fraction, self.numbers)

    def value(self, value: str, gender: str = "") -> str:
        """A number with a fraction or without: "2.50"."""
        whole, _, fraction = value.partition(".")
        return self.decimal(whole, fraction) if fraction else self.cardinal(whole, gender)

    def bare(self, value: str, before: str, after: str) -> str:
        """A number without a unit, between two words of the text, either of which may be ""."""
        return self.value(value)

    def counted(self, value: str, noun: Noun) -> str:
        """A number of something: "2", Noun("Kilometer") → zwei Kilometer."""
        return noun.counted(self.value(value, noun.gender), cldr.plural(value, self.tag))

    def rate(self, words: str, divisor: Noun) -> str:
        """An amount per unit: "zwei Kilogramm", Noun("Meter") → zwei Kilogramm pro Meter."""
        return f"{words} {self.per or cldr.per(self.tag)} {divisor.form('one')}"

    def currency(self, code: str) -> Noun:
        """The noun of a currency."""
        return self.currencies.get(code) or cldr.currency(code, self.tag) or Noun(code)

    def money(self, value: str, code: str) -> str:
        """An amount of a currency: "12.80", "EUR" → zwölf Euro und achtzig Cent."""
        unit = self.currency(code)
        cent = self.cents.get(code)
        whole, _, fraction = value.partition(".")
        fraction = f"{fraction[:2]}{fraction[2:].rstrip('0')}"
        if not fraction.strip("0"):
            return self.counted(whole, unit)
        if cent is None or len(fraction) != 2:
            return self.counted(value, unit)
        hundredths = self.counted(fraction.lstrip("0"), cent)
        return f"{self.counted(whole, unit)} {self.money_joint} {hundredths}" if whole.strip("0") else hundredths

    def scaled(self, value: str, scale: Noun, noun: Noun | None) -> str:
        """Millions of something: "3.5", Noun("Millionen"), Noun("Euro") → drei Komma fünf Millionen Euro."""
        words = self.counted(value, scale)
        return f"{words} {self.scale_joint} {noun.form('many')}" if noun else words

    def percentage(self, value: str) -> str:
        """A number of percent."""
        words, percent = self.value(value), self.percent or self.sign("%")
        return f"{percent} {words}" if self.percent_first else f"{words} {percent}"

    def span(self, start: str, end: str) -> str:
        """A range of two amounts in words: from ``start`` to ``end``."""
        return f"{start} {self.range_word} {end}"

    def fraction(self, top: str, bottom: str) -> str:
        """``top`` of ``bottom`` parts."""
        return f"{self.cardinal(top)} {self.over or self.sign('/')} {self.cardinal(bottom)}"

    def mixed(self, whole: str, top: str, bottom: str) -> str:
        """``whole`` and ``top`` of ``bottom`` parts; ``whole`` may be ""."""
        fraction = self.fraction(top, bottom)
        return f"{self.cardinal(whole)} {self.mixed_joint} {fraction}" if whole else fraction

    def parts_of(self, whole: str, top: str, bottom: str, noun: Noun) -> str:
        """``whole`` and ``top`` of ``bottom`` parts of a unit; ``whole`` may be ""."""
        return f"{self.mixed(whole, top, bottom)} {noun.form('other')}"

    def telephone_group(self, group: str, country: bool) -> str:
        """The digits of a telephone number between blanks and signs; ``country``: they are its country's code."""
        return self.digits(group)

    def year(self, number: str) -> str:
        """A year of a date."""
        return self.cardinal(number)

    def day(self, day: str) -> str:
        """The day of a month before or after the month's name."""
        return self.cardinal(day)

    def date(self, day: str, month: int, year: str) -> str:
        """A date of figures: "3", 5, "2020". ``year`` may be ""."""
        words = [self.day(day), cldr.month_names(self.tag)[month - 1], *([self.year(year)] if year else ())]
        return f" {self.date_joint} ".join(words)

    def time(self, hour: str, minute: str, second: str) -> str:
        """A clock time of figures: "17", "20", "". ``second`` may be ""."""
        parts = [hour, minute, second] if second.strip("0") else [hour, minute] if minute.strip("0") else [hour]
        return " ".join(self.cardinal(str(int(part))) for part in parts)

    def duration(self, hours: str, minutes: str, seconds: str) -> str:
        """A time that something takes: "1", "02", "33". What is zero is left out."""
        parts = (("hour", hours), ("minute", minutes), ("second", seconds))
        nouns = ((cldr.unit(f"duration-{name}", self.tag) or Noun(name), str(int(part))) for name, part in parts)
        return " ".join(self.counted(part, noun) for noun, part in nouns if part != "0")

    def address_sign(self, sign: str) -> str:
        """The name of a sign in an address of the internet."""
        return self.address_signs.get(sign) or self.sign(sign)

    def address_word(self, letters: str) -> str:
        """A name in an address of the internet: "TagTime" → Tag Time."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", letters)

    def spelled(self, letters: str) -> str:
        """Latin letters one by one."""
        return " ".join(letters.upper())

    def spelling_of(self, text: str) -> Callable[[str], str]:
        """The function that writes spoken words in the spelling of a text, where a language has several."""
        return lambda words: words

    def power(self, base: str, exponent: str) -> str:
        """A letter or number and its exponent, which may begin with a minus sign."""
        power = f"{self.sign('−')} {self.cardinal(exponent[1:])}" if exponent[0] in "-−" else self.cardinal(exponent)
        return f"{self.value(base) if base[0].isdigit() else base} {self.sign('^')} {power}"

    def prefix(self, sign: str) -> str:
        """The words of a sign directly before a number: that of "-" is minus."""
        return self.prefixes.get(sign) or (numbers.minus(self.numbers) if sign in "-−" else self.sign(sign))

    def sign(self, sign: str) -> str:
        """The name of a sign."""
        if sign in "-−" and sign not in self.signs:
            return numbers.minus(self.numbers)
        return self.signs.get(sign) or sign_name(sign, self.tag)
