"""Hungarian."""

from __future__ import annotations

import re

from handler.text import cldr
from handler.text.characters import word_set
from handler.text.cldr import Noun
from handler.text.languages import hu_words as table
from handler.text.languages.base import Context, Language, Rule, first_match
from handler.text.languages.capitals import Capitals
from handler.text.languages.hu_suffixes import day_of_month, from_suffix, power_suffix, with_suffix
from handler.text.numbers import NumberStyle
from handler.text.patterns import one_of
from handler.text.roman import ROMAN, roman_value
from handler.text.rules import amounts
from handler.text.rules.abbreviations import abbreviation_rules
from handler.text.rules.times import is_clock

_PARTS = ("tized", "század", "ezred", "tízezred", "százezred", "milliomod")
_TWO = re.compile(r"\bkét(?=ezer|m|bi)")
_OF_DAYS = word_set("a e je án én jén áig éig jéig ától étől jétől áról éről jéről ára ére jére ai ei jei")
_SUFFIX = "[a-záéíóöőúüű]{1,8}"


class _Hungarian(Language):
    def cardinal(self, number: str, gender: str = "") -> str:
        words = super().cardinal(number)
        if gender:
            return f"{words.removesuffix('kettő')}két" if words.endswith("kettő") else words
        # Where no noun follows, careful speakers keep two (két) apart from seven (hét).
        return _TWO.sub("kettő", words)

    def ordinal(self, number: str, mark: str = "") -> str:
        return super().ordinal(number).replace("egymm", "egym")

    def decimal(self, whole: str, fraction: str) -> str:
        if len(fraction) > len(_PARTS) or not fraction.strip("0"):
            return super().decimal(whole, fraction)
        return f"{self.cardinal(whole)} egész {self.cardinal(fraction.lstrip('0'))} {_PARTS[len(fraction) - 1]}"

    def counted(self, value: str, noun: Noun) -> str:
        return super().counted(value, Noun(noun.other, one=noun.one, gender="noun"))

    def percentage(self, value: str) -> str:
        return self.counted(value, Noun("százalék"))

    def span(self, start: str, end: str) -> str:
        return f"{with_suffix(start, from_suffix(start))} {with_suffix(end, 'ig')}"

    def fraction(self, top: str, bottom: str) -> str:
        if (top, bottom) == ("1", "2"):
            return "fél"
        if bottom in ("0", "1") or len(bottom) > 4:
            return super().fraction(top, bottom)
        part = "ketted" if bottom == "2" else self.ordinal(bottom).removesuffix("ik")
        return f"{self.cardinal(top, 'noun')} {part}"

    def telephone_group(self, group: str, country: bool) -> str:
        return self.digits(group) if len(group) > 4 else self.cardinal(group)

    def day(self, day: str) -> str:
        return day_of_month(self.ordinal(str(int(day))), "")

    def date(self, day: str, month: int, year: str) -> str:
        words = [self.year(year)] if year else []
        return " ".join([*words, cldr.month_names(self.tag)[month - 1], self.day(day)])

    def time(self, hour: str, minute: str, second: str) -> str:
        parts = ((hour, "óra"), (minute, "perc"), (second or "0", "másodperc"))
        return " ".join(
            f"{self.cardinal(str(int(part)), 'noun')} {noun}" for part, noun in parts if int(part) or noun == "óra"
        )


def _ordinal(found: re.Match[str], context: Context) -> str | None:
    """An ordinal before a word in small letters, or alone in the script."""
    number = found["number"].replace(" ", "")
    if not context.dot and len(number) == 4 and context.after.startswith("év"):
        return context.language.cardinal(number)
    return context.language.ordinal(number) if not context.dot or context.alone else None


def _roman_ordinal(found: re.Match[str], context: Context) -> str | None:
    value = roman_value(found["roman"])
    return context.language.ordinal(str(value)) if value and value <= 100 else None


def _month(text: str) -> int | None:
    text = text.lower().rstrip(".")
    if text.isdigit():
        return int(text)
    return roman_value(text.upper()) or cldr.months("hu").get(text)


