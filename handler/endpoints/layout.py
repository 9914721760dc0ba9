"""layout: where and when everything of captions is drawn, for a preview that looks like the video."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from handler.captions import Captions, Font, shipped
from handler.captions.formats import canvas
from handler.captions.render import drawable, emoji_track
from handler.jobs import Job
from handler.pipeline import caption_source, client_captions
from handler.protocols import Services
from handler.requests import LayoutInput

FONTS_PATH, EMOJI_PATH = "/v1/fonts/", "/v1/emoji/"


def run(request: LayoutInput, job: Job, services: Services) -> dict[str, Any]:
    """The drawing of the captions, cue by cue, and what is needed to repeat it as libass draws it."""
    captions = client_captions.drawn(caption_source.read(request, job, services).captions)
    captions, warnings = drawable(captions)
    job.warn_all(warnings)
    start, end = request.start or 0.0, captions.duration if request.end is None else request.end
    cues = tuple(cue for cue in captions.cues if cue.end > start and cue.start < end)
    return {
        "status": "completed",
        "language": captions.language,
        **drawing(replace(captions, cues=cues)),
        "warnings": [asdict(warning) for warning in job.warnings],
    }


def drawing(captions: Captions) -> dict[str, Any]:
    """What `render` draws of captions that are `drawable`."""
    style = captions.style
    return {
        "canvas": list(style.canvas),
        "fps": round(float(style.fps), 3),
        "frame_rate": canvas.frame_rate(style),
        "duration": round(captions.duration, 3),
        "style": canvas.style_fields(style),
        "fonts": [_font(font) for font in dict.fromkeys((style.typeface, shipped()))],
        "cues": list(canvas.cues(captions)),
        "emoji": _emoji(captions),
    }


def _font(font: Font) -> dict[str, Any]:
    """Where a font is, and its lengths as shares of the line height, which is the size of a text."""
    metrics, face = font.metrics, f"?face={font.number}" if font.number else ""
    return {
        "family": font.family,
        "weight": font.face.weight,
        "path": f"{FONTS_PATH}{font.key.partition('/')[2]}{face}",
        "em": metrics.em,
        "ascent": metrics.ascent,
        "underline": list(metrics.underline),
    }


def _emoji(captions: Captions) -> list[dict[str, Any]]:
    """Each emoji, and the frames (first, and that after the last) on which its middle is at ``x`` and ``y``."""
    if captions.style.draws_emoji:
        return []
    return [
        {
            "emoji": sprite.look.emoji,
            "path": f"{EMOJI_PATH}{'-'.join(f'{ord(char):x}' for char in sprite.look.emoji)}.png",
            "frames": [sprite.begin, sprite.end],
            "x": round(sprite.x, 2),
            "y": round(sprite.y, 2),
            "side": sprite.look.side,
            "rotation": sprite.look.rotation,
            "opacity": sprite.look.opacity,
        }
        for sprite in emoji_track.sprites(captions, captions.style.canvas, animated=True)
    ]
