"""Captions as pixels: plan a video and its filters (`filtergraph`), then have ffmpeg draw it (`render`)."""

from handler.captions.render.document import Document
from handler.captions.render.filtergraph import BACKGROUND, RenderPlan, Sound, audiogram, over_video
from handler.captions.render.missing_glyphs import drawable
from handler.captions.render.render import DamagedPicture, render_video

__all__ = [
    "BACKGROUND", "DamagedPicture", "Document", "RenderPlan", "Sound", "audiogram", "drawable", "over_video",
    "render_video",
]  # fmt: skip
