"""Captions as pixels: see what a video holds (`probe`), plan what comes of it (`graph`), draw it (`drawing`)."""

from handler.captions.render.drawing import contact_sheet, draw, render
from handler.captions.render.filtergraph import BACKGROUND, Shot, Sound, audiogram, over
from handler.media.probe import Source, constant_rate, picture, video
from handler.media.soundtrack import soundtrack

__all__ = [
    "BACKGROUND",
    "Shot",
    "Sound",
    "Source",
    "audiogram",
    "constant_rate",
    "contact_sheet",
    "draw",
    "over",
    "picture",
    "render",
    "soundtrack",
    "video",
]
