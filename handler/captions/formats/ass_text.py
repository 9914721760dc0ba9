"""Text as libass draws it: each sign as it is written, emoji as blanks, and letters that come one by one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from handler.captions import emoji
from handler.captions.formats.animations import STILL, Entrance
from handler.captions.graphemes import graphemes
from handler.captions.styles import Style

# libass takes a backslash with the letter or brace after it for a command. There is no escape for a backslash
# itself, so an invisible word joiner comes between; braces have one. One pass, so that none is escaped twice.
_ESCAPES = str.maketrans({"\\": "\\\u2060", "{": "\\{", "}": "\\}"})

# Signs of which fonts make one: arrows (``-->``), ``!=``, ``(c)``, the x of ``3x4``. Other ligatures and the forms of
# letters, which whole scripts need, are left alone.
_SIGNS = re.compile(r"[!-/:-@\[-`{-~]{2,}|<3|\((?:c|p|r|sm|tm)\)|(?<=\d)[x/]|[x/](?=\d)|^x$", re.IGNORECASE)
_LIGATING = frozenset("-=<>|~+*/\\#&^_xcprstm")
_SPACINGS_PX = (0.01, 0.02)  # no reader sees them

SHADOW_ALPHA = 0x80
_HIDDEN = "\\alpha&HFF&"
_VISIBLE = f"\\alpha&H00&\\4a&H{SHADOW_ALPHA:02X}&"
_BLANK = "\u00a0"  # libass draws it as a space of the font, and keeps it at the ends of lines


@dataclass(frozen=True)
class Lettering:
    """How a text is written: in a style, at the size (Fontsize) of its cue, while it comes on screen."""

    style: Style
    size: float
    entrance: Entrance = STILL

    @property
    def spacing(self) -> float:
        """Pixels between letters, which shrink with them."""
        return round(self.style.letter_spacing * self.size / self.style.size, 2)

    def write(self, text: str) -> str:
        """The text with its commands."""
        if self.style.draws_emoji:
            return escaped(text, self.spacing)
        parts = emoji.split(text)
        return "".join(self._blank() if is_emoji else escaped(part, self.spacing) for part, is_emoji in parts)

    def write_typed(self, letters: Sequence[str], delays: Iterable[int]) -> str:
        """The text of these letters, each of which appears so many milliseconds after the begin of the event."""
        timed = groupby(zip(letters, delays, strict=True), key=lambda letter: max(0, letter[1]))
        return "".join(
            f"{{{_appears(delay)}}}{self.write(''.join(letter for letter, _ in group))}" for delay, group in timed
        )

    def _blank(self) -> str:
        """The place of an emoji."""
        space = self.style.typeface.width(" ") * self.size
        width = 100 * (emoji.WIDTH * self.size + self.spacing) / space
        own = self.entrance.scale() or "\\fscx100"
        return f"{{\\fsp0{self.entrance.scale(width)}}}{_BLANK}{{\\fsp{self.spacing:g}{own}}}"


def letters(text: str) -> list[str]:
    """The text cut into what is typed at once: letters, and signs that a font would join."""
    cut, done = [], 0
    for signs in _SIGNS.finditer(text):
        cut += [*graphemes(text[done : signs.start()]), signs[0]]
        done = signs.end()
    return [*cut, *graphemes(text[done:])]


def escaped(text: str, spacing: float = 0.0) -> str:
    """Text that libass draws literally, each sign as it is written, with ``spacing`` pixels after each letter.

    libass shapes letters of different spacing one by one, and switches a font's ligatures and contextual alternates
    off where there is a spacing: so signs next to each other get one each.
    """
    result, done = "", 0
    for signs in _SIGNS.finditer(text):
        if _LIGATING.isdisjoint(signs[0].lower()):
            continue
        result += text[done : signs.start()].translate(_ESCAPES)
        for index, sign in enumerate(signs[0]):
            result += f"{{\\fsp{spacing + _SPACINGS_PX[index % 2]:g}}}{sign.translate(_ESCAPES)}"
        result, done = f"{result}{{\\fsp{spacing:g}}}", signs.end()
    return result + text[done:].translate(_ESCAPES)


def _appears(delay: int) -> str:
    return f"{_HIDDEN}\\t({delay},{delay},{_VISIBLE})" if delay else _VISIBLE


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
