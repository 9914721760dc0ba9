"""Remotion's captions: an array of words, as the type ``Caption`` of its package ``@remotion/captions`` has them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, pairwise
from typing import Any

from handler.captions.formats.base import Captions, Series, printable, seconds, ticks
from handler.captions.formats.json import array_pieces
from handler.captions.layout import separators
from handler.captions.styles import Style
from handler.types import Word


def write_remotion(captions: Captions) -> bytes:
    """``[{"text", "startMs", "endMs", "timestampMs", "confidence"}, …]``, whole milliseconds.

    As Remotion joins texts without a blank, each has its own in front where the script has one.
    """
    return b"".join(remotion_series(Series.of(captions)))


def remotion_series(series: Series) -> Iterator[bytes]:
    """The same of captions in parts."""
    yield from array_pieces(_captions(series), 1)


def _captions(series: Series) -> Iterator[dict[str, Any]]:
    for before, word in pairwise(chain([None], series.words)):
        assert word is not None
        blank = "" if before is None else separators((before, word))[0]
        yield _caption(word, blank, series.captions.style)


def _caption(word: Word, blank: str, style: Style) -> dict[str, Any]:
    start, end = ticks(word.start, 1000), ticks(word.end, 1000)
    return {
        "text": blank + style.apply_case(printable(word.shown)),
        "startMs": start,
        "endMs": end,
        "timestampMs": (start + end) // 2,
        "confidence": seconds(word.confidence),
    }
