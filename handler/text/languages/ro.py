"""Romanian."""

from __future__ import annotations

import re

from handler.text import cldr, numbers
from handler.text.cldr import Noun
from handler.text.languages import ro_words as table
from handler.text.languages import romance_numbers, romance_ordinals
from handler.text.languages.base import Context, Rule
from handler.text.languages.romance import LETTER_CODES, Romance
from handler.text.languages.romance_numbers import takes_de
from handler.text.languages.romance_rules import RULES, abbreviations
from handler.text.numbers import NumberStyle
from handler.text.roman import roman_value


class _Romanian(Romance):
    def currency(self, code: str) -> Noun:
        if code in self.currencies:
            return self.currencies[code]
        noun = super().currency(code)
        return Noun(f"de {noun.other}", one=noun.one, few=noun.other)

    def counted(self, value: str, noun: Noun) -> str:
        form = noun.form(cldr.plural(value, self.tag))
        return f"{self.value(value, noun.gender or self.gender_of(noun.one or noun.other))} {form}"

    def scaled(self, value: str, scale: Noun, noun: Noun | None) -> str:
        if scale.other == "mii":
            words = f"{self.value(value)} {scale.other}" if "." in value else self.cardinal(f"{value}000")
            return f"{words} {noun.other}" if noun else words
        words = self.counted(value, scale)
        return f"{words} {noun.other}" if noun else words

    def bare(self, value: str, before: str, after: str) -> str:
        alone = value == "1" and before.lower() in self.numbered.split()
        if "." in value or alone or not self.is_noun(after):
            return self.value(value)
        # Plurals in -e and -uri are feminine or neuter, and both have "două".
        several = value != "1" and after.endswith(("e", "uri"))
        words = self.value(value, "f" if several else self.gender_of(after))
        return f"{words} de" if len(value) < numbers.MAX_NUMBER_DIGITS and takes_de(int(value)) else words

    def day(self, day: str) -> str:
        return "întâi" if int(day) == 1 else self.cardinal(str(int(day)))

    def part(self, bottom: int) -> str | None:
        return table.PARTS.get(bottom)

    def several(self, part: str) -> str:
        return f"{part[:-1]}i"

    def fraction(self, top: str, bottom: str) -> str:
        part = self.part(int(bottom))
        if part is None or (top == "1" and bottom == "2"):
            return "o jumătate" if part else f"{self.cardinal(top)} {self.over} {self.cardinal(bottom)}"
        return f"{self.cardinal(top, 'f')} {part if top == '1' else self.several(part)}"

    def halves(self, noun: Noun | None) -> str:
        return "jumătate"

    def half_of(self, noun: Noun) -> str:
        return f"o jumătate de {noun.form('one')}"

    def time(self, hour: str, minute: str, second: str) -> str:
        if second.strip("0"):
            return " și ".join(self.counted_time(hour, minute, second))
        words = [self.cardinal(str(int(hour)), "f") if int(hour) != 1 else "unu"]
        return " ".join([*words, "și", self.cardinal(str(int(minute)))] if minute.strip("0") else words)

    def roman(self, number: int, place: str, gender: str) -> str:
        if place == "noun" or (place == "name" and number == 1):
            return "întâi" if place == "name" else self.cardinal(str(number))
        feminine = "a" if gender == "f" else "lea"
        words = self.ordinal(str(number), feminine)
        return words if number == 1 else f"{'a' if gender == 'f' else 'al'} {words}"


def _ordinal(found: re.Match[str], context: Context) -> str | None:
    """al 5-lea, a 3-a, al II-lea: the article stands in the text."""
    written = found["number"]
    number = written if written.isdigit() else roman_value(written)
    return context.language.ordinal(str(number), found["mark"]) if number else None


ROMANIAN = _Romanian(
    NumberStyle("ro", decimal_comma=True, point="virgulă", minus="minus", gendered=romance_numbers.romanian),
    currencies=table.CURRENCIES,
    currency_signs={**table.CURRENCY_SIGNS, **LETTER_CODES},
    cents=table.CENTS,
    money_joint="și",
    scales=table.SCALES,
    percent="la sută",
    units=table.UNITS,
    per="pe",
    clock_word="ora|orele|la",
    range_word="până la",
    over="supra",
    mixed_joint="și",
    address_digits=True,
    signs=table.SIGNS,
    ordinals=romance_ordinals.romanian,
    decimal_groups={1: (1,), 2: (2,)},
    feminine_endings=("ă",),
    feminine=table.FEMININE,
    no_nouns=table.NO_NOUNS,
    numbered=table.NUMBERED,
    plural_endings=(),
    half="jumătate",
    day_parts=("dimineața", "după-amiaza", "seara"),
    articles="",
    centuries="secolul secol",
    roman_after="capitolul volumul tomul actul scena cartea titlul partea",
    before_roman={"sec": "secolul", "cap": "capitolul", "vol": "volumul", "art": "articolul"},
    regnal=table.REGNAL,
    powers=("la pătrat", "la cub"),
    raised="la puterea",
    telephone_words="tel telefon mobil whatsapp fax sunați sună",
    each="la",
    extension="interior",
    rules=(
        Rule(r"(?P<number>\d{1,6}|[IVXLC]{1,7})-(?P<mark>lea|a)", _ordinal),
        *abbreviations(table.TITLES, table.OTHERS, table.BEFORE_NUMBER, table.SHORT),
        *RULES,
    ),
)
