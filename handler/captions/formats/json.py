"""JSON: words with their times, confidence and position in the script, and cues; in the script's own spelling."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from handler.captions.formats.base import Captions, Series, seconds
from handler.captions.layout import joined
from handler.telemetry import json_text
from handler.types import Cue, Word

VERSION = 1


def write_json(captions: Captions) -> bytes:
    """``{"version", "duration", "language", "method", "words": […], "cues": […]}``; seconds with 3 decimals.

    Words and cues have a ``speaker`` in a script of several voices.
    """
    return b"".join(json_series(Series.of(captions)))


def json_series(series: Series) -> Iterator[bytes]:
    """The same of captions in parts."""
    whole = series.captions
    head = {
        "version": VERSION,
        "duration": seconds(whole.duration),
        "language": whole.language,
        "method": whole.method,
    }
    yield json_text(head, indent=1).removesuffix("\n}").encode()
    yield b',\n "words": '
    yield from array_pieces(map(word_fields, series.words), 2)
    yield b',\n "cues": '
    yield from array_pieces(_cues(series), 2)
    yield b"\n}"


def array_pieces(items: Iterable[dict[str, Any]], level: int) -> Iterator[bytes]:
    """A JSON array piece by piece, as ``indent=1`` writes it at so deep a level of its document.

    The items hold no arrays and no objects.
    """
    line = f"\n{' ' * level}"
    separator = "["
    for item in items:
        # Python's encoder in C, which is twice as fast, knows no indent.
        fields = json_text(item, separators=(f",{line} ", ": "))[1:-1]
        yield f"{separator}{line}{{{line} {fields}{line}}}".encode()
        separator = ","
    yield f"\n{' ' * (level - 1)}]".encode() if separator == "," else b"[]"


def _cues(series: Series) -> Iterator[dict[str, Any]]:
    first = 0
    for part in series.parts():
        for cue in part.plain_cues:
            yield _cue(cue, first)
        first += len(part.words)


def word_fields(word: Word) -> dict[str, Any]:
    """A word as the JSON file and the events of a job have it."""
    return {
        "word": word.shown,
        "start": seconds(word.start),
        "end": seconds(word.end),
        "confidence": seconds(word.confidence),
        "interpolated": word.interpolated,
        "start_char": word.start_char,
        "end_char": word.end_char,
    } | _speaker(word.speaker)


def _cue(cue: Cue, first: int) -> dict[str, Any]:
    """A cue of a part, of which ``first`` words of the whole come before."""
    return {
        "start": seconds(cue.start),
        "end": seconds(cue.end),
        "text": "\n".join(joined(line) for line in cue.lines),
        "first_word": cue.first_word + first,
        "last_word": cue.last_word + first,
    } | _speaker(cue.speaker)


def _speaker(name: str) -> dict[str, str]:
    return {"speaker": name} if name else {}
