"""The fields of every request that makes caption files."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo

from handler.requests.fields import CaptionFormat, Colour, ExpiresIn, JobInput, Limits, OneOf, lower
from handler.requests.style import CaptionStyle

MAX_FORMATS = 50  # in a request, which may name one more than once


def caption_formats(value: object, info: ValidationInfo[Limits]) -> object:
    """``"srt"``, ``["srt", "ass"]`` and ``"all"`` as formats in any case, each once, in the order asked for."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list):
        return value
    if len(items) > MAX_FORMATS:
        raise ValueError(f"names {len(items)} formats, at most {MAX_FORMATS} are allowed")
    names = [name for item in map(lower, items) for name in (info.context.formats if item == "all" else [item])]
    return tuple(dict.fromkeys(names)) if all(isinstance(name, str) for name in names) else tuple(names)


def _style(value: object) -> object:
    """``"karaoke"`` as ``{"preset": "karaoke"}``."""
    return {"preset": value} if isinstance(value, str) else value


SpeakerLabels = Annotated[
    bool,
    Field(
        description="Show who speaks in a script of several voices: `Anna:` before the first word of each turn, in SRT "
        "and ASS files and in videos."
    ),
]
Style = Annotated[CaptionStyle | None, BeforeValidator(_style)]
SpeakerColours = Annotated[
    dict[str, Colour] | None,
    Field(
        max_length=100,
        description='Colours of the speakers\' texts in `ass` and videos: `{"Anna": "#56B4E9"}`. '
        "Default: the style's own colour for the first speaker, and a colour of its own for each other one.",
    ),
]


CsvSafe = Annotated[
    bool,
    Field(
        description="Put an apostrophe before what a spreadsheet would run in a `csv`, such as `=1+1`; `false`: each"
        " word exactly as it is, for programs."
    ),
]


class CaptionFields(JobInput):
    """The fields of every endpoint that makes caption files."""

    timing_format: Annotated[tuple[CaptionFormat, ...], BeforeValidator(caption_formats), Field(min_length=1)] = Field(
        ("srt",), description="One format, an array of formats, or `all`."
    )
    timing_method: Annotated[str, OneOf("timing_methods")] | None = Field(
        None,
        description="Alignment method tried first; `best` is two at once. Default: the order of `ALIGNERS`.",
    )
    timing_strict: bool = Field(False, description="Do not fall back to another alignment method.")
    words_per_cue: int | None = Field(None, ge=1, le=20, description="Most words in a cue. Default: that of the style.")
    caption_style: Style = Field(None, description="Name of a preset, or a style object.")
    speaker_labels: SpeakerLabels = False
    speaker_colours: SpeakerColours = None
    csv_safe: CsvSafe = True
    expires_in: ExpiresIn = None
