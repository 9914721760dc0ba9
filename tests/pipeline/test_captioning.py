"""Captions of a job: words are timed while it speaks, and a failure costs a warning."""

from __future__ import annotations

import csv
import io
import time

import pytest

from handler.aligners.sphinx import SphinxAligner
from handler.alignment.word_times import Timing
from handler.app import make_services
from handler.dispatch import dispatch
from handler.errors import AlignmentError, JobTimeout
from handler.protocols import Services
from handler.types import Word
from tests.captions.test_fonts import without
from tests.support.stub_backends import (
    LINES,
    TEXT,
    WORDS,
    Even,
    Fails,
    Speaker,
    Watched,
    codes,
    full,
    read,
    run,
    with_backends,
)


def test_next_aligner_times_all_chunks_after_a_failure(services: Services, sphinx: SphinxAligner) -> None:
    """The next aligner times every word once, also those before the failure, with one warning."""
    failing = Fails("whisperx", lambda call: call == 2, AlignmentError("the audio is too noisy"))
    aligner = Watched(sphinx)
    services = with_backends(services, Speaker(services.settings), whisperx=failing, sphinx=aligner)
    reply = run(services, timing_format="csv")
    assert (failing.calls, aligner.calls) == (3, len(LINES))
    assert (reply["timing_method"], reply["word_count"]) == ("sphinx", WORDS)
    assert codes(reply) == ["timing_method_passed_over"]
    rows = list(csv.DictReader(io.StringIO(read(reply["timing_files"]["csv"]).decode("utf-8-sig"))))
    assert [row["word"] for row in rows] == TEXT.split()
    starts = [float(row["start_time"]) for row in rows]
    assert starts == sorted(starts)
    assert all(float(row["end_time"]) <= reply["duration"] for row in rows)


@pytest.mark.parametrize(("sure", "expected"), [(0.45, ["confidence_low"]), (0.5, [])])
def test_low_confidence_is_a_warning(services: Services, sure: float, expected: list[str]) -> None:
    """A mean confidence under 0.5 is a warning with the figure; the engine's own times never are."""
    services = with_backends(services, Speaker(services.settings), sphinx=Even("sphinx", lambda _: sure))
    reply = run(services, timing_format="srt")
    assert reply["timing_confidence"] == sure
    assert codes(reply) == expected
    assert all(f"({sure} of 1): check text and language" in warning["message"] for warning in reply["warnings"])
    assert Timing((Word("a", 0, 1, 0.1, False, 0, 1),), "engine").warnings == ()


def test_strict_timing_failure_returns_the_audio(services: Services) -> None:
    """With timing_strict no other aligner is tried; the reply has the speech without captions."""
    failing = Fails("whisperx", lambda call: call == 2, AlignmentError("the audio is too noisy"))
    services = with_backends(services, Speaker(services.settings), whisperx=failing, sphinx=Even("sphinx"))
    reply = run(services, timing_format="srt", timing_strict=True)
    assert reply["timing_files"] == {}
    assert codes(reply) == ["timing_method_passed_over", "timings_failed"]
    assert read(reply["audio_url"])


def test_language_without_an_aligner_returns_the_audio(services: Services) -> None:
    """Without an aligner for the language, the audio is returned with a warning and without captions."""
    reply = run(
        services, text="Guten Tag.", language="de", timing_format="all", timing_method="sphinx", timing_strict=True
    )
    assert reply["timing_files"] == {}
    assert [warning["code"] for warning in reply["warnings"]] == ["timing_method_passed_over", "timings_failed"]
    assert read(reply["audio_url"])


def test_caption_failures_return_the_audio(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A layout error, a failed upload of captions and a timeout still return the speech."""
    timed_out = make_services(services.settings.model_copy(update={"job_timeout": 60.0}))

    def broken(*_: object) -> None:
        raise IndexError("layout")

    with monkeypatch.context() as patch:
        patch.setattr("handler.pipeline.captioning.cues", broken)
        reply = run(services, text="Hello.", timing_format="srt")
    assert reply["timing_files"] == {}
    assert [warning["code"] for warning in reply["warnings"]] == ["timings_failed"]
    assert read(reply["audio_url"])

    with monkeypatch.context() as patch:
        full(services, patch, lambda key: key.startswith("timings/"))
        reply = run(services, text="Hello.", timing_format=["srt", "ass"])
    assert reply["timing_files"] == {}
    assert {warning["code"] for warning in reply["warnings"]} == {"file_not_kept"}
    assert read(reply["audio_url"])

    clock = time.monotonic
    with monkeypatch.context() as patch:

        def late(*_: object) -> None:
            patch.setattr("handler.jobs.job.time.monotonic", lambda: clock() + 1000)
            raise JobTimeout("too late")

        patch.setattr("handler.pipeline.captioning.cues", late)
        reply = run(timed_out, text="Hello.", timing_format="srt")
    assert [warning["code"] for warning in reply["warnings"]] == ["timings_failed"]
    assert read(reply["audio_url"])


def test_glyphs_that_only_another_font_has_are_told_apart(services: Services) -> None:
    """What the worker's own videos draw in the shipped font is not called missing there, but in other players it is."""
    services.store.put("fonts/DejaVu.ttf", without("DejaVuSans.ttf", ".e"), "font/ttf")
    services = with_backends(services, Speaker(services.settings), sphinx=Even("sphinx", lambda _: 1.0))
    style = {"font": "DejaVu Sans", "preset": "box"}
    reply = run(services, timing_format="ass", caption_style=style)
    assert codes(reply) == ["glyph_missing"]
    message = reply["warnings"][0]["message"]
    assert "`overlay` draws them in Inter" in message
    assert "videos leave them out" not in message
    overlaid = dispatch(
        {"id": "video", "input": {"endpoint": "overlay", "job_id": reply["job_id"], "caption_style": style}}, services
    )
    assert codes(overlaid) == []


def test_emoji_are_told_apart(services: Services) -> None:
    """The warning about an ass file says of emoji that videos show them in colour; no other file needs it."""
    for name, told in (("ass", True), ("srt", False)):
        request = {"text": "Great 🎉 news 👩‍💻!", "return_word_timings": True, "timing_format": name}
        warnings = dispatch({"input": request}, services)["warnings"]
        assert any("for 🎉 👩‍💻, `overlay` shows them in colour" in each["message"] for each in warnings) is told
