"""Draw emoji in colour, with Pillow and Noto's colour font."""

from __future__ import annotations

import logging
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

logger = logging.getLogger(__name__)

FONT = Path(__file__).parent / "NotoColorEmoji.ttf"
# The font holds bitmaps of one size: 136 × 128 pixels, of which the sides are empty.
_FONT_SIZE, _BITMAP_PX = 109, 128
_INVISIBLE = frozenset("\u200d\ufe0e\ufe0f")


@lru_cache(maxsize=1)
def available() -> bool:
    """Whether emoji can be drawn: Pillow and the font are there."""
    there = find_spec("PIL") is not None and FONT.is_file()
    if not there:
        logger.warning("emoji cannot be drawn in colour: Pillow or %s is missing", FONT.name)
    return there


@lru_cache(maxsize=1)
def _characters() -> frozenset[int]:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    with TTFont(FONT, lazy=True) as font:
        return frozenset(font.getBestCmap())


def drawable(sequence: str) -> bool:
    """Whether the font has every character of an emoji."""
    return available() and all(ord(char) in _characters() for char in sequence if char not in _INVISIBLE)


@lru_cache(maxsize=1)
def _font() -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(str(FONT), _FONT_SIZE)


def picture(sequence: str, side: int, rotation: float = 0.0, opacity: float = 1.0) -> Image:
    """Draw an emoji: RGBA, ``side`` pixels high and wide, larger where it is turned (degrees, clockwise).

    A sequence that the font does not join is drawn as its parts side by side, each smaller.
    """
    from PIL import Image

    glyph = _bitmap(sequence)
    scale = side / max(_BITMAP_PX, glyph.width - 8, glyph.height)
    glyph = glyph.resize(
        (max(1, round(glyph.width * scale)), max(1, round(glyph.height * scale))), Image.Resampling.LANCZOS
    )
    drawn = Image.new("RGBA", (side, side))
    drawn.paste(glyph, ((side - glyph.width) // 2, (side - glyph.height) // 2))
    if rotation:
        drawn = drawn.rotate(-rotation, Image.Resampling.BICUBIC, expand=True)
    if opacity < 1:
        drawn.putalpha(drawn.getchannel("A").point(lambda value: round(value * opacity)))
    return drawn


@lru_cache(maxsize=256)
def _bitmap(sequence: str) -> Image:
    from PIL import Image, ImageDraw

    font = _font()
    left, top, right, bottom = font.getbbox(sequence)
    drawn = Image.new("RGBA", (max(1, int(right - left)), max(1, int(bottom - top))))
    ImageDraw.Draw(drawn).text((-left, -top), sequence, font=font, embedded_color=True)
    return drawn
