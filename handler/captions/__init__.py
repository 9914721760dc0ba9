"""Captions: words → cues (layout) in a style → files and video."""

from handler.captions.burn_in import burn_in_command
from handler.captions.fonts import Font, glyph_missing, shipped
from handler.captions.formats import FORMATS, Captions, Format, Series
from handler.captions.layout import cues
from handler.captions.speakers import labelled, unlabelled, with_speakers
from handler.captions.styles import STYLES, Style, resolve, with_font

__all__ = [
    "FORMATS",
    "STYLES",
    "Captions",
    "Font",
    "Format",
    "Series",
    "Style",
    "burn_in_command",
    "cues",
    "glyph_missing",
    "labelled",
    "resolve",
    "shipped",
    "unlabelled",
    "with_font",
    "with_speakers",
]  # fmt: skip
