"""What all caption formats share: their input, the row of the table, and all time arithmetic.

To add a format:

1. Write ``def write_xyz(captions: Captions) -> bytes`` in a module of its own, ``xyz.py``, next to this one. Take times
   only through ``ticks``, ``clock`` and ``seconds``, and text on screen only through ``line_text``.
2. Add its row to ``FORMATS`` in ``__init__.py``: requests accept its name, ``all`` makes it, ``download`` signs it.
3. Run ``make docs``, and say in API.md ("The files") what the format holds.
4. In ``tests/captions/formats``, read a file back with somebody else's parser.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor
from unicodedata import category

from handler.captions.layout import joined
from handler.captions.styles import Style
from handler.types import Cue, Word


@dataclass(frozen=True)
class Captions:
    """Everything that a caption file holds. ``cues`` contain the ``words``, each once and in order."""

    words: tuple[Word, ...]
    cues: tuple[Cue, ...]
    style: Style
    duration: float
    language: str
    method: str


@dataclass(frozen=True)
class Format:
    """A caption format. Its name in ``FORMATS`` is also the suffix of its files."""

    media_type: str
    write: Callable[[Captions], bytes]


def ticks(seconds: float, per_second: float) -> int:
    """Seconds in whole units of a format, or in frames, rounded half up; keeps the order, and nothing is negative."""
    return max(0, floor(seconds * per_second + 0.5))


def before_frame(number: int, fps: float, per_second: int) -> int:
    """The last whole unit before a frame, so that what begins then is on that frame and on none before.

    A time on the frame itself would be a frame late wherever a player's own arithmetic falls a hair short of it.
    """
    return max(0, ceil(number * per_second / fps - 1e-6) - 1)


def seconds(value: float) -> float:
    """Seconds to the millisecond, as CSV and JSON give them."""
    return ticks(value, 1000) / 1000


def clock(units: int, per_second: int, point: str) -> str:
    """Whole units as ``HH:MM:SS`` + point + fraction. Integers only: 59.9996 s is a full minute, never 0:60."""
    whole, fraction = divmod(units, per_second)
    minutes, second = divmod(whole, 60)
    hour, minute = divmod(minutes, 60)
    digits = len(str(per_second)) - 1
    return f"{hour:02d}:{minute:02d}:{second:02d}{point}{fraction:0{digits}d}"


def cue_times(cue: Cue, point: str) -> str:
    """Start and end of a cue in milliseconds, as SRT and VTT write them."""
    return f"{clock(ticks(cue.start, 1000), 1000, point)} --> {clock(ticks(cue.end, 1000), 1000, point)}"


def line_text(words: Sequence[Word], style: Style) -> str:
    """Words as a line on screen: the script's own spelling in the style's case."""
    return joined(words, lambda text: style.apply_case(printable(text)))


def printable(text: str) -> str:
    """Text with control characters replaced: some end a line or the whole text for the programs that read it."""
    if text.isprintable():
        return text
    return "".join("\ufffd" if category(char) == "Cc" else char for char in text)
