"""What is drawn, as text with commands for libass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter

from handler.captions.formats.animations import STILL, Entrance
from handler.captions.formats.drawing import Box, Look
from handler.captions.formats.lettering import Lettering, Stretch
from handler.captions.formats.scene import Boxes, Scene, Text

# libass takes a backslash with the letter or brace after it for a command. There is no escape for a backslash
# itself, so an invisible word joiner comes between; braces have one. One pass, so that none is escaped twice.
_ESCAPES = str.maketrans({"\\": "\\\u2060", "{": "\\{", "}": "\\}"})

SHADOW_ALPHA = 0x80
_ANY = Look()
_HIDDEN = "\\alpha&HFF&"
_VISIBLE = f"\\alpha&H00&\\4a&H{SHADOW_ALPHA:02X}&"
_BLANK = "\u00a0"  # libass draws it as a space of the font, and keeps it at the ends of lines


def text_of(drawn: Text | Boxes) -> str:
    """What is drawn in an event, as its text."""
    return _boxes(drawn) if isinstance(drawn, Boxes) else _alone(drawn) if drawn.alone else _lines(drawn)


def _lines(text: Text) -> str:
    """All lines of a cue, each word after its own commands."""
    scene, entrance, style = text.scene, text.entrance, text.scene.style
    moves = entrance.scaled or (entrance.animation.drop and not entrance.over)
    placed = moves or style.rotation or style.x is not None or style.y is not None
    position = f"\\an5{entrance.position(*text.middle, scene.placed.size)}" if placed else ""
    commands = position + _turn(scene) + entrance.fade() + entrance.scale()
    return (f"{{{commands}}}" if commands else "") + _smaller(scene) + "\\N".join(_looks_and_syllables(text))


def _looks_and_syllables(text: Text) -> Iterator[str]:
    """The lines, with a command where the look changes, and those of a sweep."""
    now: int | None = None  # the moment up to which there are syllables
    look = _full(Look(), text.scene)
    for number, line in enumerate(text.lines, start=1):
        shown = ""
        for piece in line:
            if piece.swept:
                begin, end = piece.swept
                # A silence has a syllable of its own without text: so no error adds up, and pauses shift nothing.
                shown += f"{_silence(begin - (now or 0))}{{\\kf{end - begin}}}"
                now = end
            before, look = look, _full(piece.looks[0] if piece.looks else Look(), text.scene)
            change = _command(look, before)
            shown += f"{{{change}}}" if change else ""
            shown += written(piece.stretches, text.lettering, text.entrance) + piece.gap
        if now is not None and number == len(text.lines):
            shown += _silence(text.scene.end - text.scene.start - now)
        yield shown


def _silence(length: int) -> str:
    return f"{{\\k{length}}}" if length > 0 else ""


def _full(look: Look, scene: Scene) -> Look:
    """A look with the style's own values where it has none."""
    style = scene.style
    return Look(
        colour=look.colour or style.colour,
        outline=scene.outline if look.outline is None else look.outline,
        underline=style.underline if look.underline is None else look.underline,
    )


def _command(look: Look, before: Look = _ANY) -> str:
    """The commands of a look, as far as it differs from another one."""
    colour, outline, underline = look.colour, look.outline, look.underline
    commands = f"\\1c{color_command(colour)}" if colour is not None and colour != before.colour else ""
    commands += f"\\bord{outline:g}" if outline is not None and outline != before.outline else ""
    return commands + (f"\\u{int(underline)}" if underline is not None and underline != before.underline else "")


def _alone(text: Text) -> str:
    """A stretch of a word, at its place."""
    scene, entrance, ((piece,),) = text.scene, text.entrance, text.lines
    position = entrance.position(*text.middle, scene.placed.size)
    moving = f"{_turn(scene)}{entrance.fade()}{entrance.scale()}"
    looks = "".join(_delayed(look.at, _command(look)) for look in piece.looks)
    return f"{_smaller(scene)}{{\\an5{position}{moving}{looks}}}{written(piece.stretches, text.lettering, entrance)}"


