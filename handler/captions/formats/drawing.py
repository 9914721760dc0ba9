"""The parts of what is drawn of a cue, as data.

Moments are centiseconds after the begin of the event that they belong to.
"""

from __future__ import annotations

from dataclasses import dataclass

from handler.captions.formats.lettering import Stretch
from handler.captions.formats.placement import Fragment


@dataclass(frozen=True)
class Look:
    """What changes at a moment. None stays as it was; at first everything is as the style has it."""

    at: int = 0
    colour: str | None = None
    outline: float | None = None
    underline: bool | None = None


@dataclass(frozen=True)
class Piece:
    """A word of a text, or a part of one; ``gap`` is what follows it on its line.

    ``stretches`` are its text. ``swept`` are the moments (begin, end) between which a sweep fills it.
    """

    part: Fragment
    stretches: tuple[Stretch, ...]
    gap: str = ""
    looks: tuple[Look, ...] = ()
    swept: tuple[int, int] | None = None


@dataclass(frozen=True)
class Box:
    """A rectangle with round corners of this radius."""

    left: int
    top: int
    right: int
    bottom: int
    corner: int
