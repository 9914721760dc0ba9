"""Captions: words → cues (layout) in a look → files and video."""

from handler.captions.burn_in import burn_in_command
from handler.captions.fonts import Font, lay_out, missing
from handler.captions.formats import FORMATS, Captions, Format
from handler.captions.layout import cues
from handler.captions.styles import LOOKS, Look, dressed, resolve

__all__ = [
    "FORMATS",
    "LOOKS",
    "Captions",
    "Font",
    "Format",
    "Look",
    "burn_in_command",
    "cues",
    "dressed",
    "lay_out",
    "missing",
    "resolve",
]
