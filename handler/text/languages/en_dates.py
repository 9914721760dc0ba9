"""English rules of dates, years and decades, in the order of the locale: May fifth, or the fifth of May."""

from __future__ import annotations

import re

from handler.text import cldr
from handler.text.characters import word_set
from handler.text.languages import en_words as table
from handler.text.languages.base import Context, Language, Rule
from handler.text.languages.en_amounts import UNIT_WORDS
from handler.text.patterns import AMOUNT_END, AMOUNT_START, one_of

_MONTHS = {name.lower(): number for number, name in enumerate(table.MONTHS, 1)}
_MONTHS |= {short.lower(): _MONTHS[name.lower()] for short, name in table.MONTH_SHORT.items()}
_WORDS_TOO = word_set("may march mar dec sun")  # in small letters words too
_MONTH = rf"(?P<month>(?i:{one_of(_MONTHS)}))(?P<stop>\.?)"
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])(?P<mark>(?i:st|nd|rd|th)?)"
_YEAR = r"(?P<year>1\d{3}|20\d{2}|'\d{2})"
_YEAR_BEFORE = word_set("in since by from of until till year circa around before after to during and through")
_DATE_BEFORE = word_set("on by since until till before after due dated from")
_ERAS = word_set("AD BC CE BCE A.D B.C C.E B.C.E")
_DURATIONS_BEFORE = word_set(
    "for wait hold rest every within after lasts last took takes take only about exactly under over than least most "
    "another extra sleep pause plank run sprint delay timeout timer lasted next first final"
)
_DURATIONS_AFTER = word_set(
    "later left remaining timer each long break pause rest delay countdown clip video intervals ago timeout sprint "
    "plank"
)


_MANY = {"100": "hundreds", "1000": "thousands"}


def year(number: str, language: Language) -> str:
    """A year of up to four digits: "1905" → nineteen oh five."""
    hundreds, rest = number[:-2], number[-2:]
    if not hundreds or len(number) > 4 or number[-3:-1] == "00" or int(hundreds) % 10 == 0 == int(rest):
        return language.cardinal(str(int(number)))
    return f"{language.cardinal(hundreds)} {'hundred' if rest == '00' else two_digits(rest, language)}"


def two_digits(text: str, language: Language) -> str:
    """Two digits of a year or a time: "05" → oh five."""
    return f"oh {language.cardinal(text[1])}" if text[0] == "0" else language.cardinal(text)


def date(day: str, month: int, spoken_year: str, language: Language, *, day_first: bool) -> str:
    """A date with its month's name, in the order asked for."""
    ordinal, name = language.ordinal(str(int(day))), table.MONTHS[month - 1]
    return " ".join((f"the {ordinal} of {name}" if day_first else f"{name} {ordinal}", spoken_year))


def _full_year(text: str, language: Language) -> str:
    if len(text) == 2:
        return language.year(("20" if int(text) < 70 else "19") + text)
    return two_digits(text[1:], language) if text[:1] == "'" else language.year(text)


def _numeric(found: re.Match[str], context: Context) -> str | None:
    """A date of figures. A value above 12 is the day; else the locale decides, but full stops put the day first."""
    language, groups = context.language, found.groupdict()
    one, other = int(found["one"]), int(found["other"])
    first = cldr.day_first(language.tag)
    if groups.get("iso"):
        month, day = one, other
    else:
        first = first or groups.get("sign") == "."
        day, month = (one, other) if (first or one > 12) and other <= 12 else (other, one)
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    spoken_year = groups.get("iso") or groups.get("year") or ""
    return date(str(day), month, _full_year(spoken_year, language) if spoken_year else "", language, day_first=first)


def _short_date(found: re.Match[str], context: Context) -> str | None:
    """A date of day and month after a word that asks for one: on 12/25."""
    dated = context.before.lower() in _DATE_BEFORE or context.before in table.WEEKDAY_SHORT
    return _numeric(found, context) if dated else None


