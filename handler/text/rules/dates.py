"""Dates: of figures, or with the month's name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from handler.text import cldr
from handler.text.languages.base import Context, Language, Rule, Speak
from handler.text.patterns import START, one_of


def _year_first(found: re.Match[str], context: Context) -> str | None:
    """2024-05-03: year, month and day."""
    return _date(int(found["day"]), int(found["month"]), found["year"], context)


def _year_last(found: re.Match[str], context: Context) -> str | None:
    """03/05/2024: day and month in the order of the locale, unless one of them can only be the day."""
    one, other = int(found["one"]), int(found["other"])
    day, month = (one, other) if cldr.day_first(context.language.tag) else (other, one)
    if month > 12 and day <= 12:
        day, month = month, day
    return _date(day, month, found["year"], context)


def _date(day: int, month: int, year: str, context: Context) -> str | None:
    possible = 1 <= day <= 31 and 1 <= month <= 12
    return context.language.date(str(day), month, year) if possible else None


def _with_name(found: re.Match[str], context: Context) -> list[str] | None:
    """Each word of the date by itself: the day and the year as such, the month by its long name."""
    language = context.language
    if not 1 <= int(found["day"]) <= 31:
        return None
    words: list[str] = []
    joint = ""
    for part in found.group().split(" "):
        digits = re.sub(r"\D", "", part)
        month = cldr.months(language.tag).get(part.strip(".,").lower())
        if digits:
            word = language.year(digits) if len(digits) == 4 else language.day(digits)
        else:
            word = cldr.month_names(language.tag)[month - 1].replace("’", "'") if month else part
            word = word.removeprefix(f"{words[-1].strip()} ") if words else word  # Catalan months have their "de"
        words.append(f"{joint} {word}" if digits or month else word)
        joint = language.date_joint if digits or month else ""
    return words


def _month_first(found: re.Match[str], context: Context) -> Sequence[str] | str | None:
    """In the order of the text, or in that of the language where it says "of" between day and month."""
    language = context.language
    if not language.date_joint or not 1 <= int(found["day"]) <= 31:
        return _with_name(found, context)
    month = cldr.months(language.tag)[found["month"].rstrip(".").lower()]
    return language.date(str(int(re.sub(r"\D", "", found["day"]))), month, found["year"] or "")


def say_year_range(found: re.Match[str], context: Context) -> str:
    """The range of the years of the first two groups."""
    language = context.language
    return language.span(language.year(found[1]), language.year(found[2]))


def say_year_after(words: Iterable[str]) -> Speak:
    """The function that says figures as a year in brackets, or after one of the words in small letters."""
    known = frozenset(words)

    def say(found: re.Match[str], context: Context) -> str | None:
        told = context.bracketed or context.before.lower() in known
        return context.language.year(found.group()) if told else None

    return say


def _month_and_year(found: re.Match[str], context: Context) -> str | None:
    language = context.language
    if not cldr.months(language.tag):
        return None
    words = (cldr.month_names(language.tag)[int(found["month"]) - 1], language.year(found["year"]))
    return f" {language.date_joint} ".join(words)


def _short_year(found: re.Match[str], context: Context) -> str | None:
    """12/05/24, in the order of the language."""
    language, (one, other) = context.language, (int(found["one"]), int(found["other"]))
    day, month = (one, other) if cldr.day_first(language.tag) else (other, one)
    if not (1 <= day <= 31 and 1 <= month <= 12) or not cldr.months(language.tag):
        return None
    year = found["year"]
    return language.date(str(day), month, f"{'20' if year < '50' else '19'}{year}")


def _months(found: re.Match[str], context: Context) -> str | None:
    """From a month to another: Jan.–März."""
    language = context.language
    known, names = cldr.months(language.tag), cldr.month_names(language.tag)
    one, other = (known.get(found[name].rstrip(".").lower()) for name in ("from", "to"))
    if not one or not other or not language.range_word:
        return None
    return language.span(names[one - 1], names[other - 1])


def month_rules() -> tuple[Rule, ...]:
    """The rule of a month and a year of figures: 12/2023."""
    return (Rule(r"(?P<month>0?[1-9]|1[0-2])/(?P<year>(?:19|20)\d\d)", _month_and_year, start=rf"(?<![\d/] ){START}"),)


def rules(language: Language) -> tuple[Rule, ...]:
    """The rules of dates; of those with names only if CLDR knows the months of the language."""
    one, other, year = r"(?P<one>\d{1,2})", r"(?P<other>\d{1,2})", r"(?P<year>\d{4})"
    numeric = (
        Rule(rf"{year}(?P<sign>[-/.])(?P<month>\d{{1,2}})(?P=sign)(?P<day>\d{{1,2}})", _year_first),
        Rule(rf"{one}(?P<sign>[-/.]){other}(?P=sign){year}", _year_last),
        Rule(rf"{one}\. ?{other}\. ?{year}", _year_last),
        Rule(r"(?P<one>\d{1,2})(?P<sign>/|(?<=\d\d)\.)(?P<other>\d\d)(?P=sign)(?P<year>\d\d)", _short_year),
        *month_rules(),
    )
    names = cldr.months(language.tag)
    if not names:
        return numeric
    month = rf"(?i:{one_of(names)})(?:{language.short_stop})?"
    between = f"(?:(?:{'|'.join(language.date_words.split())}) )?" if language.date_words else ""
    day = rf"(?P<day>\d{{1,2}})(?:{language.day_mark or '(?!)'})?"
    written = one_of(names)
    return (
        *numeric,
        Rule(rf"(?P<from>(?i:{written})\.?)[-–](?P<to>(?i:{written}))", _months, amount=False),
        Rule(rf"{day} {between}{month}\.?(?:,? {between}\d{{4}})?", _with_name),
        Rule(rf"(?P<month>{month})\.? {day}(?:,? (?P<year>\d{{4}}))?", _month_first),
    )
