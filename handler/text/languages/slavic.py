"""What the Slavic languages share: numerals with gender and case, nouns that agree with them, ordinals by endings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from handler.text import cldr, numbers
from handler.text.cldr import Noun
from handler.text.languages.base import Language, WordContext
from handler.text.languages.slavic_numbers import Numerals

MAX_FRACTION_DIGITS = 6
_VOWELS = set("AEIOUYĄĘÓÁÉĚÍÚŮÝАЕЁИОУЫЭЮЯІЇЄ")


def verbalize_word(word: str, _last: str, _following: str, context: WordContext) -> str:
    """A word of capitals in small letters or spelled; Latin letters by name, if the language's own are others."""
    language = context.language
    assert isinstance(language, Slavic)
    if word in language.clear_units.split() and (noun := language.unit(word)):
        return noun.form(language.genitive_forms[1])
    if language.letters and word.isascii() and word.isalpha():
        if word.lower() in language.address_words:
            return language.address_words[word.lower()]
        if len(word) == 1 or (word.isupper() and len(word) <= 4):
            return " ".join(language.letters[letter].replace("~", " ") for letter in word.lower())
    if len(word) < 2 or not word.isupper():
        return word
    if word in language.spelled_words.split() or (len(word) <= 5 and not set(word) & _VOWELS):
        return " ".join(_letter_name(letter, word, language) for letter in word)
    return word.lower()


def _letter_name(letter: str, word: str, language: Slavic) -> str:
    """The name of a letter of a word in capitals; the letter itself if the language has no name for it."""
    low = letter.lower()
    name = language.own_letters.get(low) or language.letters.get(low, "").replace("~", " ")
    return name or (letter if word.isascii() else low)


def _abbreviation(context: WordContext) -> tuple[str, bool] | None:
    """The words of an abbreviation before a full stop."""
    language, low = context.language, context.core.lower()
    assert isinstance(language, Slavic)
    if not context.dot:
        return None
    number_follows = context.after[:1].isdigit()
    if number_follows and low in language.short_before_number:
        return language.short_before_number[low], False
    if context.after[:1].isupper() and low in language.short_before_name:
        return language.short_before_name[low], False
    if low in language.short:
        ends = not context.after or (low in language.short_ending.split() and context.after[0].isupper())
        return language.short[low], ends
    return None


