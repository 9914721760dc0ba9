"""SubRip (.srt)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from handler.captions.formats.base import WORD_JOINER, Captions, Series, cue_times, line_text, safe_lines
from handler.captions.layout import joined
from handler.types import Cue, Word

_TAG = re.compile(r"<(?=\s*/?\s*[^\W\d_][^<>]*>)|\{(?=\s*\\)|\\(?=[Nh])")  # HTML's and, in many players, ASS's


def write_srt(captions: Captions) -> bytes:
    """Numbered cues with times ``HH:MM:SS,mmm``.

    The format knows no escapes. Text is written as it is, but an invisible joiner parts what would begin a tag
    (``<b>``, ``{\\an8}``, ``\\N``), and no line looks like the head of a cue.
    """
    return b"".join(srt_series(Series.of(captions)))


def srt_series(series: Series) -> Iterator[bytes]:
    """The same of captions in parts, whose cues are numbered throughout."""
    number = 0
    for part in series.parts():
        for cue in part.cues:
            number += 1
            text = "\n".join(_untagged(line_text(line, part.style)) for line in _without_bare_number(cue))
            blank = "\n" if number > 1 else ""
            yield f"{blank}{number}\n{cue_times(cue, ',')}\n{text}\n".encode()


def _untagged(text: str) -> str:
    return _TAG.sub(lambda opening: opening[0] + WORD_JOINER, text)


def _without_bare_number(cue: Cue) -> list[tuple[Word, ...]]:
    """The lines of a cue; a last line that is only a number joins the line before.

    Some programs, pysubs2 among them, take it for the number of the next cue and drop it.
    """
    *lines, last = safe_lines(cue)
    if lines and joined(last).strip().isdecimal():
        return [*lines[:-1], lines[-1] + last]
    return [*lines, last]
