"""Text cut into what is set at once: signs one by one, emoji as blanks, and letters that come one by one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from handler.captions import emoji
from handler.captions.graphemes import graphemes
from handler.captions.styles import Style

# Signs of which fonts make one: arrows (``-->``), ``!=``, ``(c)``, the x of ``3x4``. Other ligatures and the forms of
# letters, which whole scripts need, are left alone.
_SIGNS = re.compile(r"[!-/:-@\[-`{-~]{2,}|<3|\((?:c|p|r|sm|tm)\)|(?<=\d)[x/]|[x/](?=\d)|^x$", re.IGNORECASE)
_LIGATING = frozenset("-=<>|~+*/\\#&^_xcprstm")
_SPACINGS_PX = (0.01, 0.02)  # no reader sees them


@dataclass(frozen=True)
class Stretch:
    """Text of one spacing: so many pixels more after each letter.

    ``blank`` is the place of an emoji. ``delay`` is when it is typed, in milliseconds after the begin of its event, and
    None where it is there from the start.
    """

    text: str
    spacing: float = 0.0
    blank: bool = False
    delay: int | None = None


@dataclass(frozen=True)
class Lettering:
    """How a text is set: in a style, at the size (Fontsize) of its cue."""

    style: Style
    size: float

    @property
    def spacing(self) -> float:
        """Pixels between letters, which shrink with them."""
        return round(self.style.letter_spacing * self.size / self.style.size, 2)

    @property
    def blank_width(self) -> float:
        """Pixels of the place of an emoji."""
        return emoji.WIDTH * self.size + self.spacing

    def stretches(self, text: str) -> Iterator[Stretch]:
        """The text as it is set."""
        parts = [(text, False)] if self.style.draws_emoji else emoji.split(text)
        for part, is_emoji in parts:
            if is_emoji:
                yield Stretch(part, blank=True)
            else:
                yield from _sign_by_sign(part, self.spacing)

    def typed(self, letters: Sequence[str], delays: Iterable[int]) -> Iterator[Stretch]:
        """The text of these letters, each of which appears so many milliseconds after the begin of the event."""
        for delay, group in groupby(zip(letters, delays, strict=True), key=lambda letter: max(0, letter[1])):
            for stretch in self.stretches("".join(letter for letter, _ in group)):
                yield replace(stretch, delay=delay)


def _sign_by_sign(text: str, spacing: float) -> Iterator[Stretch]:
    """Text of which each sign is drawn as it is written.

    libass shapes letters of different spacing one by one, and switches a font's ligatures and contextual alternates
    off where there is a spacing: so signs next to each other get one each.
    """
    done = 0
    for signs in _SIGNS.finditer(text):
        if _LIGATING.isdisjoint(signs[0].lower()):
            continue
        if before := text[done : signs.start()]:
            yield Stretch(before, spacing)
        for index, sign in enumerate(signs[0]):
            yield Stretch(sign, spacing + _SPACINGS_PX[index % 2])
        done = signs.end()
    if rest := text[done:]:
        yield Stretch(rest, spacing)


def letters(text: str) -> list[str]:
    """The text cut into what is typed at once: letters, and signs that a font would join."""
    cut, done = [], 0
    for signs in _SIGNS.finditer(text):
        cut += [*graphemes(text[done : signs.start()]), signs[0]]
        done = signs.end()
    return [*cut, *graphemes(text[done:])]
