"""Polish."""

from __future__ import annotations

from handler.text.characters import word_set
from handler.text.languages.base import Language
from handler.text.numbers import NumberStyle

POLISH = Language(
    NumberStyle("pl", decimal_comma=True, point="przecinek", minus="minus"),
    percent="procent",
    conjunctions=word_set("i a ale lub że"),
)
