"""SubRip (.srt) and WebVTT (.vtt)."""

from __future__ import annotations

from html import escape
from itertools import pairwise

from handler.captions.files.base import Captions, clock, printable, shown, ticks
from handler.captions.layout import separator
from handler.captions.looks import Look
from handler.values import Cue, Word


def write_srt(captions: Captions) -> bytes:
    """Numbered cues with times ``HH:MM:SS,mmm``. The format knows no escapes: text stands as it is."""
    blocks = []
    for number, cue in enumerate(captions.cues, 1):
        text = "\n".join(shown(line, captions.look) for line in cue.lines)
        blocks.append(f"{number}\n{_times(cue, ',')}\n{text}\n")
    return "\n".join(blocks).encode()


def write_vtt(captions: Captions) -> bytes:
    """Cues with times ``HH:MM:SS.mmm`` and, before each word, the time at which it is spoken.

    The specification wants those strictly increasing and strictly inside the cue: a word that begins with its
    cue, or in the same millisecond as the one before, has none.
    """
    blocks = ["WEBVTT\n"]
    blocks += [f"{_times(cue, '.')}\n{_tagged(cue, captions.look)}\n" for cue in captions.cues]
    return "\n".join(blocks).encode()


def _times(cue: Cue, mark: str) -> str:
    return f"{clock(ticks(cue.start, 1000), 1000, mark)} --> {clock(ticks(cue.end, 1000), 1000, mark)}"


def _tagged(cue: Cue, look: Look) -> str:
    last, end = ticks(cue.start, 1000), ticks(cue.end, 1000)
    lines = []
    for line in cue.lines:
        text = ""
        for word, gap in zip(line, _separators(line), strict=True):
            at = ticks(word.start, 1000)
            if last < at < end:
                text += f"<{clock(at, 1000, '.')}>"
                last = at
            text += escape(look.cased(printable(word.shown)), quote=False) + gap
        lines.append(text)
    return "\n".join(lines)


def _separators(line: tuple[Word, ...]) -> list[str]:
    return [*(separator(word, after) for word, after in pairwise(line)), ""]
