"""layout: the drawing of captions as numbers, for a preview."""

from __future__ import annotations

from typing import Any

from handler.captions.font_files import MEDIA_TYPES
from handler.dispatch import is_recorded
from handler.protocols import Services
from tests.endpoints.conftest import call, refused
from tests.support.stub_backends import codes, run

SRT = "1\n00:00:01,000 --> 00:00:02,000\nHello brave\n\n2\n00:00:02,000 --> 00:00:03,000\nnew world 🎉\n"


def laid_out(services: Services, **fields: Any) -> dict[str, Any]:
    reply = call(services, "layout", **{"captions": SRT} | fields)
    assert reply["status"] == "completed", reply
    return reply


def test_words_have_the_frames_on_which_they_are_marked(services: Services) -> None:
    """Each word has its frames at the style's rate, its place on the canvas, and the event that marks it."""
    reply = laid_out(services, caption_style={"preset": "highlight", "fps": 25, "canvas": "1080x1080"})
    assert (reply["canvas"], reply["frame_rate"]) == ([1080, 1080], [25, 1])
    first = reply["cues"][0]
    assert [word["frames"] for word in first["words"]] == [[25, 38], [38, 50]]
    assert all(0 < left < 1080 for word in first["words"] for left, *_ in word["places"])
    marked = [[piece["word"] for piece in event["lines"][0] if "looks" in piece] for event in first["events"]]
    assert marked == [[0], [1]]
    assert [(event["start"], event["end"]) for event in first["events"]] == [(990, 1510), (1510, 1990)]


def test_fonts_and_emoji_say_where_they_are(services: Services) -> None:
    """Fonts have a path and what text is measured with, and an emoji has its picture and its frames."""
    reply = laid_out(services, caption_style="minimal")
    family, fallback = reply["fonts"]
    assert (family["family"], family["path"]) == ("Inter Medium", "/v1/fonts/Inter-Medium.ttf")
    assert fallback["path"].endswith(tuple(MEDIA_TYPES))
    assert 0.6 < family["em"] < 1
    assert [(one["path"], one["frames"][1]) for one in reply["emoji"][-1:]] == [("/v1/emoji/1f389.png", 90)]
    assert codes(reply) == ["glyph_missing"]


def test_part_of_long_captions(services: Services) -> None:
    """Only the cues of some seconds are laid out, and they look as in the whole."""
    whole, part = laid_out(services), laid_out(services, start=2.0, end=2.5)
    assert part["cues"] == whole["cues"][1:]


def test_job_in_another_style(services: Services) -> None:
    """The words of a job are laid out; a layout itself leaves no record."""
    job = run(services, timing_format="srt")
    reply = call(services, "layout", job_id=job["job_id"], caption_style="classic")
    assert sum(len(cue["words"]) for cue in reply["cues"]) == job["word_count"]
    assert not is_recorded({"input": {"endpoint": "layout", "job_id": job["job_id"]}})
    refused(call(services, "layout", job_id="nobody"), "not_found")
