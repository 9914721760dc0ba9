"""Catalan."""

from __future__ import annotations

from handler.text import cldr
from handler.text.cldr import Noun
from handler.text.languages import ca_words as table
from handler.text.languages import romance_numbers, romance_ordinals
from handler.text.languages.romance import LETTER_CODES, PAIRS, Romance
from handler.text.languages.romance_rules import RULES, abbreviations
from handler.text.numbers import NumberStyle


class _Catalan(Romance):
    def date(self, day: str, month: int, year: str) -> str:
        # CLDR's months have their "de": "d'abril".
        words = [self.day(day), cldr.month_names(self.tag)[month - 1].replace("’", "'")]
        return " ".join([*words, f"de {self.year(year)}"] if year else words)

    def time(self, hour: str, minute: str, second: str) -> str:
        words = [self.cardinal(str(int(hour)), "f")]
        if second.strip("0"):
            return " i ".join(self.counted_time(hour, minute, second))
        return " ".join([*words, "i", self.cardinal(str(int(minute)))] if minute.strip("0") else words)

    def part(self, bottom: int) -> str | None:
        return table.PARTS.get(bottom) or (self.ordinals(bottom, "") if 4 < bottom <= 100 else None)

    def halves(self, noun: Noun | None) -> str:
        return "mitja" if noun and self.gender_of(noun.one or noun.other) == "f" else "mig"

    def is_elided_before(self, words: str) -> bool:
        return words[0].lower() == "h" or super().is_elided_before(words)

    def several(self, part: str) -> str:
        return f"{part[:-1]}ens" if part.endswith("è") else super().several(part)


CATALAN = _Catalan(
    NumberStyle("ca", decimal_comma=True, point="coma", minus="menys", gendered=romance_numbers.catalan),
    currencies=table.CURRENCIES,
    currency_signs={**table.CURRENCY_SIGNS, **LETTER_CODES},
    cents=table.CENTS,
    money_joint="i",
    scales=table.SCALES,
    percent="per cent",
    units=table.UNITS,
    date_words="de del d'",
    ordinal_mark=r"\.?(?:º|ª)|(?:r|n|t|è|é|a|rs|ns|ts|ns)\b",
    clock_word="les|la|fins",
    range_word="a",
    over="entre",
    mixed_joint="i",
    address_digits=True,
    signs=table.SIGNS,
    ordinals=romance_ordinals.catalan,
    elided="d'",
    decimal_groups=PAIRS,
    feminine_endings=("a", "ció", "cions", "tat", "tats"),
    feminine=table.FEMININE,
    masculine=table.MASCULINE,
    no_nouns=table.NO_NOUNS,
    numbered=table.NUMBERED,
    half="mig",
    day_parts=("del matí", "de la tarda", "del vespre"),
    articles="el la l' els les del al",
    feminine_articles="la les una",
    centuries="segle segles",
    roman_after="capítol tom volum acte escena llibre títol part fase secció article",
    before_roman={"s": "segle", "cap": "capítol", "vol": "volum", "t": "tom", "art": "article"},
    regnal=table.REGNAL,
    powers=("al quadrat", "al cub"),
    raised="elevat a",
    telephone_words="tel telèfon mòbil whatsapp fax truqueu truca",
    each="cada",
    extension="extensió",
    rules=(*abbreviations(table.TITLES, table.OTHERS, table.BEFORE_NUMBER, table.SHORT), *RULES),
)
