"""Roman numerals."""

from __future__ import annotations

import re

ROMAN = r"(?=[IVXLCDM])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
"""Pattern of a Roman numeral of capitals, from 1 to 3999."""
ROMAN_OF_NAME = rf"(?P<roman>{ROMAN})(?! [A-Z](?!\w))"
"""Pattern of the numeral of a king or pope, which is not the first of letters that are spelled."""
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_NUMERAL = re.compile(ROMAN)


def roman_value(text: str) -> int | None:
    """The value of a Roman numeral; None if the text is none."""
    if not _NUMERAL.fullmatch(text):
        return None
    values = [_VALUES[letter] for letter in text]
    return sum(-one if one < after else one for one, after in zip(values, [*values[1:], 0], strict=True))