def _timestamp(found: re.Match[str], context: Context) -> str | None:
    day, language = _numeric(found, context), context.language
    if day is None or int(found["hour"]) > 24:
        return None
    zone = found["zone"] or ""
    offset = f"{language.prefix(zone[0])} {language.cardinal(str(int(zone[1:3])))}" if zone not in ("", "Z") else ""
    clock = language.time(found["hour"], found["minute"], found["second"] or "")
    return f"{day} {clock} {'U T C' if zone else ''} {offset}"


def _is_month(found: re.Match[str]) -> bool:
    return found["month"] not in _WORDS_TOO or bool(found.groupdict().get("year"))


def _month_name(found: re.Match[str]) -> str:
    return table.MONTHS[_MONTHS[found["month"].lower()] - 1]


def _words_and_numbers(found: re.Match[str], language: Language) -> list[str] | None:
    """What looks like a date and is none: "they march 5 miles"."""
    parts = found.group().split(" ")
    return [language.cardinal(part) if part.isdigit() else part for part in parts]


def _month_day(found: re.Match[str], context: Context) -> list[str] | None:
    """A word for each part: "Jan. 5, 2024" → January, fifth, twenty twenty four."""
    language, last = context.language, found["last"]
    if not _is_month(found):
        return _words_and_numbers(found, language)
    days = language.ordinal(found["day"].lstrip("0"))
    if last:
        days += f" to {language.ordinal(last)}"
    comma = "," if found["comma"] else ""
    return [_month_name(found), days + comma, *([_full_year(found["year"], language)] if found["year"] else [])]


def _day_month(found: re.Match[str], context: Context) -> list[str] | None:
    language, groups = context.language, found.groupdict()
    if not _is_month(found):
        return _words_and_numbers(found, language)
    days = language.ordinal(found["day"].lstrip("0"))
    if groups["first"]:
        days = f"{language.ordinal(groups['first'])} to {days}"
    comma = "," if groups["comma"] else ""
    spoken = [
        *(["the"] if groups["the"] else []),
        # "4th of July" stays without an article, and the other words are as written.
        *([days, "of"] if groups["of"] else [f"{'' if groups['the'] else 'the '}{days} of"]),
        _month_name(found) + comma,
    ]
    return [*spoken, _full_year(groups["year"], language)] if groups["year"] else spoken


def _joined_date(found: re.Match[str], context: Context) -> str:
    month, day_first = _MONTHS[found["month"].lower()], found.start("day") < found.start("month")
    return date(found["day"], month, _full_year(found["year"], context.language), context.language, day_first=day_first)


def _month_year(found: re.Match[str], context: Context) -> list[str] | None:
    return [_month_name(found), _full_year(found["year"], context.language)] if _is_month(found) else None


def _year(found: re.Match[str], context: Context) -> str | None:
    text, value, language = found.group(), int(found.group()), context.language
    era = context.after in _ERAS
    if len(text) < 4:
        return year(text, language) if era and value >= 101 else None
    if context.after in UNIT_WORDS or context.after.lower() in table.SCALE_WORDS:
        return None
    near = context.before.lower() in _YEAR_BEFORE or era or context.before in table.MONTH_NAMES
    alone = not context.before and not context.after
    if not near and re.match(r" \d{3}(?!\d)", context.text[context.end : context.end + 5]):
        return None  # a group of a longer number
    if era or 1700 <= value <= 2099 or (value >= 1100 and (near or alone)):
        return language.year(text)
    return None


def _years(found: re.Match[str], context: Context) -> str | None:
    first, last, language = found["one"], found["other"], context.language
    if len(last) == 2 and int(last) <= int(first[2:]):
        return None
    if found["sign"] == "/" and int(last[-2:]) != int(first[2:]) + 1:
        return None
    return f"{language.year(first)} to {language.year(last) if len(last) == 4 else two_digits(last, language)}"


def plural(words: str) -> str:
    """The words with the last one in the plural: "ninety" → nineties, "six" → sixes."""
    if words.endswith("y"):
        return f"{words[:-1]}ies"
    return f"{words}es" if words.endswith(("x", "s")) else f"{words}s"


