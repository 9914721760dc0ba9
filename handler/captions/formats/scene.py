"""A cue as it is drawn: where its words are, on which frames each is spoken, and how it comes on screen.

`Event` is what is drawn, as data: `ass` writes it as text with commands for libass, `layout` as JSON for a browser.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from handler.captions.bidi import base_direction
from handler.captions.formats.animations import ANIMATIONS, MAX_MS, MAX_SHARE, Entrance
from handler.captions.formats.base import Captions, before_frame, ticks
from handler.captions.formats.drawing import Box, Look, Piece
from handler.captions.formats.lettering import Lettering, Stretch, letters
from handler.captions.formats.placement import Fragment, PlacedCue, Run, place_cue
from handler.captions.styles import Style
from handler.types import Cue

TICKS_PER_S = 100  # ASS's unit of time is the centisecond
MS_PER_TICK = 1000 // TICKS_PER_S


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
        """Width of the outline, which shrinks with the letters; so does the `shadow`."""
        return self._shrunk(self.style.outline)

    @property
    def shadow(self) -> float:
        return self._shrunk(self.style.shadow)

    def _shrunk(self, pixels: float) -> float:
        return round(pixels * self.placed.size / self.style.size, 1)

    @property
    def lettering(self) -> Lettering:
        return Lettering(self.style, self.placed.size)

    def whole(
        self,
        start: int,
        looks: Callable[[Fragment], tuple[Look, ...]] = lambda _: (),
        swept: Callable[[Fragment], tuple[int, int] | None] = lambda _: None,
    ) -> Text:
        """All lines, in an event that begins at ``start``, with the looks of each word, and when a sweep fills it."""
        lines = (
            (Piece(part, self._set(part, part.inline, start), part.gap, looks(part), swept(part)) for part in line)
            for line in self.placed.lines
        )
        entrance = self.entrance().later((start - self.start) * MS_PER_TICK)
        return Text(self, tuple(map(tuple, lines)), self.placed.middle, entrance)

    def alone(self, part: Fragment, run: Run, start: int, looks: tuple[Look, ...], entrance: Entrance) -> Text:
        """A run by itself, at its place, in an event that begins at ``start``."""
        piece = Piece(part, self._set(part, run.text, start), looks=looks)
        return Text(self, ((piece,),), (run.x, part.y), entrance, alone=True)

    def _set(self, part: Fragment, text: str, start: int) -> tuple[Stretch, ...]:
        if not ANIMATIONS[self.style.animation].typed:
            return tuple(self.lettering.stretches(text))
        cut = letters(text)
        delays = [(self.moment(frame) - start) * MS_PER_TICK for frame in self.typed_frames(part.word, len(cut))]
        return tuple(self.lettering.typed(cut, delays))

    def typed_frames(self, word: int, count: int) -> list[int]:
        """The frames on which the letters of a word, ``count`` of them, are typed."""
        begin, _ = self.spans[word]
        frames = self.entrance(word).length * self.style.fps / 1000
        return [begin + int(index * frames / count) for index in range(count)]


@dataclass(frozen=True)
class Text:
    """Lines of text that are set at once, about their middle: all of a cue, or with ``alone`` a stretch of a word.

    ``entrance`` is how they come on screen, as it stands when the event begins.
    """

    scene: Scene
    lines: tuple[tuple[Piece, ...], ...]
    middle: tuple[float, float]
    entrance: Entrance
    alone: bool = False

    @property
    def lettering(self) -> Lettering:
        return self.scene.lettering


@dataclass(frozen=True)
class Boxes:
    """Rectangles in one colour, behind a word. ``entrance`` is as with `Text`; its scale does not change them."""

    scene: Scene
    boxes: tuple[Box, ...]
    colour: str
    entrance: Entrance


@dataclass(frozen=True)
class Event:
    """What is on screen from ``start`` to ``end``, in centiseconds, in a layer (a higher one is in front)."""

    start: int
    end: int
    drawn: Text | Boxes
    layer: int = 0

    @property
    def colour(self) -> str:
        """That of its text, where no look says otherwise."""
        return self.drawn.scene.style.colour

    @property
    def speaker(self) -> str:
        return self.drawn.scene.cue.speaker


def scenes(captions: Captions) -> Iterator[Scene]:
    """Each cue in the style of the captions, in the direction of the script and the colour of its speaker."""
    direction = base_direction(word.shown for word in captions.words)
    style = replace(captions.style, right_to_left=direction)
    by_speaker = {name: replace(style, colour=colour) for name, colour in style.speaker_colours.items()}
    for cue in captions.cues:
        yield Scene(cue, by_speaker.get(cue.speaker, style))


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
