"""Looks: how captions are cut and drawn, as data. A new preset is a row of ``LOOKS``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from handler.errors import BadRequest
from handler.sentences import quoted, suggest

if TYPE_CHECKING:
    from handler.job_input import CaptionStyle

Position = Literal["top", "middle", "bottom"]
Case = Literal["as_is", "upper", "lower"]

FONT = "Inter"
"""Family of the shipped font, as libass finds it in ``FONTS``."""
FONTS = Path(__file__).parent / "fonts"
"""The folder of the shipped font and its licence."""

VERTICAL = (1080, 1920)
LANDSCAPE = (1920, 1080)

# Mean width of a letter over the Fontsize that libass sets a line in (its em is 0.7 of that for Inter Bold);
# a little above the mean of running English, so that most full lines fit.
_LETTER = {"as_is": 0.36, "lower": 0.36, "upper": 0.46}
# A word of a group with the blank before it, in letters, and what a line of letters of a phone's size holds.
_WORD_CHARS = 7
_VERTICAL_CHARS = 24


@dataclass(frozen=True)
class Margins:
    """Pixels that text keeps clear of, on either side, above and below."""

    side: int
    top: int
    bottom: int


# For a short side of 1080. The apps lay their own controls over a vertical video: 250 px above, 460 px below and
# 180 px at the right; the same 180 px at the left keep words in the middle of the picture.
_SAFE = {"vertical": Margins(180, 250, 520), "landscape": Margins(160, 60, 80), "square": Margins(70, 70, 90)}


@dataclass(frozen=True)
class Look:
    """Everything that layout and drawing ask of a style.

    ``size`` (the line height of the font, ASS's Fontsize) and ``outline`` are pixels of the ``canvas`` (width,
    height); colours are ``#RRGGBB``; ``highlight`` is the colour of what is being spoken, where ``effect`` shows
    that. ``words_per_cue`` None asks for the standard layout: at most ``max_lines`` lines of ``max_chars``
    characters, ``reading_speed`` characters a second where the speech allows, ``min_duration`` to
    ``max_duration`` seconds; gaps shorter than ``gap`` seconds are closed. Figures after Netflix's and the BBC's
    guides.
    """

    name: str
    words_per_cue: int | None
    size: float
    canvas: tuple[int, int] = VERTICAL
    fps: float = 30.0
    font: str = FONT
    bold: bool = True
    colour: str = "#FFFFFF"
    highlight: str = "#FFD60A"
    outline: float = 8.0
    outline_colour: str = "#000000"
    position: Position = "bottom"
    case: Case = "as_is"
    effect: str = "none"
    max_chars: int = 42
    max_lines: int = 2
    reading_speed: float = 20.0
    min_duration: float = 0.8
    max_duration: float = 7.0
    gap: float = 0.5

    @property
    def shape(self) -> str:
        """``vertical``, ``landscape`` or ``square``."""
        width, height = self.canvas
        return "square" if width == height else "vertical" if height > width else "landscape"

    @property
    def margins(self) -> Margins:
        """The safe area of the canvas, in its pixels."""
        safe, scale = _SAFE[self.shape], min(self.canvas) / 1080
        return Margins(round(safe.side * scale), round(safe.top * scale), round(safe.bottom * scale))

    @property
    def safe_width(self) -> int:
        """Pixels between the margins."""
        return self.canvas[0] - 2 * self.margins.side

    def cased(self, text: str) -> str:
        """Text in the case that is shown on screen."""
        return _CASES[self.case](text)


_CASES: dict[str, Callable[[str], str]] = {"as_is": str, "upper": str.upper, "lower": str.lower}

LOOKS: dict[str, Look] = {
    look.name: look
    for look in (
        Look("word", words_per_cue=1, size=180, outline=10),
        Look("classic", words_per_cue=None, size=72, outline=4, canvas=LANDSCAPE),
        Look("karaoke", words_per_cue=4, size=110, outline=8, max_chars=18, effect="karaoke"),
    )
}
DEFAULT = "word"


def resolve(style: CaptionStyle | str | None, words_per_cue: int | None = None) -> Look:
    """The look that a request asks for: a preset (left out: one word a cue) with what the request changes in it.

    ``words_per_cue`` is the request's own field and goes before the style's. Raises BadRequest for a preset that
    is not known, naming the nearest.
    """
    asked: dict[str, Any] = {"preset": style} if isinstance(style, str) else _given(style)
    look = _preset(asked.pop("preset", DEFAULT))
    if words_per_cue is not None:
        asked["words_per_cue"] = words_per_cue
    if "canvas" in asked:
        width, _, height = asked["canvas"].partition("x")
        asked["canvas"] = (int(width), int(height))
    if set(asked.get("font", "")) & set(",\r\n"):
        raise BadRequest.of("caption_style.font", "is no name of a font family; leave it out for the shipped font")
    changed = replace(look, **asked)
    if changed.shape == "vertical" and changed.words_per_cue is None and "max_chars" not in asked:
        changed = replace(changed, max_chars=min(changed.max_chars, _VERTICAL_CHARS))
    return changed if "size" in asked else replace(changed, size=min(changed.size, _fitting_size(changed)))


def _given(style: CaptionStyle | None) -> dict[str, Any]:
    return {} if style is None else style.model_dump(exclude_none=True)


def _preset(name: str) -> Look:
    if name not in LOOKS:
        raise BadRequest.of("caption_style.preset", f"{quoted(name)} is not known; {suggest(name, LOOKS)}")
    return LOOKS[name]


def _fitting_size(look: Look) -> float:
    """The size at which a usual full line fits between the margins."""
    chars = look.max_chars
    if look.words_per_cue is not None:
        chars = min(chars, look.words_per_cue * _WORD_CHARS, _VERTICAL_CHARS)
    return look.safe_width // (chars * _LETTER[look.case])
