"""Formulas: powers, and the minus between two numbers. English has more of them in ``languages/en_formulas.py``."""

from __future__ import annotations

import re

from handler.text.languages.base import Context, Language, Rule
from handler.text.patterns import AMOUNT
from handler.text.rules.numbers import in_formula

_FIGURE = rf"[\d{AMOUNT}]"


def _power(found: re.Match[str], context: Context) -> str:
    return context.language.power(found["base"], found["exponent"])


def _times(_found: re.Match[str], context: Context) -> str:
    """The x of sizes: 3 x 4 cm."""
    return context.language.sign("×")


def _minus_sign(_found: re.Match[str], context: Context) -> str:
    return context.language.subtraction_word or context.language.sign("−")


def _minus(found: re.Match[str], context: Context) -> str | None:
    """In a formula, which has an equals sign: elsewhere a hyphen makes a range."""
    return _minus_sign(found, context) if in_formula(context) else None


def rules(_language: Language) -> tuple[Rule, ...]:
    """The rules of formulas."""
    return (
        Rule(rf"(?<={_FIGURE})(?<!\b0) ?x ?(?={_FIGURE})", _times, amount=False, start="", end=""),
        Rule(r"(?P<base>\d{1,15}(?:\.\d{1,9})?|[A-Za-z])\^(?P<exponent>[-−]?\d{1,9})", _power),
        Rule(rf"(?<={_FIGURE}) ?[-−–] ?(?={_FIGURE})", _minus, amount=False, start="", end=""),
        Rule(rf"(?<={_FIGURE}) ?− ?(?={_FIGURE})", _minus_sign, amount=False, start="", end=""),
    )
