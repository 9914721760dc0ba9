"""Emoji of captions as pictures in their places: what ffmpeg lays over a video, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from math import ceil, cos, radians, sin, sqrt
from typing import TYPE_CHECKING

from handler.captions import emoji
from handler.captions.formats import Captions
from handler.captions.formats.animations import ANIMATIONS, STILL, State
from handler.captions.formats.effects import EFFECTS, appearance
from handler.captions.formats.lettering import letters
from handler.captions.formats.placement import Fragment, Run
from handler.captions.formats.scene import TICKS_PER_S, Scene, scenes
from handler.media.ffmpeg import MAX_SIDE_PX

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_AT_ONCE = 60  # emoji on screen: each more is another filter over the whole video
_SHADES = 8  # steps of opacity while an emoji fades in
_Place = tuple[float, float]
_Size = tuple[int, int]


@dataclass(frozen=True)
class Look:
    """A picture of an emoji: ``side`` in pixels, ``rotation`` in degrees clockwise, ``opacity`` from 0 to 1."""

    emoji: str
    side: int
    rotation: float
    opacity: float = 1.0

    @property
    def extent(self) -> int:
        """Pixels of the picture's own width and height, more than its side if it is turned."""
        turned = radians(self.rotation)
        return ceil(self.side * (abs(cos(turned)) + abs(sin(turned)))) + 2


@dataclass(frozen=True)
class Sprite:
    """A picture on the frames from ``begin`` to before ``end``; ``x`` and ``y`` are its middle in the video."""

    begin: int
    end: int
    x: float
    y: float
    look: Look


