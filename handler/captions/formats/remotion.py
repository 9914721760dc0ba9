"""Remotion's captions: an array of words, as the type ``Caption`` of its package ``@remotion/captions`` has them."""

from __future__ import annotations

from typing import Any

from handler.captions.formats.base import Captions, printable, seconds, ticks
from handler.captions.layout import separators
from handler.captions.styles import Style
from handler.telemetry import json_text
from handler.types import Word


def write_remotion(captions: Captions) -> bytes:
    """``[{"text", "startMs", "endMs", "timestampMs", "confidence"}, …]``, whole milliseconds.

    As Remotion joins texts without a blank, each has its own in front where the script has one.
    """
    blanks = ["", *separators(captions.words)][: len(captions.words)]
    words = zip(captions.words, blanks, strict=True)
    return json_text([_caption(word, blank, captions.style) for word, blank in words], indent=1).encode()


def _caption(word: Word, blank: str, style: Style) -> dict[str, Any]:
    start, end = ticks(word.start, 1000), ticks(word.end, 1000)
    return {
        "text": blank + style.apply_case(printable(word.shown)),
        "startMs": start,
        "endMs": end,
        "timestampMs": (start + end) // 2,
        "confidence": seconds(word.confidence),
    }