@dataclass(frozen=True, eq=False, kw_only=True)
class Slavic(Language):
    """A Slavic language. A ``form`` of an ordinal is one of `Numerals`; lists of words are texts between blanks."""

    numerals: Numerals

    # Numbers and fractions.
    whole: Noun | None = None  # "целых" between a whole number and its tenths; None for a sign by name and digits
    point_noun: Noun | None = None  # the decimal sign where it agrees with the whole number: "celá", "celé", "celých"
    parts: Mapping[str, Noun] = field(default_factory=dict)  # of a whole, by their number: "2": polovina, poloviny …
    part_forms: Mapping[str, str] = field(default_factory=dict)
    """Where parts are feminine ordinals: plural category of how many → form, "pg" for others: три четвёртых."""

    # Genders and cases.
    feminine: str = "аяa"  # last letters of the first word of a noun that is feminine
    feminine_accusative: str = ""  # last letters of a feminine noun in the accusative: за одну минуту
    neuter: str = "оеoeé"
    genitive_forms: tuple[str, str] = ("other", "many")  # CLDR's categories that are the genitive of one and of several
    accusative_endings: Mapping[str, str] = field(default_factory=dict)  # of feminine words: "а": "у"
    genitive_after: str = ""  # words after which a number is in the genitive
    feminine_genitive: str = "ыиі"  # last letters of a feminine noun in the genitive
    feminine_plurals: str = ""  # plurals that tell a feminine noun after "2": "книги"
    feminine_endings: tuple[str, ...] = ()  # endings of such plurals
    no_nouns: str = ""  # words that do not tell a gender: "или"
    from_words: str = ""  # "с": such words, if a number with "до" follows

    # Amounts, ranges, formulas.
    unit_names: Mapping[str, str] = field(default_factory=dict)  # as written → CLDR's names: "км": "length-kilometer"
    attached_units: str = ""  # not units after a blank before a word
    per_time: str = ""  # "в" in kilometres per hour; `per` for other units
    per_money: str = ""  # "за" in roubles per kilogram
    genitive_signs: str = ""  # signs before a number in the genitive: корень из девяти
    ratio_genitive: bool = False  # the second number of 16:9 is in the genitive
    powers: Mapping[str, str] = field(default_factory=dict)  # "2": "в квадрате"
    clear_units: str = ""  # units without figures that cannot be words
    number_words: Mapping[str, str] = field(default_factory=dict)  # number in words → plural category of a unit after
    range_words: tuple[str, str] = ("", "")  # "от", "до", the second with the genitive; "" for words without a case
    before_ranges: str = ""  # words before a range that has no "от" then
    telephones: tuple[str, ...] = ()  # patterns of numbers without a country code

    # Ordinals.
    marks: Mapping[str, str] = field(default_factory=dict)  # what follows figures → form of the ordinal: "го": "g"
    mark_joint: str = "[-–]"  # pattern between figures and a mark
    mark_before: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # next words → mark → form beside them
    ambiguous_marks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Mark → ending of the next word → form of the ordinal."""
    dative_after: str = ""  # words after which a mark of the locative of tens is a dative plural: к 90-м
    small_marks: str = ""  # cardinal marks of 2 to 4 only
    cardinal_marks: Mapping[str, str] = field(default_factory=dict)  # "ти": "g": of a cardinal, or "" as "2х"
    dotted: Mapping[str, str] = field(default_factory=dict)  # ending of the next word → form in "5. piętro"
    compounds: str = ""  # beginnings of second parts of compounds: "летн" in 5-летний
    agreeing: Mapping[str, str] = field(default_factory=dict)  # ending of the next word → form of the ordinal before it

    # Roman numerals.
    numbered: Mapping[str, str] = field(default_factory=dict)  # a word beside a Roman numeral → form of the ordinal
    letter_words: str = ""  # Roman letters that are words too: "I" is "and" in Polish
    roman_nouns: str = ""  # nouns after which such a letter is a numeral even so
    names: Mapping[str, str] = field(default_factory=dict)  # a ruler in a case → form of the ordinal after the name

    # Dates and times.
    # A word in its cases, form → word: beside a year or a century; several of them; and the pattern of what is short.
    year_nouns: Mapping[str, str] = field(default_factory=dict)
    years_nouns: Mapping[str, str] = field(default_factory=dict)
    year_short: tuple[str, str] = ("", "")
    century_nouns: Mapping[str, str] = field(default_factory=dict)
    centuries_nouns: Mapping[str, str] = field(default_factory=dict)
    century_short: tuple[str, str] = ("", "")
    decade_words: Mapping[str, str] = field(default_factory=dict)  # word before tens → their form: lata 90.
    case_after: Mapping[str, str] = field(default_factory=dict)  # word before → form of such a word: "в": "l"
    year_small: str = ""  # words beside which a number below 100 is a year: "году"
    year_joint: bool = True  # a range of years has the words of a range
    alone_neuter: bool = False  # a date that is the whole text is in the nominative: шестое марта
    year_form: str = "g"  # form of a year in a date; "" for cardinals
    day_form: str = "g"
    day_forms: Mapping[str, str] = field(default_factory=dict)  # word before a date → form of the day
    day_range: tuple[str, str, str] = ("", "", "g")  # words before the first and last day, form of the last
    bare_years: tuple[str, str, str, str] = ("", "g", "", "m")  # word and form of the first and last of a range
    day_joints: str = ""  # words between two days of a month: "и"
    short_months: Mapping[str, int] = field(default_factory=dict)  # besides CLDR's
    hours: Callable[[Slavic, int, str], str] | None = None  # the words of an hour after a word; else hours are counted
    clock_after: str = ""  # words after which 17.20 is a time

    # Words.
    letters: Mapping[str, str] = field(default_factory=dict)  # Latin letters by name, if its own are not Latin
    own_letters: Mapping[str, str] = field(default_factory=dict)  # letters of initialisms by name
    spelled_words: str = ""  # initialisms that are spelled although they have vowels
    short: Mapping[str, str] = field(default_factory=dict)  # abbreviation before its full stop → its words
    short_ending: str = ""  # those of them whose full stop may end a sentence
    short_before_number: Mapping[str, str] = field(default_factory=dict)
    short_before_name: Mapping[str, str] = field(default_factory=dict)
    phrases: Mapping[str, str] = field(default_factory=dict)  # letters of an abbreviation between full stops → words
    abbreviation: Callable[[WordContext], tuple[str, bool] | None] = _abbreviation
    verbalize_word: Callable[[str, str, str, WordContext], str] = verbalize_word

    # Numbers.

    def cardinal(self, number: str, gender: str = "", *, genitive: bool = False) -> str:
        if len(number) > numbers.MAX_NUMBER_DIGITS or (len(number) > 1 and number[0] == "0"):
            return self.digits(number)
        return self.numerals.cardinal(int(number), gender, genitive=genitive)

    def ordinal(self, number: str, mark: str = "") -> str:
        return self.ordinal_in(number, self.marks.get(mark, "m"))

    def ordinal_in(self, number: str, form: str) -> str:
        """A whole number as an ordinal in a form."""
        return (
            self.numerals.ordinal(int(number), form)
            if len(number) <= numbers.MAX_ORDINAL_DIGITS
            else self.digits(number)
        )

    def decimal(self, whole: str, fraction: str, *, genitive: bool = False) -> str:
        if self.whole is None:
            rest = fraction.lstrip("0")
            zeros = self.digits(fraction.removesuffix(rest))
            point = self.point_noun.form(self._category(whole)) if self.point_noun else self.numbers.point
            integer = self.cardinal(whole, "f" if self.point_noun else "")
            return " ".join([integer, point, zeros, self.cardinal(rest) if 0 < len(rest) <= 3 else self.digits(rest)])
        if len(fraction) > MAX_FRACTION_DIGITS:
            return f"{self.cardinal(whole, 'f')} {self.whole.form(self._category(whole))} {self.digits(fraction)}"
        part = str(int(fraction))
        form = "f" if self._category(part) == "one" else "pg"
        words = [
            self.cardinal(whole, "f"), self.whole.form(self._category(whole)),
            self.cardinal(part, "f"), self.numerals.ordinal(10 ** len(fraction), form),
        ]  # fmt: skip
        return self.numerals.in_genitive(" ".join(words)) if genitive else " ".join(words)

    def fraction(self, top: str, bottom: str) -> str:
        if int(top) < int(bottom):
            if part := self.parts.get(bottom):
                return self.counted(top, part)
            if self.part_forms and 2 <= int(bottom) <= 100:
                form = self.part_forms.get(self._category(top), "pg")
                return f"{self.cardinal(top, 'f')} {self.ordinal_in(bottom, form)}"
        return super().fraction(top, bottom)

    def value(self, value: str, gender: str = "", *, genitive: bool = False) -> str:
        whole, _, fraction = value.partition(".")
        if fraction:
            return self.decimal(whole, fraction, genitive=genitive)
        return self.cardinal(whole, gender, genitive=genitive)

    def _category(self, value: str) -> str:
        return cldr.plural(value, self.tag)

    # Nouns.

    def gender_of(self, noun: Noun) -> str:
        """The gender of a noun, by the ending of its first word if it is not given."""
        last = noun.form("one").split(" ")[0][-1:].lower()
        return noun.gender or ("f" if last and last in self.feminine else "n" if last and last in self.neuter else "m")

    def form_of(self, value: str, noun: Noun, *, genitive: bool = False) -> str:
        """The noun as it stands after a number."""
        if not genitive or "." in value:
            return noun.form(self._category(value))
        one, several = self.genitive_forms
        return noun.form(one if self._category(value) == "one" else several)

    def counted(self, value: str, noun: Noun, *, genitive: bool = False) -> str:
        number = self.value(value, self.gender_of(noun), genitive=genitive)
        return f"{number} {self.form_of(value, noun, genitive=genitive)}"

    def scaled(self, value: str, scale: Noun, noun: Noun | None, *, genitive: bool = False) -> str:
        words = self.counted(value, scale, genitive=genitive)
        return f"{words} {noun.form(self.genitive_forms[1])}" if noun else words

    def unit(self, written: str) -> Noun | None:
        """The noun of one of the language's own units as it is written; None if it is none."""
        name = self.unit_names.get(written)
        return self.units.get(written) or (cldr.unit(name, self.tag) if name else None)

    def spelled(self, letters: str) -> str:
        return self.address_words.get(letters.lower()) or super().spelled(letters)

    def address_word(self, letters: str) -> str:
        return self.address_words.get(letters.lower()) or super().address_word(letters)

    def address_sign(self, sign: str) -> str:
        return self.address_words.get(sign) or super().address_sign(sign)

    def accusative(self, noun: Noun) -> str:
        """One of a noun after "per": час, минуту, квадратную милю."""
        words = noun.form("one").split(" ")
        if self.gender_of(noun) != "f":
            return noun.form("one")
        for ending, accusative in self.accusative_endings.items():
            words[0] = words[0].removesuffix(ending) + accusative if words[0].endswith(ending) else words[0]
        return " ".join(words)

    def money(
        self, value: str, code: str, counted: Callable[[str, Noun], str] | None = None, *, genitive: bool = False
    ) -> str:
        unit = self.currency(code)
        cent = self.cents.get(code)
        whole, _, fraction = value.partition(".")
        if not fraction.strip("0"):
            return self.counted(whole, unit, genitive=genitive)
        if cent is None or len(fraction) != 2:
            return self.counted(value, unit, genitive=genitive)
        hundredths = self.counted(fraction.lstrip("0"), cent, genitive=genitive)
        if not whole.strip("0"):
            return hundredths
        return f"{self.counted(whole, unit, genitive=genitive)} {self.money_joint} {hundredths}"

    def gender_before(self, number: str, following: str) -> str:
        """The gender of a number, told by the word after it: "2", "книги" → f."""
        low = following.lower()
        if len(low) < 3 or low in self.no_nouns.split() or number[-2:-1] == "1" or not low.isalpha():
            return ""
        if number.endswith("1") and low[-1] in self.feminine_accusative:
            return "fa"
        if number.endswith("1"):
            return "f" if low[-1] in self.feminine else "n" if low[-1] in self.neuter else "m"
        if number.endswith("2"):
            return "f" if low in self.feminine_plurals.split() or low.endswith(self.feminine_endings or "\0") else "m"
        return ""

    # Dates and times.

    def year_noun(self) -> str:
        """The word for a year after a date: года; "" if there is none."""
        return self.year_nouns.get("g") or next(iter(self.year_nouns.values()), "")

    def year(self, number: str) -> str:
        return self.year_in(number, self.year_form)

    def year_in(self, number: str, form: str) -> str:
        """A year in the form of an ordinal, or as a cardinal if the form is ""."""
        if len(number) == 2 and number[0] == "0" and form and number != "00":
            return f"{self.digits('0')} {self.ordinal_in(number, form)}"
        return self.ordinal_in(number, form) if form and number != "00" else self.cardinal(number)

    def day(self, day: str) -> str:
        return self.ordinal_in(day, self.day_form)

    def month(self, number: int) -> str:
        """The name of a month in a date."""
        return cldr.month_names(self.tag)[number - 1]

    def date(self, day: str, month: int, year: str) -> str:
        return f"{self.day(day)} {self.month(month)} {self.year(year) if year else ''}"

    def time(self, hour: str, minute: str, second: str) -> str:
        return self.time_after("", hour, minute, second)

    def time_after(self, before: str, hour: str, minute: str, second: str) -> str:
        """A clock time after a word, which may ask for the genitive."""
        genitive = before in self.genitive_after.split() or before in self.from_words.split()
        if self.hours:
            words = [self.hours(self, int(hour), before)]
        else:
            words = [self._timed(hour, "duration-hour", genitive=genitive)]
        if minute.strip("0") or second.strip("0"):
            words.append(self.minutes(minute, genitive=genitive))
        if second.strip("0"):
            words.append(self._timed(second, "duration-second", genitive=genitive))
        return " ".join(words)

    def minutes(self, minute: str, *, genitive: bool) -> str:
        """The minutes of a clock time."""
        return self._timed(minute, "duration-minute", genitive=genitive)

    def _timed(self, value: str, unit: str, *, genitive: bool) -> str:
        return self.counted(str(int(value)), cldr.unit(unit, self.tag) or Noun(""), genitive=genitive)

    # Words.

    def percentage(self, value: str, *, genitive: bool = False) -> str:
        return self.counted(value, self.units["%"], genitive=genitive)
