"""What the Romance languages share: genders, "de" after millions, decimals in groups, parts of a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from handler.text import cldr, numbers
from handler.text.characters import word_set
from handler.text.cldr import Noun
from handler.text.languages.base import Language

_VOWELS = "aeiouyàâäáéèêëíîïóôòúûùœ"
_SHAPES = frozenset({("16", "9"), ("9", "16"), ("4", "3"), ("21", "9"), ("4", "5")})  # of pictures
_THOUSANDS = ("mil", "mille", "mila", "mii")  # scales that take no "de"
PAIRS = {length: (2,) * (length // 2) + (1,) * (length % 2) for length in range(1, 9)}

_CODES = (
    "aed afn amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bmd bnd bob bop brl bsd btn bwp bzd cad chf clp cny "
    "cop crc czk djf dkk dop dzd egp etb eur fjd gbp gel ghs gnf gtq gyd hkd hnl htg huf idr ils inr iqd irr isk "
    "jmd jod jpy kes kgs khr kpw krw kwd kyd kzt lbp lkr lrd lyd mdl mga mkd mmk mnt mur mvr mwk mxn myr mzn nad "
    "ngn nio nok npr nzd omr pab php pkr pln pyg qar rsd rub rwf sar scr sdg sek sgd srd svc syp szl thb tjs tnd "
    "ttd twd tzs uah ugx usd uyu uzs ves vnd xaf xcd xof xpf yer zar zmw"
)
LETTER_CODES = {code: code.upper() for code in _CODES.split()}
"""Codes of currencies in small letters, where they are no words → the codes."""


def currencies(names: str) -> dict[str, Noun]:
    """Currencies from rows of code, singular and plural, with blanks for "_"."""
    rows = (row.split() for row in names.split(","))
    return {code: Noun(several.replace("_", " "), one=one.replace("_", " ")) for code, one, several in rows}


@dataclass(frozen=True, eq=False)
class Romance(Language):
    """A Romance language."""

    ordinals: Callable[[int, str], str] = lambda number, _mark: str(number)
    decimal_groups: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """The figures after the decimal sign that are one number, by their count; the others are read one by one."""
    of: str = "de"  # between millions and their noun
    elided: str = ""  # the same before a vowel: "d'"
    feminine_endings: tuple[str, ...] = ("a", "as")
    feminine: str = ""  # nouns that are feminine despite their ending, and as many ``masculine``
    masculine: str = ""
    no_nouns: str = ""  # words after a number that no number counts
    numbered: str = ""  # nouns with their number after them: "página"
    plural_endings: tuple[str, ...] = ("s",)
    half: str = ""  # "medio", "media" agrees
    clock_points: bool = True  # 14.30 may be a clock time
    date_points: bool = False  # 17.06 may be a date
    day_parts: tuple[str, str, str] = ("", "", "")  # after a.m., after p.m., and after p.m. from seven on
    articles: str = ""  # words before an ordinal, as "28°" after them is one
    feminine_articles: str = ""
    centuries: str = ""  # words before a Roman numeral, even a small one
    roman_after: str = ""
    before_roman: Mapping[str, str] = field(default_factory=dict)  # "cap": "capítulo"
    regnal: str = ""  # names before Roman numerals of one letter
    powers: tuple[str, str] = ("", "")  # "squared", "cubed"
    raised: str = ""  # before other exponents
    telephone_words: str = ""  # words before a telephone number
    versions: str = ""  # words before a number whose point is no separator: "versión"
    each: str = ""  # for a hundred of a unit: "cada" in 5 l/100 km
    don: str = ""  # "D." before a name: "dom"
    extension: str = ""  # the word for the extension of a telephone number

    @cached_property
    def _genders(self) -> dict[str, str]:
        return {**dict.fromkeys(self.feminine.split(), "f"), **dict.fromkeys(self.masculine.split(), "m")}

    @cached_property
    def _no_nouns(self) -> frozenset[str]:
        return word_set(self.no_nouns)

    @cached_property
    def _numbered(self) -> frozenset[str]:
        return word_set(self.numbered)

    def gender_of(self, words: str) -> str:
        """The gender of a noun, by its first word."""
        word = words.partition(" ")[0].lower()
        return self._genders.get(word) or ("f" if word.endswith(self.feminine_endings) else "m")

    def is_noun(self, word: str) -> bool:
        """Whether a word after a number may be what it counts."""
        return word.isalpha() and word.islower() and len(word) > 1 and word not in self._no_nouns

    # Numbers.

    def value(self, value: str, gender: str = "") -> str:
        whole, _, fraction = value.partition(".")
        if not fraction:
            return self.cardinal(whole or "0", gender)
        words = self.cardinal(whole or "0", gender if gender == "f" else "")
        return f"{words} {self.numbers.point} {self.decimals(fraction, gender)}"

    def decimals(self, fraction: str, gender: str = "") -> str:
        """The figures after the decimal sign, in groups; zeros before a group are read one by one."""
        words: list[str] = []
        position = 0
        for size in self.decimal_groups.get(len(fraction), (1,) * len(fraction)):
            group = fraction[position : position + size]
            position += size
            rest = group.lstrip("0")
            words += [self.cardinal("0")] * (len(group) - len(rest))
            if rest:
                words.append(self.cardinal(rest, gender if position == len(fraction) else ""))
        return " ".join(words)

    def bare(self, value: str, before: str, after: str) -> str:
        if "." in value or not self.is_noun(after):
            return self.value(value)
        if value.strip("0") and value.endswith("000000"):
            return f"{self.value(value)} {self.of}"
        counts = before.lower() not in self._numbered if value == "1" else after.endswith(self.plural_endings)
        return self.value(value, self.gender_of(after) if counts else "")

    def counted(self, value: str, noun: Noun) -> str:
        form = noun.form(cldr.plural(value, self.tag))
        words = self.value(value, noun.gender or self.gender_of(noun.one or noun.other))
        return f"{words} {self.of_words(form)}" if value.endswith("000000") and "." not in value else f"{words} {form}"

    def of_words(self, words: str) -> str:
        """The words with "de" before them."""
        return f"{self.elided}{words}" if self.elided and self.is_elided_before(words) else f"{self.of} {words}"

    def is_elided_before(self, words: str) -> bool:
        """Whether "de" loses its vowel before the words."""
        return words[0].lower() in _VOWELS

    def scaled(self, value: str, scale: Noun, noun: Noun | None) -> str:
        if scale.other in _THOUSANDS:
            gender = (noun.gender or self.gender_of(noun.one or noun.other)) if noun else "m"
            words = self.value(value, gender)
            words = f"{words} {scale.other}" if "." in value else self.cardinal(f"{value}000", gender)
            return f"{words} {noun.other}" if noun else words
        words = self.counted(value, scale)
        return f"{words} {self.of_words(noun.other)}" if noun else words

    def ordinal(self, number: str, mark: str = "") -> str:
        if len(number) > numbers.MAX_ORDINAL_DIGITS or number.startswith("0"):
            return self.cardinal(number)
        return self.ordinals(int(number), mark)

    def day(self, day: str) -> str:
        return self.ordinal("1") if day in ("1", "01") else self.cardinal(str(int(day)))

    # Parts of a whole.

    def part(self, bottom: int) -> str | None:
        """What a fraction has below its line, in the singular; None where it is said as a division."""
        return None

    def several(self, part: str) -> str:
        """The plural of a part."""
        return part if part.endswith("s") else f"{part}s"

    def fraction(self, top: str, bottom: str) -> str:
        part = self.part(int(bottom)) if len(bottom) <= numbers.MAX_ORDINAL_DIGITS else None
        if part is None:
            return super().fraction(top, bottom)
        return f"{self.cardinal(top, 'm')} {part if int(top) == 1 else self.several(part)}"

    def halves(self, noun: Noun | None) -> str:
        """The word for a half of a noun."""
        feminine = noun is not None and self.gender_of(noun.one or noun.other) == "f"
        return f"{self.half[:-1]}a" if feminine and self.half.endswith("o") else self.half

    def mixed(self, whole: str, top: str, bottom: str) -> str:
        if not whole:
            return self.fraction(top, bottom)
        words = self.halves(None) if (top, bottom) == ("1", "2") else self.fraction(top, bottom)
        return f"{self.cardinal(whole)} {self.mixed_joint} {words}"

    def half_of(self, noun: Noun) -> str:
        """Half of one: media hora."""
        return f"{self.halves(noun)} {noun.form('one')}"

    def whole_and_half(self, whole: str, noun: Noun) -> str:
        """One or more and a half: dos horas y media."""
        if " " not in noun.other:
            return f"{self.counted(whole, noun)} {self.mixed_joint} {self.halves(noun)}"
        number = self.cardinal(whole, self.gender_of(noun.one or noun.other))  # una y media milla por hora
        return f"{number} {self.mixed_joint} {self.halves(noun)} {noun.form('one' if whole == '1' else 'other')}"

    def ratio(self, one: str, other: str) -> str:
        """A score such as 3:2, or the shape of a picture."""
        if (one, other) in _SHAPES:
            return self.fraction(one, other)
        return f"{self.cardinal(one)} {self.range_word} {self.cardinal(other)}"

    def parts_of(self, whole: str, top: str, bottom: str, noun: Noun) -> str:
        if (top, bottom) == ("1", "2"):
            return self.whole_and_half(whole, noun) if whole else self.half_of(noun)
        if not whole:
            return f"{self.fraction(top, bottom)} {self.of_words(noun.form('one'))}"
        return f"{self.counted(whole, noun)} {self.mixed_joint} {self.fraction(top, bottom)}"

    # Clock times.

    def counted_time(self, hour: str, minute: str, second: str) -> list[str]:
        """The hours, minutes and seconds of a clock time, each with its noun."""
        parts = ((hour, "h"), (minute, "min"), (second, "s"))
        return [self.counted(str(int(part)), self.units[unit]) for part, unit in parts]

    def day_part(self, hour: int, half: str) -> str:
        """The words for "a" (a.m.) or "p" (p.m.) after an hour."""
        morning, afternoon, evening = self.day_parts
        if half == "a":
            return evening if hour == 12 else morning
        return evening if 7 <= hour < 12 else afternoon

    # Roman numerals.

    def roman(self, number: int, place: str, gender: str) -> str:
        """A Roman numeral after a "name", after a "century", after another "noun", or "before" a noun."""
        if place == "before" or (place == "name" and number <= 10):
            return self.ordinal(str(number), "ª" if gender == "f" else "º")
        return self.cardinal(str(number))
