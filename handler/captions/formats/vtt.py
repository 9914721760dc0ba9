"""WebVTT (.vtt), with a time for each word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

from handler.captions.formats.base import Captions, Series, clock, cue_times, safe_lines, speaker_text, ticks, word_text
from handler.captions.layout import separators
from handler.captions.styles import Style
from handler.types import Cue

_TIME = re.compile(r"\d{2}:\d{2}\.\d{2,3}")  # what pysubs2 takes for one


def write_vtt(captions: Captions) -> bytes:
    """Cues with times ``HH:MM:SS.mmm`` and, before each word, the time at which it is spoken.

    A cue begins with the voice tag of its speaker (``<v Anna>``), where there are several.
    The specification wants word times strictly increasing and strictly inside the cue: a word that begins with its
    cue, or in the same millisecond as the word before, gets none.
    """
    return b"".join(vtt_series(Series.of(captions)))


def vtt_series(series: Series) -> Iterator[bytes]:
    """The same of captions in parts."""
    yield b"WEBVTT\n"
    for part in series.parts():
        for cue in part.plain_cues:
            yield f"\n{cue_times(cue, '.')}\n{_voice(cue)}{_timed_text(cue, part.style)}\n".encode()


def _voice(cue: Cue) -> str:
    """The tag of the cue's speaker, which holds for all of the cue."""
    return f"<v {escape(speaker_text(cue.speaker), quote=False)}>" if cue.speaker else ""


def _timed_text(cue: Cue, style: Style) -> str:
    end = ticks(cue.end, 1000)
    times: list[int | None] = []
    last = ticks(cue.start, 1000)
    for word in cue.words:
        start = ticks(word.start, 1000)
        times.append(start if last < start < end else None)
        last = times[-1] or last
    lines, done = [], 0
    for line in safe_lines(cue):
        own, done = times[done : done + len(line)], done + len(line)
        texts = [escape(word_text(word.shown, style), quote=False) for word in line]
        following = next((time for time in times[done:] if time is not None), end)
        own, closing = _unlike_head(own, texts, ticks(line[-1].end, 1000), ticks(cue.start, 1000), following)
        text = "".join(_tag(time) + text + gap for time, text, gap in zip(own, texts, separators(line), strict=True))
        lines.append(text + _tag(closing))
    return "\n".join(lines)


def _tag(time: int | None) -> str:
    return "" if time is None else f"<{clock(time, 1000, '.')}>"


def _unlike_head(
    times: list[int | None], texts: Sequence[str], end: int, begin: int, following: int
) -> tuple[list[int | None], int | None]:
    """The word times of a line, and one more at the end of its last word, so that it has not exactly two.

    pysubs2, and what is built on it, takes a line with two times for the head of a cue and loses its text. Times in the
    text count as well. Where one more has no place between the others, the line gets none.
    """
    tagged = [time for time in times if time is not None]
    if len(tagged) + len(_TIME.findall(" ".join(texts))) != 2:
        return times, None
    closing = max((tagged[-1] if tagged else begin) + 1, min(end, following - 1))
    if closing < following:
        return times, closing
    return ([None] * len(times), None) if len(tagged) < 2 else (times, None)
