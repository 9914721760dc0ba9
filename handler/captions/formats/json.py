"""JSON: words with their times, confidence and position in the script, and cues; in the script's own spelling."""

from __future__ import annotations

from typing import Any

from handler.captions.formats.base import Captions, seconds
from handler.captions.layout import joined
from handler.telemetry import json_text
from handler.types import Cue, Word

VERSION = 1


def write_json(captions: Captions) -> bytes:
    """``{"version", "duration", "language", "method", "words": […], "cues": […]}``; seconds with 3 decimals.

    Words and cues have a ``speaker`` in a script of several voices.
    """
    document = {
        "version": VERSION,
        "duration": seconds(captions.duration),
        "language": captions.language,
        "method": captions.method,
        "words": [word_fields(word) for word in captions.words],
        "cues": [_cue(cue) for cue in captions.plain_cues],
    }
    return json_text(document, indent=1).encode()


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


def _cue(cue: Cue) -> dict[str, Any]:
    return {
        "start": seconds(cue.start),
        "end": seconds(cue.end),
        "text": "\n".join(joined(line) for line in cue.lines),
        "first_word": cue.first_word,
        "last_word": cue.last_word,
    } | _speaker(cue.speaker)


def _speaker(name: str) -> dict[str, str]:
    return {"speaker": name} if name else {}
