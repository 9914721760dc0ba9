"""Captions: words → cues (layout) in a look → files and video."""

from handler.captions.burn_in import burn_in_command
from handler.captions.files import FORMATS, Captions, Format
from handler.captions.fonts import Font, lay_out, missing
from handler.captions.layout import cues
from handler.captions.looks import LOOKS, Look, dressed, resolve
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
    "dressed",
    "lay_out",
    "missing",
    "render",
    "resolve",
]
