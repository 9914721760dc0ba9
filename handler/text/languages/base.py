"""The facts of a language, and how it reads figures. A language that reads otherwise overrides a method."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from handler.text import cldr, numbers
from handler.text.cldr import Noun
from handler.text.languages.reading import Reading
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

    @property
    def alone(self) -> bool:
        """Whether the match and one character after it, such as a full stop, are the whole text."""
        return self.start == 0 and self.end == len(self.text) - 1

    @property
    def bracketed(self) -> bool:
        """Whether an opening bracket stands directly before."""
        return self.text.startswith("(", self.start - 1) and self.start > 0


Speak = Callable[[re.Match[str], Context], "str | Sequence[str] | None"]


def says(words: str) -> Speak:
    """The function of a rule that says the same words for all that it matches."""
    return lambda _found, _context: words


def say_digits(found: re.Match[str], context: Context) -> str:
    """The digits of a match one by one."""
    return context.language.digits(found.group())


class Rule:
    """A pattern of expressions, and the function that says what it matches.

    The function gives the spoken words as one text, or as a sequence with one text for each part of the match between
    blanks, which then are tokens of their own; or None to leave the match to later rules. An ``amount`` may begin and
    end a range. The last full stop of an expression that ``may_end`` a sentence does so before a capital. ``start`` and
    ``end`` are patterns that look behind and ahead. A pattern with names of CLDR is a function, so that importing a
    language loads no locale.
    """

    def __init__(
        self,
        pattern: str | Callable[[], str],
        speak: Speak,
        *,
        amount: bool = True,
        may_end: bool = True,
        start: str = START,
        end: str = END,
    ) -> None:
        self._parts = (start, pattern, end)
        self.speak = speak
        self.amount = amount
        self.may_end = may_end

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The whole pattern, compiled when a text first needs it: a worker speaks few of its languages."""
        start, pattern, end = self._parts
        return re.compile(f"{start}(?:{pattern if isinstance(pattern, str) else pattern()}){end}")

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


def _lower(word: str, _last: str, _following: str, context: WordContext) -> str:
    """A word of capitals in small letters, or spelled if it is short and has no vowel."""
    if len(word) < 2 or not word.isupper():
        return word
    foreign = len(word) <= 3 and not context.language.latin  # initials among words of another script
    if word.isascii() and word.isalpha() and len(word) <= 5 and (foreign or not set(word) & set("AEIOUY")):
        return " ".join(word)
    return word.lower()


def time_parts(hour: str, minute: str, second: str) -> list[str]:
    """The parts of a clock time up to the last that is not zero; the hour at least."""
    return [hour, minute, second] if second.strip("0") else [hour, minute] if minute.strip("0") else [hour]


