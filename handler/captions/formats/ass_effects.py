"""How a cue is drawn while its words are spoken: events of an .ass file by effect. A new effect is a row of EFFECTS.

No effect moves a word: only its colour changes, what lies behind it, or its size about its own middle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from handler.captions.formats.animations import ANIMATIONS, Entrance
from handler.captions.formats.ass_text import color_command, readable_on
from handler.captions.formats.base import Captions, ticks
from handler.captions.formats.placement import Fragment
from handler.captions.formats.scene import TICKS_PER_S, Scene, scenes

# A word that pops up grows for so long, and for no more of the time for which it is spoken.
_POP_MS, _POP_SHARE = 170, 0.6
# Padding of a box around the capitals of its word, and the radius of its corners, as shares of the size. Scripts that
# run to the left go deeper below the line.
_BOX_SIDE, _BOX_ABOVE, _BOX_CORNER = 0.09, 0.17, 0.12
_BOX_BELOW = {True: 0.27, False: 0.17}


@dataclass(frozen=True)
class Event:
    """A line of the file: start and end in centiseconds, text with commands, and the layer (higher is in front).

    ``colour`` is that of its text, where no command says otherwise.
    """

    start: int
    end: int
    text: str
    layer: int = 0
    colour: str = ""
    speaker: str = ""


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
        for event in draw(scene):
            yield replace(event, colour=scene.style.colour, speaker=scene.cue.speaker)


def _plain(scene: Scene) -> Iterator[Event]:
    yield Event(scene.start, scene.end, scene.whole(scene.start))


def _karaoke(scene: Scene) -> Iterator[Event]:
    """Each word is swept while it is spoken.

    Lengths are differences of rounded absolute boundaries, and a silence has a syllable of its own without text:
    the sum is the event's length, so no error adds up and pauses shift nothing.
    """
    cue, placed, end = scene.cue, scene.placed, scene.end
    # Each fragment of a word on several lines gets its share of the word's time.
    widths = dict.fromkeys(range(len(cue.words)), 0.0)
    for part in placed.fragments:
        widths[part.word] += part.width
    done = dict.fromkeys(widths, 0.0)
    starts = [*(ticks(word.start, TICKS_PER_S) for word in cue.words), end]
    now = scene.start

    def syllable(part: Fragment) -> str:
        nonlocal now
        word, whole = cue.words[part.word], widths[part.word] or 1.0
        shares = [done[part.word] / whole, (done[part.word] + part.width) / whole]
        done[part.word] += part.width
        begin, stop = (ticks(word.start + (word.end - word.start) * share, TICKS_PER_S) for share in shares)
        begin = max(now, min(begin, end))
        stop = max(begin, min(stop, starts[part.word + 1], end))
        silence = f"{{\\k{begin - now}}}" if begin > now else ""
        now = stop
        return f"{silence}{{\\kf{stop - begin}}}"

    text = scene.whole(scene.start, syllable)
    yield Event(scene.start, end, text + (f"{{\\k{end - now}}}" if end > now else ""))


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
    style = scene.style
    for active, start, end in _stretches(scene):

        def command(part: Fragment, active: int | None = active) -> str:
            if part.word == active:
                return f"{{\\1c{color_command(style.highlight)}}}"
            # Only the word after a marked one has a colour to take back.
            after_marked = active is not None and part.word == active + 1
            return f"{{\\1c{color_command(style.colour)}}}" if after_marked else ""

        yield Event(start, end, scene.whole(start, command))


def _box(scene: Scene) -> Iterator[Event]:
    """The word being spoken on a box, in black or white and without an outline.

    Each word is placed by itself, so that it is in the middle of its box even where a font's letters kern or join.
    """
    style, placed, start, end = scene.style, scene.placed, scene.start, scene.end
    stretches = {word: (begin, stop) for word, begin, stop in _stretches(scene) if word is not None}
    for word, (begin, stop) in stretches.items():
        parts = [(part, side) for part in placed.fragments if part.word == word for side in _sides(part)]
        shapes = " ".join(_rounded_box(part.y, side, scene) for part, side in parts)
        entrance = scene.entrance().later((begin - start) * 10)
        moving = f"{entrance.position(0, 0, placed.size)}{scene.turn}{entrance.fade()}"
        command = f"{{\\an7{moving}\\bord0\\shad0\\1c{color_command(style.highlight)}\\p1}}"
        yield Event(begin, stop, f"{command}{shapes}{{\\p0}}")
    on = f"\\1c{color_command(readable_on(style.highlight))}\\bord0"
    off = f"\\1c{color_command(style.colour)}\\bord{scene.outline:g}"
    for part in placed.fragments:
        changes = ""
        if part.word in stretches:
            begin, stop = stretches[part.word]
            changes = _delayed(begin - start, on) + (_delayed(stop - start, off) if stop < end else "")
        for run in part.runs:
            yield Event(start, end, scene.alone(part, run, start, changes, scene.entrance()), layer=1)


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


def _rounded_box(y: float, side: tuple[float, float, bool], scene: Scene) -> str:
    """The box of a word in ASS's drawing commands: around its capitals, which letters like g leave a little."""
    metrics, size = scene.style.typeface.metrics, scene.placed.size
    base = y + (metrics.ascent - 0.5) * size
    left, right = side[0] - _BOX_SIDE * size, side[1] + _BOX_SIDE * size
    top, bottom = base - (metrics.capital + _BOX_ABOVE) * size, base + _BOX_BELOW[side[2]] * size
    x0, y0, x1, y1 = (round(edge) for edge in (left, top, right, bottom))
    r = round(_BOX_CORNER * size)
    # The control points of a quarter of a circle: https://spencermortensen.com/articles/bezier-circle/
    c = round(r * (1 - 0.5519))
    return (
        f"m {x0 + r} {y0} l {x1 - r} {y0} b {x1 - c} {y0} {x1} {y0 + c} {x1} {y0 + r} "
        f"l {x1} {y1 - r} b {x1} {y1 - c} {x1 - c} {y1} {x1 - r} {y1} "
        f"l {x0 + r} {y1} b {x0 + c} {y1} {x0} {y1 - c} {x0} {y1 - r} "
        f"l {x0} {y0 + r} b {x0} {y0 + c} {x0 + c} {y0} {x0 + r} {y0}"
    )


