"""A cue as it is drawn: where its words are, on which frames each is spoken, and how it comes on screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from handler.captions.bidi import base_direction
from handler.captions.formats.animations import ANIMATIONS, MAX_MS, MAX_SHARE, Entrance
from handler.captions.formats.ass_text import Lettering, letters
from handler.captions.formats.base import Captions, before_frame, ticks
from handler.captions.formats.placement import Fragment, PlacedCue, Run, place_cue
from handler.captions.styles import Style
from handler.types import Cue

TICKS_PER_S = 100  # ASS's unit of time is the centisecond
_MS_PER_TICK = 1000 // TICKS_PER_S


@dataclass(frozen=True)
class Scene:
    """A cue in its style. Moments are centiseconds of an .ass file, each just before its frame."""

    cue: Cue
    style: Style
    placed: PlacedCue = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "placed", place_cue(self.cue, self.style))

    @property
    def first_frame(self) -> int:
        return ticks(self.cue.start, self.style.fps)

    @property
    def end_frame(self) -> int:
        """The first frame without the cue."""
        return ticks(self.cue.end, self.style.fps)

    @property
    def start(self) -> int:
        return self.moment(self.first_frame)

    @property
    def end(self) -> int:
        return self.moment(self.end_frame)

    def moment(self, frame: int) -> int:
        """When an event has to begin that is first seen on a frame."""
        return before_frame(frame, self.style.fps, TICKS_PER_S)

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        return word_spans(self.cue, self.style)

    def entrance(self, word: int = 0) -> Entrance:
        """How the cue comes on screen with this word, which is still while it is spoken for the most part."""
        begin, end = self.spans[word]
        length = min(MAX_MS, int(MAX_SHARE * (end - begin) / self.style.fps * 1000))
        return Entrance(ANIMATIONS[self.style.animation], length)

    @property
    def outline(self) -> float:
        return self._shrunk(self.style.outline)

    def _shrunk(self, pixels: float) -> float:
        return round(pixels * self.placed.size / self.style.size, 1)

    @property
    def size_command(self) -> str:
        """The command that makes the cue smaller, with what is around its letters; empty at the style's own size."""
        # libass takes no negative spacing from a style, but from a command.
        if self.placed.size == self.style.size and self.style.letter_spacing >= 0:
            return ""
        shadow = f"\\shad{self._shrunk(self.style.shadow):g}" if self.style.shadow else ""
        spacing = f"\\fsp{self._lettering().spacing:g}" if self.style.letter_spacing else ""
        return f"{{\\fs{self.placed.size:g}\\bord{self.outline:g}{shadow}{spacing}}}"

    @property
    def turn(self) -> str:
        """The commands that turn the cue about its middle; ASS turns the other way."""
        if not self.style.rotation:
            return ""
        x, y = self.placed.middle
        return f"\\org({x:.1f},{y:.1f})\\frz{-self.style.rotation:g}"

    def _lettering(self, entrance: Entrance | None = None) -> Lettering:
        return Lettering(self.style, self.placed.size, *([entrance] if entrance else []))

    def whole(self, start: int, command: Callable[[Fragment], str] = lambda _: "") -> str:
        """The text of all lines in an event that begins at ``start``, each word after its own command."""
        entrance = self.entrance().later((start - self.start) * _MS_PER_TICK)
        moves = entrance.scaled or (entrance.animation.drop and not entrance.over)
        placed = moves or self.style.rotation or self.style.x is not None or self.style.y is not None
        position = f"\\an5{entrance.position(*self.placed.middle, self.placed.size)}" if placed else ""
        commands = position + self.turn + entrance.fade() + entrance.scale()
        lettering = self._lettering(entrance)
        lines = (
            "".join(command(part) + self._written(part, part.inline, start, lettering) + part.gap for part in line)
            for line in self.placed.lines
        )
        return (f"{{{commands}}}" if commands else "") + self.size_command + "\\N".join(lines)

    def alone(self, part: Fragment, run: Run, start: int, commands: str, entrance: Entrance) -> str:
        """The text of a run by itself, at its place, in an event that begins at ``start``."""
        position = entrance.position(run.x, part.y, self.placed.size)
        moving = f"{self.turn}{entrance.fade()}{entrance.scale()}"
        text = self._written(part, run.text, start, self._lettering(entrance))
        return f"{self.size_command}{{\\an5{position}{moving}{commands}}}{text}"

    def _written(self, part: Fragment, text: str, start: int, lettering: Lettering) -> str:
        if not ANIMATIONS[self.style.animation].typed:
            return lettering.write(text)
        cut = letters(text)
        delays = [(self.moment(frame) - start) * _MS_PER_TICK for frame in self.typed_frames(part.word, len(cut))]
        return lettering.write_typed(cut, delays)

    def typed_frames(self, word: int, count: int) -> list[int]:
        """The frames on which the letters of a word, ``count`` of them, are typed."""
        begin, _ = self.spans[word]
        frames = self.entrance(word).length * self.style.fps / 1000
        return [begin + int(index * frames / count) for index in range(count)]


def scenes(captions: Captions) -> Iterator[Scene]:
    """Each cue in the style of the captions, in the direction of the script and the colour of its speaker."""
    direction = base_direction(word.shown for word in captions.words)
    style = replace(captions.style, right_to_left=direction)
    for cue in captions.cues:
        yield Scene(cue, replace(style, colour=style.speaker_colours.get(cue.speaker, style.colour)))


def word_spans(cue: Cue, style: Style) -> list[tuple[int, int]]:
    """The frames (begin, end) in which each word is the one spoken: until the next word or, before a long gap, its end.

    A span has at least one frame: where there are more words than frames the last ones share one.
    """
    last = ticks(cue.end, style.fps)
    begins: list[int] = []
    for word in cue.words:
        earliest = begins[-1] + 1 if begins else 0
        begins.append(min(max(ticks(max(word.start, cue.start), style.fps), earliest), last - 1))
    spans = []
    starts = [*(word.start for word in cue.words[1:]), cue.end]
    for word, begin, end, following in zip(cue.words, begins, [*begins[1:], last], starts, strict=True):
        if following - word.end >= style.gap:
            end = min(end, ticks(word.end, style.fps))
        spans.append((begin, max(begin + 1, end)))
    return spans
