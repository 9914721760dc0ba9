"""SubRip (.srt)."""

from __future__ import annotations

from handler.captions.formats.base import Captions, cue_times, line_text
from handler.captions.layout import joined
from handler.types import Cue, Word


def write_srt(captions: Captions) -> bytes:
    """Numbered cues with times ``HH:MM:SS,mmm``. The format knows no escapes: text is written as it is."""
    blocks = []
    for number, cue in enumerate(captions.cues, 1):
        text = "\n".join(line_text(line, captions.style) for line in _without_bare_number(cue))
        blocks.append(f"{number}\n{cue_times(cue, ',')}\n{text}\n")
    return "\n".join(blocks).encode()


def _without_bare_number(cue: Cue) -> list[tuple[Word, ...]]:
    """The lines of a cue; a last line that is only a number joins the line before.

    Some programs, pysubs2 among them, take it for the number of the next cue and drop it.
    """
    *lines, last = cue.lines
    if lines and joined(last).strip().isdecimal():
        return [*lines[:-1], lines[-1] + last]
    return [*lines, last]
