"""The rules of the Romance languages. Each adds its own before them, and so they are no family of ``rules/``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import takewhile
from typing import cast

from handler.text import cldr
from handler.text.cldr import Noun
from handler.text.languages.base import Context, Rule, says
from handler.text.languages.romance import Romance
from handler.text.roman import roman_value
from handler.text.rules.abbreviations import abbreviation_rules
from handler.text.rules.amounts import UNITS, unit_noun
from handler.text.rules.numbers import signed
from handler.text.rules.telephone import say_groups

_HOUR, _MINUTE, _SECOND = r"(?P<hour>\d{1,2})", r"(?P<minute>[0-5]\d)", r"(?P<second>[0-5]\d)"
_HALF = r"(?: ?(?P<half>[AaPp])(?:\.? ?[Mm]\b\.?(?= [a-z(]|[,;:)])|\.? ?[Mm]\b))?"
_HOURS = r"(?P<hours> ?(?:hs|hrs|h)\b\.?)?"
LAST_HOUR = 24
_SMALL_ROMAN_MAX = 39  # longer ones in small letters may be words: "mil"


def abbreviations(
    titles: Mapping[str, str], others: Mapping[str, str], before_number: Mapping[str, str], short: Mapping[str, str]
) -> tuple[Rule, ...]:
    """The rules of abbreviations: ``others`` may end a sentence, and those that are ``short`` have no full stop."""
    stopped = {f"{written}.": spoken for written, spoken in {**titles, **others}.items()}
    ending = [f"{one}." for written in others for one in (written, written.lower())]
    return (
        *abbreviation_rules({**{one.lower(): spoken for one, spoken in short.items() if "." in one}, **short}),
        *(
            Rule(rf"(?i:{re.escape(short)})(?=\d)", says(spoken), amount=False, end="")
            for short, spoken in before_number.items()
            if short[-1] in "º°ᵒ"
        ),
        *abbreviation_rules(
            {**{written.lower(): spoken for written, spoken in stopped.items()}, **stopped},
            ending=ending,
            before_number=before_number,
        ),
    )


def _of(context: Context) -> Romance:
    return cast(Romance, context.language)


def _clock(found: re.Match[str], context: Context) -> str | None:
    language, groups = _of(context), found.groupdict()
    hour, half = int(found["hour"]), groups.get("half")
    if hour > LAST_HOUR:
        return None
    words = language.time(str(hour), groups.get("minute") or "", groups.get("second") or "")
    return f"{words} {language.day_part(hour, half.lower())}" if half else words


def _point_clock(found: re.Match[str], context: Context) -> str | None:
    """14.30 is a time if it is the whole text, before "h" or "p.m.", or after a word such as "las"."""
    language = _of(context)
    alone = not context.before and not context.after
    after_word = context.before.lower() in language.clock_word.split("|")
    told = found["half"] or found["hours"] or after_word
    counts = language.is_noun(context.after) and not found["half"] and not found["hours"]
    if found["point"] == "," and not after_word:
        return None
    return None if not language.clock_points or not (alone or told) or counts else _clock(found, context)


def _after_noon(found: re.Match[str], context: Context) -> str | None:
    """14:30 da tarde is half past two in the afternoon."""
    language, hour = _of(context), int(found["hour"])
    if not 13 <= hour <= 18:
        return None
    words = language.time(str(hour - 12), found["minute"], found["second"] or "")
    return f"{words} {language.day_parts[1]}"


def _duration(found: re.Match[str], context: Context) -> str:
    language = _of(context)
    units = (("hour", "duration-hour"), ("minute", "duration-minute"), ("second", "duration-second"))
    nouns = ((found[part], cldr.unit(unit, language.tag)) for part, unit in units)
    return " ".join(language.counted(str(int(value)), noun) for value, noun in nouns if value and noun)


def _zone(found: re.Match[str], context: Context) -> str:
    language = context.language
    return f"{language.sign('+' if found['sign'] == '+' else '−')} {language.cardinal(found['hours'])}"


def _extension(found: re.Match[str], context: Context) -> str:
    return f"{_of(context).extension} {context.language.digits(found['number'])}"


def after_numeral(words: str, pattern: str) -> Rule:
    """A rule for an abbreviation that follows a year or a century only."""

    def say(_found: re.Match[str], context: Context) -> str | None:
        before = context.before
        return words if before[-1:].isdigit() or roman_value(before.upper()) else None

    return Rule(pattern, say, amount=False)


def _marked(found: re.Match[str], context: Context) -> str:
    """5ºB: the fifth, B."""
    return context.language.ordinal(found["number"], found["mark"])


def _degree_ordinal(found: re.Match[str], context: Context) -> str | None:
    """28° is an ordinal after an article, or as the first word before a noun or alone."""
    language = _of(context)
    before, after = context.before.lower(), context.after
    first = not before and (not after or (after[0].isalpha() and after.lower() not in language._no_nouns))
    first_of_month = found["number"] == "1" and after.lower() in cldr.months(language.tag)
    if before not in language.articles.split() and not first and not first_of_month:
        return None
    return language.ordinal(found["number"], "ª" if before in language.feminine_articles.split() else "º")


def _days(found: re.Match[str], context: Context) -> list[str] | str | None:
    """The 17/18 of June."""
    language = context.language
    days = re.split(r"[/–-]", found["days"])
    month = found["month"].removeprefix("de ").strip(".").lower()
    if month not in cldr.months(language.tag) or any(not 1 <= int(day) <= 31 for day in days):
        return None
    between = f" {language.range_word} " if len(days) == 2 and "/" not in found["days"] else " "
    return between.join(map(language.cardinal, days))


def _day_and_month(found: re.Match[str], context: Context) -> str | None:
    """17/06, or 17.06 as the whole text or after an article."""
    language = _of(context)
    one, other, sign = found["one"], found["other"], found["sign"]
    day, month = (one, other) if cldr.day_first(language.tag) or int(other) > 12 else (other, one)
    if not 1 <= int(day) <= 31 or not 1 <= int(month) <= 12:
        return None
    dated = context.before.lower() in language.articles.split() or not (context.before or context.after)
    if sign == "." and (not language.date_points or not dated or language.is_noun(context.after)):
        return None
    if sign == "/" and "0" not in (one[0], other[0]) and not (dated and context.before):
        return None
    return language.date(day, int(month), "")


def _gender_by_article(context: Context) -> str:
    language = _of(context)
    if context.before.lower() in language.feminine_articles.split():
        return "f"
    return "f" if not context.before and language.gender_of(context.after) == "f" else "m"


def _roman(found: re.Match[str], context: Context) -> str | None:
    language, written = _of(context), found["roman"]
    number = roman_value(written.upper())
    before, after = context.before, context.after
    if number is None or (not written.isupper() and not written.islower()):
        return None
    if len(written) == 1 and len(after) == 1 and after.isupper() and context.text.startswith(" ", context.end):
        return None  # a letter among letters that are spelled
    told = before.lower()
    if context.text[: context.start].rstrip(" ").endswith("."):
        told = language.before_roman.get(told, told)
    century = told in language.centuries.split()
    if century and (number <= _SMALL_ROMAN_MAX or written.isupper()):
        return language.roman(number, "century", "m")
    if not written.isupper():
        return None
    if told in language.roman_after.split() and (len(written) > 1 or written in "IVX"):
        return language.roman(number, "noun", language.gender_of(before))
    if not set(written) <= set("IVXL") or written in ("XL", "LI", "LL"):
        return None
    alone = not before and not after
    if len(written) == 1:
        regnal = before in language.regnal.split()
        return language.roman(number, "name", language.gender_of(before)) if regnal else None
    shouted = (before.isupper() and len(before) > 1) or (after.isupper() and len(after) > 1)
    article = not before or before.lower() in language.articles.split() or not before[0].isupper()
    if article and not shouted and after[:1].isalpha() and after.lower() not in language._no_nouns:
        return language.roman(number, "before", _gender_by_article(context))
    if (before[:1].isupper() and not before.isupper()) or alone:
        regnal = before in language.regnal.split() or (number <= 10 and not alone)
        return language.roman(number, "name" if regnal else "noun", language.gender_of(before))
    return None


def _roman_ordinal(found: re.Match[str], context: Context) -> str | None:
    """XXe, Ier."""
    number = roman_value(found["roman"])
    return None if number is None else context.language.ordinal(str(number), found["mark"])


def _elided(found: re.Match[str], context: Context) -> str | None:
    """1 000 000 habitants: the noun is joined to the millions, as "un million d'habitants"."""
    language, noun = _of(context), found["noun"]
    if not language.elided or not language.is_noun(noun):
        return None
    return f"{language.value(re.sub('[^0-9]', '', found['number']))} {language.of_words(noun)}"


def _by(_found: re.Match[str], context: Context) -> str:
    return context.language.sign("x")


def _version(found: re.Match[str], context: Context) -> str | None:
    """Version 2.0: not two tenths."""
    language = _of(context)
    if context.before.lower() not in language.versions.split():
        return None
    return f" {language.sign('.')} ".join(map(language.cardinal, found.group().split(".")))


def _each(found: re.Match[str], context: Context) -> str | None:
    """5 l/100 km: per hundred kilometres."""
    language, noun = _of(context), unit_noun(found["unit"], context.language)
    return f"{language.each} {language.counted(found['number'], noun)}" if noun else None


def _kilo(found: re.Match[str], context: Context) -> str:
    return f"{context.language.cardinal(found['number'])} K"


def _half(found: re.Match[str], context: Context) -> str | None:
    """½ taza, 2 1/2 horas: a half agrees with the noun after it."""
    language, noun = _of(context), Noun(found["noun"])
    if not language.is_noun(noun.other) or unit_noun(noun.other, language):
        return None
    return language.whole_and_half(found["whole"], noun) if found["whole"] else language.half_of(noun)


def _power(found: re.Match[str], context: Context) -> str | None:
    """x², 10^-3, but not m², which is a unit."""
    language, exponent = _of(context), found["exponent"]
    before = context.text[max(0, context.start - 20) : context.start]
    base = "".join(takewhile(str.isalpha, reversed(before)))[::-1]
    if f"{base}^{exponent}" in UNITS:
        return None
    known = dict(zip("23", language.powers, strict=False))
    sign, figures = ("−", exponent[1:]) if exponent[0] in "-−" else ("", exponent)
    words = language.cardinal(figures) if figures.isdigit() else figures
    return known.get(exponent) or f"{language.raised} {signed(sign, words, language)}"


def _ratio(found: re.Match[str], context: Context) -> str:
    return _of(context).ratio(found["one"], found["other"])


def _telephone(found: re.Match[str], context: Context) -> list[str] | None:
    language = _of(context)
    return say_groups(found, context) if context.before.lower() in language.telephone_words.split() else None


def _don(_found: re.Match[str], context: Context) -> str | None:
    language = _of(context)
    return language.don or None if context.after in language.regnal.split() else None


def _before_roman(found: re.Match[str], context: Context) -> str | None:
    return _of(context).before_roman.get(found["short"].lower())


RULES: tuple[Rule, ...] = (
    Rule(r"(?P<number>[2458])K", _kilo, amount=False),
    Rule(r"\^(?P<exponent>[-−]?\d{1,6}|[a-z])", _power, amount=False, start=r"(?<=[\w)])"),
    Rule(r"(?P<short>[^\W\d_]{1,5})\.(?= ?[IVXLC]{1,7}\b)", _before_roman, amount=False, may_end=False, end=""),
    Rule(r"\d{2,5}(?:[ .-]\d{2,5}){1,5}|\d{7,12}", _telephone, amount=False),
    Rule(r"(?:(?P<whole>\d{1,4}) )?1/2 (?P<noun>[^\W\d_]{2,30})", _half),
    Rule(rf"{_HOUR}:{_MINUTE}(?::{_SECOND})? (?:da tarde|de la tarde|del pomeriggio|de l'après-midi)", _after_noon),
    Rule(rf"{_HOUR}:{_MINUTE}(?::{_SECOND})?{_HOURS}{_HALF}", _clock),
    Rule(rf"{_HOUR} ?[hH] ?{_MINUTE}(?:m(?:in)?{_SECOND}s)?(?! ?(?:min|mn|m|'))", _clock),
    Rule(rf"{_HOUR}(?P<point>[.,]){_MINUTE}{_HOURS}{_HALF}", _point_clock),
    Rule(rf"{_HOUR} ?(?P<half>[AaPp])\.? ?[Mm]\b(?:\.(?= [a-z(]|[,;:)]))?", _clock),
    Rule(r"(?P<hour>\d{1,3})h(?P<minute>\d{1,2})(?:min|mn|m)(?:(?P<second>\d{1,2})(?:sec|s))?", _duration),
    Rule(r"(?P<hour>(?!))?(?P<minute>\d{1,3})(?:min|mn|m)(?P<second>\d{1,2})(?:sec|s)?", _duration),
    Rule(r" ?(?P<sign>[-+−])(?P<hours>\d{1,2})", _zone, amount=False, start=r"(?<=[Gg][Mm][Tt]|[Uu][Tt][Cc])"),
    Rule(r"(?:ext|Ext|extensión|ramal)\.? ?(?P<number>\d{1,6})", _extension, amount=False),
    Rule(r"(?P<number>\d{1,3})°(?! ?[CcFfKkNSEOW\d])", _degree_ordinal),
    Rule(r"(?P<days>\d{1,2}(?:[/–-]\d{1,2}){1,2})(?= (?P<month>(?:de )?[^\W\d_]{3,10}))", _days),
    Rule(r"(?P<one>\d{1,2})(?P<sign>[/.])(?P<other>[01]\d|\d)", _day_and_month),
    Rule(r"(?P<roman>[IVX]{1,7})(?P<mark>ers?|er|ères?|res?|ères?|èmes?|es?|ᵉʳ|ᵉ|ʳᵉ)", _roman_ordinal, amount=False),
    Rule(r"(?P<roman>[IVXLCDM]{1,9}|[ivxl]{1,7})", _roman, amount=False),
    Rule(r"(?P<number>[1-9]\d{0,2}(?:[ .']?000){2,4}) (?P<noun>[aeiouyhâàéèêôœ][^\W\d_]{1,30})", _elided, amount=False),
    Rule(r"(?P<number>\d{1,3})(?P<mark>\.?[ºª])(?=[A-Z]\b)", _marked, end=""),
    Rule(r"\d{1,3}\.\d{1,3}", _version),
    Rule(r"[xX×](?= ?\d)", _by, amount=False, start=r"(?:(?<=[1-9])|(?<=\d\d)|(?<=\d )|(?<=m ))", end=""),
    Rule(r"/(?P<number>100) ?(?P<unit>km|g|ml)", _each, amount=False, start=r"(?<=[A-Za-z])"),
    Rule(r"D\.(?= [A-ZÀ-Ý])", _don, amount=False, may_end=False, end=""),
    Rule(r"(?P<one>\d{1,3}):(?P<other>\d{1,3})", _ratio),
)
"""They stand before the rules that all languages share."""
