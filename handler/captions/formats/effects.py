"""How a cue is drawn while its words are spoken: events by effect. A new effect is a row of EFFECTS.

No effect moves a word: only its colour changes, what lies behind it, or its size about its own middle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from handler.captions.formats.animations import ANIMATIONS, Entrance
from handler.captions.formats.base import Captions, ticks
from handler.captions.formats.drawing import Box, Look
from handler.captions.formats.placement import Fragment
from handler.captions.formats.scene import MS_PER_TICK, TICKS_PER_S, Boxes, Event, Scene, scenes

# A word that pops up grows for so long, and for no more of the time for which it is spoken.
_POP_MS, _POP_SHARE = 170, 0.6
# Padding of a box around the capitals of its word, and the radius of its corners, as shares of the size. Scripts that
# run to the left go deeper below the line.
_BOX_SIDE, _BOX_ABOVE, _BOX_CORNER = 0.09, 0.17, 0.12
_BOX_BELOW = {True: 0.27, False: 0.17}


@dataclass(frozen=True)
class Effect:
    """How a cue becomes events. ``sweeps``: text starts in a colour that a sweep replaces.

    ``appears``: each word appears when it is spoken. ``alone``: each word is placed by itself.
    """

    events: Callable[[Scene], Iterator[Event]]
    sweeps: bool = False
    appears: bool = False
    alone: bool = False


def events(captions: Captions) -> Iterator[Event]:
    """The events of all cues."""
    draw = EFFECTS[captions.style.effect].events
    for scene in scenes(captions):
        yield from draw(scene)


def _plain(scene: Scene) -> Iterator[Event]:
    yield Event(scene.start, scene.end, scene.whole(scene.start))


def _karaoke(scene: Scene) -> Iterator[Event]:
    """Each word is swept while it is spoken."""
    cue, placed, end = scene.cue, scene.placed, scene.end
    # Each fragment of a word on several lines gets its share of the word's time.
    widths = dict.fromkeys(range(len(cue.words)), 0.0)
    for part in placed.fragments:
        widths[part.word] += part.width
    done = dict.fromkeys(widths, 0.0)
    starts = [*(ticks(word.start, TICKS_PER_S) for word in cue.words), end]
    now = scene.start

    def swept(part: Fragment) -> tuple[int, int]:
        nonlocal now
        word, whole = cue.words[part.word], widths[part.word] or 1.0
        shares = [done[part.word] / whole, (done[part.word] + part.width) / whole]
        done[part.word] += part.width
        begin, stop = (ticks(word.start + (word.end - word.start) * share, TICKS_PER_S) for share in shares)
        begin = max(now, min(begin, end))
        now = max(begin, min(stop, starts[part.word + 1], end))
        return begin - scene.start, now - scene.start

    yield Event(scene.start, end, scene.whole(scene.start, swept=swept))


def _stretches(scene: Scene) -> Iterator[tuple[int | None, int, int]]:
    """The stretches of a cue (word or None, start, end in centiseconds) in which one word, or none, is spoken."""
    now, last = scene.first_frame, scene.end_frame
    for index, (begin, end) in enumerate(scene.spans):
        if begin < now:
            continue
        if now < begin:
            yield None, scene.moment(now), scene.moment(begin)
        yield index, scene.moment(begin), scene.moment(end)
        now = end
    if now < last:
        yield None, scene.moment(now), scene.moment(last)


def _highlight(scene: Scene) -> Iterator[Event]:
    """The word being spoken in its colour: one event for each word, all with the same text in the same places."""
    for active, start, end in _stretches(scene):

        def looks(part: Fragment, active: int | None = active) -> tuple[Look, ...]:
            return (Look(colour=scene.style.highlight),) if part.word == active else ()

        yield Event(start, end, scene.whole(start, looks))


def _box(scene: Scene) -> Iterator[Event]:
    """The word being spoken on a box, in black or white and without an outline.

    Each word is placed by itself, so that it is in the middle of its box even where a font's letters kern or join.
    """
    style, placed, start, end = scene.style, scene.placed, scene.start, scene.end
    stretches = {word: (begin, stop) for word, begin, stop in _stretches(scene) if word is not None}
    for word, (begin, stop) in stretches.items():
        sides = [(part.y, side) for part in placed.fragments if part.word == word for side in _sides(part)]
        boxes = tuple(_box_around(y, side, scene) for y, side in sides)
        entrance = scene.entrance().later((begin - start) * MS_PER_TICK)
        yield Event(begin, stop, Boxes(scene, boxes, style.highlight, entrance))
    on, off = readable_on(style.highlight), (style.colour, scene.outline)
    for part in placed.fragments:
        looks: tuple[Look, ...] = ()
        if part.word in stretches:
            begin, stop = stretches[part.word]
            looks = (Look(begin - start, on, 0.0), *([Look(stop - start, *off)] if stop < end else []))
        for run in part.runs:
            yield Event(start, end, scene.alone(part, run, start, looks, scene.entrance()), layer=1)


def readable_on(background: str) -> str:
    """Black or white, whichever stands out more by WCAG 2's contrast ratio."""

    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = map(linear, bytes.fromhex(background.removeprefix("#")))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#000000" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "#FFFFFF"


