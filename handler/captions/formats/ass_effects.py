"""How a cue is drawn while its words are spoken: events of an .ass file by effect. A new effect is a row of EFFECTS.

No effect moves a word: what changes is colour, what lies behind a word, or a word's size about its own middle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from handler.captions.formats.base import Captions, before_frame, frame, ticks
from handler.captions.formats.placement import Piece, Typeset, is_right_to_left, typeset
from handler.captions.styles import Look
from handler.types import Cue

PER_SECOND = 100
"""The format's unit of time is the centisecond."""

# libass takes a backslash with the letter or brace after it for a command. There is no escape for a backslash
# itself, so an invisible word joiner comes between; braces have one. One pass, so that none is escaped twice.
_ESCAPES = str.maketrans({"\\": "\\\u2060", "{": "\\{", "}": "\\}"})

# Milliseconds in which a word comes up, and the percent of its size that it begins with and swings out to.
_POP_UP, _POP_BACK, _POP_FROM, _POP_PEAK = 90, 170, 60, 110
# A box's room around the capitals of its word, and the radius of its corners, as shares of the size. Scripts that
# run to the left go deeper below the line.
_BOX_BESIDE, _BOX_ABOVE, _BOX_CORNER = 0.09, 0.17, 0.12
_BOX_BELOW = {True: 0.27, False: 0.17, None: 0.17}


@dataclass(frozen=True)
class Event:
    """A line of the file: start and end in centiseconds, the text with its commands, and what lies on what."""

    start: int
    end: int
    text: str
    layer: int = 0


@dataclass(frozen=True)
class Spoken:
    """Frames from which on a word is the one spoken, and when it no longer is."""

    word: int
    begin: int
    end: int


@dataclass(frozen=True)
class Effect:
    """How a cue becomes events, and whether text starts out unspoken, in a colour that a sweep replaces."""

    events: Callable[[Cue, Look], Iterator[Event]]
    sweeps: bool = False


def events(captions: Captions) -> Iterator[Event]:
    """Everything that is drawn of the captions, cue by cue."""
    draw = EFFECTS[captions.look.effect].events
    for cue in captions.cues:
        yield from draw(cue, captions.look)


def escaped(text: str) -> str:
    """Text that libass draws literally."""
    return text.translate(_ESCAPES)


def spoken(cue: Cue, look: Look) -> list[Spoken]:
    """When each word is the one spoken: until the next one is, or, before a longer silence, until its own end.

    In whole frames, and one a word at least: where there are more words than frames the last ones share one.
    """
    last = frame(cue.end, look.fps)
    begins: list[int] = []
    for word in cue.words:
        earliest = begins[-1] + 1 if begins else 0
        begins.append(min(max(frame(max(word.start, cue.start), look.fps), earliest), last - 1))
    spans = []
    starts = [*(word.start for word in cue.words[1:]), cue.end]
    for index, (word, begin, following) in enumerate(zip(cue.words, begins, starts, strict=True)):
        until = [*begins, last][index + 1]
        if following - word.end >= look.gap:
            until = min(until, frame(word.end, look.fps))
        spans.append(Spoken(index, begin, max(begin + 1, until)))
    return spans


def _stamp(number: int, look: Look) -> int:
    return before_frame(number, look.fps, PER_SECOND)


def _times(cue: Cue, look: Look) -> tuple[int, int]:
    """When a cue is drawn, in centiseconds."""
    return _stamp(frame(cue.start, look.fps), look), _stamp(frame(cue.end, look.fps), look)


def _text(made: Typeset, look: Look, command: Callable[[Piece], str] = lambda _: "") -> str:
    """The whole cue, each word after its command; a size of its own first where it has one."""
    lines = ("".join(command(piece) + escaped(piece.text) + piece.gap for piece in line) for line in made.lines)
    return _size(made, look) + "\\N".join(lines)


def _size(made: Typeset, look: Look) -> str:
    """The command that makes a cue smaller, its outline with it; nothing where it has the look's own size."""
    if made.size == look.size:
        return ""
    return f"{{\\fs{made.size:g}\\bord{_outline(made, look):g}}}"


def _outline(made: Typeset, look: Look) -> float:
    return round(look.outline * made.size / look.size, 1)


def _plain(cue: Cue, look: Look) -> Iterator[Event]:
    yield Event(*_times(cue, look), _text(typeset(cue, look), look))


def _karaoke(cue: Cue, look: Look) -> Iterator[Event]:
    """Each word is swept while it is spoken.

    Lengths are differences of rounded absolute boundaries, and a silence has a syllable of its own without text:
    the sum is the event's length, so no error adds up and pauses shift nothing.
    """
    start, end = _times(cue, look)
    made = typeset(cue, look)
    # Of a word on several lines each part has its share of the time.
    whole = {index: sum(piece.width for piece in made.pieces if piece.word == index) or 1.0
             for index in range(len(cue.words))}  # fmt: skip
    done = dict.fromkeys(whole, 0.0)
    starts = [*(ticks(word.start, PER_SECOND) for word in cue.words), end]
    now = start

    def syllable(piece: Piece) -> str:
        nonlocal now
        word = cue.words[piece.word]
        shares = [done[piece.word] / whole[piece.word], (done[piece.word] + piece.width) / whole[piece.word]]
        done[piece.word] += piece.width
        begin, stop = (ticks(word.start + (word.end - word.start) * share, PER_SECOND) for share in shares)
        begin = max(now, min(begin, end))
        stop = max(begin, min(stop, starts[piece.word + 1], end))
        silence = f"{{\\k{begin - now}}}" if begin > now else ""
        now = stop
        return f"{silence}{{\\kf{stop - begin}}}"

    text = _text(made, look, syllable)
    yield Event(start, end, text + (f"{{\\k{end - now}}}" if end > now else ""))