def _delayed(at: int, command: str) -> str:
    """A command that takes effect so many centiseconds after its event begins."""
    # A change from 0 to 0 would be one over the whole event.
    return f"\\t({at * 10},{at * 10},{command})" if at else command


def _boxes(drawn: Boxes) -> str:
    scene, entrance = drawn.scene, drawn.entrance
    moving = f"{entrance.position(0, 0, scene.placed.size)}{_turn(scene)}{entrance.fade()}"
    shapes = " ".join(map(_rounded, drawn.boxes))
    return f"{{\\an7{moving}\\bord0\\shad0\\1c{color_command(drawn.colour)}\\p1}}{shapes}{{\\p0}}"


def _rounded(box: Box) -> str:
    """A box in ASS's drawing commands."""
    x0, y0, x1, y1, r = box.left, box.top, box.right, box.bottom, box.corner
    # The control points of a quarter of a circle: https://spencermortensen.com/articles/bezier-circle/
    c = round(r * (1 - 0.5519))
    return (
        f"m {x0 + r} {y0} l {x1 - r} {y0} b {x1 - c} {y0} {x1} {y0 + c} {x1} {y0 + r} "
        f"l {x1} {y1 - r} b {x1} {y1 - c} {x1 - c} {y1} {x1 - r} {y1} "
        f"l {x0 + r} {y1} b {x0 + c} {y1} {x0} {y1 - c} {x0} {y1 - r} "
        f"l {x0} {y0 + r} b {x0} {y0 + c} {x0 + c} {y0} {x0 + r} {y0}"
    )


def _smaller(scene: Scene) -> str:
    """The command that makes the cue smaller, with what is around its letters; empty at the style's own size."""
    style = scene.style
    # libass takes no negative spacing from a style, but from a command.
    if scene.placed.size == style.size and style.letter_spacing >= 0:
        return ""
    shadow = f"\\shad{scene.shadow:g}" if style.shadow else ""
    spacing = f"\\fsp{scene.lettering.spacing:g}" if style.letter_spacing else ""
    return f"{{\\fs{scene.placed.size:g}\\bord{scene.outline:g}{shadow}{spacing}}}"


def _turn(scene: Scene) -> str:
    """The commands that turn the cue about its middle; ASS turns the other way."""
    if not scene.style.rotation:
        return ""
    x, y = scene.placed.middle
    return f"\\org({x:.1f},{y:.1f})\\frz{-scene.style.rotation:g}"


def written(stretches: Iterable[Stretch], lettering: Lettering, entrance: Entrance = STILL) -> str:
    """Stretches of text with their commands, each sign literally."""
    shown = ""
    for delay, group in groupby(stretches, key=attrgetter("delay")):
        shown += "" if delay is None else f"{{{_appears(delay)}}}"
        own = True
        for stretch in group:
            own, before = stretch.blank or stretch.spacing == lettering.spacing, own
            if stretch.blank:
                shown += _blank(lettering, entrance)
            elif not own:
                shown += f"{{\\fsp{stretch.spacing:g}}}"
            elif not before:
                shown += f"{{\\fsp{lettering.spacing:g}}}"
            shown += "" if stretch.blank else stretch.text.translate(_ESCAPES)
        shown += "" if own else f"{{\\fsp{lettering.spacing:g}}}"
    return shown


def _blank(lettering: Lettering, entrance: Entrance) -> str:
    """The place of an emoji."""
    space = lettering.style.typeface.width(" ") * lettering.size
    width = 100 * lettering.blank_width / space
    own = entrance.scale() or "\\fscx100"
    return f"{{\\fsp0{entrance.scale(width)}}}{_BLANK}{{\\fsp{lettering.spacing:g}{own}}}"


def _appears(delay: int) -> str:
    return f"{_HIDDEN}\\t({delay},{delay},{_VISIBLE})" if delay else _VISIBLE


def color_command(value: str) -> str:
    """``#RRGGBB`` as a command takes it: ``&HBBGGRR&``."""
    red, green, blue = bytes.fromhex(value.removeprefix("#"))
    return f"&H{blue:02X}{green:02X}{red:02X}&"
