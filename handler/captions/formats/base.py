"""What every caption format shares: the input, the row of the table, and all time arithmetic.

To add a format: write ``def write(captions: Captions) -> bytes`` in a module beside this one; take times only
through ``ticks`` and ``clock``, texts of cues only through ``shown``; add its row to ``FORMATS``; read it back in
the tests with somebody else's parser.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor
from unicodedata import category

from handler.captions.layout import joined
from handler.captions.styles import Look
from handler.types import Cue, Word


@dataclass(frozen=True)
class Captions:
    """Everything that a caption file says. ``cues`` hold the ``words``, each once and in order."""

    words: tuple[Word, ...]
    cues: tuple[Cue, ...]
    look: Look
    duration: float
    language: str
    method: str


@dataclass(frozen=True)
class Format:
    """A caption format: the end of its files' names without the dot, its media type, and what writes it."""

    suffix: str
    media_type: str
    write: Callable[[Captions], bytes]


def ticks(seconds: float, per_second: int) -> int:
    """Seconds in whole units of a format, rounded half up; order is kept and nothing is negative."""
    return max(0, floor(seconds * per_second + 0.5))


def frame(value: float, fps: float) -> int:
    """The number of the frame nearest to a time in seconds: what appears with it is at most half a frame early."""
    return max(0, floor(value * fps + 0.5))


def before_frame(number: int, fps: float, per_second: int) -> int:
    """The last whole unit before a frame is drawn, so that what begins then is on that frame and on none before.

    A time on the frame itself would be a frame late wherever a player's own arithmetic falls a hair short of it.
    """
    return max(0, ceil(number * per_second / fps - 1e-6) - 1)


def seconds(value: float) -> float:
    """Seconds to the millisecond, as CSV and JSON give them."""
    return ticks(value, 1000) / 1000


def clock(units: int, per_second: int, mark: str, hour_digits: int = 2) -> str:
    """Whole units as ``HH:MM:SS`` + mark + fraction. Integers only: 59.9996 s is a full minute, never 0:60."""
    whole, fraction = divmod(units, per_second)
    minutes, second = divmod(whole, 60)
    hour, minute = divmod(minutes, 60)
    digits = len(str(per_second)) - 1
    return f"{hour:0{hour_digits}d}:{minute:02d}:{second:02d}{mark}{fraction:0{digits}d}"


def shown(words: Sequence[Word], look: Look) -> str:
    """Words as a line on screen: the script's own spelling in the look's case."""
    return joined(words, lambda text: look.cased(printable(text)))


def printable(text: str) -> str:
    """Text with control characters replaced: some end a line or the whole text for the programs that read it."""
    if text.isprintable():
        return text
    return "".join("\ufffd" if category(char) == "Cc" else char for char in text)
