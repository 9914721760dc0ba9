"""Praat's TextGrid in its long form: tiers of intervals, which phoneticians and forced aligners read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from handler.captions.formats.base import Captions, Series, printable, ticks
from handler.captions.layout import joined
from handler.types import Cue, Word

TICKS_PER_S = 1_000_000

Interval = tuple[float, float, str]
"""Start and end in seconds, and the text, "" for silence."""


def write_textgrid(captions: Captions) -> bytes:
    """Tiers ``words`` and ``cues`` in the script's own spelling, then one for each speaker with what they say.

    Every tier covers the audio from 0 to its end: its intervals leave no gap, and none overlap.
    """
    return b"".join(textgrid_series(Series.of(captions)))


def textgrid_series(series: Series) -> Iterator[bytes]:
    """The same of captions in parts, which are read several times: a tier begins with the number of its intervals."""

    def cues() -> Iterator[Cue]:
        return (cue for part in series.parts() for cue in part.cues)

    def said_by(speaker: str) -> Callable[[], Iterator[Interval]]:
        return lambda: (_said(cue) for cue in cues() if cue.speaker == speaker)

    duration = series.captions.duration
    tiers: dict[str, Callable[[], Iterator[Interval]]] = {
        "words": lambda: ((word.start, word.end, word.shown) for word in series.words),
        "cues": lambda: map(_said, cues()),
    }
    for speaker in dict.fromkeys(cue.speaker for cue in cues()):
        if speaker:
            tiers[_name(speaker, tiers)] = said_by(speaker)
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', ""]
    lines += [
        "xmin = 0",
        f"xmax = {_seconds(duration)}",
        "tiers? <exists>",
        f"size = {len(tiers)}",
        "item []:",
    ]
    yield from _encoded(lines)
    for number, (name, intervals) in enumerate(tiers.items(), 1):
        yield from _encoded(_tier(number, name, intervals, duration))


def _encoded(lines: Iterable[str]) -> Iterator[bytes]:
    return (f"{line}\n".encode() for line in lines)


def _said(cue: Cue) -> Interval:
    """The time in which a cue's words are said: it may be on screen for longer."""
    words: tuple[Word, ...] = cue.words
    return words[0].start, words[-1].end, joined(words)


def _name(speaker: str, taken: Iterable[str]) -> str:
    """The name of a speaker's tier, other than those of the other tiers."""
    return f"speaker {speaker}" if speaker in taken else speaker


def covering(intervals: Iterable[Interval], count: int, duration: float) -> Iterator[Interval]:
    """Yield so many intervals, and silences between them, from 0 to ``duration``; each lasts at least a microsecond."""
    now, last = 0, ticks(duration, TICKS_PER_S)
    for left, (start, end, text) in zip(range(count, 0, -1), intervals, strict=True):
        begin = min(max(now, ticks(start, TICKS_PER_S)), last - left)
        stop = min(max(begin + 1, ticks(end, TICKS_PER_S)), last - left + 1)
        if begin > now:
            yield now / TICKS_PER_S, begin / TICKS_PER_S, ""
        yield begin / TICKS_PER_S, duration if stop == last else stop / TICKS_PER_S, text
        now = stop
    if now < last or not count:
        yield now / TICKS_PER_S, duration, ""


def _tier(number: int, name: str, intervals: Callable[[], Iterator[Interval]], duration: float) -> Iterator[str]:
    count = sum(1 for _ in intervals())
    covered = sum(1 for _ in covering(intervals(), count, duration))
    yield from (f"    item [{number}]:", '        class = "IntervalTier"', f"        name = {_quoted(name)}")
    yield from ("        xmin = 0", f"        xmax = {_seconds(duration)}", f"        intervals: size = {covered}")
    for place, (start, end, text) in enumerate(covering(intervals(), count, duration), 1):
        yield from (f"        intervals [{place}]:", f"            xmin = {_seconds(start)}")
        yield from (f"            xmax = {_seconds(end)}", f"            text = {_quoted(text)}")


def _seconds(value: float) -> str:
    """Seconds with all their decimals: readers of the format do not know 1e-06."""
    return f"{Decimal(repr(value)):f}"


def _quoted(text: str) -> str:
    """A text on one line in quotes; its own quotes are doubled."""
    return '"' + printable(text).replace('"', '""') + '"'