def _pop(scene: Scene) -> Iterator[Event]:
    """Each word pops up in its place when it is spoken, in its colour, and stays to the end of the cue."""
    style, last = scene.style, scene.end
    for part in scene.placed.fragments:
        start, stop = map(scene.moment, scene.spans[part.word])
        tint = f"\\1c{color_command(style.highlight)}"
        if stop < last:
            tint += _delayed(stop - start, f"\\1c{color_command(style.colour)}")
        for run in part.runs:
            yield Event(start, last, scene.alone(part, run, start, tint, _pop_entrance(scene, part.word)))


def _pop_entrance(scene: Scene, word: int) -> Entrance:
    begin, end = scene.spans[word]
    animation = replace(ANIMATIONS[scene.style.animation], scales=ANIMATIONS["pop"].scales)
    return Entrance(animation, min(_POP_MS, int(_POP_SHARE * (end - begin) / scene.style.fps * 1000)))


def appearance(scene: Scene, word: int) -> tuple[int, Entrance]:
    """The frame on which a word appears, and how."""
    if EFFECTS[scene.style.effect].appears:
        return scene.spans[word][0], _pop_entrance(scene, word)
    return scene.first_frame, scene.entrance()


def _delayed(centiseconds: int, command: str) -> str:
    """A command that takes effect this long after its event begins."""
    at = centiseconds * 1000 // TICKS_PER_S
    # A change from 0 to 0 would be one over the whole event.
    return f"\\t({at},{at},{command})" if at else command


# By the name in ``Style.effect``.
EFFECTS: dict[str, Effect] = {
    "none": Effect(_plain),
    "karaoke": Effect(_karaoke, sweeps=True),
    "highlight": Effect(_highlight),
    "pop": Effect(_pop, appears=True, alone=True),
    "box": Effect(_box, alone=True),
}
