"""Cells of a CSV file: a spreadsheet must take none of them for a formula."""

from __future__ import annotations

import re

# Spreadsheets run a cell that begins so (OWASP, "CSV Injection"), after any apostrophes of ours.
_FORMULA = re.compile(r"'*[=+\-@＝＋－＠\t\r]")
# Without a letter or a figure there is nothing to run, and a number is only a number.
_HARMLESS = re.compile(r"[\W_]*|[+\-]?[.,]?\d[\d.,:]*[%‰°]?[\W_]{0,2}")
_APOSTROPHE = "'"


def to_cell(text: str) -> str:
    """The text as a cell that is shown and not run: one that could be run gets an apostrophe in front.

    So does a text that begins with apostrophes and then like a formula: `from_cell` gives every text back.
    """
    if not _FORMULA.match(text) or _HARMLESS.fullmatch(text.lstrip(_APOSTROPHE)):
        return text
    return _APOSTROPHE + text


def from_cell(cell: str) -> str:
    """The text that `to_cell` made a cell of; a cell that it could not have made stays as it is."""
    text = cell.removeprefix(_APOSTROPHE)
    return text if to_cell(text) == cell else cell