def _sides(part: Fragment) -> list[tuple[float, float, bool]]:
    """Left and right edges of a word, and whether it runs to the left; several where others stand inside it."""
    sides: list[tuple[float, float, bool]] = []
    for run in part.runs:
        left, right = run.x - run.width / 2, run.x + run.width / 2
        if sides and left - sides[-1][1] < 1e-6:
            sides[-1] = (sides[-1][0], right, sides[-1][2] or run.right_to_left)
        else:
            sides.append((left, right, run.right_to_left))
    return sides


def _box_around(y: float, side: tuple[float, float, bool], scene: Scene) -> Box:
    """The box of a word: around its capitals, which letters like g leave a little."""
    metrics, size = scene.style.typeface.metrics, scene.placed.size
    base = y + (metrics.ascent - 0.5) * size
    left, right = side[0] - _BOX_SIDE * size, side[1] + _BOX_SIDE * size
    top, bottom = base - (metrics.capital + _BOX_ABOVE) * size, base + _BOX_BELOW[side[2]] * size
    return Box(round(left), round(top), round(right), round(bottom), round(_BOX_CORNER * size))


def _pop(scene: Scene) -> Iterator[Event]:
    """Each word pops up in its place when it is spoken, in its colour, and stays to the end of the cue."""
    style, last = scene.style, scene.end
    for part in scene.placed.fragments:
        start, stop = map(scene.moment, scene.spans[part.word])
        looks = (Look(colour=style.highlight), *([Look(stop - start, style.colour)] if stop < last else []))
        for run in part.runs:
            yield Event(start, last, scene.alone(part, run, start, looks, _pop_entrance(scene, part.word)))


def _pop_entrance(scene: Scene, word: int) -> Entrance:
    begin, end = scene.spans[word]
    animation = replace(ANIMATIONS[scene.style.animation], scales=ANIMATIONS["pop"].scales)
    return Entrance(animation, min(_POP_MS, int(_POP_SHARE * (end - begin) / scene.style.fps * 1000)))


def appearance(scene: Scene, word: int) -> tuple[int, Entrance]:
    """The frame on which a word appears, and how."""
    if EFFECTS[scene.style.effect].appears:
        return scene.spans[word][0], _pop_entrance(scene, word)
    return scene.first_frame, scene.entrance()


# By the name in ``Style.effect``.
EFFECTS: dict[str, Effect] = {
    "none": Effect(_plain),
    "karaoke": Effect(_karaoke, sweeps=True),
    "highlight": Effect(_highlight),
    "pop": Effect(_pop, appears=True, alone=True),
    "box": Effect(_box, alone=True),
}