def _decade(found: re.Match[str], context: Context) -> str | None:
    """Decades and ages; two figures may be seconds, and are if they are no tens or a word beside them says so."""
    text, mark, language = found["figures"], found["mark"], context.language
    if text in _MANY:
        return _MANY[text]
    if len(text) == 3:
        return None
    if len(text) == 2 and not mark:
        timed = context.before.lower() in _DURATIONS_BEFORE or context.before[-1:].isdigit()
        if text[1] != "0" or text[0] == "1" or timed or context.after.lower() in _DURATIONS_AFTER:
            return None
    is_decade = len(text) == 2 or text.endswith("0")
    return plural(language.year(text) if is_decade else language.cardinal(text))


def _span(found: re.Match[str], _context: Context) -> str | None:
    """From a weekday or month to another: Mon-Fri."""
    one, other = (_NAMES.get(found[name]) for name in ("one", "other"))
    return f"{one} to {other}" if one and other else None


def _fiscal(found: re.Match[str], context: Context) -> str:
    language, figures = context.language, found["year"]
    return f"F Y {language.year(figures) if len(figures) == 4 else language.cardinal(figures)}"


_SHORT = table.MONTH_SHORT | table.WEEKDAY_SHORT
_NAMES = _SHORT | {name: name for name in (*table.MONTHS, *table.WEEKDAY_SHORT.values())}
_NUMERIC_END = rf"(?![-/.]\d){AMOUNT_END}"
_ISO = r"(?P<iso>[12]\d{3})(?P<sign>[-/.])(?P<one>\d{1,2})(?P=sign)(?P<other>\d{1,2})"


def _short_year(found: re.Match[str], context: Context) -> str:
    return two_digits(found["year"], context.language)


RULES = (
    Rule(rf"(?P<one>{'|'.join(_NAMES)})\.?[-–](?P<other>{'|'.join(_NAMES)})"
         r"(?:\.(?=[,;:)]| [\da-z]))?", _span, amount=False),
    Rule(r"FY ?(?P<year>\d{4}|\d\d)", _fiscal, amount=False),
    Rule(rf"{_ISO}[T ](?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d{{1,9}})?)?"
         r"(?P<zone>Z|[-+]\d\d:?\d\d)?", _timestamp),
    Rule(_ISO, _numeric, end=_NUMERIC_END),
    Rule(r"(?P<one>\d{1,2})(?P<sign>[-/.])(?P<other>\d{1,2})(?P=sign)(?P<year>\d{4})", _numeric, end=_NUMERIC_END),
    Rule(r"(?P<one>\d{1,2})/(?P<other>\d{1,2})/(?P<year>\d{2})", _numeric, end=_NUMERIC_END),
    Rule(r"(?P<one>\d{1,2})/(?P<other>\d{1,2})", _short_date, end=_NUMERIC_END),
    Rule(rf"{_MONTH}-{_DAY}-{_YEAR}", _joined_date),
    Rule(rf"{_DAY}-{_MONTH}-(?P<year>\d{{4}}|\d\d)", _joined_date),
    Rule(rf"{_MONTH} {_DAY}(?: ?[-–] ?(?P<last>[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?)?(?:(?P<comma>,?) {_YEAR})?"
         r"(?! ?(?:[ap]\.?m|[AP]\.?M)\b)", _month_day),
    Rule(rf"(?:(?P<the>[Tt]he) )?(?:(?P<first>[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?[-–])?{_DAY}(?P<of> of)? {_MONTH}"
         rf"(?:(?P<comma>,?) {_YEAR})?", _day_month),
    Rule(rf"{_MONTH},? {_YEAR}", _month_year),
    Rule(r"(?P<one>1[1-9]\d\d|20\d\d)(?P<sign>[-–/])(?P<other>1[1-9]\d\d|20\d\d|\d\d)", _years, end=_NUMERIC_END),
    Rule(r"(?:(?<!\w)')?(?P<figures>\d{2,4})(?P<mark>')?s", _decade, start=AMOUNT_START),
    Rule(r"'(?P<year>\d\d)", _short_year),
    Rule(r"1\d\d\d|20\d\d|[1-9]\d\d", _year),
)  # fmt: skip
