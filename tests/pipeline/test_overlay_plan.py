"""The plan of a video: its size and frame rate."""

from __future__ import annotations

from pathlib import Path

from handler.pipeline import overlay_plan
from handler.pipeline.speech_source import Spoken
from handler.requests import Limits, OverlayInput, parse


def test_canvas_and_fps_come_from_request_style_or_video() -> None:
    """The request's canvas and fps take precedence over the style's, and these over the video's."""
    known = Limits(100, (), ("word",))
    wanted = {"canvas": "1920x1080", "fps": 24}
    spoken = Spoken((), 1.0, "en", "sphinx", Path("speech.wav"))
    by_style, _ = overlay_plan.make(parse(OverlayInput, {"job_id": "a", "caption_style": wanted}, known), spoken, None)
    assert (by_style.width, by_style.height, float(by_style.fps)) == (1920, 1080, 24.0)
    fields = {"job_id": "a", "caption_style": wanted, "canvas": "1080x1080", "fps": 29.97}
    plan, style = overlay_plan.make(parse(OverlayInput, fields, known), spoken, None)
    assert (plan.width, plan.height) == (1080, 1080)
    assert style.canvas == (1080, 1080)
    assert plan.fps * 1001 == 30000
