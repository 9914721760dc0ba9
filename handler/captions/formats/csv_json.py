"""CSV and JSON: every word with its times, confidence and place in the script, in the script's own spelling."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from handler.captions.formats.base import Captions, seconds
from handler.captions.layout import joined
from handler.types import Cue, Word

COLUMNS = ("word", "start_time", "end_time", "confidence", "interpolated", "start_char", "end_char")
VERSION = 1


def write_csv(captions: Captions) -> bytes:
    """One row a word: seconds with 3 decimals, ``interpolated`` true or false, RFC 4180."""
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for word in captions.words:
        times = (f"{seconds(value):.3f}" for value in (word.start, word.end, word.confidence))
        table.writerow([word.shown, *times, str(word.interpolated).lower(), word.start_char, word.end_char])
    return out.getvalue().encode()


def write_json(captions: Captions) -> bytes:
    """``{"version", "duration", "language", "method", "words": […], "cues": […]}``; seconds with 3 decimals."""
    document = {
        "version": VERSION,
        "duration": seconds(captions.duration),
        "language": captions.language,
        "method": captions.method,
        "words": [_word(word) for word in captions.words],
        "cues": [_cue(cue) for cue in captions.cues],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _word(word: Word) -> dict[str, Any]:
    return {
        "word": word.shown,
        "start": seconds(word.start),
        "end": seconds(word.end),
        "confidence": seconds(word.confidence),
        "interpolated": word.interpolated,
        "start_char": word.start_char,
        "end_char": word.end_char,
    }


def _cue(cue: Cue) -> dict[str, Any]:
    return {
        "start": seconds(cue.start),
        "end": seconds(cue.end),
        "text": "\n".join(joined(line) for line in cue.lines),
        "first_word": cue.first_word,
        "last_word": cue.last_word,
    }
