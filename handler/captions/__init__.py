"""Captions: words → cues (layout) in a look → files and video."""

from handler.captions.burn_in import Font, burn_in_command, shipped_font
from handler.captions.files import FORMATS, Captions, Format
from handler.captions.layout import cues
from handler.captions.looks import LOOKS, Look, resolve
from handler.captions.video import contact_sheet, render

__all__ = [
    "FORMATS",
    "LOOKS",
    "Captions",
    "Font",
    "Format",
    "Look",
    "burn_in_command",
    "contact_sheet",
    "cues",
    "render",
    "resolve",
    "shipped_font",
]
