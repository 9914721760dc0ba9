"""WebVTT (.vtt), with a time for each word."""

from __future__ import annotations

from html import escape

from handler.captions.formats.base import Captions, clock, cue_times, printable, ticks
from handler.captions.layout import separators
from handler.captions.styles import Style
from handler.types import Cue


def write_vtt(captions: Captions) -> bytes:
    """Cues with times ``HH:MM:SS.mmm`` and, before each word, the time at which it is spoken.

    The specification wants word times strictly increasing and strictly inside the cue: a word that begins with its
    cue, or in the same millisecond as the word before, gets none.
    """
    blocks = ["WEBVTT\n"]
    blocks += [f"{cue_times(cue, '.')}\n{_timed_text(cue, captions.style)}\n" for cue in captions.cues]
    return "\n".join(blocks).encode()


def _timed_text(cue: Cue, style: Style) -> str:
    end = ticks(cue.end, 1000)
    times: list[int | None] = []
    last = ticks(cue.start, 1000)
    for word in cue.words:
        start = ticks(word.start, 1000)
        times.append(start if last < start < end else None)
        last = times[-1] or last
    lines, done = [], 0
    for line in cue.lines:
        own, done = times[done : done + len(line)], done + len(line)
        text = "".join(
            _tag(time) + escape(style.apply_case(printable(word.shown)), quote=False) + gap
            for time, word, gap in zip(own, line, separators(line), strict=True)
        )
        following = next((time for time in times[done:] if time is not None), end)
        lines.append(text + _third_tag(own, ticks(line[-1].end, 1000), following))
    return "\n".join(lines)


def _tag(time: int | None) -> str:
    return "" if time is None else f"<{clock(time, 1000, '.')}>"


def _third_tag(times: list[int | None], end: int, following: int) -> str:
    """A tag at the end of the last word, for a line that has exactly two.

    pysubs2, and what is built on it, takes a line with two times for the head of a cue and loses its text.
    """
    tagged = [time for time in times if time is not None]
    time = max(tagged[-1] + 1, min(end, following - 1)) if len(tagged) == 2 else following
    return _tag(time) if time < following else ""
