"""Advanced SubStation Alpha (.ass): the format that carries a style, drawn by libass in ffmpeg and most players."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING

from handler.captions.bidi import has_right_to_left
from handler.captions.formats.ass_effects import EFFECTS, TICKS_PER_S, events
from handler.captions.formats.base import Captions

if TYPE_CHECKING:
    import ass

_ALIGNMENT = {"bottom": 2, "middle": 5, "top": 8}
# The style's Encoding: with the first, libass detects a line's direction; with the second it assumes left to right.
_DETECT_DIRECTION, _LEFT_TO_RIGHT = -1, 1


def write_ass(captions: Captions) -> bytes:
    """A document with one style on its canvas; UTF-8 with the byte order mark that Windows players want.

    Times fall on frames of the style's ``fps``.
    """
    import ass

    width, height = captions.style.canvas
    document = ass.Document()
    document.info.update({"ScriptType": "v4.00+", "PlayResX": width, "PlayResY": height})
    # Lines are broken here, by the font's own widths: a player that broke them anew would move words.
    document.info.update({"WrapStyle": 2, "ScaledBorderAndShadow": "yes", "YCbCr Matrix": "None"})
    document.styles.append(_ass_style(captions))
    for event in events(captions):
        # Whole centiseconds: the library cuts off what is beyond them.
        start, end = (timedelta(milliseconds=ticks * 1000 // TICKS_PER_S) for ticks in (event.start, event.end))
        document.events.append(ass.Dialogue(layer=event.layer, start=start, end=end, style="Default", text=event.text))
    out = io.StringIO()
    document.dump_file(out)
    return out.getvalue().encode("utf-8-sig")


def _ass_style(captions: Captions) -> ass.Style:
    import ass
    from ass.data import Color

    style = captions.style
    margins = style.margins
    # A syllable turns from the secondary to the primary colour when it is spoken.
    primary = style.highlight if EFFECTS[style.effect].sweeps else style.colour
    colours = (primary, style.colour, style.outline_colour)
    primary_color, secondary_color, outline_color = (Color(*bytes.fromhex(colour[1:])) for colour in colours)
    right_to_left = any(has_right_to_left(word.shown) for word in captions.words)
    return ass.Style(
        name="Default",
        fontname=style.font,
        fontsize=float(style.size),
        primary_color=primary_color,
        secondary_color=secondary_color,
        outline_color=outline_color,
        back_color=Color(0, 0, 0, 128),
        bold=style.bold,
        outline=float(style.outline),
        shadow=0.0,
        alignment=_ALIGNMENT[style.position],
        margin_l=margins.side,
        margin_r=margins.side,
        margin_v=margins.top if style.position == "top" else margins.bottom,
        encoding=_DETECT_DIRECTION if right_to_left else _LEFT_TO_RIGHT,
    )
