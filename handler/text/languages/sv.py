"""Swedish."""

from __future__ import annotations

from handler.text.characters import word_set
from handler.text.languages.base import Language
from handler.text.numbers import NumberStyle

SWEDISH = Language(
    NumberStyle("sv", decimal_comma=True, point="komma"),
    percent="procent",
    conjunctions=word_set("och eller men"),
)
