"""Advanced SubStation Alpha (.ass): the format that carries a style, drawn by libass in ffmpeg and most players."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING

from handler.captions.formats.ass_effects import EFFECTS, TICKS_PER_S, events
from handler.captions.formats.base import Captions
from handler.captions.formats.placement import is_right_to_left

if TYPE_CHECKING:
    import ass
    from ass.data import Color

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
    document.info.update(
        {
            "ScriptType": "v4.00+",
            "PlayResX": width,
            "PlayResY": height,
            # Lines are broken here, by the font's own widths: a player that broke them anew would move words.
            "WrapStyle": 2,
            "ScaledBorderAndShadow": "yes",
            "YCbCr Matrix": "None",
        }
    )
    document.styles.append(_ass_style(captions))
    for event in events(captions):
        times = {"start": _timedelta(event.start), "end": _timedelta(event.end)}
        document.events.append(ass.Dialogue(layer=event.layer, style="Default", text=event.text, **times))
    out = io.StringIO()
    document.dump_file(out)
    return out.getvalue().encode("utf-8-sig")


def _ass_style(captions: Captions) -> ass.Style:
    import ass
    from ass.data import Color

    style = captions.style
    margins = style.margins
    sweeps = EFFECTS[style.effect].sweeps
    right_to_left = any(is_right_to_left(word.shown) for word in captions.words)
    return ass.Style(
        name="Default",
        fontname=style.font,
        fontsize=float(style.size),
        # A syllable turns from the secondary to the primary colour when it is spoken.
        primary_color=_color(style.highlight if sweeps else style.colour),
        secondary_color=_color(style.colour),
        outline_color=_color(style.outline_colour),
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


def _color(value: str) -> Color:
    from ass.data import Color

    return Color(*bytes.fromhex(value.removeprefix("#")))


def _timedelta(centiseconds: int) -> timedelta:
    # Whole centiseconds: the library cuts off what is beyond them.
    return timedelta(milliseconds=centiseconds * (1000 // TICKS_PER_S))
