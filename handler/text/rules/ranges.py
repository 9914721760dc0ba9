"""Ranges written without blanks and words: ``20～30``, ``5-10%``, ``10:00~12:00``, and scores such as ``3-1``."""

from __future__ import annotations

import re

from handler.text.languages.base import Context, Language, Rule
from handler.text.patterns import AMOUNT, LETTER, OTHER, one_of
from handler.text.rules.amounts import UNITS, currency_code, currency_signs, unit_noun
from handler.text.rules.numbers import number_pattern, value_of
from handler.text.rules.times import is_clock

START = rf"(?<!{LETTER})(?<![\d{AMOUNT}{OTHER}])(?<!\d[.,:/~〜～–-])(?<!\d\))(?<!\d\)[ -])"
END = rf"(?!{LETTER})(?!\d)(?! ?[.,:/~〜～–-]\d)(?! ?[=×÷*+])"
"""Where a range begins and ends: not inside other figures such as 2024-05-01, and not in a formula."""

LONGEST_SCORE_DIGITS = 3


def _side(name: str, language: Language) -> str:
    """The pattern of one side: a clock time, or a number with its sign, currency and unit."""
    currencies = one_of(currency_signs(language))
    after = one_of(["%", *language.scales, *UNITS, *language.units, *currency_signs(language)])
    return (
        rf"(?:(?P<{name}_hour>\d{{1,2}}):(?P<{name}_minute>\d\d)|(?P<{name}_minus>[-−])?(?P<{name}_before>{currencies})?"
        rf"(?P<{name}>{number_pattern(language)})(?: ?(?P<{name}_after>{after}))?)"
    )


def _words(name: str, found: re.Match[str], context: Context) -> str | None:
    """The words of one side. What only the other side has, such as a percent sign, is said there."""
    language = context.language
    if hour := found[f"{name}_hour"]:
        minute = found[f"{name}_minute"]
        return language.time(hour, minute, "") if is_clock(hour, minute) else None
    if (value := value_of(found[name], language)) is None:
        return None
    after = found[f"{name}_after"] or ""
    # The currency before the first number is that of both, and is spoken once, after the second.
    first, second = found["one_before"], found["other_before"]
    before = (second or first) if name == "other" else (second and first)
    if name == "one" and language.percent_first and found["other_after"] == "%":
        after = "%"
    if after == "%":
        words = language.percentage(value)
    elif currency := before or (after in currency_signs(language) and after):
        words = language.money(value, currency_code(currency, language))
    elif after in language.scales:
        words = language.scaled(value, language.scales[after], None)
    elif noun := unit_noun(after, language):
        words = language.counted(value, noun)
    else:
        words = language.bare(value, context.before, context.after)
    return f"{language.sign('-')} {words}" if found[f"{name}_minus"] else words


def _range(found: re.Match[str], context: Context) -> str | None:
    language = context.language
    one, other = _words("one", found, context), _words("other", found, context)
    if one is None or other is None:
        return None
    numbers = (found["one"], found["other"])
    if found["sign"] not in "-–" or not all(numbers):
        return language.span(one, other)
    if any(re.match(r"0\d", number) for number in numbers):
        return None  # a telephone number
    first, last = (float(value_of(number, language) or 0) for number in numbers)
    if first < last:
        return language.span(one, other)
    has_unit = found["one_before"] or found["one_after"] or found["other_after"]
    is_score = language.score_word and not has_unit and max(map(len, numbers)) <= LONGEST_SCORE_DIGITS
    return f"{one} {language.score_word} {other}" if is_score else None


def rules(language: Language) -> tuple[Rule, ...]:
    """The rules of ranges of a language that has ``range_signs``."""
    if not language.range_signs:
        return ()
    one, other, sign = _side("one", language), _side("other", language), re.escape(language.range_signs)
    return (Rule(rf"{one} ?(?P<sign>[{sign}]) ?{other}", _range, start=START, end=END),)
