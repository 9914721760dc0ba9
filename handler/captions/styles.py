"""Styles: how captions are cut and drawn, as data. A new preset is a row of ``_PRESETS``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from math import cos, radians, sin
from typing import TYPE_CHECKING, Any, Literal

from handler.cancellation import NEVER, Cancellation
from handler.captions import emoji, fonts
from handler.captions.fonts import HEAVY_FAMILY, LIGHT_FAMILY, SHIPPED_FAMILY, Font
from handler.types import JobWarning

if TYPE_CHECKING:
    from handler.protocols import Store
    from handler.requests import CaptionStyle

Position = Literal["top", "middle", "bottom"]
Case = Literal["as_is", "upper", "lower"]

VERTICAL = (1080, 1920)
LANDSCAPE = (1920, 1080)

# Mean width of a letter as a share of the Fontsize; a little above the mean of running English in Inter Bold, so that
# most full lines fit.
_LETTER_WIDTH = {"as_is": 0.36, "lower": 0.36, "upper": 0.46}
_WORD_CHARS = 7  # mean length of a word with its space
# The longest line by the canvas's shape, unless a request says otherwise.
_MAX_LINE_CHARS = {"vertical": 14, "square": 28, "landscape": 42}
# Scale of letters for the same short side: a phone held upright is read from further off than it is wide.
_ZOOM = {"vertical": 1.0, "square": 0.82, "landscape": 0.68}
# How far an effect extends beyond the text at either side, as a share of the size: a box's padding, a word that grows.
_OVERHANG = {"box": 0.11, "pop": 0.06}
# A face counts as bold from this weight on. A lighter one, where there is no other, is not thickened by the player.
_MIN_BOLD_WEIGHT = 600


MIN_SCALE = 0.6  # the least share of its size to which a line is made smaller; a word wider still is broken

_RIGHT_ANGLE = 1e-6  # a sine or cosine below is none

# Rates that differ by less are the same one, rounded: a whole one and television's are twice as far apart.
_SAME_RATE = 0.0005


@dataclass(frozen=True)
class Margins:
    """Pixels without text at either side, above and below."""

    side: int
    top: int
    bottom: int


# For a short side of 1080. The apps lay their own controls over a vertical video: 250 px above, 460 px below and
# 180 px at the right; the same 180 px at the left keep words in the middle of the picture.
_SAFE = {"vertical": Margins(180, 250, 520), "landscape": Margins(160, 60, 80), "square": Margins(70, 70, 90)}


@dataclass(frozen=True)
class Style:
    """A style with all its values.

    ``size`` (the line height of the font, ASS's Fontsize), ``outline``, ``shadow`` and ``letter_spacing`` are pixels of
    the ``canvas`` (width, height). ``x`` and ``y`` are where the middle of a cue is, as shares of the canvas; None is
    the middle and ``position``. ``rotation`` is in degrees, clockwise. Colours are ``#RRGGBB``; ``highlight`` is the
    colour of the word being spoken, where ``effect`` shows it, and ``speaker_colours`` replace ``colour`` by speaker.
    ``animation`` is how a cue comes on screen.
    ``words_per_cue`` None is the standard layout: at most ``max_lines`` lines of ``max_chars`` characters, and
    ``reading_speed`` characters a second where the speech allows. Cues last ``min_duration`` to ``max_duration``
    seconds, again as the speech allows, and gaps under ``gap`` seconds are closed (figures after Netflix's and the
    BBC's guides). What is drawn changes on frames of ``fps``, the exact rate (30000/1001, not 29.97). ``space_scale``
    widens the font's space, for effects that place each word by itself. ``right_to_left`` is the direction of lines
    with words of both, None if only the line decides. ``draws_emoji``: the player has a font for them; otherwise their
    places stay blank. ``typeface`` is the file of ``font``; it measures lines.
    """

    name: str
    words_per_cue: int | None
    size: float
    canvas: tuple[int, int] = VERTICAL
    fps: Fraction | float = 30.0
    font: str = SHIPPED_FAMILY
    bold: bool = True
    colour: str = "#FFFFFF"
    highlight: str = "#FFD60A"
    outline: float = 8.0
    outline_colour: str = "#000000"
    shadow: float = 0.0
    underline: bool = False
    letter_spacing: float = 0.0
    position: Position = "bottom"
    x: float | None = None
    y: float | None = None
    rotation: float = 0.0
    case: Case = "as_is"
    effect: str = "none"
    animation: str = "none"
    max_chars: int = 42
    max_lines: int = 2
    reading_speed: float = 20.0
    min_duration: float = 5 / 6
    max_duration: float = 7.0
    gap: float = 0.5
    space_scale: float = 1.0
    right_to_left: bool | None = None
    speaker_colours: Mapping[str, str] = field(default_factory=dict, hash=False)
    draws_emoji: bool = True
    typeface: Font = field(default_factory=fonts.shipped, compare=False, repr=False)

    @property
    def shape(self) -> str:
        """``vertical``, ``landscape`` or ``square``."""
        width, height = self.canvas
        return "square" if width == height else "vertical" if height > width else "landscape"

    @cached_property
    def margins(self) -> Margins:
        """The safe area of the canvas, in its pixels."""
        safe, scale = _SAFE[self.shape], min(self.canvas) / 1080
        return Margins(round(safe.side * scale), round(safe.top * scale), round(safe.bottom * scale))

    @property
    def safe_width(self) -> int:
        """Pixels between the margins."""
        return self.canvas[0] - 2 * self.margins.side

    @property
    def safe_height(self) -> int:
        """Pixels between the margins above and below."""
        return self.canvas[1] - self.margins.top - self.margins.bottom

    @cached_property
    def line_width(self) -> int:
        """Width of the longest line in pixels, so that what is drawn around it stays between the margins, too."""
        drawn_around = 2 * (self.outline + self.shadow + _OVERHANG.get(self.effect, 0.0) * self.size)
        room = self._room(self.max_lines * self.size, self.safe_width, self.safe_height)
        return int(room - drawn_around) if not self.rotation else max(int(self.size), int(room - drawn_around))

    @cached_property
    def block_height(self) -> float:
        """Height of the most lines in pixels, so that they stay between the margins."""
        return max(self.size, self._room(self.line_width, self.safe_height, self.safe_width))

    def _room(self, other: float, along: float, across: float) -> float:
        """How long one side of a block may be, whose other side has ``other`` pixels, in the safe area when turned.

        Without rotation the side runs ``along`` a side of the safe area; ``across`` is that one's other side.
        """
        cosine, sine = abs(cos(radians(self.rotation))), abs(sin(radians(self.rotation)))
        limits = [(along - other * sine) / cosine] if cosine > _RIGHT_ANGLE else []
        limits += [(across - other * cosine) / sine] if sine > _RIGHT_ANGLE else []
        return min(limits)

    def width(self, text: str) -> float:
        """The width of a text as a share of the size."""
        spacing = self.letter_spacing / self.size * _spaced(text) if self.letter_spacing else 0.0
        return self.typeface.width(text) + spacing

    def apply_case(self, text: str) -> str:
        """Text in the case that is shown on screen."""
        return _CASES[self.case](text)


def _spaced(text: str) -> int:
    """How many spaces libass adds: one after each character, also after accents of their own; one for an emoji."""
    return sum(1 if is_emoji else len(part) for part, is_emoji in emoji.split(text))


_CASES: dict[str, Callable[[str], str]] = {"as_is": str, "upper": str.upper, "lower": str.lower}

# On a vertical canvas, the em of the font is 5 to 7 % of the height, which is 137 to 192 pixels of size in Inter.
_PRESETS = (
    Style("word", words_per_cue=1, size=180, outline=10, max_chars=14),
    Style("classic", words_per_cue=None, size=94, outline=5, canvas=LANDSCAPE),
    Style("karaoke", words_per_cue=4, size=150, outline=10, max_chars=12, effect="karaoke"),
    Style("highlight", words_per_cue=4, size=150, outline=10, max_chars=12, effect="highlight"),
    Style("pop", words_per_cue=3, size=165, outline=10, max_chars=11, effect="pop"),
    Style("box", words_per_cue=3, size=150, max_chars=12, effect="box", highlight="#7C3AED", space_scale=1.4),
    Style("bold", words_per_cue=2, size=150, font=HEAVY_FAMILY, outline=14, max_chars=9, case="upper"),
    Style(
        "minimal",
        words_per_cue=5,
        size=118,
        font=LIGHT_FAMILY,
        bold=False,
        outline=4,
        shadow=4,
        max_chars=14,
        animation="fade",
    ),
)
STYLES: dict[str, Style] = {style.name: replace(style, typeface=fonts.shipped(style.font)) for style in _PRESETS}
DEFAULT = "word"


def resolve(requested: CaptionStyle | None, words_per_cue: int | None = None, *, whole_cues: bool = False) -> Style:
    """The preset that a request names (default: one word a cue) with the request's changes.

    ``words_per_cue`` is the request's own field and overrides the style's. ``whole_cues`` takes only the look of the
    preset, for cues that exist already. The font is only a name yet: see `with_font`.
    """
    asked: dict[str, Any] = requested.model_dump(exclude_none=True) if requested else {}
    preset = STYLES[asked.pop("preset", DEFAULT)]
    if whole_cues:
        preset = replace(preset, words_per_cue=None, max_chars=Style.max_chars)
    if words_per_cue is not None:
        asked["words_per_cue"] = words_per_cue
    if "canvas" in asked:
        width, _, height = asked["canvas"].partition("x")
        asked["canvas"] = (int(width), int(height))
    if "fps" in asked:
        asked["fps"] = exact_rate(asked["fps"])
    if "highlight" in asked and preset.effect == "none":
        # A colour for the word being spoken shows only with an effect.
        asked["effect"] = "highlight"
    style = replace(preset, **asked)
    return replace(style, **{key: value for key, value in _fitted(preset, style).items() if key not in asked})


def exact_rate(fps: float) -> Fraction:
    """The frame rate that a number means: 59.94 is 60000/1001, as cameras and videos have it."""
    television = Fraction(round(fps * 1.001) * 1000, 1001)
    near = abs(television / Fraction(fps) - 1) < _SAME_RATE
    return television if near else Fraction(fps).limit_denominator(1001)


def with_font(style: Style, store: Store, cancellation: Cancellation = NEVER) -> tuple[Style, tuple[JobWarning, ...]]:
    """The style with the file of its font from the store, or with the shipped font and a warning."""
    found, problem = fonts.load_font(style.font, store, bold=style.bold, cancellation=cancellation)
    font, warnings = found or fonts.shipped(), () if found else (fonts.font_replaced(style.font, problem),)
    bold = font.face.weight >= _MIN_BOLD_WEIGHT
    return replace(style, font=font.family, typeface=font, bold=bold), warnings


def _fitted(preset: Style, style: Style) -> dict[str, Any]:
    """The values of a preset that change with the canvas: as large as on its own, if a usual full line fits."""
    zoom = _ZOOM[style.shape] / _ZOOM[preset.shape] * min(style.canvas) / min(preset.canvas)
    max_chars = min(style.max_chars, _MAX_LINE_CHARS[style.shape])
    chars = max_chars if style.words_per_cue is None else min(max_chars, style.words_per_cue * _WORD_CHARS)
    fitting = style.line_width // (chars * _LETTER_WIDTH[style.case])
    size = min(float(int(preset.size * zoom)), fitting)
    scaled = {name: round(getattr(preset, name) * zoom, 1) for name in ("outline", "shadow", "letter_spacing")}
    return {"size": size, "max_chars": max_chars, **scaled}
