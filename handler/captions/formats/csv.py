"""CSV: each word with its times, confidence and position in the script, in the script's own spelling."""

from __future__ import annotations

import csv
import io
import re

from handler.captions.formats.base import Captions, printable, seconds

COLUMNS = ("word", "start_time", "end_time", "confidence", "interpolated", "start_char", "end_char")

# Spreadsheets run a cell that begins so (OWASP, "CSV Injection"), after any apostrophes of ours.
_FORMULA = re.compile(r"'*[=+\-@＝＋－＠\t\r]")
# Without a letter or a figure there is nothing to run, and a number is only a number.
_HARMLESS = re.compile(r"[\W_]*|[+\-]?[.,]?\d[\d.,:]*[%‰°]?[\W_]{0,2}")
_APOSTROPHE = "'"


def write_csv(captions: Captions) -> bytes:
    """One row for each word: seconds with 3 decimals, ``interpolated`` true or false, RFC 4180."""
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for word in captions.words:
        times = (f"{seconds(value):.3f}" for value in (word.start, word.end, word.confidence))
        cell = as_text(printable(word.shown))
        table.writerow([cell, *times, str(word.interpolated).lower(), word.start_char, word.end_char])
    return out.getvalue().encode()


def as_text(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: one that could be gets an apostrophe in front.

    So do cells that begin with apostrophes and then like a formula: a reader gets every word back by taking one
    apostrophe off whatever `_FORMULA` matches behind it.
    """
    if not _FORMULA.match(cell) or _HARMLESS.fullmatch(cell.lstrip(_APOSTROPHE)):
        return cell
    return _APOSTROPHE + cell
