"""Advanced SubStation Alpha (.ass): the format that carries a style, drawn by libass in ffmpeg and most players."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from handler.captions.bidi import has_right_to_left
from handler.captions.formats.ass_text import SHADOW_ALPHA, text_of
from handler.captions.formats.base import Captions, Series
from handler.captions.formats.effects import EFFECTS, events
from handler.captions.formats.scene import TICKS_PER_S
from handler.captions.styles import Style

if TYPE_CHECKING:
    import ass

_NO_FIELD = re.compile(r"[,\s\x00-\x1f\x7f-\x9f]+")  # what would end the field of a name
_ALIGNMENT = {"bottom": 2, "middle": 5, "top": 8}
# The style's Encoding: with the first, libass detects a line's direction; with the second it assumes left to right.
_DETECT_DIRECTION, _LEFT_TO_RIGHT = -1, 1


def write_ass(captions: Captions) -> bytes:
    """A document on its canvas, with a style for each colour of a speaker; UTF-8 with a mark that Windows players want.

    Times fall on frames of the style's ``fps``.
    """
    return b"".join(ass_series(Series.of(captions)))


def ass_series(series: Series) -> Iterator[bytes]:
    """The same of captions in parts."""
    import ass

    style = series.captions.style
    width, height = style.canvas
    document = ass.Document()
    document.info.update({"ScriptType": "v4.00+", "PlayResX": width, "PlayResY": height})
    # Lines are broken here, by the font's own widths: a player that broke them anew would move words.
    document.info.update({"WrapStyle": 2, "ScaledBorderAndShadow": "yes", "YCbCr Matrix": "None"})
    right_to_left = any(has_right_to_left(word.shown) for word in series.words)
    colours = dict.fromkeys([style.colour, *style.speaker_colours.values()])
    document.styles.extend(_ass_style(style, colour, right_to_left=right_to_left) for colour in colours)
    out = io.StringIO()
    document.dump_file(out)
    yield out.getvalue().encode("utf-8-sig")
    for part in series.parts():
        for event in events(part):
            # Whole centiseconds: the library cuts off what is beyond them.
            start, end = (timedelta(milliseconds=ticks * 1000 // TICKS_PER_S) for ticks in (event.start, event.end))
            named, speaker = _style_name(style, event.colour), _NO_FIELD.sub(" ", event.speaker)
            line = ass.Dialogue(
                layer=event.layer, start=start, end=end, style=named, name=speaker, text=text_of(event.drawn)
            )
            yield f"{line.dump_with_type()}\n".encode()


def _style_name(style: Style, colour: str) -> str:
    return "Default" if colour == style.colour else f"Speaker {colour[1:]}"


def _ass_style(style: Style, colour: str, *, right_to_left: bool) -> ass.Style:
    import ass
    from ass.data import Color

    margins = style.margins
    # A syllable turns from the secondary to the primary colour when it is spoken.
    primary = style.highlight if EFFECTS[style.effect].sweeps else colour
    colours = (primary, colour, style.outline_colour)
    primary_color, secondary_color, outline_color = (Color(*bytes.fromhex(each[1:])) for each in colours)
    return ass.Style(
        name=_style_name(style, colour),
        fontname=style.font,
        fontsize=float(style.size),
        primary_color=primary_color,
        secondary_color=secondary_color,
        outline_color=outline_color,
        back_color=Color(0, 0, 0, SHADOW_ALPHA),
        bold=style.bold,
        outline=float(style.outline),
        shadow=float(style.shadow),
        underline=style.underline,
        spacing=float(style.letter_spacing),
        alignment=_ALIGNMENT[style.position],
        margin_l=margins.side,
        margin_r=margins.side,
        margin_v=margins.top if style.position == "top" else margins.bottom,
        encoding=_DETECT_DIRECTION if right_to_left else _LEFT_TO_RIGHT,
    )
