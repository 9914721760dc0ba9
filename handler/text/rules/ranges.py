"""Ranges written without blanks and words: ``20～30``, ``5-10%``, ``10:00~12:00``, and scores such as ``3-1``."""

from __future__ import annotations

import re

from handler.text.languages.base import Context, Language, Rule
from handler.text.patterns import AMOUNT, LETTER, OTHER
from handler.text.rules.amounts import CODES, CURRENCY_SIGNS, UNITS, currency_code, unit_noun
from handler.text.rules.numbers import number_pattern, value_of

START = rf"(?<!{LETTER})(?<![\d{AMOUNT}{OTHER}])(?<!\d[.,:/~〜～–-])(?<!\d\))(?<!\d\)[ -])"
END = rf"(?!{LETTER})(?!\d)(?! ?[.,:/~〜～–-]\d)(?! ?[=×÷*+])"
"""Where a range begins and ends: not inside other figures such as 2024-05-01, and not in a formula."""

LONGEST_SCORE = 3


def _currencies(language: Language) -> list[str]:
    return [*CURRENCY_SIGNS, *language.currency_signs, *CODES]


def _one_of(*words: str) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


def _side(name: str, language: Language) -> str:
    """The pattern of one side: a clock time, or a number with its sign, currency and unit."""
    currencies = _one_of(*_currencies(language))
    after = _one_of("%", *language.scales, *UNITS, *language.units, *_currencies(language))
    return (
        rf"(?:(?P<{name}_hour>\d{{1,2}}):(?P<{name}_minute>\d\d)|(?P<{name}_minus>[-−])?(?P<{name}_before>{currencies})?"
        rf"(?P<{name}>{number_pattern(language)})(?: ?(?P<{name}_after>{after}))?)"
    )


def _words(name: str, found: re.Match[str], context: Context) -> str | None:
    """The words of one side. What only the other side has, such as a percent sign, is said there."""
    language = context.language
    if hour := found[f"{name}_hour"]:
        minute = found[f"{name}_minute"]
        return language.time(hour, minute, "") if int(hour) <= 24 and int(minute) < 60 else None
    if (value := value_of(found[name], language)) is None:
        return None
    after = found[f"{name}_after"] or ""
    # The sign before the first number is that of both, and is spoken once, after the second.
    before = (
        found["other_before"] or found["one_before"]
        if name == "other"
        else found["other_before"] and found["one_before"]
    )
    if name == "one" and language.percent_first and found["other_after"] == "%":
        after = "%"
    if after == "%":
        words = language.percentage(value)
    elif currency := before or (after in _currencies(language) and after):
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
    if found["sign"] in "-–" and found["one"] and found["other"]:
        if re.match(r"0\d", found["one"]) or re.match(r"0\d", found["other"]):
            return None  # a telephone number
        falling = float(value_of(found["one"], language) or 0) >= float(value_of(found["other"], language) or 0)
        plain = max(len(found["one"]), len(found["other"])) <= LONGEST_SCORE and not (
            found["one_before"] or found["one_after"] or found["other_after"]
        )
        if falling and not (plain and language.score_word):
            return None
        if falling:
            return f"{one} {language.score_word} {other}"
    return language.span(one, other)


def rules(language: Language) -> tuple[Rule, ...]:
    """The rules of ranges of a language that has ``range_signs``."""
    if not language.range_signs:
        return ()
    one, other, sign = _side("one", language), _side("other", language), re.escape(language.range_signs)
    return (Rule(rf"{one} ?(?P<sign>[{sign}]) ?{other}", _range, start=START, end=END),)
