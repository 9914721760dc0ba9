"""Advanced SubStation Alpha (.ass): the format that carries a look, drawn by libass in ffmpeg and most players."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING

from handler.captions.formats.ass_effects import EFFECTS, PER_SECOND, events
from handler.captions.formats.base import Captions
from handler.captions.formats.placement import is_right_to_left

if TYPE_CHECKING:
    import ass
    from ass.data import Color

_ALIGNMENT = {"bottom": 2, "middle": 5, "top": 8}
# The style's Encoding: libass finds out a line's direction with one, and takes it for left to right with the other.
_BY_FIRST_LETTER, _LEFT_TO_RIGHT = -1, 1


def write_ass(captions: Captions) -> bytes:
    """One document with one style, the look's, on its canvas; UTF-8 with the mark that Windows players want.

    Times are those of the look's frames.
    """
    import ass

    look = captions.look
    document = ass.Document()
    document.info.update(
        {
            "ScriptType": "v4.00+",
            "PlayResX": look.canvas[0],
            "PlayResY": look.canvas[1],
            # Lines are broken here, by the font's own widths: a player that broke them anew would move words.
            "WrapStyle": 2,
            "ScaledBorderAndShadow": "yes",
            "YCbCr Matrix": "None",
        }
    )
    document.styles.append(_style(captions))
    for event in events(captions):
        times = {"start": _timedelta(event.start), "end": _timedelta(event.end)}
        document.events.append(ass.Dialogue(layer=event.layer, style="Default", text=event.text, **times))
    out = io.StringIO()
    document.dump_file(out)
    return out.getvalue().encode("utf-8-sig")


def _style(captions: Captions) -> ass.Style:
    import ass
    from ass.data import Color

    look = captions.look
    margins = look.margins
    sweeps = EFFECTS[look.effect].sweeps
    leftward = any(is_right_to_left(word.shown) for word in captions.words)
    return ass.Style(
        name="Default",
        fontname=look.font,
        fontsize=float(look.size),
        # A syllable turns from the secondary to the primary colour when it is spoken.
        primary_color=_colour(look.highlight if sweeps else look.colour),
        secondary_color=_colour(look.colour),
        outline_color=_colour(look.outline_colour),
        back_color=Color(0, 0, 0, 128),
        bold=look.bold,
        outline=float(look.outline),
        shadow=0.0,
        alignment=_ALIGNMENT[look.position],
        margin_l=margins.side,
        margin_r=margins.side,
        margin_v=margins.top if look.position == "top" else margins.bottom,
        encoding=_BY_FIRST_LETTER if leftward else _LEFT_TO_RIGHT,
    )


def _colour(value: str) -> Color:
    from ass.data import Color

    return Color(*bytes.fromhex(value.removeprefix("#")))


def _timedelta(centiseconds: int) -> timedelta:
    # Whole centiseconds: the library cuts off what is beyond them.
    return timedelta(milliseconds=centiseconds * (1000 // PER_SECOND))
