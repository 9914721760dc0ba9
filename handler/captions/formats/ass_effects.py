"""How a cue is drawn while its words are spoken: events of an .ass file by effect. A new effect is a row of EFFECTS.

No effect moves a word: only its colour changes, what lies behind it, or its size about its own middle.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from handler.captions.bidi import base_direction
from handler.captions.formats.base import Captions, before_frame, ticks
from handler.captions.formats.placement import Fragment, PlacedCue, Run, place_cue
from handler.captions.styles import Style
from handler.types import Cue

TICKS_PER_S = 100  # the format's unit of time is the centisecond

# libass takes a backslash with the letter or brace after it for a command. There is no escape for a backslash
# itself, so an invisible word joiner comes between; braces have one. One pass, so that none is escaped twice.
_ESCAPES = str.maketrans({"\\": "\\\u2060", "{": "\\{", "}": "\\}"})

# Signs of which fonts make one: arrows (``-->``), ``!=``, ``(c)``, the x of ``3x4``. Other ligatures and the forms of
# letters, which whole scripts need, are left alone.
_SIGNS = re.compile(r"[!-/:-@\[-`{-~]{2,}|<3|\((?:c|p|r|sm|tm)\)|(?<=\d)[x/]|[x/](?=\d)|^x$", re.IGNORECASE)
_LIGATING = frozenset("-=<>|~+*/\\#&^_xcprstm")
_SPACINGS_PX = ("0.01", "0.02")  # no reader sees them

# A word that pops up: it grows from the first size to the second, then settles at its own.
_POP_GROWN_MS, _POP_SETTLED_MS, _POP_FROM_PERCENT, _POP_PEAK_PERCENT = 90, 170, 60, 110
# Padding of a box around the capitals of its word, and the radius of its corners, as shares of the size. Scripts that
# run to the left go deeper below the line.
_BOX_SIDE, _BOX_ABOVE, _BOX_CORNER = 0.09, 0.17, 0.12
_BOX_BELOW = {True: 0.27, False: 0.17}


@dataclass(frozen=True)
class Event:
    """A line of the file: start and end in centiseconds, text with commands, and the layer (higher is in front)."""

    start: int
    end: int
    text: str
    layer: int = 0


@dataclass(frozen=True)
class Effect:
    """How a cue becomes events. ``sweeps``: text starts in a colour that a sweep replaces."""

    events: Callable[[Cue, Style], Iterator[Event]]
    sweeps: bool = False


def events(captions: Captions) -> Iterator[Event]:
    """The events of all cues."""
    draw = EFFECTS[captions.style.effect].events
    style = replace(captions.style, right_to_left=base_direction(word.shown for word in captions.words))
    for cue in captions.cues:
        yield from draw(cue, style)


def escaped(text: str) -> str:
    """Text that libass draws literally, each sign as it is written.

    libass shapes letters of different spacing one by one, and switches a font's ligatures and contextual alternates
    off where there is a spacing: so signs next to each other get one each.
    """
    result, done = "", 0
    for signs in _SIGNS.finditer(text):
        if _LIGATING.isdisjoint(signs[0].lower()):
            continue
        result += text[done : signs.start()].translate(_ESCAPES)
        for index, sign in enumerate(signs[0]):
            result += f"{{\\fsp{_SPACINGS_PX[index % 2]}}}{sign.translate(_ESCAPES)}"
        result, done = result + "{\\fsp0}", signs.end()
    return result + text[done:].translate(_ESCAPES)


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


def _stamp(number: int, style: Style) -> int:
    return before_frame(number, style.fps, TICKS_PER_S)


def _times(cue: Cue, style: Style) -> tuple[int, int]:
    """When a cue is drawn, in centiseconds."""
    return _stamp(ticks(cue.start, style.fps), style), _stamp(ticks(cue.end, style.fps), style)


def _text(placed: PlacedCue, style: Style, command: Callable[[Fragment], str] = lambda _: "") -> str:
    """The whole cue: its size command, then each word after its own command."""
    lines = ("".join(command(part) + escaped(part.inline) + part.gap for part in line) for line in placed.lines)
    return _size(placed, style) + "\\N".join(lines)


def _size(placed: PlacedCue, style: Style) -> str:
    """The command that makes a cue smaller, its outline with it; empty where it has the style's own size."""
    if placed.size == style.size:
        return ""
    return f"{{\\fs{placed.size:g}\\bord{_outline(placed, style):g}}}"


def _outline(placed: PlacedCue, style: Style) -> float:
    return round(style.outline * placed.size / style.size, 1)


def _plain(cue: Cue, style: Style) -> Iterator[Event]:
    yield Event(*_times(cue, style), _text(place_cue(cue, style), style))


def _karaoke(cue: Cue, style: Style) -> Iterator[Event]:
    """Each word is swept while it is spoken.

    Lengths are differences of rounded absolute boundaries, and a silence has a syllable of its own without text:
    the sum is the event's length, so no error adds up and pauses shift nothing.
    """
    start, end = _times(cue, style)
    placed = place_cue(cue, style)
    # Each fragment of a word on several lines gets its share of the word's time.
    widths = dict.fromkeys(range(len(cue.words)), 0.0)
    for part in placed.fragments:
        widths[part.word] += part.width
    done = dict.fromkeys(widths, 0.0)
    starts = [*(ticks(word.start, TICKS_PER_S) for word in cue.words), end]
    now = start

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

    text = _text(placed, style, syllable)
    yield Event(start, end, text + (f"{{\\k{end - now}}}" if end > now else ""))


