"""The words of a video, from the job that spoke them."""

from __future__ import annotations

from typing import Any

from handler import jobs
from handler.pipeline.speech_source import _with_paragraphs
from handler.types import JobRecord, Word


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
