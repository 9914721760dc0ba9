"""CSV: each word with its times, confidence and position in the script, in the script's own spelling.

Unless the captions say otherwise, what a spreadsheet would run has an apostrophe in front; see `spreadsheets`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from handler.captions.formats.base import Captions, Series, printable, seconds
from handler.text.spreadsheets import to_cell

COLUMNS = ("word", "start_time", "end_time", "confidence", "interpolated", "start_char", "end_char")
SPEAKER = "speaker"


def write_csv(captions: Captions) -> bytes:
    """One row for each word: seconds with 3 decimals, ``interpolated`` true or false, RFC 4180.

    The last column is the ``speaker`` in a script of several voices; in others there is none.
    """
    return b"".join(csv_series(Series.of(captions)))


def csv_series(series: Series) -> Iterator[bytes]:
    """The same of captions in parts."""
    several = series.has_speakers

    def cell(text: str) -> str:
        return to_cell(printable(text)) if series.captions.csv_safe else printable(text)

    yield _row([*COLUMNS, *([SPEAKER] if several else [])])
    for word in series.words:
        times = (f"{seconds(value):.3f}" for value in (word.start, word.end, word.confidence))
        speaker = [cell(word.speaker)] if several else []
        yield _row([cell(word.shown), *times, str(word.interpolated).lower(), word.start_char, word.end_char, *speaker])


def _row(cells: list[object]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerow(cells)
    return out.getvalue().encode()