def _date(found: re.Match[str], context: Context) -> str | None:
    month, day, year = _month(found["month"]), int(found["day"]), found.groupdict().get("year")
    if not month or month > 12 or not 1 <= day <= 31 or (not year and context.before.lower() in table.NUMBERED):
        return None
    language = context.language
    words = [language.year(year)] if year else []
    words.append(cldr.month_names("hu")[month - 1])
    return " ".join([*words, day_of_month(language.ordinal(str(day)), found.groupdict().get("suffix") or "")])


def _suffixed_amount(found: re.Match[str], context: Context) -> str | None:
    words = first_match(amounts.rules(context.language), found["amount"], context.language)
    return with_suffix(words, found["suffix"]) if words else None


def _suffixed_number(found: re.Match[str], context: Context) -> str | None:
    number, suffix = re.sub(r"\D", "", found["number"]), found["suffix"]
    if suffix in _OF_DAYS and int(number) <= 31:
        return day_of_month(context.language.ordinal(number), suffix)
    if suffix in ("ik", "dik", "edik", "adik", "odik", "ödik"):
        return context.language.ordinal(number)
    return with_suffix(context.language.cardinal(number), suffix)


def _power(found: re.Match[str], context: Context) -> str:
    ordinal = context.language.ordinal(found["number"])
    return f"{'az' if ordinal[0] in 'eö' else 'a'} {'mínusz ' if found['sign'] else ''}{power_suffix(ordinal)}"


def _year_span(found: re.Match[str], context: Context) -> str:
    return context.language.span(context.language.year(found[1]), context.language.year(found[2]))


def _suffixed_time(found: re.Match[str], context: Context) -> str | None:
    if not is_clock(found["hour"], found["minute"]):
        return None
    return with_suffix(context.language.time(found["hour"], found["minute"], ""), found["suffix"])


def _suffixed_abbreviation(found: re.Match[str], _context: Context) -> str | None:
    words = table.ABBREVIATIONS.get(f"{found['short']}.") or table.BEFORE_SUFFIX.get(found["short"])
    return with_suffix(words, found["suffix"]) if words else None


_NUMBER = r"\d{1,3}(?:[ .]\d{3}){1,5}|\d{1,15}"
_DAY = rf"(?P<day>\d{{1,2}})(?:\.|-(?P<suffix>{_SUFFIX}))"


def _month_day() -> str:
    return rf"(?P<month>(?i:{one_of(cldr.months('hu'))})\.?) {_DAY}"


RULES: tuple[Rule, ...] = (
    Rule(lambda: rf"(?P<year>\d{{4}})\.? {_month_day()}", _date),
    Rule(_month_day, _date),
    Rule(rf"(?P<year>\d{{4}})\. ?(?P<month>\d{{1,2}}|[IVX]{{1,4}})\. ?{_DAY}", _date),
    Rule(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})", _date),
    Rule(rf"(?P<month>\d{{1,2}}|[IVX]{{1,4}})\. {_DAY}", _date),
    Rule(rf"(?P<hour>\d{{1,2}})[.:](?P<minute>\d\d)-(?P<suffix>{_SUFFIX})", _suffixed_time),
    Rule(rf"(?P<short>[^\W\d_]{{1,5}})\.-(?P<suffix>{_SUFFIX})", _suffixed_abbreviation, amount=False),
    Rule(rf"(?P<amount>[-−+]?(?:{_NUMBER})(?:,\d{{1,6}})?(?: ?(?:mrd|millió|milliárd|ezer))? ?[^\W\d_]{{1,4}}|"
         rf"[-−+]?(?:{_NUMBER})(?:,\d{{1,6}})? ?[%€$£°])-(?P<suffix>{_SUFFIX})", _suffixed_amount),
    Rule(r"(?<=[\w)])(?<![kcdm]m)(?<![ \d/]m)\^(?P<sign>[-−])?(?P<number>\d{1,3})", _power, start=""),
    Rule(r"(1\d{3}|20\d\d)[-–](1\d{3}|20\d\d)", _year_span),
    *abbreviation_rules(table.ABBREVIATIONS, ending=table.MAY_END),
    Rule(rf"(?P<roman>{ROMAN})\.(?= [^\W\d_])", _roman_ordinal, may_end=False),
    Rule(rf"(?P<number>{_NUMBER})(?:\.(?= [a-záéíóöőúüű])|(?=\.))", _ordinal),
    Rule(rf"(?P<number>{_NUMBER})-(?P<suffix>{_SUFFIX})", _suffixed_number),
)  # fmt: skip