def _each(cue: Cue, look: Look) -> Iterator[tuple[int | None, int, int]]:
    """The stretches of a cue in which a word is spoken, or none is, in centiseconds."""
    now, last = frame(cue.start, look.fps), frame(cue.end, look.fps)
    for span in spoken(cue, look):
        if span.begin < now:
            continue
        if now < span.begin:
            yield None, _stamp(now, look), _stamp(span.begin, look)
        yield span.word, _stamp(span.begin, look), _stamp(span.end, look)
        now = span.end
    if now < last:
        yield None, _stamp(now, look), _stamp(last, look)


def _highlight(cue: Cue, look: Look) -> Iterator[Event]:
    """The word being spoken in its colour: one event each, all of the same text in the same places."""
    made = typeset(cue, look)
    for active, start, end in _each(cue, look):

        def command(piece: Piece, active: int | None = active) -> str:
            if piece.word == active:
                return f"{{\\1c{colour(look.highlight)}}}"
            # Only where a marked word went before is there something to take back.
            return f"{{\\1c{colour(look.colour)}}}" if active is not None and piece.word == active + 1 else ""

        yield Event(start, end, _text(made, look, command))


def _box(cue: Cue, look: Look) -> Iterator[Event]:
    """The word being spoken on a box, in black or white and without an outline.

    Each word is placed by itself, so that it stands in the middle of its box also where a font's letters kern or join.
    """
    made = typeset(cue, look)
    start, end = _times(cue, look)
    stretches = {word: (begin, until) for word, begin, until in _each(cue, look) if word is not None}
    for word, (begin, until) in stretches.items():
        shapes = " ".join(_rounded(piece, made.size, look) for piece in made.pieces if piece.word == word)
        command = f"{{\\an7\\pos(0,0)\\bord0\\shad0\\1c{colour(look.highlight)}\\p1}}"
        yield Event(begin, until, f"{command}{shapes}{{\\p0}}")
    on = f"\\1c{colour(readable_on(look.highlight))}\\bord0"
    off = f"\\1c{colour(look.colour)}\\bord{_outline(made, look):g}"
    for piece in made.pieces:
        changes = ""
        if piece.word in stretches:
            begin, until = stretches[piece.word]
            changes = _at(begin - start, on) + (_at(until - start, off) if until < end else "")
        yield Event(start, end, f"{_size(made, look)}{{{_place(piece)}{changes}}}{escaped(piece.text)}", layer=1)


def _rounded(piece: Piece, size: float, look: Look) -> str:
    """The box of a word in ASS's drawing commands: around its capitals, which letters like g leave a little."""
    metrics = look.typeface.metrics
    base = piece.y + (metrics.ascent - 0.5) * size
    left, right = piece.x - piece.width / 2 - _BOX_BESIDE * size, piece.x + piece.width / 2 + _BOX_BESIDE * size
    top, bottom = base - (metrics.capital + _BOX_ABOVE) * size, base + _BOX_BELOW[is_right_to_left(piece.text)] * size
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


def _pop(cue: Cue, look: Look) -> Iterator[Event]:
    """Each word comes up in its place when it is spoken, in its colour, and stays to the end of the cue."""
    made = typeset(cue, look)
    last = _stamp(frame(cue.end, look.fps), look)
    spans = spoken(cue, look)
    grow = f"\\fscx{_POP_FROM}\\fscy{_POP_FROM}\\t(0,{_POP_UP},\\fscx{_POP_PEAK}\\fscy{_POP_PEAK})"
    grow += f"\\t({_POP_UP},{_POP_BACK},\\fscx100\\fscy100)"
    for piece in made.pieces:
        start, until = (_stamp(at, look) for at in (spans[piece.word].begin, spans[piece.word].end))
        tint = f"\\1c{colour(look.highlight)}"
        if until < last:
            tint += _at(until - start, f"\\1c{colour(look.colour)}")
        yield Event(start, last, f"{_size(made, look)}{{{_place(piece)}{grow}{tint}}}{escaped(piece.text)}")


def _place(piece: Piece) -> str:
    return f"\\an5\\pos({piece.x:.1f},{piece.y:.1f})"


def _at(centiseconds: int, command: str) -> str:
    """A command that takes effect so long after its event begins."""
    at = centiseconds * 1000 // PER_SECOND
    # A change from 0 to 0 would be one over the whole event.
    return f"\\t({at},{at},{command})" if at else command


def colour(value: str) -> str:
    """``#RRGGBB`` as a command takes it: ``&HBBGGRR&``."""
    red, green, blue = bytes.fromhex(value.removeprefix("#"))
    return f"&H{blue:02X}{green:02X}{red:02X}&"


def readable_on(background: str) -> str:
    """Black or white, whichever stands out more by WCAG 2's contrast ratio."""

    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = map(linear, bytes.fromhex(background.removeprefix("#")))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#000000" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "#FFFFFF"


EFFECTS: dict[str, Effect] = {
    "none": Effect(_plain),
    "karaoke": Effect(_karaoke, sweeps=True),
    "highlight": Effect(_highlight),
    "pop": Effect(_pop),
    "box": Effect(_box),
}
"""By the name in ``Look.effect``."""
