"""Clock times, ranges of them, and durations: 17:20, 10:00-12:00, 1 h 20 min."""

from __future__ import annotations

import re

from handler.text import cldr
from handler.text.cldr import Noun
from handler.text.languages.base import Context, Language, Rule, time_parts


def is_clock(hour: str, minute: str, second: str = "") -> bool:
    """Whether figures can be a clock time, up to 24:59:59; "" is no minute or second."""
    return int(hour) <= 24 and int(minute or 0) < 60 and int(second or 0) < 60


def _clock(found: re.Match[str], context: Context) -> str | None:
    hour, minute, second = found["hour"], found["minute"], found["second"] or ""
    if not is_clock(hour, minute, second):
        return None
    if second and context.language.clock_word and not re.search(context.language.clock_word, found.group()):
        return context.language.duration(hour, minute, second)
    return context.language.time(hour, minute, second)


def _clock_after_word(found: re.Match[str], context: Context) -> str | None:
    return _clock(found, context) if context.before.lower() in context.language.clock_before.split() else None


def _span(found: re.Match[str], context: Context) -> str | None:
    """A time until another: 10:00-12:00."""
    language, times = context.language, (found["from"], found["to"])
    parts = [re.split("[.:]", time) for time in times]
    if not language.range_word or not all(is_clock(hour, minute) for hour, minute in parts):
        return None
    return language.span(*(language.time(hour, minute, "") for hour, minute in parts))


def _duration(found: re.Match[str], context: Context) -> str:
    return context.language.duration(found["hours"], found["minutes"], found["seconds"] or "0")


def time_in_units(forms: tuple[str, str, str], hour: str, minute: str, second: str, language: Language) -> str:
    """A clock time by the forms of hours, minutes and seconds, such as "{} giờ"; zeros at its end are left out."""
    numbers = (language.cardinal(str(int(part))) for part in time_parts(hour, minute, second))
    return "".join(form.format(number) for form, number in zip(forms, numbers, strict=False))


def _zone(found: re.Match[str], context: Context) -> str:
    """A zone by its difference: UTC-5, GMT+5:30."""
    language = context.language
    figures = [language.cardinal(str(int(part))) for part in (found["hour"], found["minute"] or "0") if int(part)]
    figures = figures or [language.cardinal("0")]
    return f"{language.spelled(found['zone'])} {language.prefix(found['sign'])} {' '.join(figures)}"


def _stopped(found: re.Match[str], context: Context) -> str:
    """A time of a stopwatch: 1:23.45, 0:01:02.5."""
    language = context.language
    second = cldr.unit("duration-second", language.tag) or Noun("seconds", one="second")
    whole = language.duration(found["hours"] or "0", found["minutes"], "0") if int(found["minutes"]) else ""
    value = f"{int(found['seconds'])}.{found['parts']}"
    return f"{whole} {language.counted(value, second)}"


def exact_rules() -> tuple[Rule, ...]:
    """The rules of zones by their difference, and of times with parts of a second."""
    exact = r"(?:(?P<hours>\d{1,2}):)?(?P<minutes>\d{1,2}):(?P<seconds>[0-5]\d)\.(?P<parts>\d{1,3})"
    return (
        Rule(r"(?P<zone>UTC|GMT)(?P<sign>[-−+])(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?", _zone),
        Rule(exact, _stopped),
    )


def rules(language: Language) -> tuple[Rule, ...]:
    """The rules of clock times."""
    word = f" ?(?:{language.clock_word})" if language.clock_word else ""
    minutes = r"(?P<hour>\d{1,2})[.:](?P<minute>\d\d)(?P<second>(?!))?"
    colons = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?"
    dotted = r"(?P<from>\d{1,2}[.:]\d\d)(?: [-–—] |[-–—])(?P<to>\d{1,2}[.:]\d\d)"
    return (
        *exact_rules(),
        *((Rule(f"{dotted}{word}", _span),) if word else ()),
        Rule(rf"{dotted.replace('[.:]', ':')}(?:{word})?", _span),
        *((Rule(f"{minutes}{word}", _clock),) if word else ()),
        *((Rule(minutes, _clock_after_word),) if language.clock_before else ()),
        Rule(f"{colons}(?:{word})?", _clock),
        Rule(r"(?P<hours>\d{1,3}) ?h ?(?P<minutes>\d{1,2}) ?min(?: ?(?P<seconds>\d{1,2}) ?s)?", _duration),
    )