_MILLION, _MILLIARD, _THOUSAND = Noun("millió"), Noun("milliárd"), Noun("ezer")
_CENT = Noun("cent")
HUNGARIAN = _Hungarian(
    NumberStyle("hu", decimal_comma=True, point="egész", minus="mínusz"),
    currencies={
        "HUF": Noun("forint"), "USD": Noun("dollár"), "EUR": Noun("euró"), "GBP": Noun("angol font"),
        "JPY": Noun("jen"), "CHF": Noun("svájci frank"), "CNY": Noun("jüan"),
    },
    currency_signs={"Ft": "HUF", "ft": "HUF"},
    currency_words={"forint": "HUF", "euró": "EUR", "dollár": "USD", "font": "GBP"},
    cents={"USD": _CENT, "EUR": _CENT, "AUD": _CENT, "CAD": _CENT, "GBP": Noun("penny"), "HUF": Noun("fillér")},
    scales={
        **dict.fromkeys(("millió", "m"), _MILLION), "milliárd": _MILLIARD, "mrd": _MILLIARD, "Mrd": _MILLIARD,
        "billió": Noun("billió"), "ezer": _THOUSAND, "e": _THOUSAND,
    },
    percent="százalék",
    units={
        **dict.fromkeys(("ó", "ó.", "h"), Noun("óra")),
        **dict.fromkeys(("p", "p.", "min"), Noun("perc")),
        **dict.fromkeys(("mp", "mp.", "s"), Noun("másodperc")),
        "db": Noun("darab"), "fő": Noun("fő"), "dkg": Noun("deka"), "MFt": Noun("millió forint"),
        "eFt": Noun("ezer forint"),
        "km/h": Noun("kilométer per óra"), "‰": Noun("ezrelék"), "dB": Noun("decibel"),
        "Mbit/s": Noun("megabit per másodperc"), "Gbit/s": Noun("gigabit per másodperc"),
    },
    per="per",
    range_word="–",
    over="per",
    mixed_joint="egész",
    signs={
        "+": "plusz", "=": "egyenlő", "≠": "nem egyenlő", "×": "szor", "*": "szor", "÷": "osztva", "/": "per",
        ":": "per", "&": "és", "@": "kukac", ".": "pont", ",": "vessző", "-": "kötőjel", "±": "plusz mínusz",
        "≈": "körülbelül", "~": "körülbelül", "<": "kisebb mint", ">": "nagyobb mint", "√": "négyzetgyök",
        "∞": "végtelen", "#": "kettőskereszt", "^": "a hatványon", "°": "fok", "§": "paragrafus", "%": "százalék",
        "‰": "ezrelék", "→": "nyíl", "_": "alulvonás", "?": "kérdőjel", "!": "felkiáltójel",
        "\\": "fordított perjel",
    },
    address_signs={"/": "perjel", ":": "kettőspont", "=": "egyenlőségjel", "~": "hullámvonal", "#": "hashtag",
                   "*": "csillag"},
    greek="alfa béta gamma delta epszilon zéta éta théta ióta kappa lambda mű nű kszí omikron pí ró szigma tau "
    "üpszilon fí khí pszí ómega",
    conjunctions="és vagy de hogy mert",
    joining_words="és vagy de hogy mert ha amikor amíg aki ami amely mint",
    bound_words="a az egy nem is",
    rules=RULES,
    verbalize_word=Capitals("USA EU ENSZ MTA ISBN", "ÉN TE Ő MI TI ŐK ÉS AZ EZ HA DE IS NE NEM VAN HÁT JÓ IGEN",
                            vowels="AÁEÉIÍOÓÖŐUÚÜŰ"),
)  # fmt: skip
