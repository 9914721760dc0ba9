"""Slavic numerals from tables of words: cardinals with gender and genitive, ordinals in every case.

num2words has no cases for most of these languages, no ordinals for several, and errors in the ordinals of others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from handler.text import cldr
from handler.text.cldr import Noun


@dataclass(frozen=True, eq=False)
class Numerals:
    """The numerals of a language below 10^18. Lists of words are texts with blanks between, and "~" for a blank in one.

    A ``form`` of an ordinal is "m", "f", "n", "p" for the nominative of a gender or the plural, and "g", "d", "i", "l"
    for genitive, dative, instrumental and locative, as in "fg" and "pd"; alone they are masculine. "fa" is accusative.
    """

    tag: str
    units: str  # 0 to 19
    tens: str  # 20 to 90
    hundreds: str  # 100 to 900
    scales: Sequence[Noun]  # 10^3 to 10^15, with their gender
    genders: Mapping[str, Mapping[str, str]]  # gender → the last word of a cardinal → what it is before such a noun
    ordinal_units: str  # nominative masculine, as the next two
    ordinal_tens: str
    ordinal_hundreds: str
    ordinal_scales: str
    endings: Mapping[str, Mapping[str, str]]  # ending of an ordinal → form → the ending in that form
    genitive: Mapping[str, str] = field(default_factory=dict)  # word of a cardinal → its genitive
    first_parts: Mapping[str, str] = field(default_factory=dict)  # word of a cardinal → in compounds; else the genitive
    silent_ones: int = 1  # scales before which "one" is not said: 1 for "тысяча" and "один миллион"
    agrees_by_plural: bool = False  # gender is heard only where the noun is not in the genitive: not in 21 godzin
    tens_are_ordinal: bool = False  # "dwudziesty pierwszy", not "двадцать первый"
    joint: str = ""  # before the last word of a group: "и" in двадесет и едно

    @cached_property
    def _tables(self) -> tuple[tuple[str, ...], ...]:
        texts = (self.units, self.tens, self.hundreds, self.ordinal_units, self.ordinal_tens, self.ordinal_hundreds,
                 self.ordinal_scales)  # fmt: skip
        return tuple(tuple(word.replace("~", " ") for word in text.split()) for text in texts)

    def _below_thousand(self, number: int) -> list[str]:
        units, tens, hundreds, *_ = self._tables
        rest = number % 100
        words = [hundreds[number // 100 - 1]] if number >= 100 else []
        if rest >= 20:
            words.append(tens[rest // 10 - 2])
            rest %= 10
        return [*words, units[rest]] if rest else words

    def _gendered(self, words: list[str], number: int, gender: str) -> list[str]:
        table = self.genders.get(gender, {})
        if not words or (self.agrees_by_plural and cldr.plural(str(number), self.tag) not in ("one", "few")):
            return words
        return [*words[:-1], table.get(words[-1], words[-1])]

    def _words(self, number: int, gender: str) -> Iterator[str]:
        highest = (len(str(number)) - 1) // 3
        for power in range(len(self.scales), -1, -1):
            part = number // 1000**power % 1000
            if not part:
                continue
            words = self._below_thousand(part)
            if self.joint and len(words) > 1:
                words.insert(-1, self.joint)
            elif self.joint and power < highest and not number % 1000**power:
                yield self.joint  # хиляда и двеста
            if not power:
                yield from self._gendered(words, number, gender)
                continue
            noun = self.scales[power - 1]
            if part != 1 or power > self.silent_ones or power < highest:
                yield from self._gendered(words, part, noun.gender)
            yield noun.form(cldr.plural(str(part), self.tag))

    def cardinal(self, number: int, gender: str = "", *, genitive: bool = False) -> str:
        """A cardinal before a noun of a gender, "" for a number by itself."""
        spoken = " ".join(self._words(number, gender) if number else [self._tables[0][0]])
        return self.in_genitive(spoken) if genitive else spoken

    def in_genitive(self, spoken: str) -> str:
        """Spoken numerals in the nominative → in the genitive."""
        return " ".join(self.genitive.get(word, word) for word in spoken.split())

    def first_part(self, number: int) -> str:
        """A number as the first part of a compound: 25 → двадцатипяти (летний)."""
        words = " ".join(self._words(number, "")).split()
        return "".join(self.first_parts.get(word) or self.genitive.get(word, word) for word in words)

    def ordinal(self, number: int, form: str = "m") -> str:
        """An ordinal in a form: 21, "g" → двадцать первого."""
        rest, words = self._ordinal_words(number)
        inflected = [" ".join(self._declined(word, form) for word in words)]
        if rest:
            before = self.cardinal(rest)
            if self.joint:
                # Only before the last word: сто двадесет и първи.
                before = f"{before.replace(f' {self.joint} ', ' ')} {self.joint}"
            inflected.insert(0, before)
        return " ".join(" ".join(inflected).split())

    def _ordinal_words(self, number: int) -> tuple[int, list[str]]:
        """The part of a number that stays a cardinal, and the ordinal words after it."""
        *_, ordinal_units, ordinal_tens, ordinal_hundreds, scales = self._tables
        power = 0
        while number and power < len(scales) and number % 1000 ** (power + 1) == 0:
            power += 1
        if power:
            part = number // 1000**power % 1000
            first = self.first_part(part) if part > 1 else ""
            return number - part * 1000**power, [first + scales[power - 1]]
        last = number % 100
        if not last and number:
            hundred = number // 100 % 10
            return number - hundred * 100, [ordinal_hundreds[hundred - 1]]
        if last < 20:
            return number - last, [ordinal_units[last]]
        if not last % 10:
            return number - last, [ordinal_tens[last // 10 - 2]]
        if self.tens_are_ordinal:
            return number - last, [ordinal_tens[last // 10 - 2], ordinal_units[last % 10]]
        return number - last % 10, [ordinal_units[last % 10]]

    def _declined(self, word: str, form: str) -> str:
        for ending, forms in self.endings.items():
            if word.endswith(ending):
                return word.removesuffix(ending) + forms.get(form, ending)
        return word
