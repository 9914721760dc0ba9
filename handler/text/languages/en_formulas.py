"""English formulas: 6/2 = 3, E = mc². In them a dash is minus and a slash divides."""

from __future__ import annotations

import re

from handler.text.languages.base import Context, Language, Rule, says
from handler.text.rules.numbers import value_of

_NUMBER = r"\d{1,18}(?:[.,]\d{1,9})?"
_POWER = r"\^[-−]?(?:\d{1,3}|[a-z])"
_OPERAND = rf"[-−]?√?(?:{_NUMBER}[a-z]?|[A-Za-zπ]{{1,2}})(?:{_POWER})?"
_POWERS = {"2": "squared", "3": "cubed"}
_RELATIONS = "=≠≈<>≤≥"
_FORMULA = rf"{_OPERAND}(?: ?[-−+*/×÷x·⋅∙±{_RELATIONS}] ?{_OPERAND}){{1,12}}"
_PARTS = re.compile(rf"{_POWER}|{_NUMBER}|[^\W\d]+|\S")
_TIMES = re.compile(r"(?<=[\d ])x(?= ?\d)")  # elsewhere an x is a name
_SAME = {"*": "×", "·": "×", "⋅": "×", "∙": "×", "/": "÷"}


def power(exponent: str, language: Language) -> str:
    """The words behind a base: "2" → squared."""
    if exponent in _POWERS:
        return _POWERS[exponent]
    sign, figures = (language.prefix("-"), exponent[1:]) if exponent[0] in "-−" else ("", exponent)
    return f"to the {sign} {language.cardinal(figures) if figures.isdigit() else figures}"


def _say(text: str, language: Language) -> str:
    words = []
    for part in _PARTS.findall(text):
        if part[0].isdigit():
            words.append(language.value(value_of(part, language) or part))
        elif part[0] == "^":
            words.append(power(part[1:], language))
        elif part in "-−":
            words.append(language.prefix("-"))
        elif part.isalpha():
            words.append(language.signs.get(part, part))
        else:
            words.append(language.sign(_SAME.get(part, part)))
    return " ".join(words)


def _formula(found: re.Match[str], context: Context) -> list[str] | None:
    text = found.group()
    if not set(text) & set(_RELATIONS) or not any(map(str.isdigit, text)):
        return None
    return [_say(part, context.language) for part in _TIMES.sub("×", text).split(" ")]


def _algebra(found: re.Match[str], context: Context) -> list[str] | None:
    """A sum of unknowns without an equals sign. "2x-3x" is a range of times."""
    text = found.group()
    if "+" not in text and " " not in text and text.count("x") > 1:
        return None
    return [_say(part, context.language) for part in text.split(" ")]


_TERM = r"\d{0,4}[xyz](?:\^\d)?"
RULES = (
    Rule(_FORMULA, _formula, amount=False),
    Rule(rf"= ?{_OPERAND}(?: ?[-−+*/×÷·±] ?{_OPERAND}){{1,12}}", _formula, amount=False, start=""),
    Rule(rf"\d{{1,4}}[xyz](?:\^\d)?(?: ?[-−+] ?(?:{_TERM}|\d{{1,4}}(?!\w))){{1,6}}", _algebra, amount=False),
    Rule(r"\*\*", says("to the"), amount=False, start=r"(?<=\d)", end=r"(?=\d)"),
)