@dataclass(frozen=True)
class Track:
    """The emoji of a video: the cells of the sheet that holds each picture once, and who is where by slot.

    A slot shows one emoji at a time. ``left_out`` is the number of emoji for which there is no room.
    """

    cell: int
    cells: dict[Look, _Size]
    slots: tuple[tuple[Sprite, ...], ...]
    left_out: int = 0

    def sheet(self) -> Image:
        """All pictures, each in the middle of its cell."""
        from PIL import Image

        columns, rows = (max(place[axis] for place in self.cells.values()) + self.cell for axis in (0, 1))
        sheet = Image.new("RGBA", (columns, rows))
        for look, (x, y) in self.cells.items():
            picture = emoji.picture(look.emoji, look.side, look.rotation, look.opacity)
            rest = self.cell - picture.width, self.cell - picture.height
            sheet.paste(picture, (x + rest[0] // 2, y + rest[1] // 2))
        return sheet

    def filters(self, stream: str, source: str, fps: Fraction) -> str:
        """The filters that lay the pictures of the input ``stream`` over ``[source]``; they end in ``[e]``."""
        still = f"[{stream}]scale=out_color_matrix=bt709:out_range=tv,format=yuva420p,trim=end_frame=1,loop=-1:1"
        names = "".join(f"[s{slot}]" for slot in range(len(self.slots)))
        parts = [f"{still},setpts=N/({fps})/TB,fps={fps},split={len(self.slots)}{names}"]
        for slot, sprites in enumerate(self.slots):
            cells = [self.cells[sprite.look] for sprite in sprites]
            shown = [(sprite.begin, sprite.end) for sprite in sprites]
            crop = (_steps(shown, [cell[axis] for cell in cells], fps, 0) for axis in (0, 1))
            corners = [(sprite.x - self.cell / 2, sprite.y - self.cell / 2) for sprite in sprites]
            place = [_steps(shown, [corner[axis] for corner in corners], fps, -2 * self.cell) for axis in (0, 1)]
            parts.append(f"[s{slot}]crop={self.cell}:{self.cell}:{':'.join(crop)}[c{slot}]")
            into = "e" if slot == len(self.slots) - 1 else f"o{slot}"
            parts.append(f"[{source}][c{slot}]overlay={':'.join(place)}:eval=frame[{into}]")
            source = into
        return ";".join(parts)


def track(captions: Captions, size: _Size) -> Track | None:
    """The emoji of captions in a video of this width and height; None if they have none, or a font draws them."""
    if captions.style.draws_emoji or not any(emoji.find(word.shown) for word in captions.words):
        return None
    for animated in (True, False):
        shown = list(sprites(captions, size, animated=animated))
        looks = list(dict.fromkeys(sprite.look for sprite in shown))
        cell = ceil(max((look.extent for look in looks), default=2) / 2) * 2
        room = (MAX_SIDE_PX // cell) ** 2
        if len(looks) <= room:
            break
    columns = min(MAX_SIDE_PX // cell, ceil(sqrt(len(looks))) or 1)
    cells = {look: (at % columns * cell, at // columns * cell) for at, look in enumerate(looks[:room])}
    slots, left_out = _slots([sprite for sprite in shown if sprite.look in cells])
    left_out += sum(sprite.look not in cells for sprite in shown)
    return Track(cell, cells, slots, left_out) if slots else None


def _slots(sprites: Sequence[Sprite]) -> tuple[tuple[tuple[Sprite, ...], ...], int]:
    """The sprites in as few slots as hold them, and how many have none."""
    slots: list[list[Sprite]] = []
    left_out = 0
    for sprite in sorted(sprites, key=lambda sprite: (sprite.begin, sprite.end)):
        free = next((slot for slot in slots if slot[-1].end <= sprite.begin), None)
        if free is not None:
            free.append(sprite)
        elif len(slots) < MAX_AT_ONCE:
            slots.append([sprite])
        else:
            left_out += 1
    return tuple(map(tuple, slots)), left_out


def sprites(captions: Captions, size: _Size, *, animated: bool) -> Iterator[Sprite]:
    """Every emoji of the captions in a video of this size, on the frames on which it is shown."""
    for scene in scenes(captions):
        for part in scene.placed.fragments:
            for run in part.runs:
                yield from _of_run(scene, part, run, size, animated=animated)


def _of_run(scene: Scene, part: Fragment, run: Run, size: _Size, *, animated: bool) -> Iterator[Sprite]:
    style, pixels = scene.style, scene.placed.size
    begin, entrance = appearance(scene, part.word)
    typed = ANIMATIONS[style.animation].typed
    cut = letters(run.text)
    frames = scene.typed_frames(part.word, len(cut)) if typed else [begin] * len(cut)
    metrics = style.typeface.metrics
    y = part.y + (metrics.ascent - 0.5 - metrics.capital / 2) * pixels
    for index, letter in enumerate(cut):
        if not emoji.find(letter):
            continue
        before = (style.width("".join(cut[:index])) + emoji.WIDTH / 2) * pixels
        x = run.x + (run.width / 2 - before) * (-1 if not run.right_to_left else 1)
        origin = (run.x, part.y) if EFFECTS[style.effect].alone else scene.placed.middle
        now = frames[index]
        coming = entrance if animated else STILL
        while now < scene.end_frame:
            elapsed = float(now / style.fps) * 1000 - scene.moment(begin) * 1000 / TICKS_PER_S
            over = elapsed >= coming.length or not coming.moves
            end = scene.end_frame if over else now + 1
            state = State() if over else coming.state(elapsed)
            yield _sprite(scene, letter, (x, y), origin, state, (now, end), size)
            now = end


def _sprite(
    scene: Scene,
    letter: str,
    place: _Place,
    origin: _Place,
    state: State,
    shown: _Size,
    size: _Size,
) -> Sprite:
    """An emoji whose middle is at ``place`` of the canvas, in a video of this size."""
    style, pixels = scene.style, scene.placed.size
    x, y = (o + (at - o) * state.scale for at, o in zip(place, origin, strict=True))
    y += state.drop * pixels
    middle, turned = scene.placed.middle, radians(style.rotation)
    right, down = x - middle[0], y - middle[1]
    x = middle[0] + right * cos(turned) - down * sin(turned)
    y = middle[1] + right * sin(turned) + down * cos(turned)
    across, along = size[0] / style.canvas[0], size[1] / style.canvas[1]
    side = max(1, round(emoji.SIDE * pixels * state.scale * min(across, along)))
    look = Look(letter, side, style.rotation, round(state.opacity * _SHADES) / _SHADES)
    return Sprite(*shown, x * across, y * along, look)


def _steps(shown: Sequence[tuple[int, int]], values: Sequence[float], fps: Fraction, hidden: float) -> str:
    """An expression of ffmpeg's: a value on the frames of each pair (begin, end), ``hidden`` on the others."""
    steps: list[tuple[int, float]] = [(0, hidden)]
    for (begin, end), value in zip(shown, values, strict=True):
        steps += [(begin, value), (end, hidden)]
    last_of_each = [list(same)[-1] for _, same in groupby(steps, key=lambda step: step[0])]
    return f"'{_tree(last_of_each, fps)}'"


def _tree(steps: Sequence[tuple[int, float]], fps: Fraction) -> str:
    """Nested by halves: ffmpeg reads no expression that is a hundred levels deep."""
    if len(steps) == 1:
        return str(round(steps[0][1]))
    half = len(steps) // 2
    moment = float((steps[half][0] - Fraction(1, 2)) / fps)
    return f"if(lt(t,{moment:.5f}),{_tree(steps[:half], fps)},{_tree(steps[half:], fps)})"
