"""Dates, years, centuries and clock times of Slavic languages: ordinals in the case their neighbours ask for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from handler.text import cldr
from handler.text.languages.base import Context, Language, Rule
from handler.text.languages.slavic import Slavic
from handler.text.patterns import one_of
from handler.text.roman import ROMAN, roman_value
from handler.text.rules.times import is_clock

STOP = r"(?:\.(?=[,;:)]| (?![A-ZА-ЯІЇЄҐŁŚŻŹĆČŘŠŽ])\S))?"
"""The full stop of an abbreviation that ends no sentence."""


def slavic_of(context: Context) -> Slavic:
    """The language of a rule of this family."""
    assert isinstance(context.language, Slavic)
    return context.language


def word_before(context: Context) -> str:
    """The word before in small letters; "" if punctuation stands between, but for the full stop of an abbreviation."""
    before = context.text[max(0, context.start - 4) : context.start].rstrip(" (")
    word, language = context.before.lower(), slavic_of(context)
    if before.endswith(".") and (word in language.short or word in language.short_before_number):
        return word
    return word if before[-1:].isalnum() else ""


def in_case(form: str, context: Context) -> str:
    """The form of an ordinal, in the locative if the word before asks for it."""
    locative = slavic_of(context).case_after.get(word_before(context)) == "l"
    return "l" if locative and form in ("m", "n") else form


def _day_words(days: str, context: Context) -> str:
    """A day or a range of days, after a word such as "по"."""
    language = slavic_of(context)
    first, *last = re.findall(r"\d+", days)
    if not last:
        return language.ordinal_in(first, language.day_forms.get(word_before(context), language.day_form))
    opening, joint, form = language.day_range
    opening = "" if word_before(context) in language.from_words.split() else opening
    return f"{opening} {language.ordinal_in(first, language.day_form)} {joint} {language.ordinal_in(last[0], form)}"


def _first_day(found: re.Match[str], context: Context) -> str:
    """The first of two days before a month: с 3 по 5 мая."""
    return _day_words(found["days"], context)


def _month_number(name: str, language: Slavic) -> int:
    low = name.rstrip(".").lower()
    return language.short_months.get(low) or cldr.months(language.tag)[low]


def _named(found: re.Match[str], context: Context) -> list[str] | str | None:
    """The words of 3 мая 2020 года, each part between blanks by itself."""
    language = slavic_of(context)
    days = [int(day) for day in re.findall(r"\d+", found["days"])]
    if not all(1 <= day <= 31 for day in days):
        return None
    words = [_day_words(found["days"], context), language.month(_month_number(found["month"], language))]
    if found["year"]:
        words.append(language.year(found["year"]))
    if found["word"]:
        noun = found["word"].strip(" ")
        words.append(noun if noun in language.year_nouns.values() else language.year_noun())
    return words


def _numeric(found: re.Match[str], context: Context) -> str | None:
    language = slavic_of(context)
    day, month, year = found["day"], int(found["month"]), found["year"]
    if not (1 <= int(day) <= 31 and 1 <= month <= 12):
        return None
    # A date by itself is a heading: шестое марта.
    alone = len(year) == 4 and context.start == 0 and context.end == len(context.text)
    form = "n" if alone and language.day_form == "g" and language.alone_neuter else ""
    form = form or language.day_forms.get(word_before(context), language.day_form)
    words = f"{language.ordinal_in(str(int(day)), form)} {language.month(month)} {language.year(year)}"
    return f"{words} {language.year_noun()}" if found["word"] else words


def _form(word: str, nouns: Mapping[str, str], context: Context) -> str | None:
    """The form of a noun as written; where it has several cases, the one after the word before."""
    forms = [form for form, one in nouns.items() if one == word.lower()]
    wanted = slavic_of(context).case_after.get(word_before(context), "")
    return wanted if wanted in forms else forms[0] if forms else None


def _with_noun(
    numbers: list[str],
    written: str,
    several: bool,
    tables: tuple[Mapping[str, str], Mapping[str, str]],
    context: Context,
) -> tuple[str, str] | None:
    """The form of ordinals beside a noun, and that noun, long if it is written short."""
    single, plural = tables
    for nouns in (single, plural):
        if (form := _form(written, nouns, context)) is not None:
            return form, written
    nouns = plural if several or len(numbers) > 1 else single
    form = slavic_of(context).case_after.get(word_before(context), next(iter(nouns)))
    return (form, nouns[form]) if form in nouns else None


def _year(found: re.Match[str], context: Context) -> list[str] | None:
    language = slavic_of(context)
    years = re.findall(r"\d+", found["years"])
    written = found["word"].rstrip(".")
    short = re.fullmatch(language.year_short[1], written) is not None
    if (with_noun := _with_noun(years, written, short, (language.year_nouns, language.years_nouns), context)) is None:
        return None
    form, noun = with_noun
    if len(years[0]) < 3 and written not in language.year_small.split():
        return None
    joint = f" {language.range_words[1] or language.range_word} " if len(years) > 1 and language.year_joint else " "
    words = joint.join(language.year_in(year, form if language.year_form else "") for year in years)
    return [*([""] * found["years"].count(" ")), words, noun]


def _year_after(found: re.Match[str], context: Context) -> str | None:
    """The year in w roku 2001, a decade in lata 90."""
    language, before = slavic_of(context), word_before(context)
    number = found["number"]
    if before in language.decade_words and number.endswith("0"):
        return language.ordinal_in(number, language.decade_words[before])
    nouns = language.year_nouns
    if len(number) != 4 or before not in nouns.values() or not language.year_form:
        return None
    further = context.text[max(0, context.start - 40) : context.start].split()[-2:-1]
    forms = [form for form, noun in nouns.items() if noun == before]
    wanted = language.case_after.get(further[0].lower(), "") if further else ""
    return language.year_in(number, wanted if wanted in forms else forms[0])


def _years(found: re.Match[str], context: Context) -> str | None:
    """1990–1995: с тысяча девятьсот девяностого по тысяча девятьсот девяносто пятый."""
    language = slavic_of(context)
    opening, form, joint, last_form = language.bare_years
    first, last = found["first"], found["last"]
    if int(first) >= int(last):
        return None
    opening = "" if word_before(context) in language.from_words.split() else opening
    if not language.year_form:
        form = last_form = ""
    return f"{opening} {language.year_in(first, form)} {joint} {language.year_in(last, last_form)}"


_LATIN = str.maketrans("ХІ", "XI")  # Cyrillic letters, with which people write Roman numerals


def _roman(found: re.Match[str], context: Context) -> list[str] | str | None:
    language = slavic_of(context)
    numbers = [roman_value(one) or 0 for one in re.findall(r"[A-Z]+", found["roman"].translate(_LATIN))]
    if not all(numbers):
        return None
    values = [str(number) for number in numbers]
    written = (found["word"] or "").rstrip(".")
    short = bool(written and language.century_short[1]) and re.fullmatch(language.century_short[1], written) is not None
    if written:
        tables = (language.century_nouns, language.centuries_nouns)
        if (with_noun := _with_noun(values, written, short, tables, context)) is None:
            return None
        form, noun = with_noun
        return [" ".join(language.ordinal_in(value, form) for value in values), noun]
    alone = _roman_form(found["roman"], context)
    return None if alone is None else " ".join(language.ordinal_in(value, alone) for value in values)


def _roman_form(roman: str, context: Context) -> str | None:
    """The form of a Roman numeral, by the words beside it; None if it is a letter or a word."""
    language = slavic_of(context)
    before, after = context.before.lower(), context.after.lower()
    form = language.numbered.get(before) or language.names.get(before)
    if len(roman) == 1 and not form and roman in language.letter_words and not context.dot:
        form = language.numbered.get(after) if after in language.roman_nouns.split() else ""
    else:
        form = form or language.numbered.get(after)
    among_letters = any(len(one) == 1 and one.isupper() for one in (context.before, context.after))
    if len(roman) == 1 and (roman not in "IVX" or among_letters):
        return None
    if form:
        return in_case(form, context)
    if not re.fullmatch("[IVX–-]{2,}", roman):
        return None  # CD and MC are no numbers
    endings = (form for ending, form in language.agreeing.items() if len(after) > 4 and after.endswith(ending))
    return next(endings, "m")


def _clock(found: re.Match[str], context: Context) -> str | None:
    language, before = slavic_of(context), word_before(context)
    hour, minute, second = found["hour"], found["minute"], found["second"] or ""
    point = "." in found.group()
    if not is_clock(hour, minute, second):
        return None
    if point and not found["word"] and (before not in language.clock_after.split() or len(minute) != 2):
        return None
    return language.time_after(before, hour, minute, second)


def _clocks(found: re.Match[str], context: Context) -> str | None:
    language = slavic_of(context)
    first, last = language.range_words
    if not is_clock(found["one"], found["ones"]) or not is_clock(found["other"], found["others"]):
        return None
    opening = "" if word_before(context) in language.case_after else first
    one = language.time_after(opening or word_before(context), found["one"], found["ones"], "")
    other = language.time_after(last, found["other"], found["others"], "")
    return f"{opening} {one} {last or language.range_word} {other}"


def _genitive_year(language: Slavic) -> str:
    """The pattern of the word for a year after a date, long or short."""
    short = "|".join(filter(None, language.year_short)) or "(?!)"
    return rf"(?P<word> ?(?:{language.year_noun() or '(?!)'}|(?:{short}){STOP}))?"


def _date_rules(language: Slavic) -> list[Rule]:
    month = rf"(?P<month>(?i:{one_of({*cldr.months(language.tag), *language.short_months})}))\.?"
    mark = language.day_mark or "(?!)"
    day = rf"\d{{1,2}}(?:{mark})?"
    joints = "|".join(language.day_joints.split()) or "(?!)"
    number, point = r"\d{1,2}", r"(?:\. ?|[-/])"
    year = _genitive_year(language)
    return [
        Rule(rf"(?P<days>{day})(?= (?:{joints}) {day}[ -]{month})", _first_day),
        Rule(rf"(?P<days>{day}(?: ?[-–] ?{day})?)[ -]{month}(?:[ -](?P<year>\d{{4}}){STOP}{year})?", _named),
        Rule(rf"(?P<day>{number}){point}(?P<month>{number}){point}(?P<year>\d{{4}}){STOP}{year}", _numeric),
        Rule(r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?P<word>(?!))?", _numeric),
        Rule(r"(?P<day>\d{1,2})\.(?P<month>\d\d)\.(?P<year>\d\d)(?P<word>(?!))?", _numeric),
    ]


def _clock_rules(language: Slavic) -> list[Rule]:
    word = f"(?P<word> ?(?:{language.clock_word}))" if language.clock_word else "(?P<word>(?!))"
    one, other = r"(?P<one>\d{1,2})[:.](?P<ones>\d\d)", r"(?P<other>\d{1,2})[:.](?P<others>\d\d)"
    return [
        Rule(rf"{one} ?[-–] ?{other}(?:{word})?", _clocks),
        Rule(rf"(?P<hour>\d{{1,2}})[:.](?P<minute>\d\d)(?::(?P<second>\d\d))?{word}?", _clock),
    ]


def _year_rules(language: Slavic) -> list[Rule]:
    year = r"(?:1[1-9]|20)\d\d"
    found = [
        Rule(rf"(?P<number>\d0|{year}){STOP}", _year_after),
        Rule(rf"(?P<first>{year}) ?[-–] ?(?P<last>{year})", _years),
    ]
    if not language.year_nouns:
        return found
    words = one_of({*language.year_nouns.values(), *language.years_nouns.values()})
    short = "|".join(filter(None, language.year_short)) or "(?!)"
    several = r"(?P<years>\d{1,4}(?: ?[-–] ?\d{2,4})?)"
    return [Rule(rf"{several} ?(?P<word>{words}|(?:{short}){STOP})", _year), *found]


def _roman_rules(language: Slavic) -> list[Rule]:
    nouns = {*language.century_nouns.values(), *language.centuries_nouns.values()}
    short = [rf"(?:{one}){STOP}" for one in language.century_short if one]
    century = "|".join([*sorted(nouns, key=len, reverse=True), *short])
    if not (language.numbered or language.names or century):
        return []
    word = rf"(?: (?P<word>{century}))" if century else "(?P<word>(?!))"
    latin = Rule(rf"(?P<roman>{ROMAN}(?:[-–]{ROMAN})?){word}?{STOP}", _roman, amount=False)
    cyrillic = Rule(rf"(?P<roman>(?=[VIX]{{0,6}}[ХІ])[ХІVIX]{{1,7}}){word}{STOP}", _roman, amount=False)
    return [latin, cyrillic] if century else [latin]


def rules(language: Language) -> tuple[Rule, ...]:
    """The rules of dates and times; none for other languages."""
    if not isinstance(language, Slavic):
        return ()
    families = (_date_rules, _clock_rules, _year_rules, _roman_rules)
    return tuple(rule for family in families for rule in family(language))
