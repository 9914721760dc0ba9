"""What is drawn of captions as JSON, from which the studio draws it on a canvas: the same texts and boxes as in ASS.

Times are milliseconds of an .ass file, lengths are pixels of the style's canvas. A player draws frame n as it is at
``floor(1000 * n / fps)`` milliseconds; an event is seen from its ``start`` to before its ``end``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from fractions import Fraction
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from handler.captions.bidi import is_right_to_left, levels
from handler.captions.formats.animations import Entrance
from handler.captions.formats.base import Captions, seconds
from handler.captions.formats.drawing import Look, Piece
from handler.captions.formats.effects import EFFECTS
from handler.captions.formats.lettering import Stretch
from handler.captions.formats.scene import MS_PER_TICK, Boxes, Event, Scene, Text, scenes
from handler.captions.layout import joined
from handler.captions.styles import Style


def cues(captions: Captions) -> Iterator[dict[str, Any]]:
    """Each cue: when it is shown, its words with their frames and places, and the events that draw it."""
    draw = EFFECTS[captions.style.effect].events
    for cue, scene in zip(captions.cues, scenes(captions), strict=True):
        yield {
            "start": seconds(cue.start),
            "end": seconds(cue.end),
            "text": "\n".join(joined(line) for line in cue.lines),
            "speaker": cue.speaker,
            "words": list(_words(scene)),
            "events": [_event(event) for event in draw(scene)],
        }


def style_fields(style: Style) -> dict[str, Any]:
    """A style with all its values."""
    names = [each.name for each in fields(Style) if each.name != "typeface"]
    values = {name: getattr(style, name) for name in names}
    colours = dict(style.speaker_colours)
    return values | {"canvas": list(style.canvas), "fps": float(style.fps), "speaker_colours": colours}


def frame_rate(style: Style) -> list[int]:
    """Frames in so many seconds: 30000 in 1001."""
    return list(Fraction(style.fps).limit_denominator(1001).as_integer_ratio())


def _words(scene: Scene) -> Iterator[dict[str, Any]]:
    """Each word: the ``frames`` on which it is the one spoken, its ``places`` on lines (left, top, width, height)."""
    size = scene.placed.size
    places: dict[int, list[list[float]]] = {}
    for part in scene.placed.fragments:
        corner = part.x - part.width / 2, part.y - size / 2
        places.setdefault(part.word, []).append([round(value, 2) for value in (*corner, part.width, size)])
    for index, (word, frames) in enumerate(zip(scene.cue.words, scene.spans, strict=True)):
        times = {"start": seconds(word.start), "end": seconds(word.end), "frames": list(frames)}
        yield {"word": word.shown, **times, "places": places.get(index, [])}


def _event(event: Event) -> dict[str, Any]:
    drawn = event.drawn
    made: dict[str, Any] = {"start": event.start * MS_PER_TICK, "end": event.end * MS_PER_TICK, "layer": event.layer}
    made |= {"entrance": _entrance(drawn.entrance, drawn.scene)} if _is_moving(drawn.entrance) else {}
    made |= _turn(drawn.scene)
    return made | (_boxes(drawn) if isinstance(drawn, Boxes) else _text(drawn, event.colour))


def _is_moving(entrance: Entrance) -> bool:
    return entrance.moves and not entrance.over


def _entrance(entrance: Entrance, scene: Scene) -> dict[str, Any]:
    animation = entrance.animation
    return {
        "length": entrance.length,
        "since": entrance.since,
        "scales": animation.scales,
        "clear": animation.clear,
        "drop": animation.drop * scene.placed.size,
    }


def _turn(scene: Scene) -> dict[str, Any]:
    """How the event is turned: degrees, clockwise, about a point."""
    return {"rotation": scene.style.rotation, "origin": scene.placed.middle} if scene.style.rotation else {}


def _boxes(drawn: Boxes) -> dict[str, Any]:
    return {"colour": drawn.colour, "boxes": [asdict(box) for box in drawn.boxes]}


def _text(text: Text, colour: str) -> dict[str, Any]:
    """A text about its middle. ``shadow`` and ``outline`` are widths; ``colour`` is that of what no look colours.

    ``swept`` is the colour of what a sweep has filled.
    """
    scene, style = text.scene, text.scene.style
    made = {
        "middle": [round(value, 1) for value in text.middle],
        "size": scene.placed.size,
        "colour": colour,
        "outline": scene.outline,
        "outline_colour": style.outline_colour,
        "shadow": scene.shadow,
        "underline": style.underline,
        "lines": [_line(line, text) for line in text.lines],
    }
    return made | ({"swept": style.highlight} if EFFECTS[style.effect].sweeps else {})


def _line(line: Sequence[Piece], text: Text) -> list[dict[str, Any]]:
    """The pieces of a line in the order of the script; the levels of their runs say where each stands."""
    pieces = [(piece, list(_with_gap(piece, text.lettering.spacing))) for piece in line]
    whole = "".join(stretch.text for _, stretches in pieces for stretch in stretches)
    # A player pairs no brackets: there are marks in the text where that matters.
    level = iter(levels(whole, bool(is_right_to_left(whole)), pair_brackets=False))
    made: list[dict[str, Any]] = []
    for piece, stretches in pieces:
        shown: dict[str, Any] = {"word": piece.part.word}
        if piece.looks:
            shown["looks"] = [_look(look) for look in piece.looks]
        if piece.swept:
            shown["sweep"] = [moment * MS_PER_TICK for moment in piece.swept]
        own = ((stretch, list(islice(level, len(stretch.text)))) for stretch in stretches)
        made.append(shown | {"runs": [run for stretch, sides in own for run in _runs(stretch, sides, text)]})
    return made


def _with_gap(piece: Piece, spacing: float) -> Iterator[Stretch]:
    yield from piece.stretches
    if piece.gap:
        delay = piece.stretches[-1].delay if piece.stretches else None
        yield Stretch(piece.gap, spacing, delay=delay)


def _runs(stretch: Stretch, own_levels: Sequence[int], text: Text) -> Iterator[dict[str, Any]]:
    """A stretch in one direction each: even levels run to the right, odd ones to the left."""
    if stretch.blank:
        yield _timed({"text": "", "level": min(own_levels), "width": round(text.lettering.blank_width, 2)}, stretch)
        return
    for level, chars in groupby(zip(stretch.text, own_levels, strict=True), key=itemgetter(1)):
        run: dict[str, Any] = {"text": "".join(char for char, _ in chars), "level": level}
        yield _timed(run | ({"spacing": stretch.spacing} if stretch.spacing else {}), stretch)


def _timed(run: dict[str, Any], stretch: Stretch) -> dict[str, Any]:
    """A run that is typed appears so many milliseconds after the begin of its event."""
    return run | ({"at": stretch.delay} if stretch.delay else {})


def _look(look: Look) -> dict[str, Any]:
    changed = {key: value for key, value in asdict(look).items() if value is not None}
    return changed | {"at": look.at * MS_PER_TICK}
