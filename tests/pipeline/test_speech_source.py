"""The words of a video, from the job that spoke them."""

from __future__ import annotations

from typing import Any

from handler import jobs
from handler.pipeline.speech_source import _with_paragraphs, tokens
from handler.requests import Limits, OverlayInput, parse
from handler.types import JobRecord, Word


def test_annotations_of_a_text_are_dropped_or_shown() -> None:
    """The tokens of a request have the annotations of its text only if it asks to show them."""
    known, shown = Limits(1000, (), ()), {}
    for choice in (None, "drop", "show"):
        fields = {"video_url": "https://example.com/a.mp4", "text": "ANNA: Hello (laughs)", "annotations": choice}
        shown[choice] = [token.shown for token in tokens(parse(OverlayInput, fields, known))]
    assert shown == {None: ["Hello"], "drop": ["Hello"], "show": ["ANNA: Hello (laughs)"]}


def test_paragraphs_of_kept_words() -> None:
    """Kept words end a paragraph where the script had a blank line, also in records without paragraphs."""
    script = "One two three\n\nfour five six"
    words = [Word(word, 0, 1, 1, False, script.index(word), script.index(word) + len(word)) for word in script.split()]
    third = [False] * 2 + [True] + [False] * 3

    def ends(result: dict[str, Any], captions: dict[str, Any]) -> list[bool]:
        record = JobRecord("a", "generate", jobs.COMPLETED, 0.0, result=result, captions=captions)
        return [word.paragraph for word in _with_paragraphs(words, record)]

    assert ends({}, {"style": {}, "paragraphs": [2]}) == third
    # What a worker wrote that did not keep them.
    assert ends({"text": script}, {}) == third
    assert not any(ends({}, {}))