@dataclass(frozen=True, eq=False)
class Language:
    """The facts of a language, and its methods, which say figures. All fields but ``numbers`` may be left out.

    Lists of words are texts of words between blanks. A "pattern" is a regular expression. A ``…_joint`` is the word
    between two parts. Currencies are by ISO code, units as they are written.
    """

    numbers: NumberStyle  # how numbers are written, and the words for them

    # Amounts.
    currencies: Mapping[str, Noun] = field(default_factory=dict)  # else CLDR's full names
    currency_signs: Mapping[str, str] = field(default_factory=dict)  # "kr": "SEK": besides those of all languages
    currency_words: Mapping[str, str] = field(default_factory=dict)  # after an amount only: "Euro": "EUR"
    cents: Mapping[str, Noun] = field(default_factory=dict)  # the hundredths of a currency
    money_joint: str = ""  # between whole units and hundredths: "und"
    money_tenths: bool = False  # whether one figure after the point is of tens of hundredths: "2.5" is "2.50"
    scales: Mapping[str, Noun] = field(default_factory=dict)  # "Mio": Noun("Millionen", one="Million")
    percent: str = ""  # else CLDR's name of the sign
    percent_first: bool = False  # whether the sign and its word stand before the number
    units: Mapping[str, Noun] = field(default_factory=dict)  # else CLDR's names of the usual units
    per: str = ""  # "pro" in kilometres per hour; else CLDR's

    # Ordinals and fractions.
    ordinal_mark: str = ""  # pattern of what makes figures an ordinal: "º|ª"
    over: str = ""  # between the numbers of a fraction that has no words of its own: "durch" in 3/4
    mixed_joint: str = ""  # between a whole number and a fraction: "und"

    # Dates and times.
    day_mark: str = ""  # pattern of what may follow the day of a month: r"\."
    date_words: str = ""  # words between day, month and year, which stay: "de del"
    date_joint: str = ""  # before a month and a year where the text has no such word: "de"
    clock_word: str = ""  # pattern of the word after a clock time, which `time` speaks: "Uhr"
    clock_before: str = ""  # words before a clock time that has a full stop: "kl klockan"

    # Ranges and formulas.
    range_word: str = ""  # for a dash between two amounts: "bis"
    range_signs: str = ""  # signs that make a range of the figures beside them, without blanks: "~-"
    score_word: str = ""  # for a dash before a smaller number, as in 3-1
    subtraction_word: str = ""  # for a minus between two numbers; else the word of negative numbers

    # Signs. Those without a name here have CLDR's.
    signs: Mapping[str, str] = field(default_factory=dict)  # "=": "gleich"
    prefixes: Mapping[str, str] = field(default_factory=dict)  # directly before a number: "~": "about"
    greek: str = _GREEK  # the names of the small Greek letters

    # Addresses of the internet, and telephone numbers.
    speaks_scheme: bool = False  # whether "https://" is spoken
    address_digits: bool = False  # whether figures are read one by one
    address_signs: Mapping[str, str] = field(default_factory=dict)  # where people do not say `signs`: "/": "Slash"
    address_words: Mapping[str, str] = field(default_factory=dict)  # parts as people say them: "json": "jason"
    spelled_domains: str = ""  # parts that are spelled, besides those that every language spells
    dialing_word: str = ""  # for the plus of a telephone number; else the sign's name

    # Words.
    abbreviation: Callable[[WordContext], tuple[str, bool] | None] = lambda _context: None
    """The spoken words of an abbreviation, and whether its full stop ends a sentence; None for other words."""
    verbalize_word: Callable[[str, str, str, WordContext], str] = _lower
    """The spoken form of a bare word, by the spoken word before it and the word after it."""
    short_stop: str = SHORT_STOP  # pattern of a full stop of a short form that ends no sentence
    capital_nouns: bool = False  # so a capital after a full stop may be in the same sentence
    particles: str = ""  # pattern of words that continue the last word of an expression, as in Korean: "5%는"
    latin: bool = True  # written in Latin letters only
    prosody_marks: Mapping[str, str] = field(default_factory=dict)  # punctuation that stands for another mark

    # Chunks, and lines of captions.
    conjunctions: str = ""  # a chunk may begin with one
    before_names: str = ""  # spoken titles, which a name follows: no chunk ends with one
    joining_words: str = ""  # join clauses
    leading_words: str = ""  # begin a phrase
    bound_words: str = ""  # articles, possessives, auxiliaries: bound to the next word
    subject_words: str = ""  # pronouns that are always subjects: bound to their verb

    readings: tuple[Reading, ...] = ()  # how else people say figures and signs, besides what all languages share
    rules: tuple[Rule, ...] = ()  # the language's own, which are tried before those that all languages share
    regions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The fields that are others in a region of the tag: "mx": {"numbers": …}."""
    proof_sentences: tuple[str, ...] = ()
    """`doctor --speak` speaks them. Numbers are written out: another spelling would count as an error."""

    @property
    def tag(self) -> str:
        """The normalized tag, with its region."""
        return self.numbers.tag

    # The methods give spoken words. Their numbers are texts of ASCII digits; a ``value`` may have a point and a
    # fraction ("2.50"). A gender is "m", "f", "n" or another that the language's `numbers` know, "" for none.

    # Numbers.

    def cardinal(self, number: str, gender: str = "") -> str:
        """A whole number before a noun of a ``gender``; digit by digit if it begins with zero."""
        return numbers.cardinal(number, self.numbers, gender)

    def ordinal(self, number: str, mark: str = "") -> str:
        """A whole number as an ordinal. ``mark`` is what followed it in the text: "ª", "th"."""
        return numbers.ordinal(number, self.numbers)

    def digits(self, text: str) -> str:
        """The digits of a text one by one; other characters are left out."""
        return numbers.digits(text, self.numbers)

    def decimal(self, whole: str, fraction: str) -> str:
        """The number ``whole`` point ``fraction``, "2" and "50"; ``whole`` may be ""."""
        return numbers.decimal(whole, fraction, self.numbers)

    def value(self, value: str, gender: str = "") -> str:
        """A ``value`` before a noun of a ``gender``."""
        whole, _, fraction = value.partition(".")
        return self.decimal(whole, fraction) if fraction else self.cardinal(whole, gender)

    def bare(self, value: str, before: str, after: str) -> str:
        """A ``value`` without a unit, between two words of the text, either of which may be ""."""
        return self.value(value)

    def fraction(self, top: str, bottom: str) -> str:
        """The whole number ``top`` of ``bottom`` parts: "3", "4" → drei Viertel."""
        return f"{self.cardinal(top)} {self.over or self.sign('/')} {self.cardinal(bottom)}"

    def mixed(self, whole: str, top: str, bottom: str) -> str:
        """The whole number ``whole``, which may be "", and ``top`` of ``bottom`` parts."""
        fraction = self.fraction(top, bottom)
        return f"{self.cardinal(whole)} {self.mixed_joint} {fraction}" if whole else fraction

    # Amounts.

    def counted(self, value: str, noun: Noun) -> str:
        """A ``value`` of something: "2", Noun("Kilometer") → zwei Kilometer."""
        return noun.counted(self.value(value, noun.gender), cldr.plural(value, self.tag))

    def currency(self, code: str) -> Noun:
        """The noun of a currency by its ISO code."""
        return self.currencies.get(code) or cldr.currency(code, self.tag) or Noun(code)

    def money(self, value: str, code: str, counted: Callable[[str, Noun], str] | None = None) -> str:
        """An amount of a currency: "12.80", "EUR" → zwölf Euro und achtzig Cent; its nouns as ``counted`` says them."""
        counted, unit = counted or self.counted, self.currency(code)
        cent = self.cents.get(code)
        whole, _, fraction = value.partition(".")
        fraction = f"{fraction[:2]}{fraction[2:].rstrip('0')}"
        if self.money_tenths and cent and len(fraction) == 1:
            value, fraction = f"{value}0", f"{fraction}0"
        if not fraction.strip("0"):
            return counted(whole, unit)
        if cent is None or len(fraction) != 2:
            return counted(value, unit)
        hundredths = counted(fraction.lstrip("0"), cent)
        return f"{counted(whole, unit)} {self.money_joint} {hundredths}" if whole.strip("0") else hundredths

    def scaled(self, value: str, scale: Noun, noun: Noun | None) -> str:
        """Millions of something: "3.5", Noun("Millionen"), Noun("Euro") → drei Komma fünf Millionen Euro."""
        words = self.counted(value, scale)
        return f"{words} {noun.form('many')}" if noun else words

    def percentage(self, value: str) -> str:
        """A ``value`` of percent."""
        words, percent = self.value(value), self.percent or self.sign("%")
        return f"{percent} {words}" if self.percent_first else f"{words} {percent}"

    def rate(self, words: str, divisor: Noun) -> str:
        """An amount per unit: "zwei Kilogramm", Noun("Meter") → zwei Kilogramm pro Meter."""
        return f"{words} {self.per or cldr.per(self.tag)} {divisor.form('one')}"

    def parts_of(self, whole: str, top: str, bottom: str, noun: Noun) -> str:
        """The whole number ``whole``, which may be "", and ``top`` of ``bottom`` parts of a unit."""
        return f"{self.mixed(whole, top, bottom)} {noun.form('other')}"

    def span(self, start: str, end: str) -> str:
        """A range of two amounts, which are words already."""
        return f"{start} {self.range_word} {end}"

    # Dates and times.

    def year(self, number: str) -> str:
        """A year of a date: "2020"."""
        return self.cardinal(number)

    def day(self, day: str) -> str:
        """The day of a month, "3" or "03", before or after the month's name."""
        return self.cardinal(day)

    def date(self, day: str, month: int, year: str) -> str:
        """A date: "3", 5 for May, "2020". ``year`` may be ""."""
        words = [self.day(day), cldr.month_names(self.tag)[month - 1], *([self.year(year)] if year else ())]
        return f" {self.date_joint} ".join(words)

    def time(self, hour: str, minute: str, second: str) -> str:
        """A clock time of 24 hours: "17", "20", "". ``second`` may be ""."""
        return " ".join(self.cardinal(str(int(part))) for part in time_parts(hour, minute, second))

    def duration(self, hours: str, minutes: str, seconds: str) -> str:
        """A time that something takes: "1", "02", "33". What is zero is left out."""
        parts = (("hour", hours), ("minute", minutes), ("second", seconds))
        nouns = ((cldr.unit(f"duration-{name}", self.tag) or Noun(name), str(int(part))) for name, part in parts)
        return " ".join(self.counted(part, noun) for noun, part in nouns if part != "0")

    # Signs and formulas.

    def sign(self, sign: str) -> str:
        """The name of a sign."""
        if sign in "-−" and sign not in self.signs:
            return numbers.minus(self.numbers)
        return self.signs.get(sign) or sign_name(sign, self.tag)

    def prefix(self, sign: str) -> str:
        """The words of a sign directly before a number: that of "-" is minus."""
        return self.prefixes.get(sign) or (numbers.minus(self.numbers) if sign in "-−–" else self.sign(sign))

    def power(self, base: str, exponent: str) -> str:
        """A letter or ``value`` and its exponent, a whole number that may begin with a minus sign."""
        power = f"{self.sign('−')} {self.cardinal(exponent[1:])}" if exponent[0] in "-−" else self.cardinal(exponent)
        return f"{self.value(base) if base[0].isdigit() else base} {self.sign('^')} {power}"

    # Addresses and telephone numbers.

    def address_sign(self, sign: str) -> str:
        """The name of a sign in an address of the internet."""
        return self.address_signs.get(sign) or self.sign(sign)

    def address_word(self, letters: str) -> str:
        """A name in an address of the internet: "TagTime" → Tag Time."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", letters)

    def spelled(self, letters: str) -> str:
        """Latin letters one by one."""
        return " ".join(letters.upper())

    def telephone_group(self, group: str, country: bool) -> str:
        """The digits of a telephone number between blanks and signs; ``country``: they are its country's code."""
        return self.digits(group)

    # Spelling.

    def spelling_of(self, text: str) -> Callable[[str], str]:
        """The function that writes spoken words in the spelling of a text, where a language has several."""
        return lambda words: words
