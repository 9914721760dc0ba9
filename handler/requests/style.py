"""The object ``caption_style``: how captions look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, model_validator

from handler.requests.fields import Canvas, Colour, JobInput, OneOf


class CaptionStyle(JobInput):
    """How captions look: a preset, and what to change in it. Lengths in pixels of the canvas."""

    preset: Annotated[str, OneOf("presets")] | None = Field(
        None, description="The preset to start from. Default: `word`."
    )
    font: str | None = Field(
        None,
        min_length=1,
        max_length=64,
        # What separates fields and commands of an ASS file, or ends a line of a log.
        pattern=r"^[^,{}\\\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+$",
        description="Font family: `Inter`, `Inter Black`, `Inter Medium`, or one of the bucket's `fonts/`.",
    )
    size: float | None = Field(None, ge=8, le=400, description="Height of a line, in pixels of the canvas.")
    colour: Colour | None = Field(
        None,
        validation_alias=AliasChoices("colour", "color"),
        description="Colour of the text, as `#RRGGBB`. `color` means the same.",
    )
    highlight: Colour | None = Field(None, description="Colour of the spoken word, or of its box, as `#RRGGBB`.")
    outline: float | None = Field(None, ge=0, le=40, description="Width of the outline, in pixels of the canvas.")
    shadow: float | None = Field(
        None, ge=0, le=40, description="Distance of the shadow, to the right and down, in pixels of the canvas."
    )
    underline: bool | None = Field(None, description="Underline the text.")
    letter_spacing: float | None = Field(
        None, ge=-10, le=60, description="Extra space after each letter, in pixels of the canvas."
    )
    position: Literal["top", "middle", "bottom"] | None = Field(
        None, description="Position of the captions on the canvas."
    )
    x: float | None = Field(
        None, ge=0, le=1, description="Middle of the captions, from the left (0) to the right (1) of the canvas."
    )
    y: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Middle of the captions, from the top (0) to the bottom (1). Default: that of `position`.",
    )
    rotation: float | None = Field(
        None, ge=-180, le=180, description="Turns the captions about their middle, clockwise, in degrees."
    )
    animation: Literal["none", "fade", "pop", "slide", "typewriter"] | None = Field(
        None, description="How captions come on screen, in 0.2 seconds or less."
    )
    case: Literal["as_is", "upper", "lower"] | None = Field(None, description="Case of the letters on screen.")
    words_per_cue: int | None = Field(None, ge=1, le=20, description="Most words shown at a time.")
    max_chars: int | None = Field(
        None, ge=4, le=120, description="Most characters on a line. A wide character (CJK) counts as 2."
    )
    max_lines: int | None = Field(None, ge=1, le=4, description="Most lines on screen.")
    canvas: Canvas | None = Field(None, description="Size of the video, in pixels.")
    fps: float | None = Field(None, ge=10, le=120, description="Frame rate of the video.")

    @model_validator(mode="before")
    @classmethod
    def _one_colour(cls, style: object) -> object:
        if isinstance(style, Mapping) and {"colour", "color"} <= style.keys():
            raise ValueError("colour and color are the same; send one of them")
        return style
