"""Dates: of figures, or with the month's name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from handler.text import cldr
from handler.text.languages.base import Context, Language, Rule


def _numeric(found: re.Match[str], context: Context) -> str | None:
    language = context.language
    one, other, year = int(found["one"]), int(found["other"]), found.groupdict().get("year") or ""
    day, month = (one, other) if cldr.day_first(language.tag) else (other, one)
    if found.re.pattern.find("<year>") < found.re.pattern.find("<one>"):
        month, day = one, other
    elif month > 12 and day <= 12:
        day, month = month, day
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    return language.date(str(day), month, year)


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


def rules(language: Language) -> tuple[Rule, ...]:
    """The rules of dates; of those with names only if CLDR knows the months of the language."""
    day, year = r"(?P<one>\d{1,2})", r"(?P<year>\d{4})"
    numeric = (
        rf"{year}(?P<sign>[-/.])(?P<one>\d{{1,2}})(?P=sign)(?P<other>\d{{1,2}})",
        rf"{day}(?P<sign>[-/.])(?P<other>\d{{1,2}})(?P=sign){year}",
        rf"{day}\. ?(?P<other>\d{{1,2}})\. ?{year}",
    )
    found = tuple(Rule(pattern, _numeric) for pattern in numeric)
    names = sorted(cldr.months(language.tag), key=len, reverse=True)
    if not names:
        return found
    month = rf"(?i:{'|'.join(map(re.escape, names))})(?:{language.short_stop})?"
    between = f"(?:(?:{'|'.join(language.date_words.split())}) )?" if language.date_words else ""
    day = rf"(?P<day>\d{{1,2}})(?:{language.day_mark or '(?!)'})?"
    return (
        *found,
        Rule(rf"{day} {between}{month}\.?(?:,? {between}\d{{4}})?", _with_name),
        Rule(rf"(?P<month>{month})\.? {day}(?:,? (?P<year>\d{{4}}))?", _month_first),
    )
