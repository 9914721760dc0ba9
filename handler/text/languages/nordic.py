"""What Danish, Norwegian and Swedish have in common, and the rules of the first two."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from handler.text.characters import word_set
from handler.text.cldr import Noun
from handler.text.counting import Counting
from handler.text.languages.base import Context, Language, Rule, time_parts
from handler.text.numbers import MAX_ORDINAL_DIGITS
from handler.text.roman import ROMAN, ROMAN_OF_NAME
from handler.text.rules.abbreviations import abbreviation_rules
from handler.text.rules.dates import say_year_after, say_year_range
from handler.text.rules.roman import say_numbered, say_regnal

_NEUTER = (
    "år|barn|hus|kilo|minut|minutt|sekund|ord|spørgsmål|spørsmål|billede|bilde|eple|æble|stykke|møte|møde|glas|glass|kort|"
    "land|lys|nummer|sted|tal|tall|træ|tre|kapitel|kapittel|spil|spill|brev|rum|rom|bord|navn|problem"
)
GREEK = (
    "alfa beta gamma delta epsilon zeta eta theta jota kappa lambda my ny ksi omikron pi rho sigma tau ypsilon fi khi "
    "psi omega"
)
"""The names of the small Greek letters in Danish and Norwegian."""
_HUNDREDS = r"1[1-9]\d\d"
_ORDINAL_AFTER = r"(?=[-–] ?\d{1,3}\. |/\d{1,2}\. | [a-zæøå])"
_BEFORE_YEAR = word_set(
    "i år året siden fra til før etter efter sommeren vinteren høsten våren januar februar mars marts april mai maj "
    "juni juli august september oktober november december desember og omkring rundt"
)


class Nordic(Language):
    """A language with common and neuter nouns; ``counting_of`` has its number words."""

    neuter: frozenset[str] = frozenset()  # nouns of which one is "et"
    ones: tuple[str, str] = ("en", "et")  # the word for one before a common and a neuter noun
    parts: tuple[str, str] = ("del", "dele")  # of fractions
    whole_fraction: int = 2  # digits after the comma that are read as one number

    def counting_of(self) -> Counting:
        """The number words."""
        raise NotImplementedError

    def cardinal(self, number: str, gender: str = "") -> str:
        words = super().cardinal(number)
        one = self.counting_of().ones.split()[1]
        neuter = gender == "n" and (words == one or words.endswith(f" {one}"))
        return f"{words.removesuffix(one)}{self.ones[1]}" if neuter else words

    def ordinal(self, number: str, mark: str = "") -> str:
        return self.counting_of().ordinal(int(number)) if len(number) <= MAX_ORDINAL_DIGITS else self.cardinal(number)

    def decimal(self, whole: str, fraction: str) -> str:
        together = len(fraction) <= self.whole_fraction and not fraction.startswith("0")
        said = self.cardinal(fraction) if together else self.digits(fraction)
        return f"{self.cardinal(whole)} {self.numbers.point} {said}"

    def counted(self, value: str, noun: Noun) -> str:
        gender = "n" if noun.form("one").split()[0] in self.neuter else "u"
        return super().counted(value, Noun(noun.other, one=noun.one, gender=noun.gender or gender))

    def percentage(self, value: str) -> str:
        return self.counted(value, Noun(self.percent))

    def fraction(self, top: str, bottom: str) -> str:
        if bottom in ("0", "1") or len(bottom) > 4:
            return super().fraction(top, bottom)
        one, several = self.parts
        if bottom == "2":
            return f"{self.ones[0]} halv" if top == "1" else f"{self.cardinal(top)} halve"
        part = self.ordinal(bottom)
        return f"{self.ones[0]} {part}{one}" if top == "1" else f"{self.cardinal(top)} {part}{several}"

    def telephone_group(self, group: str, country: bool) -> str:
        pairs = len(group) == 2 and not group.startswith("0")
        return self.cardinal(group) if pairs or (country and len(group) < 4) else self.digits(group)

    def day(self, day: str) -> str:
        return self.ordinal(str(int(day)))

    def time(self, hour: str, minute: str, second: str) -> str:
        parts = time_parts(hour, minute, second)
        return " ".join(self.cardinal(part if part == "00" else str(int(part))) for part in parts)


def _ordinal(found: re.Match[str], context: Context) -> str | None:
    return context.language.ordinal(found["number"]) if not context.dot or context.alone else None


def _decade(found: re.Match[str], context: Context) -> str:
    number = found["number"]
    words = context.language.year(number) if len(number) == 4 else context.language.cardinal(number)
    return f"{words}{found['rest']}"


def _whole_price(found: re.Match[str], context: Context) -> str:
    return context.language.money(re.sub(r"\D", "", found["number"]), context.language.currency_signs["kr"])


def rules(
    abbreviations: Mapping[str, str], ending: tuple[str, ...], before_number: Mapping[str, str], *, decades: str
) -> tuple[Rule, ...]:
    """The rules of Danish and Norwegian; ``decades`` is the pattern of what follows the figures of a decade."""
    kings = "Christian|Frederik|Margrethe|Harald|Haakon|Håkon|Olav|Oscar|Karl|Gustav|Erik|Elizabeth|Ludvig|Henrik|Paul"
    plain: Callable[[re.Match[str], Context], str | None] = _ordinal
    return (
        Rule(rf"(?P<name>{kings}) {ROMAN_OF_NAME}(?:\.(?= [a-zæøå]))?", say_regnal("den")),
        Rule(rf"(?P<word>(?i:kapit?tel|del|bind|akt|klasse|fase|verdenskrig)) (?P<roman>{ROMAN})", say_numbered),
        Rule(r"(?:kr\.? ?)?(?P<number>\d{1,3}(?:\.\d{3})+|\d{1,6}),(?:--|-|–)", _whole_price, end=r"(?!\w)"),
        *abbreviation_rules(abbreviations, ending=ending, before_number=before_number),
        Rule(rf"(?P<number>\d{{1,9}})(?:\.{_ORDINAL_AFTER}|(?=\.))", plain),
        Rule(rf"(?P<number>\d{{2,4}})[-']?(?P<rest>{decades})", _decade),
        Rule(rf"({_HUNDREDS})[-–/]({_HUNDREDS}|20\d\d)", say_year_range),
        Rule(rf"{_HUNDREDS}|20\d\d", say_year_after(_BEFORE_YEAR)),
        Rule(rf"1(?= (?:{_NEUTER})(?!\w))", lambda _found, context: context.language.cardinal("1", "n"), amount=True),
    )
