"""SubRip (.srt) and WebVTT (.vtt)."""

from __future__ import annotations

from html import escape
from itertools import pairwise

from handler.captions.formats.base import Captions, clock, printable, shown, ticks
from handler.captions.layout import joined, separator
from handler.captions.styles import Look
from handler.types import Cue, Word


def write_srt(captions: Captions) -> bytes:
    """Numbered cues with times ``HH:MM:SS,mmm``. The format knows no escapes: text stands as it is."""
    blocks = []
    for number, cue in enumerate(captions.cues, 1):
        text = "\n".join(shown(line, captions.look) for line in _without_bare_number(cue))
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


def _without_bare_number(cue: Cue) -> list[tuple[Word, ...]]:
    """The lines of a cue; a number that is the whole of the last joins the line before.

    Some programs, pysubs2 among them, take it for the number of a cue to come, and drop it.
    """
    *lines, last = cue.lines
    if lines and joined(last).strip().isdecimal():
        return [*lines[:-1], lines[-1] + last]
    return [*lines, last]


def _tagged(cue: Cue, look: Look) -> str:
    end = ticks(cue.end, 1000)
    tags: list[int | None] = []
    last = ticks(cue.start, 1000)
    for word in cue.words:
        at = ticks(word.start, 1000)
        tags.append(at if last < at < end else None)
        last = tags[-1] or last
    lines, done = [], 0
    for line in cue.lines:
        own, done = tags[done : done + len(line)], done + len(line)
        text = "".join(
            _tag(at) + escape(look.cased(printable(word.shown)), quote=False) + gap
            for at, word, gap in zip(own, line, _separators(line), strict=True)
        )
        following = next((at for at in tags[done:] if at is not None), end)
        lines.append(text + _third(own, ticks(line[-1].end, 1000), following))
    return "\n".join(lines)


def _tag(at: int | None) -> str:
    return "" if at is None else f"<{clock(at, 1000, '.')}>"


def _third(tags: list[int | None], end: int, following: int) -> str:
    """Where the last word of a line ends, on a line with just two times.

    pysubs2 and what is built on it take such a line for the head of a cue, and lose its text.
    """
    told = [at for at in tags if at is not None]
    at = max(told[-1] + 1, min(end, following - 1)) if len(told) == 2 else following
    return _tag(at) if at < following else ""


def _separators(line: tuple[Word, ...]) -> list[str]:
    return [*(separator(word, after) for word, after in pairwise(line)), ""]