def _stretches(cue: Cue, style: Style) -> Iterator[tuple[int | None, int, int]]:
    """The stretches of a cue (word or None, start, end in centiseconds) in which one word, or none, is spoken."""
    now, last = ticks(cue.start, style.fps), ticks(cue.end, style.fps)
    for index, (begin, end) in enumerate(word_spans(cue, style)):
        if begin < now:
            continue
        if now < begin:
            yield None, _stamp(now, style), _stamp(begin, style)
        yield index, _stamp(begin, style), _stamp(end, style)
        now = end
    if now < last:
        yield None, _stamp(now, style), _stamp(last, style)


def _highlight(cue: Cue, style: Style) -> Iterator[Event]:
    """The word being spoken in its colour: one event for each word, all with the same text in the same places."""
    placed = place_cue(cue, style)
    for active, start, end in _stretches(cue, style):

        def command(part: Fragment, active: int | None = active) -> str:
            if part.word == active:
                return f"{{\\1c{color_command(style.highlight)}}}"
            # Only the word after a marked one has a colour to take back.
            after_marked = active is not None and part.word == active + 1
            return f"{{\\1c{color_command(style.colour)}}}" if after_marked else ""

        yield Event(start, end, _text(placed, style, command))


def _box(cue: Cue, style: Style) -> Iterator[Event]:
    """The word being spoken on a box, in black or white and without an outline.

    Each word is placed by itself, so that it is in the middle of its box even where a font's letters kern or join.
    """
    placed = place_cue(cue, style)
    start, end = _times(cue, style)
    stretches = {word: (begin, stop) for word, begin, stop in _stretches(cue, style) if word is not None}
    for word, (begin, stop) in stretches.items():
        parts = [(part, side) for part in placed.fragments if part.word == word for side in _sides(part)]
        shapes = " ".join(_rounded_box(part.y, side, placed, style) for part, side in parts)
        command = f"{{\\an7\\pos(0,0)\\bord0\\shad0\\1c{color_command(style.highlight)}\\p1}}"
        yield Event(begin, stop, f"{command}{shapes}{{\\p0}}")
    on = f"\\1c{color_command(readable_on(style.highlight))}\\bord0"
    off = f"\\1c{color_command(style.colour)}\\bord{_outline(placed, style):g}"
    for part in placed.fragments:
        changes = ""
        if part.word in stretches:
            begin, stop = stretches[part.word]
            changes = _delayed(begin - start, on) + (_delayed(stop - start, off) if stop < end else "")
        for run in part.runs:
            text = f"{_size(placed, style)}{{{_position(run, part.y)}{changes}}}{escaped(run.text)}"
            yield Event(start, end, text, layer=1)


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


def _rounded_box(y: float, side: tuple[float, float, bool], placed: PlacedCue, style: Style) -> str:
    """The box of a word in ASS's drawing commands: around its capitals, which letters like g leave a little."""
    metrics, size = style.typeface.metrics, placed.size
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


def _pop(cue: Cue, style: Style) -> Iterator[Event]:
    """Each word pops up in its place when it is spoken, in its colour, and stays to the end of the cue."""
    placed = place_cue(cue, style)
    last = _stamp(ticks(cue.end, style.fps), style)
    spans = word_spans(cue, style)
    grow = (
        f"\\fscx{_POP_FROM_PERCENT}\\fscy{_POP_FROM_PERCENT}"
        f"\\t(0,{_POP_GROWN_MS},\\fscx{_POP_PEAK_PERCENT}\\fscy{_POP_PEAK_PERCENT})"
        f"\\t({_POP_GROWN_MS},{_POP_SETTLED_MS},\\fscx100\\fscy100)"
    )
    for part in placed.fragments:
        start, stop = (_stamp(number, style) for number in spans[part.word])
        tint = f"\\1c{color_command(style.highlight)}"
        if stop < last:
            tint += _delayed(stop - start, f"\\1c{color_command(style.colour)}")
        for run in part.runs:
            text = f"{_size(placed, style)}{{{_position(run, part.y)}{grow}{tint}}}{escaped(run.text)}"
            yield Event(start, last, text)


def _position(run: Run, y: float) -> str:
    return f"\\an5\\pos({run.x:.1f},{y:.1f})"


def _delayed(centiseconds: int, command: str) -> str:
    """A command that takes effect this long after its event begins."""
    at = centiseconds * 1000 // TICKS_PER_S
    # A change from 0 to 0 would be one over the whole event.
    return f"\\t({at},{at},{command})" if at else command


def color_command(value: str) -> str:
    """``#RRGGBB`` as a command takes it: ``&HBBGGRR&``."""
    red, green, blue = bytes.fromhex(value.removeprefix("#"))
    return f"&H{blue:02X}{green:02X}{red:02X}&"


def readable_on(background: str) -> str:
    """Black or white, whichever stands out more by WCAG 2's contrast ratio."""

    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = map(linear, bytes.fromhex(background.removeprefix("#")))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#000000" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "#FFFFFF"


# By the name in ``Style.effect``.
EFFECTS: dict[str, Effect] = {
    "none": Effect(_plain),
    "karaoke": Effect(_karaoke, sweeps=True),
    "highlight": Effect(_highlight),
    "pop": Effect(_pop),
    "box": Effect(_box),
}
