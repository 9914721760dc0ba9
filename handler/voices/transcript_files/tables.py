"""Tables: CSV and TSV with or without a header, and Audacity's labels."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import Literal

from handler.errors import BadRequest
from handler.text.characters import word_set
from handler.text.spreadsheets import from_cell

COLUMNS = (  # from the first that a table has
    "word", "text", "transcript", "transcription", "caption", "subtitle", "sentence", "utterance", "content", "label",
)  # fmt: skip
_BESIDE = word_set(
    "start end begin time start_time end_time starttime endtime start_ms end_ms timestamp duration speaker id index "
    "number confidence score type channel track from to in out"
)
_NUMERIC = re.compile(r"\s*-?[\d:.,]+\s*|\s*")
_DELIMITERS = "\t;|,"
_ROWS = 20  # that show what a table is
_SEPARATOR = re.compile(r"sep=(.)\n")


def is_table(text: str, *, named: bool) -> bool:
    """Whether a text is a table: its header or its numbers say so, or it is ``named`` a table."""
    if named or _SEPARATOR.match(text):
        return True
    rows = _first_rows(text)
    header = set(_cells(rows[0], _delimiter(rows))) if rows else set()
    if len(rows) > 1 and header & set(COLUMNS) and header & _BESIDE:
        return True
    return bool(rows) and all(map(_is_label, rows))


def _first_rows(text: str) -> list[str]:
    """The first rows, without the frequencies that Audacity writes under a label."""
    return [row for row in text.split("\n", _ROWS)[:_ROWS] if row.strip() and not row.startswith("\\\t")]


def _is_label(row: str) -> bool:
    cells = row.split("\t")
    return len(cells) > 2 and all(map(_NUMERIC.fullmatch, cells[:2])) and bool(cells[0].strip() and cells[1].strip())


def _cells(row: str, delimiter: str) -> list[str]:
    return [cell.strip(' "').lower() for cell in row.split(delimiter)]


def _delimiter(rows: Sequence[str]) -> str:
    """What separates a known column from others in the header, else what is in every row."""
    header = rows[0] if rows else ""
    named = [one for one in _DELIMITERS if one in header and set(_cells(header, one)) & set(COLUMNS)]
    return named[0] if named else max(_DELIMITERS, key=lambda one: min((row.count(one) for row in rows), default=0))


def read_table(text: str, field: str) -> str:
    """The words of a table, a row a line. Raises BadRequest on ``field`` if no column is known to have them."""
    if separator := _SEPARATOR.match(text):
        text = text[separator.end() :]
    delimiter = separator[1] if separator else _delimiter(_first_rows(text))
    labels = delimiter == "\t" and text.count('"') % 2
    try:
        quoting: Literal[0, 3] = csv.QUOTE_NONE if labels else csv.QUOTE_MINIMAL
        reader = csv.reader(io.StringIO(text), delimiter=delimiter, quoting=quoting)
        rows = [row for row in reader if any(cell.strip() for cell in row) and row[0] != "\\"]
    except csv.Error as error:
        raise BadRequest.of(field, "cannot be read as csv; link to a file of that format") from error
    return "\n".join(map(from_cell, _column(rows, delimiter, field)))


def _column(rows: Sequence[list[str]], delimiter: str, field: str) -> list[str]:
    if not rows:
        return []
    names = [cell.strip().lower() for cell in rows[0]]
    if len(names) == 1:
        # One column holds all there is: a comma further down belongs to its sentence.
        return [delimiter.join(row) for row in rows[names[0] in COLUMNS :]]
    column = next((names.index(name) for name in COLUMNS if name in names), None)
    if column is not None:
        return [row[column] for row in rows[1:] if column < len(row)]
    column = _only_words(rows)
    if column is not None:
        return [delimiter.join(row[column:]) if column == len(names) - 1 else row[column] for row in rows]
    columns = ", ".join(COLUMNS[:-1])
    raise BadRequest.of(field, f"is a csv file without a column {columns} or {COLUMNS[-1]}; name one of its columns so")


def _only_words(rows: Sequence[list[str]]) -> int | None:
    """The one column that has words, where all before it have numbers or times."""
    width = min(map(len, rows))
    numeric = [all(_NUMERIC.fullmatch(row[at]) for row in rows) for at in range(width)]
    column = numeric.index(False) if False in numeric else None
    return column if column and all(numeric[column + 1 :]) else None
