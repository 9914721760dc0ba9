"""Looks: how captions are cut and drawn, as data. A new preset is a row of ``LOOKS``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from handler.cancellation import NEVER, Cancellation
from handler.captions import fonts
from handler.captions.fonts import FONT as FONT
from handler.captions.fonts import FONTS as FONTS
from handler.captions.fonts import Font
from handler.errors import BadRequest
from handler.messages import quoted, suggest
from handler.types import JobWarning

if TYPE_CHECKING:
    from handler.protocols import Store
    from handler.requests import CaptionStyle

Position = Literal["top", "middle", "bottom"]
Case = Literal["as_is", "upper", "lower"]

VERTICAL = (1080, 1920)
LANDSCAPE = (1920, 1080)

# Mean width of a letter over the Fontsize that libass sets a line in (its em is 0.7 of that for Inter Bold);
# a little above the mean of running English, so that most full lines fit.
_LETTER = {"as_is": 0.36, "lower": 0.36, "upper": 0.46}
# A word of a group with the blank before it, in letters.
_WORD_CHARS = 7
# What a line holds at most, by the canvas's shape, unless a request says otherwise.
_LINE_CHARS = {"vertical": 20, "square": 32, "landscape": 42}
# How large letters are drawn for the same short side: a phone held upright is read from further off than it is wide.
_ZOOM = {"vertical": 1.0, "square": 0.85, "landscape": 0.75}
# How far an effect reaches beyond the text at either side, as a share of the size: a box's padding, a word that grows.
_REACH = {"box": 0.11, "pop": 0.06}
# From here on the weight of a face counts as bold: a lighter one that is all there is stays as it was drawn, rather
# than being thickened by the player.
_SEMIBOLD = 600


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
    characters, ``reading_speed`` characters a second where the speech allows. Cues last ``min_duration`` to
    ``max_duration`` seconds, again as the speech allows; gaps shorter than ``gap`` seconds are closed. Figures after
    Netflix's and the BBC's guides. What is drawn changes on the frames of ``fps``. ``blank`` is how wide a blank
    is over the font's own, for effects that place each word by itself. ``typeface`` is the file of ``font``, which
    lines are measured with.
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
    min_duration: float = 5 / 6
    max_duration: float = 7.0
    gap: float = 0.5
    blank: float = 1.0
    typeface: Font = field(default_factory=fonts.shipped, compare=False, repr=False)

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

    @property
    def line_width(self) -> int:
        """Pixels that a line of text may take, so that what is drawn around it stays between the margins too."""
        return int(self.safe_width - 2 * (self.outline + _REACH.get(self.effect, 0.0) * self.size))

    def cased(self, text: str) -> str:
        """Text in the case that is shown on screen."""
        return _CASES[self.case](text)


_CASES: dict[str, Callable[[str], str]] = {"as_is": str, "upper": str.upper, "lower": str.lower}

LOOKS: dict[str, Look] = {
    look.name: look
    for look in (
        Look("word", words_per_cue=1, size=180, outline=10, max_chars=20),
        Look("classic", words_per_cue=None, size=72, outline=4, canvas=LANDSCAPE),
        Look("karaoke", words_per_cue=4, size=130, outline=9, max_chars=15, effect="karaoke"),
        Look("highlight", words_per_cue=4, size=130, outline=9, max_chars=15, effect="highlight"),
        Look("pop", words_per_cue=3, size=150, outline=10, max_chars=12, effect="pop"),
        Look("box", words_per_cue=3, size=140, outline=8, max_chars=13, effect="box", highlight="#7C3AED", blank=1.4),
    )
}
DEFAULT = "word"


def resolve(style: CaptionStyle | str | None, words_per_cue: int | None = None) -> Look:
    """The look that a request asks for: a preset (left out: one word a cue) with what the request changes in it.

    ``words_per_cue`` is the request's own field and goes before the style's. Raises BadRequest for a preset that
    is not known, naming the nearest. Its font is only a name yet: see `dressed`.
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
    if "highlight" in asked and look.effect == "none":
        # A colour for the word being spoken is asked for to be seen.
        asked["effect"] = "highlight"
    changed = replace(look, **asked)
    return replace(changed, **{key: value for key, value in _fitted(look, changed).items() if key not in asked})


def dressed(look: Look, store: Store, cancellation: Cancellation = NEVER) -> tuple[Look, tuple[JobWarning, ...]]:
    """The look with the file of its font, one of the store's or the shipped one, and a warning if it stands in.

    ``cancellation`` is asked before each file that is looked at and raises when the job should not go on.
    """
    found = fonts.resolve(look.font, store, bold=look.bold, cancellation=cancellation)
    font, said = found.font, (fonts.replaced(look.font),) if found.replaced else ()
    return replace(look, font=font.family, typeface=font, bold=font.metrics.weight >= _SEMIBOLD), said


def _given(style: CaptionStyle | None) -> dict[str, Any]:
    return {} if style is None else style.model_dump(exclude_none=True)


def _preset(name: str) -> Look:
    if name not in LOOKS:
        raise BadRequest.of("caption_style.preset", f"{quoted(name)} is not known; {suggest(name, LOOKS)}")
    return LOOKS[name]


def _fitted(preset: Look, look: Look) -> dict[str, Any]:
    """What changes of a preset with its canvas: as large as there, and as a usual full line fits between margins."""
    zoom = _ZOOM[look.shape] / _ZOOM[preset.shape] * min(look.canvas) / min(preset.canvas)
    most = min(look.max_chars, _LINE_CHARS[look.shape])
    chars = most if look.words_per_cue is None else min(most, look.words_per_cue * _WORD_CHARS)
    fitting = look.line_width // (chars * _LETTER[look.case])
    return {
        "size": min(float(int(preset.size * zoom)), fitting),
        "outline": round(preset.outline * zoom, 1),
        "max_chars": most,
    }
