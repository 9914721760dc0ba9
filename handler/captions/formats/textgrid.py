"""Praat's TextGrid in its long form: tiers of intervals, which phoneticians and forced aligners read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from handler.captions.formats.base import Captions, printable, ticks
from handler.captions.layout import joined
from handler.types import Cue, Word

TICKS_PER_S = 1_000_000

Interval = tuple[float, float, str]
"""Start and end in seconds, and the text, "" for silence."""


def write_textgrid(captions: Captions) -> bytes:
    """Tiers ``words`` and ``cues`` in the script's own spelling, then one for each speaker with what they say.

    Every tier covers the audio from 0 to its end: its intervals leave no gap, and none overlap.
    """
    tiers = {"words": [(word.start, word.end, word.shown) for word in captions.words]}
    tiers["cues"] = [_said(cue) for cue in captions.cues]
    for speaker in dict.fromkeys(cue.speaker for cue in captions.cues):
        if speaker:
            tiers[_name(speaker, tiers)] = [_said(cue) for cue in captions.cues if cue.speaker == speaker]
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', ""]
    lines += [
        "xmin = 0",
        f"xmax = {_seconds(captions.duration)}",
        "tiers? <exists>",
        f"size = {len(tiers)}",
        "item []:",
    ]
    for number, (name, intervals) in enumerate(tiers.items(), 1):
        lines += _tier(number, name, list(covering(intervals, captions.duration)), captions.duration)
    return ("\n".join(lines) + "\n").encode()


def _said(cue: Cue) -> Interval:
    """The time in which a cue's words are said: it may be on screen for longer."""
    words: tuple[Word, ...] = cue.words
    return words[0].start, words[-1].end, joined(words)


def _name(speaker: str, taken: Iterable[str]) -> str:
    """The name of a speaker's tier, other than those of the other tiers."""
    return f"speaker {speaker}" if speaker in taken else speaker


def covering(intervals: list[Interval], duration: float) -> Iterator[Interval]:
    """Yield the intervals, and silences between them, from 0 to ``duration``; each lasts at least a microsecond."""
    now, last = 0, ticks(duration, TICKS_PER_S)
    for left, (start, end, text) in zip(range(len(intervals), 0, -1), intervals, strict=True):
        begin = min(max(now, ticks(start, TICKS_PER_S)), last - left)
        stop = min(max(begin + 1, ticks(end, TICKS_PER_S)), last - left + 1)
        if begin > now:
            yield now / TICKS_PER_S, begin / TICKS_PER_S, ""
        yield begin / TICKS_PER_S, duration if stop == last else stop / TICKS_PER_S, text
        now = stop
    if now < last or not intervals:
        yield now / TICKS_PER_S, duration, ""


def _tier(number: int, name: str, intervals: list[Interval], duration: float) -> list[str]:
    lines = [f"    item [{number}]:", '        class = "IntervalTier"', f"        name = {_quoted(name)}"]
    lines += ["        xmin = 0", f"        xmax = {_seconds(duration)}", f"        intervals: size = {len(intervals)}"]
    for place, (start, end, text) in enumerate(intervals, 1):
        lines += [f"        intervals [{place}]:", f"            xmin = {_seconds(start)}"]
        lines.append(f"            xmax = {_seconds(end)}")
        lines.append(f"            text = {_quoted(text)}")
    return lines


def _seconds(value: float) -> str:
    """Seconds with all their decimals: readers of the format do not know 1e-06."""
    return f"{Decimal(repr(value)):f}"


def _quoted(text: str) -> str:
    """A text on one line in quotes; its own quotes are doubled."""
    return '"' + printable(text).replace('"', '""') + '"'
