"""What all caption formats share: their input, the row of the table, and all time arithmetic.

To add a format:

1. Write ``def write_xyz(captions: Captions) -> bytes`` in a module of its own, ``xyz.py``, next to this one. Take times
   only through ``ticks``, ``clock`` and ``seconds``, and text on screen only through ``line_text``.
2. Add its row to ``FORMATS`` in ``__init__.py``: requests accept its name, ``all`` makes it, ``download`` signs it.
   The name is also the suffix of the files, unless the row has another.
3. Run ``make docs``, and say in API.md ("The files") what the format holds.
4. A format that can be written part by part gets a ``series`` too, so that a book's captions are never all in memory.
5. In ``tests/captions/formats``, read a file back with somebody else's parser.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from math import ceil, floor

from handler.captions.bidi import EXPLICIT
from handler.captions.layout import joined
from handler.captions.styles import Style
from handler.types import Cue, Word

STAMP = re.compile(r"(?:\d{1,4}:)?\d{1,2}:\d{1,2}[.,]\d{1,3}")  # what programs take for a time of a cue

WORD_JOINER = "\u2060"  # invisible
REPLACEMENT = "\ufffd"  # what stands for a character that no file should hold
_REPLACED = (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0xD800, 0xE000))
_UNPRINTABLE = {**dict.fromkeys(_REPLACED, REPLACEMENT), **dict.fromkeys(map(ord, EXPLICIT))}


@dataclass(frozen=True)
class Captions:
    """Everything that a caption file holds.

    ``cues`` contain the ``words``, each once and in order, as they are on screen: where labels were asked for, the
    first word of each turn has its speaker's name before it.
    """

    words: tuple[Word, ...]
    cues: tuple[Cue, ...]
    style: Style
    duration: float
    language: str
    method: str
    csv_safe: bool = True
    """Whether a spreadsheet runs nothing of a CSV file."""

    @property
    def plain_cues(self) -> Iterator[Cue]:
        """The cues with their words as the script has them."""
        for cue in self.cues:
            words = iter(self.words[cue.first_word :])
            lines = tuple(tuple(islice(words, len(line))) for line in cue.lines)
            yield Cue(cue.start, cue.end, lines, cue.first_word)

    @property
    def has_speakers(self) -> bool:
        """Whether the words say who speaks them."""
        return any(word.speaker for word in self.words)


@dataclass(frozen=True)
class Series:
    """The captions of one long speech in parts, such as the chapters of a book.

    ``parts`` yields them in order, anew at each call: their times, and offsets of words, are those of the whole, their
    ``first_word`` is that of the part. ``captions`` are those of the whole without its words and cues.
    """

    captions: Captions
    parts: Callable[[], Iterator[Captions]]

    @classmethod
    def of(cls, captions: Captions) -> Series:
        """Captions that are all there."""
        return cls(captions, lambda: iter((captions,)))

    @property
    def words(self) -> Iterator[Word]:
        """The words of all parts."""
        return (word for part in self.parts() for word in part.words)

    @property
    def has_speakers(self) -> bool:
        """Whether the words say who speaks them."""
        return any(part.has_speakers for part in self.parts())

    def joined(self) -> Captions:
        """All parts as one."""
        words: list[Word] = []
        cues: list[Cue] = []
        for part in self.parts():
            cues += [replace(cue, first_word=cue.first_word + len(words)) for cue in part.cues]
            words += part.words
        return replace(self.captions, words=tuple(words), cues=tuple(cues))


@dataclass(frozen=True)
class Format:
    """A caption format. ``suffix`` is that of its files, where it is not the name in ``FORMATS``.

    ``series`` writes captions in parts piece by piece, and holds one part at a time. Without it they are joined first.
    """

    media_type: str
    write: Callable[[Captions], bytes]
    suffix: str = ""
    series: Callable[[Series], Iterator[bytes]] | None = None

    def pieces(self, series: Series) -> Iterator[bytes]:
        """The file of captions in parts, piece by piece."""
        if self.series is not None:
            return self.series(series)
        return iter((self.write(series.joined()),))


def ticks(seconds: float, per_second: Fraction | float) -> int:
    """Seconds in whole units of a format, or in frames, rounded half up; keeps the order, and nothing is negative."""
    return max(0, floor(seconds * per_second + 0.5))


def before_frame(number: int, fps: Fraction | float, per_second: int) -> int:
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


def safe_lines(cue: Cue) -> list[tuple[Word, ...]]:
    """The lines of a cue, each with one time at most: programs take a line with two for the head of a cue."""
    return [part for line in cue.lines for part in _with_single_times(line)]


def _with_single_times(line: tuple[Word, ...]) -> Iterator[tuple[Word, ...]]:
    start, timed = 0, False
    for index, word in enumerate(line):
        has_time = STAMP.search(word.shown) is not None
        if timed and has_time:
            yield line[start:index]
            start = index
        timed = timed or has_time
    yield line[start:]


def line_text(words: Sequence[Word], style: Style) -> str:
    """Words as a line on screen: the script's own spelling in the style's case."""
    return joined(words, lambda text: word_text(text, style))


def word_text(shown: str, style: Style) -> str:
    """A word on screen. One with several times of cues gets invisible joiners in them."""
    text = style.apply_case(printable(shown))
    if len(STAMP.findall(text)) > 1:
        text = STAMP.sub(lambda stamp: stamp[0].replace(":", f":{WORD_JOINER}"), text)
    return text


def speaker_text(name: str) -> str:
    """The name of a speaker on one line, without anything that looks like a time of a cue."""
    return STAMP.sub(lambda stamp: stamp[0].replace(":", f":{WORD_JOINER}"), " ".join(printable(name).split()))


def printable(text: str) -> str:
    """Text without what acts on its surroundings: characters that no reader of a file takes for text.

    Controls, line separators and lone surrogates become U+FFFD: some end a line, or the whole text, for the programs
    that read it. What embeds or overrides directions is left out, for it reaches beyond its own word. Text of nothing
    else, or of blanks alone, becomes U+FFFD: an empty line would end a cue.
    """
    if text.isprintable():
        return text
    text = text.translate(_UNPRINTABLE)
    return text if text.strip() else REPLACEMENT
